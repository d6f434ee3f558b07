package io.ferry.session;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps deadlines by closing what is late: a socket's own time-out starts anew with every byte and does not cover writes.
 *
 * <p>Law: owned by one {@link SessionPool} and closed with it; one daemon thread; its methods may be called from any
 * thread. A guard is closed by the one who opened it. The thread is woken for a deadline only that comes before all that it
 * knows of: a guard is opened for each command and reply, and nearly all are closed long before their time.
 */
final class Watchdog implements Closeable {

    private static final long LONGEST_SLEEP = TimeUnit.HOURS.toNanos(1);

    private final String name;
    private final Set<Guard> guards = new HashSet<>();
    private @Nullable Thread thread;
    private long nextLook;
    private boolean closed;

    Watchdog(String name) {
        this.name = name;
    }

    /** Closes {@code late} unless the guard is closed within the budget. */
    Guard within(Duration budget, Closeable late) {
        Guard guard = new Guard(budget.toNanos(), late);
        if (!add(guard)) {
            guard.fire();
        }
        return guard;
    }

    private synchronized boolean add(Guard guard) {
        if (closed) {
            return false;
        }
        guards.add(guard);
        if (thread == null) {
            nextLook = guard.look;
            Thread begun = new Thread(this::watch, "ferry-watchdog-" + name);
            begun.setDaemon(true);
            begun.start();
            thread = begun;
        } else if (guard.look - nextLook < 0) {
            nextLook = guard.look;
            notifyAll();
        }
        return true;
    }

    private synchronized void remove(Guard guard) {
        guards.remove(guard);
        if (closed && guards.isEmpty()) {
            notifyAll();
        }
    }

    private void watch() {
        for (List<Guard> late = nextLate(); !late.isEmpty(); late = nextLate()) {
            late.forEach(Guard::fire);
        }
    }

    /** Waits for guards that are late; none are left where the list is empty. */
    private synchronized List<Guard> nextLate() {
        List<Guard> late = new ArrayList<>();
        while (late.isEmpty() && !(closed && guards.isEmpty())) {
            long now = System.nanoTime();
            if (nextLook - now <= 0) {
                nextLook = look(now, late);
            } else {
                pause(nextLook - now);
            }
        }
        return late;
    }

    /** Takes out the guards that are late; tells when the next one may be. */
    private long look(long now, List<Guard> late) {
        long next = now + LONGEST_SLEEP;
        for (Iterator<Guard> each = guards.iterator(); each.hasNext(); ) {
            Guard guard = each.next();
            if (guard.isLate(now, closed)) {
                late.add(guard);
                each.remove();
            } else if (guard.look - next < 0) {
                next = guard.look;
            }
        }
        return next;
    }

    @SuppressWarnings("WaitNotInLoop") // The caller's is one.
    private void pause(long nanos) {
        try {
            TimeUnit.NANOSECONDS.timedWait(this, nanos);
        } catch (InterruptedException e) {
            // Nobody has the thread to interrupt it; it looks, and waits again.
            return;
        }
    }

    /** Guards that are armed still fire; new ones fire at once. */
    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }

    /** One deadline. With {@link #begin()} and {@link #end()} it limits each of many operations. */
    final class Guard implements Closeable {
        private final long budget;
        private final Closeable late;
        private volatile long since = System.nanoTime();
        private volatile boolean busy = true;
        private volatile boolean fired;
        private volatile boolean done;
        private long look;

        private Guard(long budget, Closeable late) {
            this.budget = budget;
            this.late = late;
            this.look = since + budget;
        }

        /** Once its time to look has come: whether it is late, or else when to look again. */
        private boolean isLate(long now, boolean last) {
            if (look - now > 0) {
                return false;
            }
            long left = busy ? budget - (now - since) : budget;
            look = now + left;
            return left <= 0 || last;
        }

        private void fire() {
            if (done) {
                return;
            }
            fired = true;
            try {
                late.close();
            } catch (IOException | RuntimeException e) {
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
            remove(this);
        }
    }
}
