package io.ferry.transfer;

import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;

class VsftpdTransferTest extends PlainTransferContract {
    @Override
    TestServer start() {
        return Vsftpd.start();
    }
}
