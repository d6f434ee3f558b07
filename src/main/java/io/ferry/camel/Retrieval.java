package io.ferry.camel;

import io.ferry.session.FtpException;
import io.ferry.session.SessionPool;
import io.ferry.session.Upcoming;
import io.ferry.transfer.Download;
import io.ferry.transfer.TransferException;
import io.ferry.transfer.TransferResult;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.jspecify.annotations.Nullable;

/**
 * The transfer of one polled file into the work directory, where it waits until the route's turn comes.
 *
 * <p>Law: made and awaited by the poll thread; runs once, on whichever thread comes first: one that {@linkplain #runAhead runs
 * ahead}, or the poll thread.
 */
final class Retrieval {

    private final Upcoming file;
    private final Function<BooleanSupplier, Download> downloads;
    private final FutureTask<TransferResult> task;
    private volatile boolean begun;
    private volatile boolean abandoned;
    private volatile boolean ahead;
    private Download download;
    private Check check = transferred -> "";

    /** Looks at what has arrived, on the thread that has transferred it. */
    interface Check {
        /**
         * Looks at it.
         *
         * @return what was compared with what, or an empty string
         * @throws TransferException where it is not to be handed on
         */
        String check(Download transferred) throws TransferException;
    }

    /**
     * A transfer that has not begun.
     *
     * @param file the remote file
     * @param downloads makes a download that ends early once what it is given says so
     */
    Retrieval(Upcoming file, Function<BooleanSupplier, Download> downloads) {
        this.file = file;
        this.downloads = downloads;
        this.download = downloads.apply(() -> abandoned);
        Download mine = download;
        Callable<TransferResult> run = () -> {
            begun = true;
            if (abandoned) {
                throw new CancellationException();
            }
            return checked(mine);
        };
        this.task = new FutureTask<>(run);
    }

    private TransferResult checked(Download transfer) throws TransferException {
        return transfer.confirmedBy(() -> check.check(transfer)).run();
    }

    /** Has what arrives looked at before it counts. To be called before the transfer begins. */
    Retrieval checkedBy(Check looks) {
        check = looks;
        return this;
    }

    /** The remote file. */
    Upcoming file() {
        return file;
    }

    /** Whether its transfer has begun, or ended. */
    boolean hasBegun() {
        return begun;
    }

    /**
     * Transfers the file now, unless the partner has no session to spare: then it is left to the poll thread.
     *
     * @param next names the file whose transfer is likely to follow
     */
    void runAhead(SessionPool pool, Supplier<Optional<Upcoming>> next) throws IOException {
        if (task.isDone()) {
            return;
        }
        try (Closeable spare = pool.spare(file.path())) {
            if (spare != null) {
                ahead = true;
                download.followedBy(next);
                task.run();
            }
        }
    }

    /**
     * Waits for the end of the transfer, which begins now where it has not yet.
     *
     * @throws TransferException where it failed, or the file may not be handed on any more
     */
    TransferResult await() throws TransferException {
        task.run();
        try {
            TransferResult result = task.get();
            if (ahead) {
                download.checkClash();
            }
            return result;
        } catch (InterruptedException e) {
            abandoned = true;
            Thread.currentThread().interrupt();
            throw new GenericFileOperationFailedException(
                    "stopped; what has arrived stays, and the next poll continues it", e);
        } catch (ExecutionException e) {
            return afterFailure(e.getCause());
        }
    }

    private TransferResult afterFailure(@Nullable Throwable failure) throws TransferException {
        if (failure instanceof TransferException transfer) {
            if (ahead && hadNoSession(transfer)) {
                download = downloads.apply(() -> abandoned);
                return checked(download);
            }
            throw transfer;
        }
        if (failure instanceof RuntimeException unexpected) {
            throw unexpected;
        }
        if (failure instanceof Error error) {
            throw error;
        }
        throw new IllegalStateException(failure);
    }

    /** Others have taken the session that seemed to be to spare. */
    private static boolean hadNoSession(TransferException failure) {
        return failure.getCause() instanceof FtpException ftp && ftp.kind() == FtpException.Kind.NO_SESSION;
    }

    /** What was transferred, once {@link #await()} has returned. */
    Download download() {
        return download;
    }

    /** Ends it, where it runs at its next block, and returns once it has ended. */
    void abandon() {
        abandoned = true;
        task.run();
        try {
            task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | CancellationException e) {
            // The file is for another poll, which will meet the failure again if it lasts.
            return;
        }
    }
}
