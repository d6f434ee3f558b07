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
    private final String path;
    private @Nullable Lease lease;

    /** @param path the remote file that it is for */
    HeldLease(SessionPool pool, String path) {
        this.pool = pool;
        this.path = path;
    }

    /** A session, which may be another one than before. */
    FtpSession take() throws IOException {
        close();
        Lease taken = pool.lease(path);
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
