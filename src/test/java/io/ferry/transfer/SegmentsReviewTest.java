package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.session.Lease;
import io.ferry.session.Timeouts;
import io.ferry.stream.PartialFile;
import io.ferry.testkit.Await;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.Vsftpd;
import io.ferry.transfer.TransferOptions.Verify;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Segments where a session is wanted, a version is young, a restart is refused, or a killed process has left little. */
class SegmentsReviewTest extends DownloadFixture {

    private static final long SIZE = 12L * MB;
    private static final int OVERLAP = TransferContract.OVERLAP;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static TransferOptions segmented(int most) {
        return options(3, Verify.SIZE, true).segmented(most, 512 << 10);
    }

    private void put(long seed) {
        TransferContract.aged(Content.write(server.root().resolve("file"), SIZE, seed));
    }

    private LocalTarget target() {
        return LocalTarget.inWorkDirectory(work(), "file", SUFFIX);
    }

    private Fingerprint version() throws IOException {
        try (Lease lease = pool.lease()) {
            return Fingerprint.of(
                    pool.partner().name(), "file", lease.session().facts("file").orElseThrow());
        }
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

    private static boolean isAnySegmentWorkedAt() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(each -> each.getName().startsWith("ferry-segment"));
    }

    /** A download whose head waits, whenever it tells of its progress, until something is so. */
    private Download held(TransferOptions options, BooleanSupplier open, BooleanSupplier stop) {
        Recorder waiting = new Recorder() {
            @Override
            public void progressed(Transfer transfer, long offset) {
                Await.until("the head goes on", LIMIT, open);
            }

            @Override
            public void restarted(Transfer transfer, String why) {
                recorder.restarted(transfer, why);
            }
        };
        return new Download(pool, "file", target(), options, waiting, stop);
    }

    /** Somebody waits already when the segment's session has just been proven. */
    @Test
    void aSegmentThatHasNotBegunGivesItsSessionToWhoeverWaits() throws Exception {
        Timeouts patient = new Timeouts(
                Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofSeconds(5));
        on(Vsftpd.start(Vsftpd.plain().set("local_max_rate", "300000")), patient, 3);
        put(1);
        proxy.stallDataAfter(0, Direction.DOWN).skip(1);
        AtomicBoolean stop = new AtomicBoolean();
        Download download = held(
                segmented(2),
                () -> {
                    if (!stop.get()) {
                        Await.until(
                                "the segment asks for the last byte",
                                LIMIT,
                                () -> sent("RETR").size() >= 2);
                        waitForSession();
                        stop.set(true);
                    }
                    return true;
                },
                stop::get);
        assertThatThrownBy(download::run).hasMessageContaining("stopped");
    }

    private void waitForSession() {
        try (Lease last = pool.lease()) {
            CompletableFuture<Void> waiter = CompletableFuture.runAsync(() -> {
                try (Lease another = pool.lease()) {
                    assertThat(another.session().isBroken()).isFalse();
                } catch (IOException e) {
                    throw new CompletionException(e);
                }
            });
            Await.until("somebody waits", LIMIT, pool::isAwaited);
            proxy.release();
            waiter.join();
            assertThat(last.session().isBroken()).isFalse();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The version before was proven by its time; this one may be replaced by another of the same time. */
    @Test
    void aYoungVersionHasNoSegmentsThoughTheOneBeforeHad() throws Exception {
        on(Vsftpd.start(), TransferContract.TIMEOUTS, 5);
        put(2);
        Fingerprint old = version();
        Fingerprint young = new Fingerprint(
                old.place(), old.path(), old.size(), Instant.now().plusSeconds(3600), null, false);
        try (Segments segments = new Segments(pool, "file", target(), segmented(4))) {
            segments.begin(old);
            segments.begin(young);
            segments.advanced(MB, MB);
            assertThat(isAnySegmentWorkedAt()).isFalse();
        }
    }

    /** The segment's own restart is obeyed; that of the head behind it is not. The file must come, and not for ever. */
    @Test
    void aRestartThatIsRefusedBehindASegmentCostsOneMoreTransfer() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.onDirectory(), TransferContract.TIMEOUTS, 5);
        put(3);
        proxy.cutDataAfter(2L * MB, Direction.DOWN, Cut.FIN).skip(2);
        scripted.on(
                "REST",
                (session, argument) -> Long.parseLong(argument) > SIZE / 2 + MB && !isLastByte(argument)
                        ? "501 Not there."
                        : session.standard("REST", argument));
        Download download = held(
                segmented(2),
                () -> (inSegments() > MB || !recorder.events.isEmpty()) && !isAnySegmentWorkedAt(),
                () -> recorder.events.size() > 2);
        download.run();
        Content.assertIs(download.file(), SIZE, 3);
        assertThat(recorder.events).hasSize(1).first().asString().contains("refuses to restart");
    }

    private static boolean isLastByte(String restart) {
        return restart.equals(String.valueOf(SIZE - 1));
    }

    /** Where the head would begin that asks for the end which a segment has. */
    private static String endAgain() {
        return "REST " + (SIZE - OVERLAP);
    }

