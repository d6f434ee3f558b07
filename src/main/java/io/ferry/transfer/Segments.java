package io.ferry.transfer;

import io.ferry.session.SessionPool;
import io.ferry.stream.PartialFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of one download that come over further sessions while its own, the head, fills the partial from its start. Each segment
 * has a partial of its own, which is added to the head's once that has come so far: the overlap that both hold is compared then.
 *
 * <p>Law: belongs to one download and its thread, which closes it. The threads are its own, one for each segment that is worked at;
 * their sessions are extra ones, given up as soon as anybody waits for one. Whatever fails here fails no download, but for the local
 * disk, and a file that has changed. Partials that are left are found by the next download of the version.
 */
final class Segments implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(Segments.class);

    /** A smaller file has no segments. */
    private static final long SMALLEST_FILE = 4 * SegmentPlan.SMALLEST;

    private static final long LOOK_MILLIS = 100;

    /** For how long no further session is asked for where none was to be had. */
    private static final long PAUSE = TimeUnit.SECONDS.toNanos(2);

    private final SessionPool pool;
    private final String path;
    private final LocalTarget target;
    private final TransferOptions options;
    private final TreeMap<Long, Segment> segments = new TreeMap<>();
    private final Set<SegmentWorker> workers = new HashSet<>();
    private List<Path> unused = List.of();
    private @Nullable Fingerprint version;
    private SegmentPlan plan = new SegmentPlan(1, 0);
    private @Nullable IOException failure;
    private @Nullable Fingerprint changed;
    private boolean roomChecked;
    private boolean over;
    private boolean closed;
    private int failures;
    private long notBefore = System.nanoTime();
    private long head;
    private boolean begun;
    private boolean headStreams;
    private boolean headWaits;
    private boolean yields;
    private long gained;
    private long shown;
    private long received;
    private long soonest;
    private boolean whole;

    Segments(SessionPool pool, String path, LocalTarget target, TransferOptions options) {
        this.pool = pool;
        this.path = path;
        this.target = target;
        this.options = options;
    }

    /** An attempt begins: the segments of this version count, whoever has received them. */
    void begin(Fingerprint now) throws IOException {
        synchronized (this) {
            // An attempt that has begun anew has not come to the end.
            whole = false;
        }
        if (isSame(now)) {
            return;
        }
        synchronized (this) {
            // Nothing more is begun for the version before.
            version = null;
        }
        discard();
        long smallest = options.segmentSize() > 0 ? options.segmentSize() : SMALLEST_FILE;
        boolean large = now.size() >= smallest && !pool.partner().ascii();
        Map<Long, Path> found = large ? target.segments(now) : Map.of();
        boolean trusted = now.isProof()
                && options.resume() == TransferOptions.Resume.AUTO
                && options.verify() != TransferOptions.Verify.NONE
                && !options.isRestartDemanded();
        synchronized (this) {
            version = now;
            changed = null;
            plan = new SegmentPlan(1, 0);
            if (!trusted) {
                unused = List.copyOf(found.values());
                return;
            }
            unused = new ArrayList<>();
            found.forEach(this::addFound);
            // Where the rate is bounded, further sessions cannot raise it. Deflated data are received by one.
            boolean more = large && options.throttles().isEmpty() && !options.compress();
            plan = new SegmentPlan(more ? options.segments() : 1, more ? options.segmentSize() : 0);
        }
    }

    private void addFound(long start, Path partial) {
        long length = partial.toFile().length();
        if (length > 0 && start + options.overlap() < size()) {
            add(new Segment(partial, start, options.overlap(), length));
        } else {
            unused.add(partial);
        }
    }

    private synchronized boolean isSame(Fingerprint now) {
        if (!now.equals(version)) {
            return false;
        }
        if (changed != null) {
            // The server states now one version, now the other.
            changed = null;
            over = true;
        }
        return true;
    }

    private void add(Segment segment) {
        segments.put(segment.begin(), segment);
    }

    private @Nullable Segment ahead() {
        return segments.values().stream().filter(Segment::isFirm).findFirst().orElse(null);
    }

    /** Whether the head will meet a segment before the end of the file. */
    synchronized boolean isDivided() {
        return ahead() != null;
    }

    /**
     * A session is ready to receive a segment, and the head is to end where it begins.
     *
     * @return false where the head is there already
     */
    synchronized boolean firm(Segment segment) {
        if (!closed && segment.begin() > head) {
            segment.becomesFirm();
        }
        return segment.isFirm();
    }

    /** How many bytes the head may have until it meets a segment; 0 or less where it has met one. */
    synchronized long room(long length) {
        Segment next = ahead();
        return next == null ? Long.MAX_VALUE : next.begin() - length;
    }

    /**
     * The head has come so far.
     *
     * @param count how many bytes are new
     * @return how many bytes of the file are there
     * @throws IOException where a segment met an error of the local disk
     */
    synchronized long advanced(long length, int count) throws IOException {
        if (length < head) {
            shown = 0;
        }
        head = length;
        begun = true;
        headStreams = true;
        headWaits = false;
        gained += count;
        adjust();
        return progress();
    }

    /** The head has no data connection now. */
    synchronized void paused() {
        headStreams = false;
    }

    /** What the file is now, where a segment found it changed; null where none did. */
    synchronized @Nullable Fingerprint changed() {
        return changed;
    }

    /** Bytes that the segments have received so far, overlaps included. */
    synchronized long received() {
        return received;
    }

    private long progress() throws IOException {
        if (failure != null) {
            throw failure;
        }
        long all = head;
        for (Segment each : segments.values()) {
            all += beyondHead(each);
        }
        shown = Math.max(shown, all);
        return shown;
    }

    /** How many bytes of the file lie in segments. */
    synchronized long there() {
        return segments.values().stream().mapToLong(Segment::gained).sum();
    }

    private long size() {
        return version == null ? 0 : version.size();
    }

    private long end(Segment segment) {
        Long next = segments.higherKey(segment.begin());
        return next == null ? size() : next;
    }

    /** How many bytes it has that neither the head has nor the next segment: the head reads a block, and may pass its beginning. */
    private long beyondHead(Segment segment) {
        return Math.max(0, Math.min(segment.at(), end(segment)) - Math.max(segment.begin(), head));
    }

    /** How many bytes a segment still has to receive. */
    synchronized long left(Segment segment) {
        return end(segment) - segment.at();
    }

    /** So many bytes have come over the line. */
    synchronized void received(int count) {
        received += count;
    }

    /**
     * A segment's partial has so many bytes.
     *
     * @param count how many bytes have just come
     * @return whether it is to go on
     */
    synchronized boolean reached(Segment segment, long length, int count) {
        long more = segment.reached(segment.start() + length);
        if (count > 0) {
            failures = 0;
            gained += more;
        }
        if (more > 0) {
            workers.stream().filter(each -> each.segment() == segment).forEach(this::streams);
        }
        adjust();
        if (pool.isAwaited() && !yields) {
            yields = true;
            return false;
        }
        return !closed && !over && workers.size() <= most();
    }

    private void streams(SegmentWorker worker) {
        long took = worker.streams();
        if (took > 0 && (soonest == 0 || took < soonest)) {
            soonest = took;
        }
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
        long left = size() - head;
        for (Segment each : segments.values()) {
            left -= beyondHead(each);
        }
        int streaming = (headStreams ? 1 : 0)
                + (int) workers.stream().filter(SegmentWorker::isStreaming).count();
        return plan.wanted(System.nanoTime(), gained, left, streaming);
    }

    private void adjust() {
        while (isOpen()
                && changed == null
                && failure == null
                && System.nanoTime() - notBefore >= 0
                && workers.size() < wanted()
                && hasRoom()
                && start()) {
            LOG.debug("{}: {} segments of {}", pool.partner(), workers.size(), path);
        }
    }

    private boolean isOpen() {
        return begun && !closed && !over;
    }

    /** While a segment is added to the partial its bytes are there twice. */
    private boolean hasRoom() {
        if (!roomChecked) {
            roomChecked = true;
            long usable = target.directory().toFile().getUsableSpace();
            over = usable > 0 && usable < 2 * (size() - head);
        }
        return !over;
    }

    private boolean start() {
        Segment segment = choose();
        if (segment == null || version == null) {
            return false;
        }
        segment.taken(true);
        SegmentDownload download = new SegmentDownload(this, segment, path, version, options);
        SegmentWorker worker = new SegmentWorker(this, segment, download, pool, path);
        workers.add(worker);
        try {
            worker.start();
        } catch (OutOfMemoryError e) {
            // The operating system gives no further thread.
            workers.remove(worker);
            segment.taken(false);
            if (segment.gained() == 0) {
                segments.remove(segment.begin(), segment);
            }
            unfit(e.toString());
            return false;
        }
        return true;
    }

    /**
     * Takes what has most to receive: one that nobody works at, or the end of another's, which goes on while a session logs in.
     */
    private @Nullable Segment choose() {
        long from = head;
        long most = segments.isEmpty() ? size() - head : segments.firstKey() - head;
        Segment largest = null;
        for (Segment each : segments.values()) {
            long first = Math.max(head, Math.max(each.at(), each.begin()));
            boolean isHeads = !each.isTaken() && each.begin() <= head;
            if (!isHeads && end(each) - first > most) {
                most = end(each) - first;
                from = first;
                largest = each;
            }
        }
        if (largest != null && !largest.isTaken() && most >= plan.smallest()) {
            return largest;
        }
        long begin = plan.divide(from, most, largest == null ? headLead() : lead(largest));
        long start = begin - options.overlap();
        if (version == null || start < 1) {
            return null;
        }
        Segment half = new Segment(target.segment(version, start), start, options.overlap(), 0);
        add(half);
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

    /**
     * Adds to the partial what follows its last byte and has been received, once nobody works at it any more.
     *
     * @return how many bytes of that an earlier transfer had received
     */
    long join(PartialFile partial, SegmentJoin.Beat beat) throws IOException {
        return new SegmentJoin(this, pool.partner(), path, options).join(partial, beat);
    }

    /** The head has come so far; the segment that it meets there, null where there is none. */
    synchronized @Nullable Segment met(long length) {
        head = length;
        headStreams = false;
        Segment next = ahead();
        return next == null || next.begin() > length ? null : next;
    }

    /** Whether somebody works at it still: then the head waits, and another may work in its place. */
    synchronized boolean isAwaited(Segment segment) {
        headWaits = segment.isTaken() && changed == null;
        if (headWaits) {
            adjust();
        }
        return headWaits;
    }

    /** No thread takes it meanwhile: what the head has met is the head's. */
    synchronized boolean take(Segment segment) {
        if (changed != null) {
            return false;
        }
        segment.taken(true);
        return true;
    }

    /** Waits for a moment for whoever works at it. */
    @SuppressWarnings("WaitNotInLoop") // The caller's is one.
    synchronized void await(Segment segment) {
        try {
            if (segment.isTaken() && changed == null) {
                wait(LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** How many bytes of the file are there. */
    synchronized long shown() throws IOException {
        return progress();
    }

    /** It has been added, as far as it fitted, and the head has come so far. */
    synchronized void remove(Segment segment, long length) {
        segments.remove(segment.begin(), segment);
        head = length;
        whole = segment.isEnded() && length == size();
    }

    /** Whether the head has come to the file's end with a segment, to whose session the server has confirmed that it is the end. */
    synchronized boolean isWhole(long length) {
        return whole && length == size();
    }

    /** The server has ended the data where the file ends, and confirmed it. */
    synchronized void ended(Segment segment) {
        segment.ends();
    }

    /** No session is to be had for a segment. */
    synchronized void none() {
        notBefore = System.nanoTime() + PAUSE;
    }

    /** A session did not do; another may. */
    synchronized void failed(IOException why) {
        LOG.debug("{}: a segment of {} broke off: {}", pool.partner(), path, why.toString());
        failures++;
        over |= failures >= options.attempts();
        notBefore = System.nanoTime() + options.reconnectDelay().toNanos();
    }

    /** The local disk refuses. */
    synchronized void fatal(IOException why) {
        if (failure == null) {
            failure = why;
        }
    }

    /** The file is another one now. */
    synchronized void changed(Fingerprint now) {
        changed = now;
    }

    /** This file is not to be had in segments. */
    synchronized void unfit(String why) {
        LOG.info("{}: no further sessions for {}: {}", pool.partner(), path, why);
        over = true;
    }

    /** A thread ends, with nothing of its own that is open. */
    void left(SegmentWorker worker, Segment segment) {
        boolean empty;
        synchronized (this) {
            empty = segment.gained() == 0 && segments.get(segment.begin()) == segment;
        }
        try {
            if (empty) {
                discard(segment.partial());
            }
        } finally {
            gone(worker, segment, empty);
        }
    }

    private synchronized void gone(SegmentWorker worker, Segment segment, boolean empty) {
        workers.remove(worker);
        segment.taken(false);
        if (empty) {
            segments.remove(segment.begin(), segment);
        }
        if (yields) {
            yields = false;
            none();
        }
        adjust();
        notifyAll();
    }

    private void discard(Path partial) {
        try {
            PartialFile.discard(partial);
        } catch (IOException e) {
            fatal(e);
        }
    }

    /** No more segments are begun for this download, and those that are worked at end. */
    synchronized void end() {
        over = true;
    }

    /** Throws away what the segments have received. */
    void discard() throws IOException {
        stop();
        List<Path> all = new ArrayList<>();
        synchronized (this) {
            segments.values().forEach(each -> all.add(each.partial()));
            all.addAll(unused);
            segments.clear();
            unused = List.of();
            shown = 0;
            whole = false;
            closed = false;
        }
        for (Path each : all) {
            PartialFile.discard(each);
        }
    }

    /** Ends the work; what has been received stays. */
    @Override
    public void close() {
        stop();
    }

    private void stop() {
        List<SegmentWorker> begun;
        synchronized (this) {
            closed = true;
            notifyAll();
            begun = List.copyOf(workers);
            begun.forEach(SegmentWorker::breakOff);
        }
        begun.forEach(SegmentWorker::awaitEnd);
    }
}
