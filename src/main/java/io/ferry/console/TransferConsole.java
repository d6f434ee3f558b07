package io.ferry.console;

import io.ferry.transfer.Outage;
import io.ferry.transfer.Transfer;
import io.ferry.transfer.TransferException;
import io.ferry.transfer.TransferListener;
import io.ferry.transfer.TransferResult;
import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a person how transfers go: a line when a large file starts, is cut, resumes and is done, one line for a small file, a bar
 * or a line each tenth in between, and once all is quiet for the first time a line with what to do next.
 *
 * <p>Law: its lines go to the log, so they are where the log is; only bars go to the screen. It owns the bars and one thread;
 * {@link #close} ends them. Each transfer's events come from one thread, different transfers' from different ones.
 */
public final class TransferConsole implements TransferListener, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger("ferry");

    private static final Duration QUIET = Duration.ofSeconds(3);
    private static final int MOST_REMEMBERED = 10_000;

    private final Screen screen;
    private final Outage outage = new Outage();
    /** What was said of files that were there already: a drop that lacks one server is tried again at all of them. */
    private final Map<String, String> toldAsThere = Collections.synchronizedMap(new Memory());

    private final Map<Transfer, TransferTrack> tracks = Collections.synchronizedMap(new IdentityHashMap<>());
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "ferry-console");
        thread.setDaemon(true);
        return thread;
    });

    // Guarded by this.
    private @Nullable String next;
    private @Nullable ScheduledFuture<?> quiet;
    private int active;
    private int pulled;
    private int pushed;
    private long bytes;

    /** Forgets what was told first. */
    private static final class Memory extends LinkedHashMap<String, String> {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MOST_REMEMBERED;
        }
    }

    /** A console without transfers yet. */
    public TransferConsole(Screen screen) {
        this.screen = screen;
    }

    /**
     * Everything has started.
     *
     * @param whatNext the line to say when it is quiet for the first time
     */
    public synchronized void ready(String whatNext) {
        next = whatNext;
        waitForQuiet();
    }

    @Override
    public void started(Transfer transfer, long size) {
        tracks.put(transfer, new TransferTrack(transfer, size, screen));
        synchronized (this) {
            active++;
            waitForQuiet();
        }
    }

    @Override
    public void resumed(Transfer transfer, long offset, long saved) {
        TransferTrack track = tracks.get(transfer);
        if (track != null) {
            track.resumed(offset, saved);
        }
    }

    @Override
    public void restarted(Transfer transfer, String why) {
        TransferTrack track = tracks.get(transfer);
        if (track != null) {
            track.restarted(why);
        }
    }

    @Override
    public void progressed(Transfer transfer, long offset) {
        TransferTrack track = tracks.get(transfer);
        if (track != null) {
            track.progressed(offset);
        }
    }

    @Override
    public void interrupted(Transfer transfer, long offset, String why, Duration wait) {
        TransferTrack track = tracks.get(transfer);
        if (track != null) {
            track.interrupted(offset, why, wait);
        }
    }

    @Override
    public void completed(Transfer transfer, TransferResult result) {
        outage.over(partner(transfer)).ifPresent(text -> LOG.info("{}: {}", partner(transfer), text));
        outage.over(file(transfer));
        TransferTrack track = end(transfer);
        (track == null ? new TransferTrack(transfer, result.size(), screen) : track)
                .completed(result, wasTold(transfer, result));
        synchronized (this) {
            if (result.outcome() == TransferResult.Outcome.TRANSFERRED) {
                bytes += result.size();
                if (transfer.direction() == Transfer.Direction.DOWNLOAD) {
                    pulled++;
                } else {
                    pushed++;
                }
            }
        }
    }

    private boolean wasTold(Transfer transfer, TransferResult result) {
        if (result.outcome() != TransferResult.Outcome.ALREADY_COMPLETE) {
            toldAsThere.remove(file(transfer));
            return false;
        }
        return result.verified().equals(toldAsThere.put(file(transfer), result.verified()));
    }

    @Override
    public void failed(Transfer transfer, TransferException failure) {
        TransferTrack track = end(transfer);
        TransferTrack told = track == null ? new TransferTrack(transfer, 0, screen) : track;
        Throwable cause = failure.getCause();
        String reason = cause == null || cause.getMessage() == null ? failure.getMessage() : cause.getMessage();
        String trouble = String.valueOf(reason);
        // A partner that is down is one trouble for all files.
        String subject = trouble.contains(transfer.path()) ? file(transfer) : partner(transfer);
        outage.failed(subject, trouble, told.givenUp(failure)).ifPresent(LOG::warn);
    }

    private static String partner(Transfer transfer) {
        return (transfer.direction() == Transfer.Direction.DOWNLOAD ? "pull from " : "push to ") + transfer.partner();
    }

    private static String file(Transfer transfer) {
        return partner(transfer) + " " + transfer.path();
    }

    private @Nullable TransferTrack end(Transfer transfer) {
        TransferTrack track = tracks.remove(transfer);
        if (track != null) {
            track.close();
            synchronized (this) {
                active--;
                waitForQuiet();
            }
        }
        return track;
    }

    /** Starts the wait anew while the line has not been said. Holding the lock. */
    private synchronized void waitForQuiet() {
        if (quiet != null) {
            quiet.cancel(false);
            quiet = null;
        }
        if (next != null && active == 0 && !timer.isShutdown()) {
            quiet = timer.schedule(this::sayNext, QUIET.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private synchronized void sayNext() {
        if (next == null || active > 0) {
            return;
        }
        LOG.info(
                "All quiet: {} pulled, {} pushed{}. {}",
                pulled == 1 ? "1 file" : pulled + " files",
                pushed,
                bytes == 0 ? "" : ", " + Sizes.bytes(bytes),
                next);
        next = null;
    }

    @Override
    public void close() {
        timer.shutdownNow();
        tracks.values().forEach(TransferTrack::close);
        tracks.clear();
    }
}
