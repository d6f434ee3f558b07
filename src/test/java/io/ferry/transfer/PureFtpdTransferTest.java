package io.ferry.transfer;

import io.ferry.session.Timeouts;
import io.ferry.testkit.PureFtpd;
import io.ferry.testkit.TestServer;
import java.time.Duration;

class PureFtpdTransferTest extends PlainTransferContract {
    @Override
    TestServer start() {
        return PureFtpd.start();
    }

    /** It lets a wrong password wait for several seconds. */
    @Override
    Timeouts timeouts() {
        return new Timeouts(TIMEOUTS.connect(), Duration.ofSeconds(30), TIMEOUTS.stall(), TIMEOUTS.lease());
    }

    /** It answers a RETR that broke with a second 150 and nothing more. */
    @Override
    String hiddenError() {
        return "without a final reply";
    }
}
