package io.ferry.transfer;

import io.ferry.session.Timeouts;
import io.ferry.testkit.FakeFtp;
import io.ferry.testkit.TestServer;
import java.time.Duration;

/** MockFtpServer's fake ignores REST, so that every cut transfer begins again, and closes the session after a cut. */
class FakeContractTest extends PlainTransferContract {
    @Override
    TestServer start() {
        return FakeFtp.start();
    }

    /** It reads a file whole before it sends the first byte, which takes a busy machine seconds. */
    @Override
    Timeouts timeouts() {
        return new Timeouts(TIMEOUTS.connect(), TIMEOUTS.reply(), Duration.ofSeconds(8), TIMEOUTS.lease());
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
