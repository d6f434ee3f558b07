package io.ferry.camel;

import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.util.List;

/** The whole contract again over TLS, at a server that refuses data connections which do not resume the session. */
class VsftpdTlsRouteTest extends RouteContract {
    @Override
    TestServer start() {
        return Vsftpd.start(Vsftpd.secured().behindProxy());
    }

    @Override
    String address() {
        return "ferry-ftps:localhost";
    }

    @Override
    String settings() {
        return "&ftpClient.trustStore.file=" + server.tls().truststore()
                + "&ftpClient.trustStore.type=PKCS12&ftpClient.trustStore.password="
                + server.tls().truststorePassword();
    }

    @Override
    List<String> commands() {
        return server.commands();
    }
}
