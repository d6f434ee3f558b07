package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.session.ListingFormat;
import io.ferry.session.Partner;
import io.ferry.session.SessionPool;
import io.ferry.session.Tls;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Await;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.Proftpd;
import io.ferry.testkit.PureFtpd;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import io.ferry.transfer.TransferOptions.Verify;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Segments over TLS: each session has two data connections more than a download of one session. */
class SegmentsTlsTest extends DownloadFixture {

    private static final long SIZE = 12L * MB;

    private static TestServer server(String name) {
        return switch (name) {
            case "vsftpd" -> Vsftpd.start(Vsftpd.secured().behindProxy());
            case "apache" -> ApacheFtp.start(ApacheFtp.secured().behindProxy());
            case "proftpd" -> Proftpd.start(Proftpd.secured().behindProxy());
            default -> PureFtpd.start(PureFtpd.secured().behindProxy());
        };
    }

    private long inSegments() {
        try {
            long sum = 0;
            for (Path each : files(SUFFIX)) {
                sum += each.toString().contains(".at") ? Files.size(each) : 0;
            }
            return sum;
        } catch (IOException e) {
            return 0;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"vsftpd", "apache", "proftpd", "pure-ftpd"})
    void aFileOverSeveralSessionsIsWhole(String name) throws Exception {
        server = server(name);
        proxy = FaultProxy.before(server);
        TestServer.Tls trust = server.tls();
        Tls tls = new Tls(
                false,
                () -> VsftpdTlsTransferTest.trusting(trust),
                true,
                List.of("TLSv1.3", "TLSv1.2"),
                List.of(),
                "P");
        pool = new SessionPool(new Partner(
                "localhost",
                proxy.port(),
                server.user(),
                server.password(),
                null,
                tls,
                TransferContract.TIMEOUTS,
                true,
                Partner.PortRange.ANY,
                null,
                List.of(),
                ListingFormat.AUTO,
                5));
        TransferContract.aged(Content.write(server.root().resolve("file"), SIZE, 1));
        Recorder waiting = new Recorder() {
            @Override
            public void progressed(Transfer transfer, long offset) {
                if (offset < MB) {
                    Await.until("segments", Duration.ofSeconds(30), () -> inSegments() > SIZE / 4);
                }
            }

            @Override
            public void interrupted(Transfer transfer, long offset, String why, Duration wait) {
                recorder.interrupted(transfer, offset, why, wait);
            }
        };
        Download download = new Download(
                pool,
                "file",
                LocalTarget.inWorkDirectory(work(), "file", SUFFIX),
                options(3, Verify.SIZE, true).segmented(4, 512 << 10),
                waiting,
                () -> false);
        download.run();
        Content.assertIs(download.file(), SIZE, 1);
        assertThat(recorder.events).isEmpty();
    }
}
