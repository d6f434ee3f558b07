package io.ferry.session;

import java.io.Closeable;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session lent by its pool.
 *
 * <p>Law: held by one thread; {@link #close()} gives the session back, or ends it where it is broken. A lease has no memory:
 * the next one may be another session.
 */
public final class Lease implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(Lease.class);

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

    /** Breaks whatever the session waits for; for another thread than the one that holds the lease, which then ends soon. */
    public void breakOff() {
        try {
            session.abort();
        } catch (IOException e) {
            LOG.debug("Breaking a session: {}", e.toString());
        }
    }

    @Override
    public void close() {
        if (!returned) {
            returned = true;
            pool.giveBack(session);
        }
    }
}
