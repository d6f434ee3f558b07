package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.session.Tls;
import io.ferry.testkit.Content;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import io.ferry.transfer.RemoteTarget.WhenExists;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;

/** The whole contract again over TLS, against a server that refuses data connections which do not resume the session. */
class VsftpdTlsTransferTest extends TransferContract {

    @Override
    TestServer start() {
        return Vsftpd.start(Vsftpd.secured().behindProxy());
    }

    @Override
    Tls tls() {
        TestServer.Tls trust = server.tls();
        return new Tls(false, () -> trusting(trust), true, List.of("TLSv1.3", "TLSv1.2"), List.of(), "P");
    }

    static SSLContext trusting(TestServer.Tls trust) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(trust.truststore())) {
            store.load(in, trust.truststorePassword().toCharArray());
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }

    @Test
    void manyTransfersInARowAllResumeTheTlsSession() throws Exception {
        for (int i = 0; i < 10; i++) {
            Path file = aged(Content.write(local.resolve("drop" + i), 100_000, i));
            upload(file, RemoteTarget.replacing("up" + i)).run();
            upload(file, RemoteTarget.replacing("again" + i)).run();
            aged(server.root().resolve("up" + i));
            Download download = download("up" + i);
            download.run();
            Content.assertIs(download.file(), 100_000, i);
        }
        assertThat(recorder.events).noneMatch(event -> event.startsWith("interrupted"));
        assertThat(server.log()).doesNotContain("No SSL session reuse");
    }

    /** What the server refuses costs no TLS ticket: the next data connection of the session would have none to resume. */
    @Test
    void uploadIntoADirectoryThatIsMissingNeedsNoOtherSession() throws Exception {
        for (int i = 0; i < 3; i++) {
            Path file = aged(Content.write(local.resolve("drop" + i), 1000, i));
            upload(file, new RemoteTarget("missing" + i + "/up", null, ".part", WhenExists.REPLACE, null, true, null))
                    .run();
            Content.assertIs(server.root().resolve("missing" + i + "/up"), 1000, i);
        }
        assertThat(recorder.events).noneMatch(event -> event.startsWith("interrupted"));
        assertThat(server.log()).doesNotContain("No SSL session reuse");
    }
}
