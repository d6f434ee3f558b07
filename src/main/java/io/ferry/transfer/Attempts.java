package io.ferry.transfer;

import io.ferry.session.FtpException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The one owner of retries: it runs attempts of one transfer until one succeeds, the failure is final, or too many in a row
 * made no progress.
 *
 * <p>Law: belongs to one transfer and its thread.
 */
final class Attempts {

    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);
    private static final Duration STEP = Duration.ofMillis(100);

    private final Transfer transfer;
    private final TransferOptions options;
    private final TransferListener listener;
    private final BooleanSupplier stop;
    private long safe;
    private long furthest;
    private int withoutProgress;
    private int made;

    /** One attempt. */
    interface Attempt {
        void run() throws IOException;
    }

    /** The two sides do not fit together; another attempt may set it right. */
    static final class Inconsistent extends IOException {
        private static final long serialVersionUID = 1L;

        Inconsistent(String message) {
            super(message);
        }
    }

    /** A cause of failure has been found and is set right in the next attempt, at once; thrown once at most for each cause. */
    static final class Again extends IOException {
        private static final long serialVersionUID = 1L;

        Again(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    Attempts(Transfer transfer, TransferOptions options, TransferListener listener, BooleanSupplier stop) {
        this.transfer = transfer;
        this.options = options;
        this.listener = listener;
        this.stop = stop;
    }

    /** How many attempts were made. */
    int made() {
        return made;
    }

    /** Bytes known to be safe on the receiving side. */
    long safe() {
        return safe;
    }

    /** So many bytes are safe now; more than ever before counts as progress. */
    void safe(long offset) {
        safe = offset;
        if (offset > furthest) {
            furthest = offset;
            withoutProgress = 0;
        }
    }

    /** Ends the transfer here when the route or the process is stopping. */
    void checkStop() throws InterruptedIOException {
        if (stop.getAsBoolean() || Thread.currentThread().isInterrupted()) {
            throw stopped();
        }
    }

    /** So many bytes have crossed: waits until more may, and ends the transfer where it is to stop. */
    void crossed(int bytes) throws IOException {
        checkStop();
        for (Throttle each : options.throttles()) {
            each.pass(bytes, this::checkStop);
        }
    }

    private static InterruptedIOException stopped() {
        return new InterruptedIOException("stopped; the partial stays and the next transfer continues it");
    }

    void run(Attempt attempt) throws TransferException {
        while (true) {
            try {
                checkStop();
                made++;
                if (runs(attempt)) {
                    return;
                }
            } catch (TransferException e) {
                listener.failed(transfer, e);
                throw e;
            } catch (FtpException e) {
                if (Thread.currentThread().isInterrupted()) {
                    // An interrupt breaks the connection that the thread waits for: whatever that looks like, it means
                    // stop.
                    InterruptedIOException stopped = stopped();
                    stopped.initCause(e);
                    throw giveUp(stopped);
                }
                if (!e.isTransient() || stop.getAsBoolean()) {
                    throw giveUp(e);
                }
                next(e);
            } catch (Inconsistent e) {
                next(e);
            } catch (IOException e) {
                // The local disk, or a request to stop: another attempt would meet the same.
                throw giveUp(e);
            }
        }
    }

    private static boolean runs(Attempt attempt) throws IOException {
        try {
            attempt.run();
            return true;
        } catch (Again e) {
            return false;
        }
    }

    private void next(IOException failure) throws TransferException {
        withoutProgress++;
        if (withoutProgress >= options.attempts()) {
            throw giveUp(failure);
        }
        Duration wait = backOff();
        listener.interrupted(transfer, safe, String.valueOf(failure.getMessage()), wait);
        try {
            for (long left = wait.toMillis(); left > 0; left -= STEP.toMillis()) {
                checkStop();
                Thread.sleep(Math.min(left, STEP.toMillis()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw giveUp(failure);
        } catch (InterruptedIOException e) {
            throw giveUp(e);
        }
    }

    private Duration backOff() {
        Duration doubled = options.reconnectDelay().multipliedBy(1L << Math.min(withoutProgress - 1, 10));
        long most = Math.min(doubled.toMillis(), LONGEST_WAIT.toMillis());
        // Up to a quarter less, so that many routes cut at once do not come back at once.
        return Duration.ofMillis(
                most - (most < 4 ? 0 : ThreadLocalRandom.current().nextLong(most / 4)));
    }

    private TransferException giveUp(IOException cause) {
        TransferException failure = new TransferException(
                transfer.path(),
                safe,
                "%s of %s at %s failed at byte %d after %d attempt%s: %s"
                        .formatted(
                                transfer.direction() == Transfer.Direction.DOWNLOAD ? "Download" : "Upload",
                                transfer.path(),
                                transfer.partner(),
                                safe,
                                made,
                                made == 1 ? "" : "s",
                                describe(cause)),
                cause);
        listener.failed(transfer, failure);
        return failure;
    }

    private static String describe(IOException cause) {
        String disk = LocalDisk.describe(cause);
        if (disk != null) {
            return disk;
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }
}
