package io.ferry.transfer;

import io.ferry.session.SessionPool;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How many threads work at the segments of one download, and at what: the plan says how many sessions are worth it, here threads for
 * them are begun, told to end where they are too many or somebody waits, and begun no more where that is of no use.
 *
 * <p>Law: belongs to its {@link Segments}, whose lock guards it: each method is called with that held.
 */
final class SegmentWorkers {

    /** For how long no further session is asked for where none was to be had. */
    private static final long PAUSE = TimeUnit.SECONDS.toNanos(2);

    private final Segments segments;
    private final SegmentMap map;
    private final SessionPool pool;
    private final String path;
    private final LocalTarget target;
    private final TransferOptions options;
    private final Set<SegmentWorker> workers = new HashSet<>();
    private SegmentPlan plan = new SegmentPlan(1, 0);
    private boolean roomChecked;
    private boolean over;
    private boolean closed;
    private int failures;
    private long notBefore = System.nanoTime();
    private boolean begun;
    private boolean headStreams;
    private boolean headWaits;
    private boolean yields;
    private long gained;
    private long soonest;

    SegmentWorkers(
            Segments segments,
            SegmentMap map,
            SessionPool pool,
            String path,
            LocalTarget target,
            TransferOptions options) {
        this.segments = segments;
        this.map = map;
        this.pool = pool;
        this.path = path;
        this.target = target;
        this.options = options;
    }

    /** How many sessions there are to be is found out anew. */
    void follow(SegmentPlan now) {
        plan = now;
    }

    int count() {
        return workers.size();
    }

    /**
     * The head receives.
     *
     * @param count how many bytes are new
     */
    void headStreams(int count) {
        begun = true;
        headStreams = true;
        headWaits = false;
        gained += count;
    }

    /** The head has no data connection now. */
    void headPaused() {
        headStreams = false;
    }

    /** Whether the head waits for a thread: then another may work in its place. */
    void headWaits(boolean now) {
        headWaits = now;
    }

    /**
     * A segment has come further.
     *
     * @param more how many bytes of its own are new
     * @param count how many bytes have just come, overlap included
     */
    void streams(Segment segment, long more, int count) {
        if (count > 0) {
            failures = 0;
            gained += more;
        }
        if (more > 0) {
            workers.stream().filter(each -> each.segment() == segment).forEach(this::streams);
        }
    }

    private void streams(SegmentWorker worker) {
        long took = worker.streams();
        if (took > 0 && (soonest == 0 || took < soonest)) {
            soonest = took;
        }
    }

    /** Whether a thread that receives is to go on; one at a time ends for somebody who waits for its session. */
    boolean mayGoOn() {
        if (pool.isAwaited() && !yields) {
            yields = true;
            return false;
        }
        return !closed && !over && workers.size() <= most();
    }

    /** How many threads may go on: one more than wanted, in the place of a head that has waited. */
    private int most() {
        int all = planned();
        return all == 1 ? 0 : all;
    }

    /** How many threads there should be. */
    private int wanted() {
        int all = planned();
        return headWaits && all > 1 ? all : all - 1;
    }

    private int planned() {
        long left = map.size() - map.covered();
        int streaming = (headStreams ? 1 : 0)
                + (int) workers.stream().filter(SegmentWorker::isStreaming).count();
        return plan.wanted(System.nanoTime(), gained, left, streaming);
    }

    /** Begins a further thread where one is wanted; false where none is, or can be. */
    boolean startOne() {
        return begun
                && !closed
                && !over
                && System.nanoTime() - notBefore >= 0
                && workers.size() < wanted()
                && hasRoom()
                && start();
    }

    /** While a segment is added to the partial its bytes are there twice. */
    private boolean hasRoom() {
        if (!roomChecked) {
            roomChecked = true;
            long usable = target.directory().toFile().getUsableSpace();
            over = usable > 0 && usable < 2 * (map.size() - map.head());
        }
        return !over;
    }

    private boolean start() {
        Segment segment = choose();
        Fingerprint version = map.version();
        if (segment == null || version == null) {
            return false;
        }
        segment.taken(true);
        SegmentDownload download = new SegmentDownload(segments, segment, path, version, options);
        SegmentWorker worker = new SegmentWorker(segments, segment, download, pool, path);
        workers.add(worker);
        try {
            worker.start();
        } catch (OutOfMemoryError e) {
            // The operating system gives no further thread.
            workers.remove(worker);
            segment.taken(false);
            if (segment.gained() == 0) {
                map.remove(segment);
            }
            segments.unfit(e.toString());
            return false;
        }
        return true;
    }

    /**
     * Takes what has most to receive: one that nobody works at, or the end of another's, which goes on while a session logs in.
     */
    private @Nullable Segment choose() {
        long head = map.head();
        long from = head;
        long most = map.leftForHead();
        Segment largest = null;
        for (Segment each : map.all()) {
            long first = Math.max(head, Math.max(each.at(), each.begin()));
            boolean isHeads = !each.isTaken() && each.begin() <= head;
            if (!isHeads && map.end(each) - first > most) {
                most = map.end(each) - first;
                from = first;
                largest = each;
            }
        }
        if (largest != null && !largest.isTaken() && most >= plan.smallest()) {
            return largest;
        }
        long begin = plan.divide(from, most, largest == null ? headLead() : lead(largest));
        long start = begin - options.overlap();
        Fingerprint version = map.version();
        if (version == null || start < 1) {
            return null;
        }
        Segment half = new Segment(target.segment(version, start), start, options.overlap(), 0);
        map.add(half);
        return half;
    }

    private long headLead() {
        return headStreams ? soonest : 0;
    }

    /** By how many nanoseconds whoever works at it is before one that is still to log in. */
    private long lead(Segment segment) {
        for (SegmentWorker each : workers) {
            if (each.segment() == segment) {
                return each.lead(soonest);
            }
        }
        return 0;
    }

    /** No session is to be had for a segment. */
    void none() {
        notBefore = System.nanoTime() + PAUSE;
    }

    /** A session did not do; another may. */
    void failed() {
        failures++;
        over |= failures >= options.attempts();
        notBefore = System.nanoTime() + options.reconnectDelay().toNanos();
    }

    /** A thread ends; one that has ended for somebody who waits for its session is not followed by another at once. */
    void gone(SegmentWorker worker) {
        workers.remove(worker);
        if (yields) {
            yields = false;
            none();
        }
    }

    /** No more are begun for this download, and those that work end. */
    void end() {
        over = true;
    }

    /** Whether they are broken off, and none is begun until {@link #reopen}. */
    boolean isClosed() {
        return closed;
    }

    /**
     * Breaks off what they wait for.
     *
     * @return those whose end is to be awaited, without the lock
     */
    List<SegmentWorker> breakOff() {
        closed = true;
        List<SegmentWorker> all = List.copyOf(workers);
        all.forEach(SegmentWorker::breakOff);
        return all;
    }

    /** None of those before is at work any more. */
    void reopen() {
        closed = false;
    }
}
