package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.session.Tls;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import io.ferry.testkit.TestServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The whole contract again over TLS, at a server whose TLS is not OpenSSL's. */
class ApacheTlsTransferTest extends TransferContract {

    @Override
    TestServer start() {
        return ApacheFtp.start(ApacheFtp.secured().behindProxy());
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

    /** None of them may need a second attempt. */
    @Test
    void manyTransfersInARow() throws Exception {
        for (int i = 0; i < 20; i++) {
            Path file = aged(Content.write(local.resolve("drop" + i), 500_000, i));
            upload(file, RemoteTarget.replacing("file" + i)).run();
            aged(server.root().resolve("file" + i));
            Download download = download("file" + i);
            download.run();
            Content.assertIs(download.file(), 500_000, i);
        }
        assertThat(recorder.events).noneMatch(event -> event.startsWith("interrupted"));
    }
}
