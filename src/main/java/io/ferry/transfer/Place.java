package io.ferry.transfer;

import java.io.InterruptedIOException;
import java.util.function.BooleanSupplier;

/**
 * An upload's place among others that run beside it. They share the sessions, and may have to appear at the server in the order
 * in which they began.
 */
public interface Place {

    /** An upload without others beside it. */
    Place ALONE = new Place() {
        @Override
        public boolean isNext() {
            return true;
        }

        @Override
        public void awaitNext(BooleanSupplier stop) {
            // It always is.
        }

        @Override
        public void atWork(boolean hasSession) {
            // Nobody asks.
        }

        @Override
        public boolean areOthersAtWork() {
            return false;
        }

        @Override
        public boolean isFollowed() {
            return false;
        }
    };

    /** Whether it may appear now: no earlier one that has to appear before it is still there. Once true, it stays so. */
    boolean isNext();

    /**
     * Waits until {@link #isNext()}. Called without a session, so that an earlier one never waits for a session that a later one
     * holds.
     *
     * @param stop ends the wait
     * @throws InterruptedIOException once told to stop
     */
    void awaitNext(BooleanSupplier stop) throws InterruptedIOException;

    /** Told when this upload gets a session, and when it gives it back. */
    void atWork(boolean hasSession);

    /** Whether others have sessions, which come free when they are done. */
    boolean areOthersAtWork();

    /** Whether another upload waits for this one, or one beside it, to end: its session will be used again at once. */
    boolean isFollowed();
}
