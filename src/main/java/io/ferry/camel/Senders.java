package io.ferry.camel;

import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.camel.spi.ExecutorServiceManager;
import org.apache.camel.spi.ThreadPoolProfile;
import org.apache.camel.util.concurrent.ThreadPoolRejectedPolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that send for one producer, and the bound on how many files it sends at once. A thread keeps its turn until the rest
 * of the route has taken the message, so that what is in memory is bounded as well; whoever brings one more waits.
 *
 * <p>Law: belongs to one producer, which starts and stops it; safe from any thread. Owns a pool of as many threads as it sends
 * files at once, which end when they idle.
 */
final class Senders {

    private static final Logger LOG = LoggerFactory.getLogger(Senders.class);

    private static final Duration IDLE = Duration.ofSeconds(30);
    private static final long LOOK_AGAIN = 100;

    /** For how long uploads may go on to where they stop by themselves, before their sessions are broken. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    /** For how long they may take to end then. */
    private static final Duration END = Duration.ofSeconds(10);

    /** What the route does behind an upload may lead to a producer again: it must not wait there for a thread such as itself. */
    private static final ThreadLocal<Boolean> IS_SENDER = ThreadLocal.withInitial(() -> false);

    private final int atOnce;
    private final ExecutorServiceManager manager;
    private final ExecutorService threads;
    private final Semaphore turns;

    /**
     * Starts it; the threads come with the first files.
     *
     * @param owner for whom, for Camel's accounting of threads
     * @param atOnce how many files at most
     */
    Senders(ExecutorServiceManager manager, Object owner, int atOnce) {
        this.manager = manager;
        this.atOnce = atOnce;
        this.turns = new Semaphore(atOnce, true);
        ThreadPoolProfile profile = new ThreadPoolProfile("ferryUploads");
        profile.setPoolSize(atOnce);
        profile.setMaxPoolSize(atOnce);
        // One that has given its turn back may not have come for the next task yet.
        profile.setMaxQueueSize(atOnce);
        profile.setKeepAliveTime(IDLE.toSeconds());
        profile.setTimeUnit(TimeUnit.SECONDS);
        profile.setAllowCoreThreadTimeOut(true);
        profile.setRejectedPolicy(ThreadPoolRejectedPolicy.Abort);
        this.threads = manager.newThreadPool(owner, "FerryUpload", profile);
    }

    int atOnce() {
        return atOnce;
    }

    /** Whether this thread sends for a producer, and is now in the rest of a route. */
    static boolean isSender() {
        return IS_SENDER.get();
    }

    /**
     * Waits for a turn, first come first served, and pairs it with {@link #done}.
     *
     * @throws InterruptedIOException once told to stop
     */
    void await(BooleanSupplier stop) throws InterruptedIOException {
        try {
            while (!turns.tryAcquire(LOOK_AGAIN, TimeUnit.MILLISECONDS)) {
                if (stop.getAsBoolean()) {
                    throw new InterruptedIOException("stopped before the file was sent");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("stopped before the file was sent");
        }
    }

    /** Whether somebody waits for a turn. */
    boolean isAwaited() {
        return turns.hasQueuedThreads();
    }

    void done() {
        turns.release();
    }

    /**
     * Sends on a thread of its own, and gives the turn back at the end.
     *
     * @throws java.util.concurrent.RejectedExecutionException when it has stopped
     */
    void run(Runnable sending) {
        threads.execute(() -> {
            IS_SENDER.set(true);
            try {
                sending.run();
            } finally {
                IS_SENDER.set(false);
                done();
            }
        });
    }

    /**
     * Stops. The uploads have been told to stop before.
     *
     * @param breakOff ends those that do not hear it, since they wait for the server
     */
    void stop(Runnable breakOff) {
        // A route may be stopped by what it does behind an upload, which does not end before this has.
        if (!areIdle(isSender() ? Duration.ZERO : GRACE)) {
            breakOff.run();
            manager.shutdownNow(threads);
            if (!isSender() && !areIdle(END)) {
                LOG.warn(
                        "{} uploads, or what the route does behind them, have not ended yet",
                        atOnce - turns.availablePermits());
            }
        }
        manager.shutdownNow(threads);
        if (!isSender()) {
            awaitThreads();
        }
    }

    /** Idle threads end at once. */
    private void awaitThreads() {
        try {
            if (!threads.awaitTermination(1, TimeUnit.SECONDS)) {
                LOG.debug("Threads that send have not ended yet");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean areIdle(Duration within) {
        try {
            boolean idle = turns.tryAcquire(atOnce, within.toMillis(), TimeUnit.MILLISECONDS);
            if (idle) {
                turns.release(atOnce);
            }
            return idle;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
