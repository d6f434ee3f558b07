package io.ferry.transfer;

import io.ferry.session.FtpException;
import io.ferry.session.FtpException.Kind;
import io.ferry.session.FtpSession;
import io.ferry.session.Lease;
import io.ferry.session.SessionPool;
import java.io.Closeable;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The session that an upload works on: taken with patience, given back while the upload waits for its turn.
 *
 * <p>Law: belongs to one upload and its thread, and is used again by each attempt; holds one lease at most, between {@link #take}
 * and {@link #close}. {@link #breakOff} may come from any thread.
 */
final class WorkingLease implements Closeable {

    private final SessionPool pool;
    private final Place place;
    private final BooleanSupplier stop;
    private @Nullable Lease lease;
    private boolean broken;

    WorkingLease(SessionPool pool, Place place, BooleanSupplier stop) {
        this.pool = pool;
        this.place = place;
        this.stop = stop;
    }

    /** A session. Where none comes free in time, but others of the line are at work, the wait is only for them to end. */
    FtpSession take() throws IOException {
        while (true) {
            try {
                return hold(pool.lease());
            } catch (FtpException e) {
                boolean inLine = e.kind() == Kind.NO_SESSION && place.areOthersAtWork() && !pool.isClosed();
                if (!inLine || stop.getAsBoolean()) {
                    throw e;
                }
            }
        }
    }

    /** A session, once it is this upload's turn to appear. */
    FtpSession takeInTurn() throws IOException {
        Lease held = held();
        if (place.isNext()) {
            return held == null ? take() : held.session();
        }
        close();
        place.awaitNext(stop);
        return take();
    }

    private synchronized @Nullable Lease held() {
        return lease;
    }

    private synchronized FtpSession hold(Lease taken) {
        lease = taken;
        place.atWork(true);
        if (broken) {
            taken.breakOff();
        }
        return taken.session();
    }

    /** Breaks what the upload waits for at the server, now and from now on. */
    synchronized void breakOff() {
        broken = true;
        if (lease != null) {
            lease.breakOff();
        }
    }

    @Override
    public synchronized void close() {
        if (lease != null) {
            lease.close();
            lease = null;
            place.atWork(false);
        }
    }
}
