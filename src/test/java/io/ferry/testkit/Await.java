package io.ferry.testkit;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition, bounded; owns nothing. */
public final class Await {
    private Await() {}

    /** Returns once the condition holds; throws an {@link AssertionError} that names it when the limit has passed. */
    public static void until(String what, Duration limit, BooleanSupplier condition) {
        if (!holds(limit, condition)) {
            throw new AssertionError("not within " + limit + ": " + what);
        }
    }

    /** Whether the condition held before the limit had passed. */
    public static boolean holds(Duration limit, BooleanSupplier condition) {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0 || Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(5_000_000);
        }
        return true;
    }
}
