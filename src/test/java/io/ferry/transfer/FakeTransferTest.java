package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.session.ListingFormat;
import io.ferry.session.Partner;
import io.ferry.session.SessionPool;
import io.ferry.testkit.Await;
import io.ferry.testkit.Content;
import io.ferry.testkit.FakeFtp;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.Leaks;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** FakeFtpServer answers 350 to REST and sends, or stores, the file from its first byte all the same. */
class FakeTransferTest {

    private static final int SIZE = 3 << 20;

    @TempDir
    Path local;

    private Leaks leaks;
    private FakeFtp server;
    private FaultProxy proxy;
    private SessionPool pool;
    private final Recorder recorder = new Recorder();

    @BeforeEach
    void start() {
        leaks = Leaks.snapshot();
        server = FakeFtp.start();
        proxy = FaultProxy.before(server);
        pool = new SessionPool(new Partner(
                "127.0.0.1",
                proxy.port(),
                server.user(),
                server.password(),
                null,
                null,
                TransferContract.TIMEOUTS,
                true,
                Partner.PortRange.ANY,
                null,
                List.of(),
                ListingFormat.AUTO,
                2));
    }

    @AfterEach
    void stop() {
        pool.close();
        proxy.close();
        server.close();
        server = null;
        proxy = null;
        // MockFtpServer leaves the sockets of sessions that broke to the garbage collector.
        Await.until("nothing is left behind", Duration.ofSeconds(20), this::isClean);
    }

    private boolean isClean() {
        System.gc();
        try {
            Leaks.assertNoneSince(leaks, Duration.ofMillis(200));
            return true;
        } catch (AssertionError e) {
            return false;
        }
    }

    private Download download() {
        return download(TransferContract.OPTIONS);
    }

    private Download download(TransferOptions options) {
        return new Download(
                pool, "/file", LocalTarget.inWorkDirectory(local, "file", ".part"), options, recorder, () -> false);
    }

    @Test
    void downloadIsRightAlthoughRestIsIgnored() throws Exception {
        server.put("/file", Content.bytes(SIZE, 1));
        proxy.cutDataAfter(SIZE / 2, Direction.DOWN, Cut.FIN);
        Download download = download();
        download.run();
        Content.assertIs(download.file(), SIZE, 1);
        assertThat(proxy.commands()).anyMatch(command -> command.startsWith("REST"));
        assertThat(recorder.events).anyMatch(event -> event.contains("is not the one that was received"));
        assertThat(recorder.resumes()).isZero();
    }

    @Test
    void uploadIsRightAlthoughRestIsIgnored() throws Exception {
        Path file = TransferContract.aged(Content.write(local.resolve("drop"), SIZE, 2));
        proxy.cutDataAfter(SIZE / 2, Direction.UP, Cut.SILENT);
        new Upload(
                        pool,
                        LocalSource.of(file),
                        RemoteTarget.replacing("/file"),
                        TransferContract.OPTIONS,
                        recorder,
                        () -> false)
                .run();
        Content.assertIs(server.get("/file"), SIZE, 2);
    }

    /** With one attempt a transfer, each poll found the same partial, asked for a restart, and gave up: for ever. */
    @Test
    void aDownloadOfOneAttemptIsNotStuckWhereRestIsIgnored() throws Exception {
        server.put("/file", Content.bytes(SIZE, 1));
        proxy.cutDataAfter(SIZE / 2, Direction.DOWN, Cut.FIN);
        assertThatThrownBy(() -> download(TransferContract.ONCE).run()).isInstanceOf(TransferException.class);
        Download second = download(TransferContract.ONCE);
        second.run();
        Content.assertIs(second.file(), SIZE, 1);
    }

    /** The same, the other way: each upload suspected that the partial still grows, and gave up before a second look. */
    @Test
    void anUploadOfOneAttemptIsNotStuckWhereRestIsIgnored() throws Exception {
        Path file = TransferContract.aged(Content.write(local.resolve("drop"), SIZE, 2));
        proxy.cutDataAfter(SIZE / 2, Direction.UP, Cut.SILENT);
        assertThatThrownBy(() -> upload(file).run()).isInstanceOf(TransferException.class);
        upload(file).run();
        Content.assertIs(server.get("/file"), SIZE, 2);
    }

    private Upload upload(Path file) throws Exception {
        return new Upload(
                pool,
                LocalSource.of(file),
                RemoteTarget.replacing("/file"),
                TransferContract.ONCE,
                recorder,
                () -> false);
    }
}
