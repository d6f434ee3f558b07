package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.session.Lease;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Await;
import io.ferry.testkit.ChildJvm;
import io.ferry.testkit.Content;
import io.ferry.testkit.Fault;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.Proftpd;
import io.ferry.testkit.PureFtpd;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import io.ferry.transfer.TransferOptions.Verify;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One file over several sessions, each of which has its own beginning of the truth: what comes out is the one version, whatever breaks
 * on the way. The head waits in its listener until the segments have come as far as the test wants.
 */
class SegmentsTest extends DownloadFixture {

    private static final long SIZE = 12L * MB;
    private static final int SESSIONS = 5;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final List<Long> progress = Collections.synchronizedList(new ArrayList<>());

    private static TestServer server(String name) {
        return switch (name) {
            case "vsftpd" -> Vsftpd.start();
            case "apache" -> ApacheFtp.start();
            case "proftpd" -> Proftpd.start();
            case "pure-ftpd" -> PureFtpd.start();
            default -> ScriptedServer.onDirectory();
        };
    }

    private static TransferOptions segmented() {
        return options(3, Verify.SIZE, true).segmented(4, 512 << 10);
    }

    private Path put(long size, long seed) {
        Path file = TransferContract.aged(Content.write(server.root().resolve("file"), size, seed));
        file.toFile().setWritable(true, false);
        return file;
    }

    private LocalTarget target() {
        return LocalTarget.inWorkDirectory(work(), "file", SUFFIX);
    }

    /** A download whose head goes no further than its first block before something is so. */
    private Download gated(TransferOptions options, BooleanSupplier open) {
        return gated(options, open, () -> false);
    }

    private Download gated(TransferOptions options, BooleanSupplier open, BooleanSupplier stop) {
        return new Download(pool, "file", target(), options, new Gate(open), stop);
    }

    private final class Gate extends Recorder {
        private final BooleanSupplier open;
        private boolean passed;

        Gate(BooleanSupplier open) {
            this.open = open;
        }

        @Override
        public void progressed(Transfer transfer, long offset) {
            progress.add(offset);
            if (!passed) {
                passed = true;
                Await.until("the gate opens", LIMIT, open);
            }
        }

        @Override
        public void resumed(Transfer transfer, long offset, long saved) {
            recorder.resumed(transfer, offset, saved);
        }

        @Override
        public void restarted(Transfer transfer, String why) {
            recorder.restarted(transfer, why);
        }

        @Override
        public void interrupted(Transfer transfer, long offset, String why, Duration wait) {
            recorder.interrupted(transfer, offset, why, wait);
        }
    }

    /** The bytes that lie in partials of segments. */
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

