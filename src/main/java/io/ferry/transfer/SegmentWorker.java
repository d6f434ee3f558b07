package io.ferry.transfer;

import io.ferry.session.FtpException;
import io.ferry.session.Lease;
import io.ferry.session.SessionPool;
import io.ferry.stream.PartialFile.PartialInUseException;
import io.ferry.transfer.Attempts.Inconsistent;
import io.ferry.transfer.SegmentDownload.Changed;
import io.ferry.transfer.SegmentDownload.Unfit;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread of a segment: asks for a session, receives, and tells how it ended.
 *
 * <p>Law: begun, and awaited, by its {@link Segments}, whose lock guards what it shares. One that still waits for its session when it
 * is broken off is not awaited: it then ends by itself, and touches nothing.
 */
final class SegmentWorker implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(SegmentWorker.class);

    private final Segments segments;
    private final Segment segment;
    private final SegmentDownload download;
    private final SessionPool pool;
    private final Thread thread;
    private @Nullable Lease lease;
    private boolean held;
    private boolean broken;
    private boolean streaming;
    private long begun;

    SegmentWorker(Segments segments, Segment segment, SegmentDownload download, SessionPool pool, String path) {
        this.segments = segments;
        this.segment = segment;
        this.download = download;
        this.pool = pool;
        this.thread = new Thread(this, "ferry-segment-" + segment.begin() + "-" + path);
        thread.setDaemon(true);
    }

    void start() {
        begun = System.nanoTime();
        thread.start();
    }

    Segment segment() {
        return segment;
    }

    /**
     * Its first bytes are there.
     *
     * @return the nanoseconds that it took them to come; 0 where it has been told before
     */
    long streams() {
        if (streaming) {
            return 0;
        }
        streaming = true;
        return System.nanoTime() - begun;
    }

    /** For how many nanoseconds it has been at work, but for what is over a limit. */
    long lead(long limit) {
        return Math.min(limit, System.nanoTime() - begun);
    }

    boolean isStreaming() {
        return streaming;
    }

    @Override
    public void run() {
        try {
            work();
        } catch (Changed e) {
            segments.changed(e.now());
        } catch (Unfit e) {
            segments.unfit(String.valueOf(e.getMessage()));
        } catch (FtpException | Inconsistent | PartialInUseException e) {
            if (!isBroken()) {
                segments.failed(e);
            }
        } catch (IOException e) {
            if (LocalDisk.describe(e) != null) {
                segments.fatal(e);
            } else {
                segments.unfit(e.toString());
            }
        } catch (RuntimeException e) {
            LOG.warn("{}: {}", thread.getName(), e.toString(), e);
            segments.end();
        } finally {
            segments.left(this, segment);
        }
    }

    private void work() throws IOException {
        Lease taken = pool.extra();
        if (taken == null) {
            segments.none();
            return;
        }
        try {
            if (hold(taken)) {
                download.run(taken.session());
            }
        } finally {
            giveBack(taken);
        }
    }

    private boolean hold(Lease taken) {
        synchronized (segments) {
            if (!broken) {
                lease = taken;
                held = true;
            }
            return held;
        }
    }

    /** What is given back may be another's the next moment, and must not be broken any more. */
    private void giveBack(Lease taken) {
        synchronized (segments) {
            lease = null;
        }
        taken.close();
    }

    private boolean isBroken() {
        synchronized (segments) {
            return broken;
        }
    }

    /** Breaks what it waits for. */
    void breakOff() {
        synchronized (segments) {
            broken = true;
            if (lease != null) {
                lease.breakOff();
            }
        }
    }

    /** Waits for its end, where it has begun to receive. */
    void awaitEnd() {
        synchronized (segments) {
            if (!held) {
                return;
            }
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
