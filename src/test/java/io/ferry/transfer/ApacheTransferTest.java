package io.ferry.transfer;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.TestServer;

class ApacheTransferTest extends PlainTransferContract {
    @Override
    TestServer start() {
        return ApacheFtp.start();
    }
}
