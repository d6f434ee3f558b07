package io.ferry.transfer;

import io.ferry.testkit.FakeFtp;
import io.ferry.testkit.TestServer;

/** MockFtpServer's fake ignores REST, so that every cut transfer begins again, and closes the session after a cut. */
class FakeContractTest extends PlainTransferContract {
    @Override
    TestServer start() {
        return FakeFtp.start();
    }

    @Override
    boolean restarts() {
        return false;
    }

    @Override
    void checkLeaks() {
        FakeFtp.assertNoLeaksSince(leaks);
    }

    @Override
    String hiddenError() {
        return "interrupted at";
    }
}
