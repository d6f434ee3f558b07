package io.ferry.session;

import io.ferry.session.FtpException.Kind;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the sessions of a pool, and keeps in mind why the last one could not be.
 *
 * <p>Law: belongs to one pool; safe from any thread. Asks nothing of the pool, which may hold its own lock meanwhile, but for
 * {@link #open()}. {@link #close()} breaks what is being opened.
 */
final class Openings implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(SessionPool.class);

    /** For how long a server that has not noticed that a session broke may count it. */
    private static final Duration COUNTED = Duration.ofMinutes(2);

    private final Partner partner;
    private final Watchdog watchdog;
    private final Experience experience = new Experience();
    private final Set<Closeable> connections = new HashSet<>();
    private int underWay;
    private volatile boolean closed;
    private @Nullable IOException lastFailure;
    private @Nullable Long brokeAt;

    Openings(Partner partner, Watchdog watchdog) {
        this.partner = partner;
        this.watchdog = watchdog;
    }

    /**
     * Connects and logs in.
     *
     * @throws FtpException when that fails, or the pool is closed
     */
    FtpSession open() throws IOException {
        if (closed) {
            throw new FtpException(Kind.NO_SESSION, partner + ": the pool is closed");
        }
        Set<Closeable> mine = new HashSet<>();
        synchronized (this) {
            underWay++;
        }
        try {
            return FtpSession.open(partner, watchdog, experience, connection -> {
                mine.add(connection);
                register(connection);
            });
        } catch (IOException e) {
            IOException failure = e instanceof FtpException ftp && mayStillBeCounted(ftp) ? notYet(ftp) : e;
            synchronized (this) {
                lastFailure = failure;
            }
            throw failure;
        } finally {
            synchronized (this) {
                underWay--;
                connections.removeAll(mine);
            }
        }
    }

    private void register(Closeable connection) {
        synchronized (this) {
            if (!closed) {
                connections.add(connection);
                return;
            }
        }
        breakOff(connection);
    }

    /** A session has turned out to be broken. */
    synchronized void broke() {
        brokeAt = System.nanoTime();
    }

    /** A server that has not noticed yet that a session broke counts it still; 530 does not mean the password then. */
    private synchronized boolean mayStillBeCounted(FtpException failure) {
        return failure.kind() == Kind.LOGIN_REFUSED
                && failure.replyCode() == 530
                && brokeAt != null
                && System.nanoTime() - brokeAt < COUNTED.toNanos();
    }

    private static FtpException notYet(FtpException refused) {
        return new FtpException(
                Kind.REFUSED_FOR_NOW,
                refused.getMessage() + " (the server may still count a session that has just broken)",
                new Reply(refused.replyCode(), List.of(refused.replyText())),
                refused);
    }

    /** How many sessions are being opened. */
    synchronized int underWay() {
        return underWay;
    }

    /** Why the last session that was not opened was not, or null where all were. */
    synchronized @Nullable IOException lastFailure() {
        return lastFailure;
    }

    /** Breaks a connection, whatever it waits for. */
    static void breakOff(Closeable connection) {
        try {
            connection.close();
        } catch (IOException e) {
            LOG.debug("Breaking a session: {}", e.toString());
        }
    }

    @Override
    public void close() {
        Set<Closeable> toBreak;
        synchronized (this) {
            closed = true;
            toBreak = new HashSet<>(connections);
        }
        toBreak.forEach(Openings::breakOff);
    }
}
