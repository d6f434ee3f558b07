package io.ferry.transfer;

import io.ferry.session.FtpSession;
import io.ferry.session.Lease;
import io.ferry.session.SessionPool;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The session of a download's attempt, given back while the download waits for its segments.
 *
 * <p>Law: used by one thread; holds one lease at most, between {@link #take} and {@link #close}.
 */
final class HeldLease implements Closeable {

    private final SessionPool pool;
    private @Nullable Lease lease;

    HeldLease(SessionPool pool) {
        this.pool = pool;
    }

    /** A session, which may be another one than before. */
    FtpSession take() throws IOException {
        close();
        Lease taken = pool.lease();
        lease = taken;
        return taken.session();
    }

    @Override
    public void close() {
        Lease taken = lease;
        lease = null;
        if (taken != null) {
            taken.close();
        }
    }
}
