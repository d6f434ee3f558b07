package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.transfer.ResumeDecision.AlreadyComplete;
import io.ferry.transfer.ResumeDecision.Conflict;
import io.ferry.transfer.ResumeDecision.Fresh;
import io.ferry.transfer.ResumeDecision.ResumeAt;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ResumeDecisionTest {

    private static final TransferOptions AUTO = TransferOptions.DEFAULT;
    private static final TransferOptions OFF = new TransferOptions(
            AUTO.blockSize(),
            AUTO.overlap(),
            TransferOptions.Resume.OFF,
            AUTO.verify(),
            AUTO.attempts(),
            AUTO.reconnectDelay(),
            TransferOptions.AUTO,
            true,
            TransferOptions.OnUnprovable.FAIL,
            Duration.ofDays(7));

    private static final TransferOptions DIGEST = new TransferOptions(
            AUTO.blockSize(),
            AUTO.overlap(),
            AUTO.resume(),
            TransferOptions.Verify.DIGEST,
            AUTO.attempts(),
            AUTO.reconnectDelay(),
            TransferOptions.AUTO,
            true,
            TransferOptions.OnUnprovable.FAIL,
            Duration.ofDays(7));

    private static Fingerprint source(long size) {
        return new Fingerprint("u@h:21", "file", size, Instant.EPOCH, null);
    }

    @Test
    void nothingThereBeginsFresh() {
        assertThat(ResumeDecision.of(source(100), 0, false, AUTO)).isEqualTo(new Fresh());
    }

    @Test
    void partialContinuesWithAnOverlapThatFits() {
        assertThat(ResumeDecision.of(source(100), 40, false, AUTO)).isEqualTo(new ResumeAt(40, 40));
        assertThat(ResumeDecision.of(source(1 << 20), 100_000, false, AUTO)).isEqualTo(new ResumeAt(100_000, 64 << 10));
    }

    @Test
    void wholePartialIsProvenByItsOverlapTooAndNeverTrustedOnItsLength() {
        assertThat(ResumeDecision.of(source(100), 100, false, AUTO)).isEqualTo(new ResumeAt(100, 100));
    }

    @Test
    void partialLongerThanTheSourceIsAConflict() {
        assertThat(ResumeDecision.of(source(100), 101, false, AUTO)).isInstanceOf(Conflict.class);
    }

    @Test
    void youngSourceIsContinuedOnlyWhereADigestProvesIt() {
        for (String unique : new String[] {null, "801U2f"}) {
            Fingerprint young = new Fingerprint("u@h:21", "file", 100, Instant.EPOCH, unique, false);
            assertThat(ResumeDecision.of(young, 40, false, AUTO))
                    .isInstanceOfSatisfying(
                            Conflict.class,
                            conflict -> assertThat(conflict.why()).contains("so young"));
            assertThat(ResumeDecision.of(young, 0, true, AUTO)).isEqualTo(new Fresh());
            assertThat(ResumeDecision.of(young, 40, false, DIGEST)).isEqualTo(new ResumeAt(40, 40));
            assertThat(ResumeDecision.of(young, 0, true, DIGEST)).isEqualTo(new AlreadyComplete());
            assertThat(young).isEqualTo(new Fingerprint("u@h:21", "file", 100, Instant.EPOCH, unique));
            assertThat(young.hash()).isEqualTo(new Fingerprint("u@h:21", "file", 100, Instant.EPOCH, unique).hash());
        }
        Fingerprint content = new Fingerprint("", "content", 100, null, "digest", false);
        assertThat(ResumeDecision.of(content, 0, true, AUTO)).isEqualTo(new AlreadyComplete());
    }

    @Test
    void sourceThatCannotTellItsVersionsIsNeverContinued() {
        Fingerprint noTime = new Fingerprint("u@h:21", "file", 100, null, null);
        Fingerprint noSize = new Fingerprint("u@h:21", "file", -1, Instant.EPOCH, null);
        assertThat(ResumeDecision.of(noTime, 40, false, AUTO)).isInstanceOf(Conflict.class);
        assertThat(ResumeDecision.of(noSize, 40, false, AUTO)).isInstanceOf(Conflict.class);
        assertThat(ResumeDecision.of(noTime, 0, true, AUTO)).isEqualTo(new Fresh());
    }

    @Test
    void verifiedFileIsComplete() {
        assertThat(ResumeDecision.of(source(100), 0, true, AUTO)).isEqualTo(new AlreadyComplete());
    }

    @Test
    void offNeverContinues() {
        assertThat(ResumeDecision.of(source(100), 40, false, OFF)).isInstanceOf(Conflict.class);
    }

    @Test
    void noDecisionEverReachesBeyondTheSourceOrThePartial() {
        long seed = System.nanoTime();
        System.out.println("ResumeDecisionTest seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            long size = random.nextLong(0, 1L << random.nextInt(1, 62));
            long partial = random.nextLong(0, 1L << random.nextInt(1, 62));
            ResumeDecision decision = ResumeDecision.of(source(size), partial, false, AUTO);
            if (decision instanceof ResumeAt resume) {
                assertThat(resume.offset()).isEqualTo(partial).isLessThanOrEqualTo(size);
                assertThat((long) resume.overlap()).isBetween(1L, Math.min(partial, AUTO.overlap()));
            } else if (partial == 0) {
                assertThat(decision).isEqualTo(new Fresh());
            } else {
                assertThat(partial).isGreaterThan(size);
            }
        }
    }

    @Test
    void anotherVersionHasAnotherHash() {
        Fingerprint file = source(100);
        assertThat(file.hash()).hasSize(16).isEqualTo(source(100).hash());
        assertThat(file.hash())
                .isNotEqualTo(source(101).hash())
                .isNotEqualTo(new Fingerprint("u@h:21", "file2", 100, Instant.EPOCH, null).hash())
                .isNotEqualTo(new Fingerprint("u@h:22", "file", 100, Instant.EPOCH, null).hash())
                .isNotEqualTo(new Fingerprint("u@h:21", "file", 100, Instant.EPOCH.plusSeconds(1), null).hash())
                .isNotEqualTo(new Fingerprint("u@h:21", "file", 100, Instant.EPOCH, "x").hash());
    }

    @Test
    void emptyFileCanBeProvenToo() {
        Fingerprint empty = source(0);
        assertThat(empty.tellsVersions()).isTrue();
        assertThat(ResumeDecision.of(empty, 0, true, AUTO)).isEqualTo(new AlreadyComplete());
        Fingerprint young = new Fingerprint("u@h:21", "file", 0, Instant.EPOCH, null, false);
        assertThat(ResumeDecision.of(young, 0, true, AUTO)).isEqualTo(new Fresh());
        assertThat(ResumeDecision.of(young, 0, true, DIGEST)).isEqualTo(new AlreadyComplete());
    }

    @Test
    void differenceNamesWhatDiffers() {
        Fingerprint file = new Fingerprint("u@h:21", "file", 1, Instant.EPOCH, "a");
        assertThat(file.difference(new Fingerprint("u@h:21", "file", 2, Instant.EPOCH, "a")))
                .isEqualTo("size 1, now 2");
        assertThat(file.difference(new Fingerprint("u@h:21", "file", 1, Instant.EPOCH.plusSeconds(1), "a")))
                .isEqualTo("modified 1970-01-01T00:00:00Z, now 1970-01-01T00:00:01Z");
        assertThat(file.difference(new Fingerprint("u@h:21", "file", 1, Instant.EPOCH, null)))
                .isEqualTo("unique a, now null");
    }

    @Test
    void versionsSpreadOverAHashTable() {
        assertThat(LongStream.range(0, 100)
                        .map(size -> source(size).hashCode())
                        .distinct()
                        .count())
                .isGreaterThan(90);
    }
}