    private void assertDone(Download download, long size, long seed) throws IOException {
        Content.assertIs(download.file(), size, seed);
        assertThat(files("")).containsExactly(download.file());
        assertThat(progress).isSorted().endsWith(size);
        Await.until(
                "no thread is left",
                LIMIT,
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(each -> each.getName().startsWith("ferry-segment")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vsftpd", "apache", "proftpd", "pure-ftpd", "scripted"})
    void aFileOverSeveralSessionsIsWhole(String name) throws Exception {
        on(server(name), TransferContract.TIMEOUTS, SESSIONS);
        put(SIZE, 1);
        Download download = gated(segmented(), () -> inSegments() > SIZE / 4);
        TransferResult result = download.run();
        assertDone(download, SIZE, 1);
        assertThat(sent("REST").stream().distinct().count())
                .as("the last byte, and a segment, at least: the head behind it too, unless that one reaches the end")
                .isGreaterThanOrEqualTo(2);
        assertThat(result.restartOffset()).isZero();
        assertThat(result.saved()).isZero();
        assertThat(result.attempts()).isEqualTo(1);
        assertThat(result.transferred()).isGreaterThan(SIZE);
        assertThat(result.verified()).startsWith("size " + SIZE);
        assertThat(recorder.events).isEmpty();
    }

    @Test
    void aDigestHoldsForTheWhole() throws Exception {
        on(Proftpd.start(), TransferContract.TIMEOUTS, SESSIONS);
        put(SIZE, 2);
        Download download = gated(options(3, Verify.DIGEST, false).segmented(4, MB), () -> inSegments() > SIZE / 4);
        assertThat(download.run().verified()).contains("SHA");
        assertDone(download, SIZE, 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"FIN", "RST", "SILENT"})
    void aCutInASegmentEndsNothing(String cut) throws Exception {
        on(Vsftpd.start(), TransferContract.TIMEOUTS, SESSIONS);
        put(SIZE, 3);
        Fault fault =
                proxy.cutDataAfter(300 << 10, Direction.DOWN, Cut.valueOf(cut)).skip(1);
        Download download = gated(segmented(), () -> fault.fired() > 0 && inSegments() > SIZE / 4);
        assertThat(download.run().attempts()).isEqualTo(1);
        assertDone(download, SIZE, 3);
    }

    /** A server that confirms what it has cut short. */
    @Test
    void aSegmentThatIsConfirmedTooEarlyIsContinued() throws Exception {
        on(Vsftpd.start(), TransferContract.TIMEOUTS, SESSIONS);
        put(SIZE, 4);
        Fault fault = proxy.cutDataAfter(300 << 10, Direction.DOWN, Cut.FIN)
                .hideError226()
                .skip(1)
                .times(2);
        Download download = gated(segmented(), () -> fault.fired() > 1);
        download.run();
        assertDone(download, SIZE, 4);
    }

    @Test
    void aCutInTheHeadKeepsTheSegments() throws Exception {
        on(Vsftpd.start(), TransferContract.TIMEOUTS, SESSIONS);
        put(SIZE, 5);
        proxy.cutDataAfter(600 << 10, Direction.DOWN, Cut.RST);
        Download download = gated(segmented(), () -> inSegments() > SIZE / 4);
        TransferResult result = download.run();
        assertDone(download, SIZE, 5);
        assertThat(result.attempts()).isEqualTo(2);
        assertThat(result.transferred()).isLessThan(SIZE + SIZE / 4);
    }

    /** The overlap cannot tell, and no segment sees its end: the last byte, asked for alone, tells. */
    @Test
    void aServerThatIgnoresRestIsFoundOutThoughItsFileRepeatsItself() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start(), TransferContract.TIMEOUTS, SESSIONS);
        byte[] content = new byte[(int) SIZE];
        // Zeros wherever a segment may begin, and at the start of the file.
        System.arraycopy(Content.bytes(100_000, 6), 0, content, MB, 100_000);
        scripted.put("/file", content).time("/file", "20250101000000");
        scripted.on("RETR", (session, argument) -> {
            session.takeRest();
            return session.standard("RETR", argument);
        });
        Download download = new Download(
                pool,
                "/file",
                target(),
                segmented(),
                new Gate(() -> sent("RETR").size() >= 3),
                () -> false);
        download.run();
        assertThat(Files.readAllBytes(download.file())).isEqualTo(content);
        assertThat(sent("REST")).isNotEmpty().allMatch(each -> each.equals("REST " + (SIZE - 1)));
    }

    @Test
    void aServerThatRefusesRestGetsOneSession() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.onDirectory(), TransferContract.TIMEOUTS, SESSIONS);
        put(SIZE, 7);
        scripted.on("REST", "502 No.");
        Download download = gated(segmented(), () -> !sent("REST").isEmpty());
        download.run();
        assertDone(download, SIZE, 7);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFileThatIsReplacedMeanwhileIsNotSpliced(boolean sameSize) throws Exception {
        on(Vsftpd.start(), TransferContract.TIMEOUTS, SESSIONS);
        Path old = put(SIZE, 8);
        long size = sameSize ? SIZE : SIZE + 4321;
        Path other = Content.write(server.root().resolve("other"), size, 9);
        Files.setLastModifiedTime(
                other, FileTime.from(Files.getLastModifiedTime(old).toInstant().plusSeconds(60)));
        Download download = gated(segmented(), () -> {
            if (inSegments() == 0) {
                return false;
            }
            move(other, old);
            return true;
        });
        download.run();
        Content.assertIs(download.file(), size, 9);
        assertThat(recorder.events).anyMatch(each -> each.contains("the file changed while it was transferred"));
    }

    /** Neither size nor time tell; what the segments have does not fit what the head has, and each byte must be of one version. */
    @Test
    void aFileThatIsReplacedUnseenIsNotSpliced() throws Exception {
        on(Vsftpd.start(), TransferContract.TIMEOUTS, SESSIONS);
        Path old = put(SIZE, 10);
        Path other = TransferContract.aged(Content.write(server.root().resolve("other"), SIZE, 11));
        Files.setLastModifiedTime(other, Files.getLastModifiedTime(old));
        Fault held = proxy.stallDataAfter(0, Direction.DOWN).skip(1).always();
        Download download = gated(segmented(), () -> {
            if (sent("RETR").size() < 2) {
                return false;
            }
            if (Files.exists(other)) {
                move(other, old);
                held.remove();
                proxy.release();
            }
            return inSegments() > SIZE / 4;
        });
        download.run();
        Content.assertIs(download.file(), SIZE, 11);
        assertThat(recorder.events).anyMatch(each -> each.startsWith("restarted: byte "));
    }

