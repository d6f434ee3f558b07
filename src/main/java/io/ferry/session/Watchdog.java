package io.ferry.session;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Keeps deadlines by closing what is late: a socket's own time-out starts anew with every byte and does not cover writes.
 *
 * <p>Law: owned by one {@link SessionPool} and closed with it; one daemon thread; its methods may be called from any
 * thread. A guard is closed by the one who opened it.
 */
final class Watchdog implements Closeable {

    private final ScheduledThreadPoolExecutor clock;

    Watchdog(String name) {
        clock = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "ferry-watchdog-" + name);
            thread.setDaemon(true);
            return thread;
        });
        clock.setRemoveOnCancelPolicy(true);
        clock.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    }

    /** Closes {@code late} unless the guard is closed within the budget. */
    Guard within(Duration budget, Closeable late) {
        return new Guard(budget, late);
    }

    @Override
    public void close() {
        // Guards that are armed still fire; new ones fire at once.
        clock.shutdown();
    }

    /** One deadline. With {@link #begin()} and {@link #end()} it limits each of many operations. */
    final class Guard implements Closeable {
        private final long budgetNanos;
        private final Closeable late;
        private volatile long since = System.nanoTime();
        private volatile boolean busy = true;
        private volatile boolean fired;
        private volatile boolean done;
        private volatile ScheduledFuture<?> next;

        private Guard(Duration budget, Closeable late) {
            this.budgetNanos = budget.toNanos();
            this.late = late;
            this.next = clock.schedule(this::look, budgetNanos, TimeUnit.NANOSECONDS);
            if (clock.isShutdown()) {
                fire();
            }
        }

        private void look() {
            long left = busy ? budgetNanos - (System.nanoTime() - since) : budgetNanos;
            if (done) {
                return;
            }
            if (left > 0 && !clock.isShutdown()) {
                next = clock.schedule(this::look, left, TimeUnit.NANOSECONDS);
            } else {
                fire();
            }
        }

        private void fire() {
            fired = true;
            try {
                late.close();
            } catch (IOException e) {
                // Closing is meant to break the connection; a connection that is broken already needs nothing more.
                fired = true;
            }
        }

        /** An operation begins, with the whole budget. */
        void begin() {
            since = System.nanoTime();
            busy = true;
        }

        /** The operation has ended; what the caller does until the next one is not the connection's delay. */
        void end() {
            busy = false;
        }

        /** Whether the deadline passed. */
        boolean fired() {
            return fired;
        }

        @Override
        public void close() {
            done = true;
            next.cancel(false);
        }
    }
}
