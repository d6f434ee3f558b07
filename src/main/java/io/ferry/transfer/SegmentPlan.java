package io.ferry.transfer;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How many sessions a download is worth. It begins with one, and takes several times as many as long as that makes it clearly faster:
 * on a line that loses packets each session has a rate of its own. On one that a single session fills, more only share it, and it
 * goes back to as many as were of use.
 *
 * <p>Law: knows no clock and no line; belongs to one download, whose lock guards it.
 */
final class SegmentPlan {

    /** What a session has not yet in its first moments: its full rate. */
    static final long WARM_UP = TimeUnit.MILLISECONDS.toNanos(300);

    /** So often the rate of a first session is looked at while it warms up. */
    static final long LOOK = WARM_UP / 2;

    /** A rate that grows by no more from one look to the next is the full one: a line without losses doubles it. */
    static final double STEADY = 1.2;

    /** Over so long a time a rate is measured. */
    static final long WINDOW = TimeUnit.MILLISECONDS.toNanos(700);

    /** The same for one session: it only has to tell about how long the rest takes. */
    static final long FIRST_WINDOW = TimeUnit.MILLISECONDS.toNanos(500);

    /** So long must the rest still take for more than one session to be tried: a trial that brings nothing costs up to a second. */
    static final long WORTHWHILE = TimeUnit.SECONDS.toNanos(8);

    /** As WORTHWHILE, where several have been of use already. */
    static final long WORTHWHILE_MORE = TimeUnit.SECONDS.toNanos(3);

    /**
     * So many times the sessions are tried next: the difference is then clearer than what a short measurement misses, and each step
     * costs a login and a measurement.
     */
    static final int STEP = 8;

    /** So long is waited for sessions that are wanted and do not come. */
    static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);

    /** So much of what further sessions could carry at most must come, but for {@link #CLEAR}. */
    static final double GAIN = 0.2;

    /** So many times the rate is enough, however many sessions it takes. */
    static final double CLEAR = 1.5;

    /** The least bytes for each session with which more are tried. */
    static final long SMALLEST = 256 << 10;

    /** The least bytes that are worth the login of a session which takes them off another. */
    static final long LEAST = 64 << 10;

    /** The least time that such a session must save. */
    static final double LEAST_SECONDS = 0.25;

    /** How often more sessions may show no gain before they are given up: a rate over a second is a rough measure. */
    private static final int CHANCES = 2;

    private static final double SECOND = TimeUnit.SECONDS.toNanos(1);

    private final int most;
    private final long size;
    private int wanted = 1;
    private int kept = 1;
    private double keptRate;
    private double rate;
    private double each;
    private double busy;
    private @Nullable Long last;
    private long first;
    private int failed;
    private boolean decided;
    private boolean begun;
    private boolean measuring;
    private long since;
    private long level;
    private long before;
    private long looked;
    private long seen;
    private double lookRate;

    /**
     * A plan for a download that has not begun.
     *
     * @param most sessions at once
     * @param size bytes for each session without a measurement; 0 to measure
     */
    SegmentPlan(int most, long size) {
        this.most = most;
        this.size = size;
    }

    /**
     * How many sessions are wanted now.
     *
     * @param now a time in nanoseconds
     * @param gained bytes of the file that have come since the download began
     * @param left bytes that are still to come
     * @param streaming how many sessions receive bytes
     */
    int wanted(long now, long gained, long left, int streaming) {
        average(now, gained, streaming);
        if (size > 0) {
            wanted = (int) Math.max(1, Math.min(most, left / size));
            return wanted;
        }
        if (!begun) {
            begun = true;
            enter(now, 1);
            look(now, gained);
        }
        if (most == 1 || decided) {
            return wanted;
        }
        if (streaming < wanted) {
            await(now, streaming);
            look(now, gained);
            return wanted;
        }
        if (!measuring && wanted == 1 && keptRate == 0 && isTime(now) && isSteady(now, gained)) {
            measure(now, gained);
            judge(now, left);
        } else if (!measuring) {
            if (now - since >= WARM_UP) {
                measure(now, gained);
            }
        } else if (now - since >= (wanted == 1 ? FIRST_WINDOW : WINDOW)) {
            rate = (gained - before) * SECOND / (now - since);
            measure(now, gained);
            judge(now, left);
        }
        return wanted;
    }

    /** What a session receives in a second, as all of them have until now: some are lucky for a while, and some are not. */
    private void average(long now, long gained, int streaming) {
        if (last == null) {
            first = gained;
        } else {
            busy += (now - last) / SECOND * streaming;
        }
        last = now;
        each = busy > 0 ? (gained - first) / busy : 0;
    }

    private void measure(long now, long gained) {
        measuring = true;
        since = now;
        before = gained;
    }

    private boolean isTime(long now) {
        return now - looked >= LOOK || now - since >= WARM_UP;
    }

    /** A look at a first session begins. */
    private void look(long now, long gained) {
        looked = now;
        seen = gained;
        lookRate = 0;
    }

    /** A first session whose rate does not grow, as on a line with losses, need not be measured any longer. */
    private boolean isSteady(long now, long gained) {
        double earlier = lookRate;
        double newest = (gained - seen) * SECOND / (now - looked);
        look(now, gained);
        lookRate = newest;
        if (earlier == 0 || newest > STEADY * earlier) {
            return false;
        }
        rate = Math.max(earlier, newest);
        return true;
    }

    /** Nothing is measured until all stream; where some do not come, those that do are all that there are. */
    private void await(long now, int streaming) {
        since = now;
        measuring = false;
        if (now - level >= PATIENCE) {
            enter(now, Math.max(streaming, kept));
        }
    }

    private void judge(long now, long left) {
        if (wanted > kept && rate < keptRate * Math.min(CLEAR, 1 + GAIN * (wanted - kept) / kept)) {
            failed++;
            if (failed >= CHANCES) {
                enter(now, kept);
                decided = true;
            }
            return;
        }
        kept = wanted;
        keptRate = rate;
        long enough = kept == 1 ? WORTHWHILE : WORTHWHILE_MORE;
        boolean worthwhile = left >= 2 * Math.max(SMALLEST, rate / wanted) && left * SECOND > rate * enough;
        if (worthwhile && wanted < most) {
            enter(now, Math.min(STEP * wanted, most));
        }
    }

    private void enter(long now, int number) {
        wanted = number;
        failed = 0;
        measuring = false;
        since = now;
        level = now;
    }

    /** How many bytes are worth a session of their own. */
    long smallest() {
        return size > 0 ? size : Math.max(LEAST, (long) (each * LEAST_SECONDS));
    }

    /**
     * Where a session begins that takes the end of what another one has still to receive, so that both come to their end at the same
     * time.
     *
     * @param from the first byte that is still to come
     * @param count how many bytes are still to come
     * @param lead how many nanoseconds the other one is before the new one
     * @return -1 where that is not worth a session
     */
    long divide(long from, long count, long lead) {
        long meanwhile = size > 0 ? 0 : (long) (each * lead / SECOND);
        return count - meanwhile < 2 * smallest() ? -1 : from + (count + meanwhile) / 2;
    }
}
