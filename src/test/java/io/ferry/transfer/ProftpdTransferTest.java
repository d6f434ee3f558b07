package io.ferry.transfer;

import io.ferry.testkit.Proftpd;
import io.ferry.testkit.TestServer;

class ProftpdTransferTest extends PlainTransferContract {
    @Override
    TestServer start() {
        return Proftpd.start();
    }
}
