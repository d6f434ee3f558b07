package io.ferry.transfer;

import io.ferry.session.Timeouts;
import io.ferry.session.Tls;
import io.ferry.testkit.PureFtpd;
import io.ferry.testkit.TestServer;
import java.time.Duration;
import java.util.List;

/** The whole contract again over TLS, at a server that takes nothing else, on either connection. */
class PureFtpdTlsTransferTest extends TransferContract {

    @Override
    TestServer start() {
        return PureFtpd.start(PureFtpd.secured().behindProxy());
    }

    /** It lets a wrong password wait for several seconds. */
    @Override
    Timeouts timeouts() {
        return new Timeouts(TIMEOUTS.connect(), Duration.ofSeconds(30), TIMEOUTS.stall(), TIMEOUTS.lease());
    }

    /** It keeps no log, and nobody can read along. */
    @Override
    boolean recordsCommands() {
        return false;
    }

    @Override
    Tls tls() {
        TestServer.Tls trust = server.tls();
        return new Tls(
                false,
                () -> VsftpdTlsTransferTest.trusting(trust),
                true,
                List.of("TLSv1.3", "TLSv1.2"),
                List.of(),
                "P");
    }
}
