package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/** How many sessions a download gets, by the rate that so many together have. */
class SegmentPlanTest {

    private static final long STEP = 50_000_000;
    private static final double SECOND = 1e9;
    private static final long MB = 1 << 20;

    /** What a plan wants over the time that a file takes, and how long that is. */
    private record Ride(List<Integer> wanted, double seconds) {
        int last() {
            return wanted.get(wanted.size() - 1);
        }

        int most() {
            return wanted.stream().mapToInt(Integer::intValue).max().orElseThrow();
        }
    }

    /**
     * Runs a plan to the end of a file.
     *
     * @param rate bytes per second by the number of sessions
     * @param allowed how many sessions are to be had
     */
    private static Ride ride(SegmentPlan plan, long size, int allowed, IntToDoubleFunction rate) {
        List<Integer> wanted = new ArrayList<>();
        double got = 0;
        int sessions = 1;
        long now = Long.MAX_VALUE - 3 * STEP;
        long begin = now;
        while (got < size) {
            sessions = Math.min(allowed, plan.wanted(now, (long) got, (long) (size - got), sessions));
            wanted.add(sessions);
            got += rate.applyAsDouble(sessions) * STEP / SECOND;
            now += STEP;
        }
        return new Ride(wanted, (now - begin) / SECOND);
    }

    @Test
    void aLineThatGivesEachSessionItsOwnRateGetsAllOfThem() {
        Ride ride = ride(new SegmentPlan(8, 0), 64 * MB, 8, sessions -> sessions * 450_000.0);
        assertThat(ride.last()).isEqualTo(8);
        assertThat(ride.wanted()).containsSubsequence(1, 8).isSorted();
        assertThat(ride.seconds()).isLessThan(64 * MB / 450_000.0 / 5);
    }

    @Test
    void aNarrowLineKeepsOne() {
        Ride ride = ride(new SegmentPlan(8, 0), 256 * MB, 8, sessions -> 11_000_000);
        assertThat(ride.most()).isEqualTo(8);
        assertThat(ride.last()).isEqualTo(1);
        assertThat(ride.wanted().stream().filter(each -> each == 8).count() * STEP / SECOND)
                .isLessThan(2);
    }

    @Test
    void aLineThatIsFullWithThreeKeepsEight() {
        Ride ride = ride(new SegmentPlan(16, 0), 1024 * MB, 16, sessions -> Math.min(sessions, 3) * 1_000_000.0);
        assertThat(ride.most()).isEqualTo(16);
        assertThat(ride.last()).isEqualTo(8);
    }

    @Test
    void aFileThatIsSoonThereKeepsOne() {
        assertThat(ride(new SegmentPlan(8, 0), 64 * MB, 8, sessions -> sessions * 11_000_000.0)
                        .most())
                .isEqualTo(1);
        assertThat(ride(new SegmentPlan(8, 0), 400_000, 8, sessions -> sessions * 20_000.0)
                        .most())
                .isEqualTo(1);
    }

    @Test
    void oneMeansOne() {
        assertThat(ride(new SegmentPlan(1, 0), 64 * MB, 8, sessions -> sessions * 450_000.0)
                        .most())
                .isEqualTo(1);
        assertThat(ride(new SegmentPlan(1, 100_000), 64 * MB, 8, sessions -> sessions * 450_000.0)
                        .most())
                .isEqualTo(1);
    }

    @Test
    void fewerSessionsThanWantedAreMeasuredToo() {
        Ride ride = ride(new SegmentPlan(8, 0), 64 * MB, 3, sessions -> sessions * 450_000.0);
        assertThat(ride.last()).isEqualTo(3);
        assertThat(ride(new SegmentPlan(8, 0), 64 * MB, 1, sessions -> 450_000.0)
                        .last())
                .isEqualTo(1);
    }

    @Test
    void aSizeForEachNeedsNoMeasurement() {
        SegmentPlan plan = new SegmentPlan(8, MB);
        assertThat(plan.wanted(0, 0, 100 * MB, 1)).isEqualTo(8);
        assertThat(plan.wanted(0, 0, 3 * MB, 1)).isEqualTo(3);
        assertThat(plan.wanted(0, 0, MB - 1, 1)).isEqualTo(1);
        assertThat(plan.smallest()).isEqualTo(MB);
    }

