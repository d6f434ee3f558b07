package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.ferry.session.Detour;
import io.ferry.session.ListingFormat;
import io.ferry.session.Partner;
import io.ferry.session.SessionPool;
import io.ferry.session.Timeouts;
import io.ferry.testkit.Await;
import io.ferry.testkit.Content;
import io.ferry.testkit.Fault;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.Leaks;
import io.ferry.testkit.Vsftpd;
import io.ferry.transfer.TransferOptions.Resume;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An interrupt of the thread that transfers means stop: at once, also where the line stands still, and nothing is lost. */
class InterruptTest {

    private static final int MB = 1 << 20;

    /** None of them passes before a test has failed. */
    private static final Timeouts LONG = new Timeouts(
            Duration.ofSeconds(60), Duration.ofSeconds(60), Duration.ofSeconds(60), Duration.ofSeconds(60));

    /** What a busy machine needs to end a thread; far below the time-outs. */
    private static final Duration AT_ONCE = Duration.ofSeconds(20);

    @TempDir
    Path local;

    private final Recorder recorder = new Recorder();
    private final AtomicReference<Throwable> thrown = new AtomicReference<>();
    private Leaks leaks;
    private Vsftpd server;
    private FaultProxy proxy;
    private SessionPool pool;
    private Installation installation;

    @BeforeEach
    void begin() {
        leaks = Leaks.snapshot();
        installation = Installation.of(local.resolve("work"));
    }

    @AfterEach
    void end() throws Exception {
        installation.close();
        if (pool != null) {
            pool.close();
            proxy.close();
            server.close();
        }
        Leaks.assertNoneSince(leaks);
    }

    private void on(boolean ascii) {
        server = Vsftpd.start(Vsftpd.plain().set("ascii_upload_enable", "YES").set("ascii_download_enable", "YES"));
        proxy = FaultProxy.before(server);
        pool = new SessionPool(new Partner(
                "127.0.0.1",
                proxy.port(),
                server.user(),
                server.password(),
                null,
                null,
                LONG,
                true,
                Partner.PortRange.ANY,
                null,
                List.of(),
                ListingFormat.AUTO,
                2,
                Detour.NONE,
                ascii));
    }

    private Download download(Resume resume) {
        TransferOptions options = new TransferOptions(
                64 << 10,
                TransferContract.OVERLAP,
                resume,
                TransferOptions.Verify.SIZE,
                3,
                Duration.ofMillis(20),
                TransferOptions.AUTO,
                true,
                TransferOptions.OnUnprovable.FAIL,
                Duration.ofDays(7));
        return new Download(
                pool, "file", LocalTarget.file(local.resolve("file"), ".part", true), options, recorder, () -> false);
    }

    private Upload upload(LocalSource source) {
        return new Upload(
                pool,
                source,
                RemoteTarget.replacing("file"),
                TransferContract.OPTIONS,
                installation,
                recorder,
                () -> false);
    }

    /** Runs a transfer until the proxy stalls it, interrupts it there, and waits for its end. */
    private void interruptInTheStall(Fault stall, Attempts.Attempt transfer) throws Exception {
        Thread thread = new Thread(
                () -> {
                    try {
                        transfer.run();
                    } catch (Throwable e) {
                        thrown.set(e);
                        assertThat(Thread.currentThread().isInterrupted()).isTrue();
                    }
                },
                "interrupted-transfer");
        thread.start();
        Await.until("the line stands still", Duration.ofSeconds(30), () -> stall.fired() > 0);
        // The thread has to have come to wait for the line.
        Await.until("the transfer waits", Duration.ofSeconds(30), () -> stands(thread));
        long begin = System.nanoTime();
        thread.interrupt();
        thread.join(AT_ONCE.toMillis());
        boolean ended = !thread.isAlive();
        proxy.release();
        thread.join();
        assertThat(ended)
                .as("ended after " + Duration.ofNanos(System.nanoTime() - begin))
                .isTrue();
    }

    private static boolean stands(Thread thread) {
        StackTraceElement[] before = thread.getStackTrace();
        try {
            Thread.sleep(200);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        boolean inLine = false;
        for (StackTraceElement each : before) {
            inLine |= each.getClassName().endsWith("DataConnection");
        }
        return inLine && List.of(before).equals(List.of(thread.getStackTrace()));
    }

    private void assertStopped(int controlConnections) {
        assertThat(thrown.get())
                .isInstanceOf(TransferException.class)
                .hasMessageContaining("after 1 attempt: stopped; the partial stays and the next transfer continues it")
                .hasCauseInstanceOf(InterruptedIOException.class);
        assertThat(recorder.events).noneMatch(event -> event.startsWith("interrupted"));
        assertThat(recorder.events)
                .filteredOn(event -> event.startsWith("failed"))
                .hasSize(1);
        assertThat(proxy.controlConnections()).isEqualTo(controlConnections);
    }

    @Test
    void downloadThatStandsStill() throws Exception {
        on(false);
        TransferContract.aged(Content.write(server.root().resolve("file"), 20 * MB, 1));
        interruptInTheStall(
                proxy.stallDataAfter(4 * MB, Direction.DOWN),
                () -> download(Resume.AUTO).run());
        assertStopped(1);
        assertThat(local.resolve("file")).doesNotExist();
        Download next = download(Resume.AUTO);
        assertThat(next.run().restartOffset()).isPositive();
        Content.assertIs(next.file(), 20 * MB, 1);
    }

    @Test
    void uploadThatStandsStill() throws Exception {
        on(false);
        LocalSource source = LocalSource.of(TransferContract.aged(Content.write(local.resolve("drop"), 64 * MB, 2)));
        interruptInTheStall(
                proxy.stallDataAfter(4 * MB, Direction.UP), () -> upload(source).run());
        assertStopped(1);
        assertThat(server.root().resolve("file")).doesNotExist();
        assertThat(upload(source).run().restartOffset()).isPositive();
        Content.assertIs(server.root().resolve("file"), 64 * MB, 2);
    }

    @Test
    void textThatStandsStillIsBegunAgain() throws Exception {
        on(true);
        Path file = Files.writeString(server.root().resolve("file"), "a line of text\n".repeat(2 * MB));
        TransferContract.aged(file);
        interruptInTheStall(
                proxy.stallDataAfter(4 * MB, Direction.DOWN),
                () -> download(Resume.OFF).run());
        assertStopped(1);
        Download next = download(Resume.OFF);
        next.run();
        assertThat(Files.mismatch(next.file(), file)).isEqualTo(-1);
    }

    /** What an interrupt broke says nothing about the ports of the server. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void portsStayInUse(boolean beforeTheConnection) throws Exception {
        on(false);
        TransferContract.aged(Content.write(server.root().resolve("file"), MB, 3));
        // The session is there, so that the next that waits is the data connection.
        pool.lease().close();
        Thread thread = new Thread(() -> {
            try (var lease = pool.lease()) {
                if (beforeTheConnection) {
                    Thread.currentThread().interrupt();
                }
                try (var data = lease.session().retrieve("file", 0)) {
                    Thread.currentThread().interrupt();
                    data.read(new byte[100]);
                }
            } catch (Throwable e) {
                thrown.set(e);
            }
        });
        thread.start();
        thread.join();
        assertThat(thrown.get()).hasMessageContaining("interrupted");
        Download next = download(Resume.AUTO);
        assertThatCode(next::run).doesNotThrowAnyException();
        assertThat(proxy.commands()).filteredOn("EPSV"::equals).hasSize(2);
        assertThat(proxy.commands()).doesNotContain("PASV");
    }
}
