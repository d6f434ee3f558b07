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
        // Once the pool is closed its connections are closed as well: there is nothing left to watch.
        clock.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    }

    /** Closes {@code late} unless the guard is closed within the budget. */
    Guard within(Duration budget, Closeable late) {
        return new Guard(budget, late);
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }

    /** One deadline. With {@link #progress()} it becomes a limit on standing still. */
    final class Guard implements Closeable {
        private final long budgetNanos;
        private final Closeable late;
        private volatile long since = System.nanoTime();
        private volatile boolean fired;
        private volatile boolean done;
        private volatile ScheduledFuture<?> next;

        private Guard(Duration budget, Closeable late) {
            this.budgetNanos = budget.toNanos();
            this.late = late;
            this.next = clock.schedule(this::look, budgetNanos, TimeUnit.NANOSECONDS);
        }

        private void look() {
            long left = budgetNanos - (System.nanoTime() - since);
            if (done) {
                return;
            }
            if (left > 0) {
                next = clock.schedule(this::look, left, TimeUnit.NANOSECONDS);
                return;
            }
            fired = true;
            try {
                late.close();
            } catch (IOException e) {
                // Closing is meant to break the connection; a connection that is broken already needs nothing more.
                fired = true;
            }
        }

        /** The deadline starts anew. */
        void progress() {
            since = System.nanoTime();
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