    /** Whatever the line does, there are at least one and at most so many, and it ends. */
    @Property
    void staysWithinItsBounds(
            @ForAll @IntRange(min = 1, max = 32) int most,
            @ForAll @IntRange(min = 1, max = 32) int allowed,
            @ForAll @LongRange(min = 1, max = 200) long megabytes,
            @ForAll @DoubleRange(min = 200_000, max = 200_000_000) double rate,
            @ForAll @IntRange(min = 1, max = 16) int fullWith) {
        Ride ride = ride(
                new SegmentPlan(most, 0), megabytes * MB, allowed, sessions -> rate * Math.min(sessions, fullWith));
        assertThat(ride.wanted()).allMatch(each -> each >= 1 && each <= Math.min(most, allowed));
        // What does not help does not stay, but for a trial, which waits for sessions that do not come.
        long longest =
                ride.wanted().stream().filter(each -> each > 8 * fullWith).count();
        assertThat(longest * STEP / SECOND).isLessThan(SegmentPlan.PATIENCE / SECOND + 3);
    }

    /** Nothing is gained by a longer look at a rate that is what it will be. */
    @Test
    void aSteadyRateIsBelievedAfterTheWarmUp() {
        SegmentPlan plan = new SegmentPlan(8, 0);
        int wanted = 1;
        long now = 0;
        while (wanted == 1) {
            wanted = plan.wanted(now, now * 450_000 / 1_000_000_000, 64 * MB, 1);
            now += STEP;
        }
        assertThat(now - STEP).isEqualTo(SegmentPlan.WARM_UP);
    }

    /** A plan that has measured what each session has. */
    private static SegmentPlan measured(double rate) {
        SegmentPlan plan = new SegmentPlan(8, 0);
        for (long now = 0; now <= SegmentPlan.WARM_UP; now += STEP) {
            plan.wanted(now, (long) (rate * now / SECOND), 64 * MB, 1);
        }
        return plan;
    }

    @Test
    void whoTakesTheEndOfAnothersPartComesToItsEndAtTheSameTime() {
        double rate = 450_000;
        long login = 600_000_000;
        long begin = measured(rate).divide(MB, MB, login);
        assertThat((begin - MB) / rate).isCloseTo(login / SECOND + (2 * MB - begin) / rate, within(0.001));
        assertThat(measured(rate).divide(MB, MB, 0)).isEqualTo(MB + MB / 2);
    }

    @Test
    void whatAnotherHasSoonIsNotDivided() {
        double rate = 450_000;
        long least = (long) (2 * SegmentPlan.LEAST_SECONDS * rate);
        assertThat(measured(rate).divide(0, least + 2, 0)).isPositive();
        assertThat(measured(rate).divide(0, least - 2, 0)).isNegative();
        assertThat(measured(rate).divide(0, least + 2, 1_000_000_000)).isNegative();
        assertThat(measured(rate).divide(0, least + 2 + (long) rate, 1_000_000_000))
                .isPositive();
    }

    /** A line with losses is kind to its first session now and then, until the first loss. */
    @Test
    void aFirstSessionThatWasLuckyDoesNotKeepTheOthersFromHelp() {
        double rate = 400_000;
        SegmentPlan plan = measured(4 * rate);
        double got = 4 * rate * SegmentPlan.WARM_UP / SECOND;
        assertThat(plan.divide(0, MB, 600_000_000)).isNegative();
        for (long now = SegmentPlan.WARM_UP; now < 3 * SECOND; now += STEP) {
            plan.wanted(now, (long) got, 64 * MB, 7);
            got += 7 * rate * STEP / SECOND;
        }
        assertThat(plan.divide(0, MB, 600_000_000)).isPositive();
    }

    @Test
    void aSlowSessionIsHelpedToo() {
        double rate = 20_000;
        assertThat(measured(rate).smallest()).isEqualTo(SegmentPlan.LEAST);
        assertThat(measured(rate).divide(0, 4 * SegmentPlan.LEAST, 1_000_000_000))
                .isPositive();
    }

    @Test
    void aSizeForEachIsWhatIsDivided() {
        SegmentPlan plan = new SegmentPlan(8, MB);
        assertThat(plan.divide(0, 2 * MB, 1_000_000_000)).isEqualTo(MB);
        assertThat(plan.divide(0, 2 * MB - 1, 1_000_000_000)).isNegative();
    }

    /** What begins slowly on a line without losses is not half of what it will be. */
    @Test
    void aRateThatGrowsIsMeasuredOnceItHasGrown() {
        SegmentPlan plan = new SegmentPlan(8, 0);
        double got = 0;
        for (long now = 0; now <= SegmentPlan.WARM_UP; now += STEP) {
            assertThat(plan.wanted(now, (long) got, 1024 * MB, 1)).isEqualTo(1);
            got = 2 * got + 14_000;
        }
    }
}
