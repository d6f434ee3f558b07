package io.ferry.camel;

import io.ferry.transfer.Fingerprint;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.component.file.GenericFileOperations;
import org.apache.camel.component.file.GenericFileProcessStrategy;
import org.apache.camel.component.file.remote.FtpConstants;
import org.apache.camel.support.service.ServiceHelper;
import org.apache.camel.support.service.ServiceSupport;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/**
 * The stock process strategy (read lock, commit, rollback), but for the local work file: it goes once the source is committed,
 * and stays when the route fails, so that the next attempt need not transfer it again.
 *
 * <p>Law: owns the strategy it wraps; as safe for threads as that one.
 */
final class WorkFileStrategy extends ServiceSupport implements GenericFileProcessStrategy<FTPFile>, CamelContextAware {

    private final GenericFileProcessStrategy<FTPFile> stock;
    private final FerryOperations ferryOperations;
    /** What the route has had and the source still shows because its deletion or move failed, by path. */
    private final Map<String, Fingerprint> uncommitted = new ConcurrentHashMap<>();

    WorkFileStrategy(GenericFileProcessStrategy<FTPFile> stock, FerryOperations operations) {
        this.stock = stock;
        this.ferryOperations = operations;
    }

    @Override
    public void prepareOnStartup(GenericFileOperations<FTPFile> operations, GenericFileEndpoint<FTPFile> endpoint)
            throws Exception {
        stock.prepareOnStartup(operations, endpoint);
    }

    @Override
    public boolean begin(
            GenericFileOperations<FTPFile> operations,
            GenericFileEndpoint<FTPFile> endpoint,
            Exchange exchange,
            GenericFile<FTPFile> file)
            throws Exception {
        Fingerprint delivered = uncommitted.get(file.getAbsoluteFilePath());
        if (delivered == null) {
            return stock.begin(operations, endpoint, exchange, file);
        }
        if (isStill(file, delivered)) {
            // The route has had this version: what is left to do is what failed then.
            stock.commit(operations, endpoint, exchange, file);
            uncommitted.remove(file.getAbsoluteFilePath());
            return false;
        }
        uncommitted.remove(file.getAbsoluteFilePath());
        return stock.begin(operations, endpoint, exchange, file);
    }

    private boolean isStill(GenericFile<FTPFile> file, Fingerprint version) {
        return ferryOperations
                .fingerprint(file.getAbsoluteFilePath())
                .filter(version::equals)
                .isPresent();
    }

    @Override
    public void abort(
            GenericFileOperations<FTPFile> operations,
            GenericFileEndpoint<FTPFile> endpoint,
            Exchange exchange,
            GenericFile<FTPFile> file)
            throws Exception {
        keep(exchange);
        stock.abort(operations, endpoint, exchange, file);
    }

    @Override
    public void commit(
            GenericFileOperations<FTPFile> operations,
            GenericFileEndpoint<FTPFile> endpoint,
            Exchange exchange,
            GenericFile<FTPFile> file)
            throws Exception {
        keep(exchange);
        removeWorkFile(file);
        if (endpoint.isDelete() || endpoint.getMove() != null) {
            checkSource(file);
        }
        try {
            stock.commit(operations, endpoint, exchange, file);
        } catch (Exception e) {
            Fingerprint delivered = file instanceof FerryFile polled ? polled.delivered() : null;
            if (delivered != null) {
                uncommitted.put(file.getAbsoluteFilePath(), delivered);
            }
            throw e;
        }
    }

    /** Only the version that was delivered may be deleted or moved; one that replaced it meanwhile is for the next poll. */
    private void checkSource(GenericFile<FTPFile> file) {
        Fingerprint delivered = file instanceof FerryFile polled ? polled.delivered() : null;
        if (delivered == null) {
            return;
        }
        ferryOperations.fingerprint(file.getAbsoluteFilePath()).ifPresent(now -> {
            if (!now.equals(delivered)) {
                throw new GenericFileOperationFailedException(delivered.place() + ": " + delivered.path()
                        + " was replaced while its earlier version was processed (" + delivered.difference(now)
                        + "); the new one is left for the next poll");
            }
        });
    }

    @Override
    public void rollback(
            GenericFileOperations<FTPFile> operations,
            GenericFileEndpoint<FTPFile> endpoint,
            Exchange exchange,
            GenericFile<FTPFile> file)
            throws Exception {
        keep(exchange);
        if (endpoint.getMoveFailed() != null) {
            // The next poll will not see the file again.
            removeWorkFile(file);
        }
        stock.rollback(operations, endpoint, exchange, file);
    }

    /** The stock strategies delete whatever this header names. */
    private static void keep(Exchange exchange) {
        exchange.getIn().removeHeader(FtpConstants.FILE_LOCAL_WORK_PATH);
    }

    /** Removes the work file, where a file: endpoint has not renamed it away, and its version's directory. */
    private static void removeWorkFile(GenericFile<FTPFile> file) throws IOException {
        if (!(file.getBody() instanceof File body)) {
            return;
        }
        Path workFile = body.toPath();
        Files.deleteIfExists(workFile);
        Path version = workFile.getParent();
        if (version != null) {
            try {
                Files.deleteIfExists(version);
            } catch (DirectoryNotEmptyException | NoSuchFileException e) {
                // Another transfer of the same version is under way, or has just cleaned up.
                return;
            }
        }
    }

    @Override
    public @Nullable CamelContext getCamelContext() {
        return stock instanceof CamelContextAware aware ? aware.getCamelContext() : null;
    }

    @Override
    public void setCamelContext(CamelContext context) {
        CamelContextAware.trySetCamelContext(stock, context);
    }

    @Override
    protected void doStart() {
        ServiceHelper.startService(stock);
    }

    @Override
    protected void doStop() {
        ServiceHelper.stopService(stock);
    }
}