    private static void move(Path from, Path to) {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"vsftpd", "apache"})
    void aServerOfOneSessionIsEnough(String name) throws Exception {
        on(
                name.equals("vsftpd")
                        ? Vsftpd.start(Vsftpd.plain().maxPerIp(1))
                        : ApacheFtp.start(ApacheFtp.plain().maxLogins(1)),
                TransferContract.TIMEOUTS,
                SESSIONS);
        put(SIZE, 12);
        Download download = gated(segmented(), () -> proxy.controlConnections() > 1);
        download.run();
        assertDone(download, SIZE, 12);
        // The server may still count the connection by which the test learnt that it is there.
        assertThat(recorder.events).allMatch(each -> each.startsWith("interrupted at 0") && each.contains("421"));
    }

    @Test
    void aServerOfTwoSessionsIsEnough() throws Exception {
        on(Vsftpd.start(Vsftpd.plain().maxPerIp(2)), TransferContract.TIMEOUTS, SESSIONS);
        put(SIZE, 13);
        Download download = gated(segmented(), () -> inSegments() > SIZE / 8);
        download.run();
        assertDone(download, SIZE, 13);
    }

    /** Another transfer, or a commit, gets a session as soon as it asks for one. */
    @Test
    void aSegmentGivesItsSessionToWhoeverWaits() throws Exception {
        on(Vsftpd.start(Vsftpd.plain().set("local_max_rate", "4000000")), TransferContract.TIMEOUTS, 3);
        put(SIZE, 14);
        List<Lease> others = new ArrayList<>();
        Download download = gated(segmented(), () -> {
            if (inSegments() == 0) {
                return false;
            }
            try {
                others.add(pool.lease());
                others.add(pool.lease());
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            return true;
        });
        try {
            download.run();
        } catch (TransferException e) {
            // The head, too, finds no session once it meets a segment: that of others is kept for ever here.
            assertThat(e).hasMessageContaining("no session free");
        } finally {
            others.forEach(Lease::close);
        }
        assertThat(others).hasSize(2);
        Download again = download("file", target(), segmented());
        again.run();
        Content.assertIs(again.file(), SIZE, 14);
    }

    @Test
    void aStopLeavesPartialsThatTheNextDownloadUses() throws Exception {
        on(Vsftpd.start(), TransferContract.TIMEOUTS, SESSIONS);
        put(SIZE, 15);
        AtomicBoolean stop = new AtomicBoolean();
        Download stopped = gated(
                segmented(),
                () -> {
                    stop.set(inSegments() > SIZE / 4);
                    return stop.get();
                },
                stop::get);
        assertThatThrownBy(stopped::run).isInstanceOf(TransferException.class).hasMessageContaining("stopped");
        assertContinues(15);
    }

    @Test
    void anInterruptLeavesPartialsThatTheNextDownloadUses() throws Exception {
        on(Vsftpd.start(), TransferContract.TIMEOUTS, SESSIONS);
        put(SIZE, 16);
        Download stopped = gated(segmented(), () -> {
            if (inSegments() > SIZE / 4) {
                Thread.currentThread().interrupt();
                return true;
            }
            return false;
        });
        assertThatThrownBy(stopped::run).isInstanceOf(TransferException.class).hasMessageContaining("stopped");
        assertThat(Thread.interrupted()).isTrue();
        assertContinues(16);
    }

    /** One session only: what it need not receive again is what the segments have left. */
    private void assertContinues(long seed) throws IOException {
        long there = inSegments();
        assertThat(there).isGreaterThan(SIZE / 4);
        progress.clear();
        Download next = gated(segmented().segmented(1, 0), () -> true);
        TransferResult result = next.run();
        assertDone(next, SIZE, seed);
        assertThat(result.transferred()).isLessThan(SIZE - there + MB);
        assertThat(result.saved()).isGreaterThan(there - MB);
    }

    @Test
    void aKilledProcessIsContinuedByTheNextOne() throws Exception {
        on(Vsftpd.start(), TransferContract.TIMEOUTS, SESSIONS);
        put(4 * SIZE, 17);
        Fault stalls = proxy.stallDataAfter(3L * MB, Direction.DOWN).always();
        long there;
        try (ChildJvm child = ChildJvm.of(SegmentsMain.class)
                .arguments(proxy.port(), server.user(), server.password(), work())
                .start()) {
            Await.until("segments and head stand still", LIMIT, () -> inSegments() > 8L * MB);
            child.kill9();
            child.awaitExit(LIMIT);
            there = inSegments();
        }
        stalls.remove();
        proxy.release();
        Download next = gated(segmented(), () -> true);
        TransferResult result = next.run();
        assertDone(next, 4 * SIZE, 17);
        assertThat(result.transferred()).isLessThan(4 * SIZE - there + 4L * MB);
    }

    @Test
    void segmentsOfAnEarlierDownloadAreRemovedWhereTheyAreNotUsed() throws Exception {
        on(Vsftpd.start(), TransferContract.TIMEOUTS, SESSIONS);
        put(SIZE, 18);
        AtomicBoolean stop = new AtomicBoolean();
        assertThatThrownBy(gated(
                        segmented(),
                        () -> {
                            stop.set(inSegments() > SIZE / 4);
                            return stop.get();
                        },
                        stop::get)::run)
                .isInstanceOf(TransferException.class);
        assertThat(inSegments()).isPositive();
        progress.clear();
        Download next = gated(options(3, Verify.NONE, true).segmented(4, 512 << 10), () -> true);
        next.run();
        assertDone(next, SIZE, 18);
    }

    /** A partial whose bytes are not the file's: the one that it stands beside proves nothing about it. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void aSegmentThatDoesNotFitIsReceivedAgain(int sessions) throws Exception {
        on(Vsftpd.start(), TransferContract.TIMEOUTS, SESSIONS);
        put(SIZE, 19);
        Fingerprint version;
        try (Lease lease = pool.lease()) {
            version = Fingerprint.of(
                    pool.partner().name(), "file", lease.session().facts("file").orElseThrow());
        }
        Path wrong = target().segment(version, 5L * MB);
        Files.createDirectories(wrong.getParent());
        Content.write(wrong, 2L * MB, 99);
        Files.writeString(
                wrong.resolveSibling(wrong.getFileName() + ".record"),
                "boot "
                        + Files.readString(Path.of("/proc/sys/kernel/random/boot_id"))
                                .strip() + "\nsynced 2097152\n");
        Download download = gated(segmented().segmented(sessions, 512 << 10), () -> true);
        download.run();
        assertDone(download, SIZE, 19);
    }

    @Test
    void aSymbolicLinkInThePlaceOfASegmentIsRefused() throws Exception {
        on(Vsftpd.start(), TransferContract.TIMEOUTS, SESSIONS);
        put(SIZE, 20);
        Fingerprint version;
        try (Lease lease = pool.lease()) {
            version = Fingerprint.of(
                    pool.partner().name(), "file", lease.session().facts("file").orElseThrow());
        }
        Path victim = Content.write(local.resolve("victim"), 9L * MB, 21);
        Path link = target().segment(version, 5L * MB);
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, victim);
        assertThatThrownBy(gated(segmented(), () -> true)::run)
                .isInstanceOf(TransferException.class)
                .hasMessageContaining("symbolic link");
        Content.assertIs(victim, 9L * MB, 21);
    }

    @ParameterizedTest
    @ValueSource(strings = {"one", "none", "rate", "young", "small", "sessions"})
    void someDownloadsHaveOneSession(String why) throws Exception {
        on(Vsftpd.start(), TransferContract.TIMEOUTS, why.equals("sessions") ? 2 : SESSIONS);
        Path file = put(SIZE, 22);
        if (why.equals("young")) {
            Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis() + 3_600_000));
        }
        TransferOptions options = switch (why) {
            case "one" -> segmented().segmented(1, 512 << 10);
            case "none" -> options(3, Verify.NONE, true).segmented(4, 512 << 10);
            case "rate" -> segmented().throttledBy(List.of(new Throttle(Rates.of("1GB"))));
            case "small" -> segmented().segmented(4, SIZE);
            default -> segmented();
        };
        Download download = gated(options, () -> true);
        download.run();
        assertDone(download, SIZE, 22);
        assertThat(sent("RETR")).hasSize(1);
        assertThat(proxy.controlConnections()).isEqualTo(1);
    }
}
