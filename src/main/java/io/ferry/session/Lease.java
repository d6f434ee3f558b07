package io.ferry.session;

import java.io.Closeable;

/**
 * A session lent by its pool.
 *
 * <p>Law: held by one thread; {@link #close()} gives the session back, or ends it where it is broken. A lease has no memory:
 * the next one may be another session.
 */
public final class Lease implements Closeable {

    private final SessionPool pool;
    private final FtpSession session;
    private boolean returned;

    Lease(SessionPool pool, FtpSession session) {
        this.pool = pool;
        this.session = session;
    }

    /** The session, until the lease is closed. */
    public FtpSession session() {
        return session;
    }

    @Override
    public void close() {
        if (!returned) {
            returned = true;
            pool.giveBack(session);
        }
    }
}
