package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.session.ListingFormat;
import io.ferry.session.Partner;
import io.ferry.session.SessionPool;
import io.ferry.session.Tls;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import io.ferry.testkit.Leaks;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads and downloads in a row over TLS, to a server whose TLS is not OpenSSL's; none may need a second attempt. */
class ApacheTlsTransferTest {

    @TempDir
    Path local;

    @Test
    void transfersInARow() throws Exception {
        Leaks leaks = Leaks.snapshot();
        Recorder recorder = new Recorder();
        try (ApacheFtp server = ApacheFtp.start(ApacheFtp.secured());
                SessionPool pool = new SessionPool(new Partner(
                        "localhost",
                        server.port(),
                        server.user(),
                        server.password(),
                        null,
                        new Tls(
                                false,
                                () -> VsftpdTlsTransferTest.trusting(server.tls()),
                                true,
                                List.of("TLSv1.3", "TLSv1.2"),
                                List.of(),
                                "P"),
                        TransferContract.TIMEOUTS,
                        true,
                        Partner.PortRange.ANY,
                        null,
                        List.of(),
                        ListingFormat.AUTO,
                        2))) {
            for (int i = 0; i < 20; i++) {
                Path file = TransferContract.aged(Content.write(local.resolve("drop" + i), 500_000, i));
                new Upload(
                                pool,
                                LocalSource.of(file),
                                RemoteTarget.replacing("file" + i),
                                TransferContract.OPTIONS,
                                recorder,
                                () -> false)
                        .run();
                TransferContract.aged(server.root().resolve("file" + i));
                Download download = new Download(
                        pool,
                        "file" + i,
                        LocalTarget.inWorkDirectory(local.resolve("work"), "file" + i, ".part"),
                        TransferContract.OPTIONS,
                        recorder,
                        () -> false);
                download.run();
                Content.assertIs(download.file(), 500_000, i);
            }
        }
        assertThat(recorder.events).noneMatch(event -> event.startsWith("interrupted"));
        Leaks.assertNoneSince(leaks);
    }
}
