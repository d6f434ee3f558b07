package io.ferry.transfer;

import io.ferry.session.Tls;
import io.ferry.testkit.Proftpd;
import io.ferry.testkit.TestServer;
import java.util.List;

/** The whole contract again over TLS; mod_tls refuses data connections which do not resume the session. */
class ProftpdTlsTransferTest extends TransferContract {

    @Override
    TestServer start() {
        return Proftpd.start(Proftpd.secured().behindProxy());
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
