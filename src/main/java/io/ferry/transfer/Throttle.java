package io.ferry.transfer;

import java.io.IOException;
import java.time.LocalTime;
import java.util.concurrent.TimeUnit;

/**
 * Lets bytes pass no faster than a rate, which may depend on the time of day.
 *
 * <p>Law: safe from any thread, and shared by all transfers that the rate is for: they wait in the order in which they ask, each for
 * a slice at a time, so that a small file gets through beside a large one.
 */
public final class Throttle {

    /** What may pass at once after a pause. */
    private static final long BURST = TimeUnit.MILLISECONDS.toNanos(100);

    private static final long STEP = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int SLICES_A_SECOND = 8;
    private static final int SMALLEST_SLICE = 1024;

    private final Rates rates;
    private final Clock clock;
    private long free;

    /** Time, and a way to wait. */
    interface Clock {
        long nanos();

        LocalTime timeOfDay();

        void sleep(long nanos) throws InterruptedException;
    }

    /** Asked while bytes wait. */
    interface Stop {
        /** Throws once the transfer is to end. */
        void check() throws IOException;
    }

    private static final class SystemClock implements Clock {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public LocalTime timeOfDay() {
            return LocalTime.now();
        }

        @Override
        public void sleep(long nanos) throws InterruptedException {
            TimeUnit.NANOSECONDS.sleep(nanos);
        }
    }

    /** A throttle that goes by this machine's clock and time zone. */
    public Throttle(Rates rates) {
        this(rates, new SystemClock());
    }

    Throttle(Rates rates, Clock clock) {
        this.rates = rates;
        this.clock = clock;
        this.free = clock.nanos();
    }

    /** Waits until so many bytes may have passed. */
    void pass(int bytes, Stop stop) throws IOException {
        long until = reserve(bytes);
        for (long left = until - clock.nanos(); left > 0; left = until - clock.nanos()) {
            stop.check();
            try {
                clock.sleep(Math.min(left, STEP));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private synchronized long reserve(int bytes) {
        long now = clock.nanos();
        long rate = rates.at(clock.timeOfDay());
        if (rate == Rates.UNLIMITED) {
            return now;
        }
        long cost = (long) (bytes * (double) TimeUnit.SECONDS.toNanos(1) / rate);
        free = (now - free > BURST ? now - BURST : free) + cost;
        return free;
    }

    /** The most bytes to pass in one go, so that no connection stands still for long. */
    int slice(int most) {
        long rate = rates.at(clock.timeOfDay());
        return rate == Rates.UNLIMITED ? most : (int) Math.min(most, Math.max(SMALLEST_SLICE, rate / SLICES_A_SECOND));
    }
}
