package io.ferry.session;

import io.ferry.session.FtpException.Kind;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions of one partner, at most {@link Partner#maxSessions()} of them.
 *
 * <p>Law: owns its sessions and its watchdog; safe from any thread. A session that idled is asked with NOOP before it is lent
 * again, and a broken one is never lent. {@link #close()} breaks what is still lent, so that its users end at once.
 */
public final class SessionPool implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(SessionPool.class);
    private static final Duration ASK_AFTER = Duration.ofSeconds(1);

    private final Partner partner;
    private final Watchdog watchdog;
    private final Semaphore permits;
    private final Deque<Idle> idle = new ArrayDeque<>();
    private final Set<FtpSession> lent = new HashSet<>();
    private final Set<Closeable> opening = new HashSet<>();
    private final PassiveExperience passive = new PassiveExperience();
    private volatile boolean closed;
    private @Nullable IOException lastFailure;

    private record Idle(FtpSession session, long since) {}

    /** A pool without sessions yet; the first lease connects. */
    public SessionPool(Partner partner) {
        this.partner = partner;
        this.watchdog = new Watchdog(partner.host() + ":" + partner.port());
        this.permits = new Semaphore(partner.maxSessions(), true);
    }

    /** The partner. */
    public Partner partner() {
        return partner;
    }

    /**
     * Lends a session: one that idles, or a new one.
     *
     * @throws FtpException when none is free within the lease time-out, or none can be opened
     */
    public Lease lease() throws IOException {
        try {
            if (!permits.tryAcquire(partner.timeouts().lease().toMillis(), TimeUnit.MILLISECONDS)) {
                throw exhausted();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while waiting for a session of " + partner);
        }
        FtpSession session = null;
        try {
            session = take();
            return new Lease(this, session);
        } finally {
            if (session == null) {
                permits.release();
            }
        }
    }

    private FtpSession take() throws IOException {
        for (Idle next = pollIdle(); next != null; next = pollIdle()) {
            boolean fresh = System.nanoTime() - next.since() < ASK_AFTER.toNanos();
            if ((fresh && isQuiet(next.session())) || next.session().isAlive()) {
                return lend(next.session());
            }
            LOG.debug("{}: an idle session has ended; a new one is opened", partner);
            end(next.session());
        }
        return lend(open());
    }

    private FtpSession open() throws IOException {
        if (closed) {
            throw new FtpException(Kind.NO_SESSION, partner + ": the pool is closed");
        }
        Set<Closeable> mine = new HashSet<>();
        try {
            return FtpSession.open(partner, watchdog, passive, connection -> {
                mine.add(connection);
                register(connection);
            });
        } catch (IOException e) {
            synchronized (this) {
                lastFailure = e;
            }
            throw e;
        } finally {
            synchronized (this) {
                opening.removeAll(mine);
            }
        }
    }

    private void register(Closeable connection) {
        synchronized (this) {
            if (!closed) {
                opening.add(connection);
                return;
            }
        }
        breakOff(connection);
    }

    private static boolean isQuiet(FtpSession session) {
        return !session.isBroken() && session.isQuiet();
    }

    private synchronized @Nullable Idle pollIdle() {
        return idle.pollLast();
    }

    private FtpSession lend(FtpSession session) throws IOException {
        synchronized (this) {
            if (!closed) {
                lent.add(session);
                return session;
            }
        }
        end(session);
        throw new FtpException(Kind.NO_SESSION, partner + ": the pool is closed");
    }

    void giveBack(FtpSession session) {
        boolean keep;
        synchronized (this) {
            lent.remove(session);
            keep = !closed && !session.isBroken();
            if (keep) {
                idle.addLast(new Idle(session, System.nanoTime()));
            }
        }
        if (!keep) {
            end(session);
        }
        permits.release();
    }

    private synchronized FtpException exhausted() {
        String why = lastFailure == null ? "" : "; last failure: " + lastFailure.getMessage();
        return new FtpException(
                Kind.NO_SESSION,
                partner + ": no session free within " + partner.timeouts().lease() + " (most " + partner.maxSessions()
                        + ", lent " + lent.size() + ", idle " + idle.size() + ", waiting " + permits.getQueueLength()
                        + why
                        + "). Raise maxSessions, or lower the number of concurrent transfers.",
                null,
                lastFailure);
    }

    private static void end(FtpSession session) {
        try {
            session.close();
        } catch (IOException e) {
            LOG.debug("Closing a session: {}", e.toString());
        }
    }

    private static void breakOff(Closeable connection) {
        try {
            connection.close();
        } catch (IOException e) {
            LOG.debug("Breaking a session: {}", e.toString());
        }
    }

    /** Ends the idle sessions with QUIT; the pool stays in use. */
    public void endIdle() {
        for (Idle next = pollIdle(); next != null; next = pollIdle()) {
            end(next.session());
        }
    }

    /** Ends the idle sessions with QUIT and breaks the lent ones. */
    @Override
    public void close() {
        Set<Closeable> toBreak;
        synchronized (this) {
            closed = true;
            toBreak = new HashSet<>(opening);
            lent.forEach(session -> toBreak.add(session::abort));
        }
        toBreak.forEach(SessionPool::breakOff);
        endIdle();
        watchdog.close();
    }
}
