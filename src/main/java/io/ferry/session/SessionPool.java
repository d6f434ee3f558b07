package io.ferry.session;

import io.ferry.session.FtpException.Kind;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
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

    /** For how long the pool holds back after a server said that there are too many sessions. */
    private static final Duration HOLD_BACK = Duration.ofMinutes(2);

    /** How long work that could wait waits for an extra session to be given back. */
    private static final Duration YIELD = Duration.ofSeconds(1);

    /** For how long a server may count a session from when it is about to say goodbye; that itself takes a second at most. */
    private static final Duration COUNTED = Duration.ofSeconds(2);

    /** How often a refused login is tried again where connections of this pool may be what the server counts. */
    private static final int SECOND_THOUGHTS = 3;

    private final Partner partner;
    private final Watchdog watchdog;
    private final Duration holdBack;
    private final Semaphore permits;
    private final Openings openings;
    private final IdleSessions idle = new IdleSessions();
    private final Set<FtpSession> lent = new HashSet<>();
    private final Set<FtpSession> extra = new HashSet<>();
    private volatile boolean closed;
    private int withheld;
    private long withheldSince;
    private int spared;

    /** When a session was about to say goodbye last. */
    private @Nullable Long goodbyeAt;

    private final ThreadLocal<@Nullable Lease> reserved = new ThreadLocal<>();

    /** A pool without sessions yet; the first lease connects. */
    public SessionPool(Partner partner) {
        this(partner, HOLD_BACK);
    }

    /**
     * A pool for tests of what it does in the long run.
     *
     * @param holdBack for how long it opens no more sessions than the server allowed last
     */
    SessionPool(Partner partner, Duration holdBack) {
        this.partner = partner;
        this.holdBack = holdBack;
        this.watchdog = new Watchdog(partner.host() + ":" + partner.port());
        this.openings = new Openings(partner, watchdog);
        this.permits = new Semaphore(partner.maxSessions(), true);
    }

    /** The partner. */
    public Partner partner() {
        return partner;
    }

    /**
     * Lends a session: one that idles, or a new one. Where the server allows fewer sessions than {@link Partner#maxSessions()},
     * as it says when one more is opened, the lease waits for one that is lent.
     *
     * @throws FtpException when none is free within the lease time-out, or none can be opened
     */
    public Lease lease() throws IOException {
        return lease("");
    }

    /**
     * As {@link #lease()}, for the transfer of a file: the session that has been asked about it ahead, where that one is free.
     *
     * @param path the remote file
     */
    public Lease lease(String path) throws IOException {
        Lease mine = reserved.get();
        if (mine != null) {
            reserved.remove();
            return mine;
        }
        long begin = System.nanoTime();
        restorePermit();
        int refusals = 0;
        while (true) {
            acquire(begin);
            FtpSession session = null;
            boolean held = false;
            try {
                session = take(path);
                return new Lease(this, session);
            } catch (FtpException e) {
                Refused refused = judge(e, refusals++);
                held = refused == Refused.FOR_OTHERS;
                if (refused == Refused.FOR_GOOD) {
                    throw e;
                }
                if (refused == Refused.FOR_A_MOMENT) {
                    pause(100L << refusals);
                }
            } finally {
                if (session == null && !held) {
                    permits.release();
                }
            }
        }
    }

    /**
     * Reserves a session for work on this thread that could wait, so that one is left for everybody else: the next {@link #lease()} of
     * this thread is that session. To be closed, on the same thread, once the work is done.
     *
     * @param path the remote file that it is for, as for {@link #lease(String)}
     * @return null where none is to spare: all are lent, the server does not allow more now, or it is not to be reached
     */
    public @Nullable Closeable spare(String path) {
        restorePermit();
        synchronized (this) {
            if (spared >= allowed() - 1) {
                return null;
            }
            spared++;
        }
        Lease lease = leaseAtOnce(path, 1);
        boolean isOneLeft = isWithinAllowed();
        if (lease == null || !isOneLeft) {
            giveUpSpare(lease);
            return null;
        }
        reserved.set(lease);
        return () -> {
            Lease unused = reserved.get();
            reserved.remove();
            giveUpSpare(unused);
        };
    }

    /**
     * Lends a session, without a wait for one, to work that gets along without it, and that gives it back as soon as one {@link
     * #isAwaited()}. Everybody else comes first: one more must be free.
     *
     * @return null where none is to spare, as for {@link #spare(String)}
     */
    public @Nullable Lease extra() {
        restorePermit();
        Lease lease = leaseAtOnce("", 2);
        if (lease != null) {
            synchronized (this) {
                extra.add(lease.session());
            }
        }
        return lease;
    }

    /** Whether somebody waits for a session. */
    public boolean isAwaited() {
        return permits.hasQueuedThreads();
    }

    private void giveUpSpare(@Nullable Lease lease) {
        synchronized (this) {
            spared--;
        }
        if (lease != null) {
            lease.close();
        }
    }

    private int allowed() {
        return partner.maxSessions() - withheld;
    }

    private synchronized boolean isWithinAllowed() {
        return spared <= allowed() - 1;
    }

    /**
     * A session without a wait, but for that for an extra one; null where there is none. The pool shrinks where the server refuses
     * one more.
     *
     * @param path the remote file that it is for
     * @param free how many must be free
     */
    private @Nullable Lease leaseAtOnce(String path, int free) {
        if (!permits.tryAcquire(free) && !(free == 1 && acquireOfExtra())) {
            return null;
        }
        permits.release(free - 1);
        FtpSession session = null;
        boolean held = false;
        try {
            session = take(path);
            return new Lease(this, session);
        } catch (FtpException e) {
            held = judge(e, 0) == Refused.FOR_OTHERS;
            return null;
        } catch (IOException e) {
            LOG.debug("{}: no session to spare: {}", partner, e.toString());
            return null;
        } finally {
            if (session == null && !held) {
                permits.release();
            }
        }
    }

    private boolean acquireOfExtra() {
        synchronized (this) {
            if (extra.isEmpty()) {
                return false;
            }
        }
        try {
            return permits.tryAcquire(YIELD.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void acquire(long begin) throws IOException {
        try {
            long left = partner.timeouts().lease().toNanos() - (System.nanoTime() - begin);
            if (!permits.tryAcquire(left, TimeUnit.NANOSECONDS)) {
                throw exhausted();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while waiting for a session of " + partner);
        }
    }

    /** 421 is how servers say it, 530 how others do, which is a wrong password as well. */
    private static boolean isTooMany(FtpException failure) {
        return failure.replyCode() == 421 || failure.replyCode() == 530;
    }

    /** Why the server did not take one more session. */
    private enum Refused {
        /** It allows no more beside those that there are: the pool has shrunk to them. */
        FOR_OTHERS,
        /** It may count one that has just ended, or that it has just refused: it is asked again. */
        FOR_A_MOMENT,
        /** Whatever it is, it is the caller's to know. */
        FOR_GOOD
    }

    /** @param before how often the same lease has been refused before */
    private synchronized Refused judge(FtpException failure, int before) {
        if (closed || !isTooMany(failure)) {
            return Refused.FOR_GOOD;
        }
        boolean isPatient = before < SECOND_THOUGHTS;
        // 530 may be the password's: some servers lock out who tries that too often.
        boolean isCounted =
                failure.replyCode() == 421 && goodbyeAt != null && System.nanoTime() - goodbyeAt < COUNTED.toNanos();
        if (isPatient && isCounted) {
            return Refused.FOR_A_MOMENT;
        }
        if (withhold(failure)) {
            return Refused.FOR_OTHERS;
        }
        return isPatient && (before > 0 || withheld > 0) ? Refused.FOR_A_MOMENT : Refused.FOR_GOOD;
    }

    /**
     * Shrinks the pool to the sessions that there are, once the server has refused one more: the caller's permit and those that
     * are free are kept, but for those of idle sessions.
     *
     * @return false where there are no others: then the failure has another reason
     */
    private synchronized boolean withhold(FtpException failure) {
        // First, so that none is missed that is lent meanwhile.
        int others = openings.underWay() + lent.size() + idle.size();
        if (others == 0) {
            return false;
        }
        LOG.info(
                "{}: the server allows {} sessions at once now, fewer than maxSessions={}: {} {}",
                partner,
                others,
                partner.maxSessions(),
                failure.replyCode(),
                failure.replyText());
        int free = permits.drainPermits();
        int needed = Math.min(free, idle.size());
        permits.release(needed);
        withheld += 1 + free - needed;
        withheldSince = System.nanoTime();
        return true;
    }

    /** No server tells when it stops counting a session, so that there is nothing to wait for but time; a pool that closes refuses after it. */
    private void pause(long millis) throws IOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while waiting for a session of " + partner);
        }
    }

    /** Others may have left the server since: it is asked for one more session from time to time. */
    private void restorePermit() {
        synchronized (this) {
            if (withheld == 0 || System.nanoTime() - withheldSince < holdBack.toNanos()) {
                return;
            }
            withheld--;
            withheldSince = System.nanoTime();
        }
        permits.release();
    }

    private FtpSession take(String path) throws IOException {
        for (IdleSessions.Idle next = takeIdle(path); next != null; next = takeIdle(path)) {
            if (next.isUsable()) {
                return lend(next.session());
            }
            LOG.debug("{}: an idle session has ended; a new one is opened", partner);
            end(next.session());
        }
        return lend(openings.open());
    }

    private synchronized IdleSessions.@Nullable Idle takeIdle(String path) {
        return idle.take(path);
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
            extra.remove(session);
            keep = !closed && !session.isBroken() && !session.isSpent();
            if (session.isBroken()) {
                openings.broke();
            }
            if (keep) {
                idle.add(session);
            }
        }
        if (!keep) {
            if (!session.isBroken()) {
                noteGoodbye();
            }
            end(session);
        }
        permits.release();
    }

    private synchronized FtpException exhausted() {
        IOException lastFailure = openings.lastFailure();
        String why = lastFailure == null ? "" : "; last failure: " + lastFailure.getMessage();
        return new FtpException(
                Kind.NO_SESSION,
                partner + ": no session free within " + partner.timeouts().lease() + " (most " + partner.maxSessions()
                        + ", lent " + lent.size() + ", idle " + idle.size() + ", waiting " + permits.getQueueLength()
                        + (withheld == 0 ? "" : ", " + withheld + " fewer allowed by the server")
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

    /** Whether it lends nothing any more. */
    public boolean isClosed() {
        return closed;
    }

    /** Ends the idle sessions with QUIT; the pool stays in use. */
    public void endIdle() {
        List<FtpSession> leaving = new ArrayList<>();
        synchronized (this) {
            for (IdleSessions.Idle next = idle.take(); next != null; next = idle.take()) {
                leaving.add(next.session());
                noteGoodbye();
            }
        }
        // They all wait for the server at the same time.
        leaving.forEach(FtpSession::sayGoodbye);
        leaving.forEach(SessionPool::end);
    }

    private synchronized void noteGoodbye() {
        goodbyeAt = System.nanoTime();
    }

    /** Ends the idle sessions with QUIT and breaks the lent ones. */
    @Override
    public void close() {
        List<FtpSession> toBreak;
        synchronized (this) {
            closed = true;
            toBreak = List.copyOf(lent);
        }
        openings.close();
        toBreak.forEach(session -> Openings.breakOff(session::abort));
        endIdle();
        watchdog.close();
    }
}
