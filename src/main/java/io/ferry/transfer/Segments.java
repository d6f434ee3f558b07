package io.ferry.transfer;

import io.ferry.session.SessionPool;
import io.ferry.stream.PartialFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

    private final SessionPool pool;
    private final String path;
    private final LocalTarget target;
    private final TransferOptions options;
    private final SegmentMap map = new SegmentMap();
    private final SegmentWorkers workers;
    private List<Path> unused = List.of();
    private @Nullable IOException failure;
    private @Nullable Fingerprint changed;
    private long shown;
    private long received;
    private boolean whole;

    Segments(SessionPool pool, String path, LocalTarget target, TransferOptions options) {
        this.pool = pool;
        this.path = path;
        this.target = target;
        this.options = options;
        this.workers = new SegmentWorkers(this, map, pool, path, target, options);
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
            map.version(null);
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
            map.version(now);
            changed = null;
            workers.follow(new SegmentPlan(1, 0));
            if (!trusted) {
                unused = List.copyOf(found.values());
                return;
            }
            unused = new ArrayList<>();
            found.forEach(this::addFound);
            // Where the rate is bounded, further sessions cannot raise it. Deflated data are received by one.
            boolean more = large && options.throttles().isEmpty() && !options.compress();
            workers.follow(new SegmentPlan(more ? options.segments() : 1, more ? options.segmentSize() : 0));
        }
    }

    private void addFound(long start, Path partial) {
        long length = partial.toFile().length();
        if (length > 0 && start + options.overlap() < map.size()) {
            map.add(new Segment(partial, start, options.overlap(), length));
        } else {
            unused.add(partial);
        }
    }

    private synchronized boolean isSame(Fingerprint now) {
        if (!now.equals(map.version())) {
            return false;
        }
        if (changed != null) {
            // The server states now one version, now the other.
            changed = null;
            workers.end();
        }
        return true;
    }

    /** Whether the head will meet a segment before the end of the file. */
    synchronized boolean isDivided() {
        return map.ahead() != null;
    }

    /**
     * A session is ready to receive a segment, and the head is to end where it begins.
     *
     * @return false where the head is there already
     */
    synchronized boolean firm(Segment segment) {
        if (!workers.isClosed() && segment.begin() > map.head()) {
            segment.becomesFirm();
        }
        return segment.isFirm();
    }

    /** How many bytes the head may have until it meets a segment; 0 or less where it has met one. */
    synchronized long room(long length) {
        Segment next = map.ahead();
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
        if (length < map.head()) {
            shown = 0;
        }
        map.head(length);
        workers.headStreams(count);
        adjust();
        return progress();
    }

    /** The head has no data connection now. */
    synchronized void paused() {
        workers.headPaused();
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
        shown = Math.max(shown, map.covered());
        return shown;
    }

    /** How many bytes of the file lie in segments. */
    synchronized long there() {
        return map.inSegments();
    }

    /** How many bytes a segment still has to receive. */
    synchronized long left(Segment segment) {
        return map.end(segment) - segment.at();
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
        workers.streams(segment, more, count);
        adjust();
        return workers.mayGoOn();
    }

    private void adjust() {
        while (changed == null && failure == null && workers.startOne()) {
            LOG.debug("{}: {} segments of {}", pool.partner(), workers.count(), path);
        }
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
        map.head(length);
        workers.headPaused();
        Segment next = map.ahead();
        return next == null || next.begin() > length ? null : next;
    }

    /** Whether somebody works at it still: then the head waits, and another may work in its place. */
    synchronized boolean isAwaited(Segment segment) {
        boolean waits = segment.isTaken() && changed == null;
        workers.headWaits(waits);
        if (waits) {
            adjust();
        }
        return waits;
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
        map.remove(segment);
        map.head(length);
        whole = segment.isEnded() && length == map.size();
    }

    /** Whether the head has come to the file's end with a segment, to whose session the server has confirmed that it is the end. */
    synchronized boolean isWhole(long length) {
        return whole && length == map.size();
    }

    /** The server has ended the data where the file ends, and confirmed it. */
    synchronized void ended(Segment segment) {
        segment.ends();
    }

    /** No session is to be had for a segment. */
    synchronized void none() {
        workers.none();
    }

    /** A session did not do; another may. */
    synchronized void failed(IOException why) {
        LOG.debug("{}: a segment of {} broke off: {}", pool.partner(), path, why.toString());
        workers.failed();
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
        workers.end();
    }

    /** A thread ends, with nothing of its own that is open. */
    void left(SegmentWorker worker, Segment segment) {
        boolean empty;
        synchronized (this) {
            empty = segment.gained() == 0 && map.has(segment);
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
        workers.gone(worker);
        segment.taken(false);
        if (empty) {
            map.remove(segment);
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
        workers.end();
    }

    /** Throws away what the segments have received. */
    void discard() throws IOException {
        stop();
        List<Path> all = new ArrayList<>();
        synchronized (this) {
            all.addAll(map.partials());
            all.addAll(unused);
            map.clear();
            unused = List.of();
            shown = 0;
            whole = false;
            workers.reopen();
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
            notifyAll();
            begun = workers.breakOff();
        }
        begun.forEach(SegmentWorker::awaitEnd);
    }
}
