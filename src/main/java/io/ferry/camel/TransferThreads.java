package io.ferry.camel;

import java.util.Collection;
import java.util.concurrent.ExecutorService;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/**
 * The threads that transfer a consumer's files ahead of their turn, where its options allow that.
 *
 * <p>Law: belongs to one consumer, which starts and stops it; the poll thread asks for transfers, and closes them.
 */
final class TransferThreads {

    private final FtpEndpoint<FTPFile> endpoint;
    private final FerryDoor door;
    private final ConsumerOperations operations;
    private volatile @Nullable ExecutorService threads;

    TransferThreads(FtpEndpoint<FTPFile> endpoint, FerryDoor door, ConsumerOperations operations) {
        this.endpoint = endpoint;
        this.door = door;
        this.operations = operations;
    }

    /** The consumer starts, and retrieves what it polls. */
    void start(Object consumer) {
        if (mayReadAhead()) {
            threads = ReadAhead.threads(consumer, endpoint.getCamelContext(), door.options());
        }
    }

    /** A transfer does not begin before a file was renamed or locked that is to be. */
    private boolean mayReadAhead() {
        String lock = endpoint.getReadLock();
        boolean isLocked = (lock != null && !"none".equals(lock)) || endpoint.getExclusiveReadLockStrategy() != null;
        boolean isStock = endpoint.getProcessStrategy() == null;
        return isStock
                && !isLocked
                && endpoint.getPreMove() == null
                && !(door.options().isInOrder() && door.options().getStableFor() != null)
                && door.options().getConcurrentTransfers() > 1;
    }

    /** Begins with the first of these files, in their order; null where each has to wait for its turn. */
    @Nullable
    ReadAhead ahead(Collection<Exchange> files) {
        // The consumer may be stopped meanwhile, by another thread.
        ExecutorService now = threads;
        return now == null || files.size() < 2
                ? null
                : new ReadAhead(
                        now, door.pool(), door.options().getConcurrentTransfers(), files, operations::retrieval);
    }

    void stop() {
        ExecutorService now = threads;
        threads = null;
        if (now != null) {
            endpoint.getCamelContext().getExecutorServiceManager().shutdownNow(now);
        }
    }
}