    @Test
    void theEndThatASegmentHasIsNotAskedForAgain() throws Exception {
        on(Vsftpd.start(), TransferContract.TIMEOUTS, 5);
        put(7);
        Download download = held(segmented(2), () -> inSegments() > SIZE / 3 && !isAnySegmentWorkedAt(), () -> false);
        assertThat(download.run().attempts()).isEqualTo(1);
        Content.assertIs(download.file(), SIZE, 7);
        assertThat(sent("REST")).isNotEmpty().doesNotContain(endAgain());
    }

    /** All bytes are there, and the server says that something went wrong with them. */
    @Test
    void theEndThatTheServerHasNotConfirmedIsAskedForAgain() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.onDirectory(), TransferContract.TIMEOUTS, 5);
        put(8);
        scripted.on("RETR", (session, argument) -> {
            long restart = session.takeRest();
            session.standard("REST", String.valueOf(restart));
            String reply = session.standard("RETR", argument);
            return restart == 0 || restart >= SIZE - OVERLAP ? reply : "451 The disk is ill.";
        });
        Download download = held(segmented(2), () -> inSegments() > SIZE / 3 && !isAnySegmentWorkedAt(), () -> false);
        download.run();
        Content.assertIs(download.file(), SIZE, 8);
        assertThat(sent("REST")).contains(endAgain());
    }

    /** Nothing tells whether an earlier process has heard that it was the end. */
    @Test
    void theEndThatAnEarlierProcessHasReceivedIsAskedForAgain() throws Exception {
        on(Vsftpd.start(), TransferContract.TIMEOUTS, 5);
        put(9);
        Fingerprint version = version();
        byte[] content = Content.bytes((int) SIZE, 9);
        try (PartialFile partial = PartialFile.open(target().partial(version), false);
                PartialFile end = PartialFile.open(target().segment(version, 4L * MB), false)) {
            partial.append(ByteBuffer.wrap(content, 0, 2 * MB));
            end.append(ByteBuffer.wrap(content, 4 * MB, (int) SIZE - 4 * MB));
        }
        Download download = download("file", target(), segmented(1));
        TransferResult result = download.run();
        Content.assertIs(download.file(), SIZE, 9);
        assertThat(result.saved()).isGreaterThan(SIZE - 4 * MB);
        assertThat(sent("REST")).contains(endAgain());
    }

    /** What a process leaves that is killed between two steps: a segment that has been added to the partial, and emptied. */
    @Test
    void anEmptySegmentBehindTheHeadDoesNotStandInTheWayOfOthers() throws Exception {
        on(Vsftpd.start(), TransferContract.TIMEOUTS, 5);
        put(4);
        Fingerprint version = version();
        try (PartialFile partial = PartialFile.open(target().partial(version), false)) {
            partial.append(ByteBuffer.wrap(Content.bytes(2 * MB, 4)));
        }
        Files.createFile(target().segment(version, MB));
        Download download = held(segmented(4), () -> sent("REST " + (SIZE - 1)).size() > 0, () -> false);
        download.run();
        Content.assertIs(download.file(), SIZE, 4);
        assertThat(files("")).containsExactly(download.file());
    }

    /** The head reads a block at a time, and a segment may become firm meanwhile. */
    @Test
    void bytesThatHeadAndSegmentHaveAreCountedOnce() throws Exception {
        on(Vsftpd.start(), TransferContract.TIMEOUTS, 5);
        put(5);
        Fingerprint version = version();
        Path part = target().segment(version, 5L * MB);
        Files.createDirectories(part.getParent());
        Content.write(part, 2L * MB, 5);
        try (Segments segments = new Segments(pool, "file", target(), segmented(1))) {
            segments.begin(version);
            assertThat(segments.advanced(6L * MB, MB)).isEqualTo(7L * MB);
            assertThat(segments.advanced(8L * MB, MB)).isEqualTo(8L * MB);
        }
    }

    /** A listener may take its time; the segments must not wait for it. */
    @Test
    void whoeverHearsOfTheWaitForASegmentHoldsNoLock() throws Exception {
        on(Vsftpd.start(), TransferContract.TIMEOUTS, 5);
        put(6);
        Fingerprint version = version();
        proxy.stallDataAfter(100_000, Direction.DOWN).skip(1);
        AtomicBoolean held = new AtomicBoolean(true);
        try (Segments segments = new Segments(pool, "file", target(), segmented(2));
                PartialFile partial = PartialFile.open(target().partial(version), false)) {
            segments.begin(version);
            segments.advanced(1, 1);
            Await.until("a segment is sure to come", LIMIT, segments::isDivided);
            partial.append(ByteBuffer.wrap(Content.bytes((int) (1 + segments.room(1)), 6)));
            assertThatThrownBy(() -> segments.join(partial, progress -> {
                        held.set(Thread.holdsLock(segments));
                        throw new IOException("enough");
                    }))
                    .hasMessage("enough");
        }
        assertThat(held).isFalse();
    }
}
