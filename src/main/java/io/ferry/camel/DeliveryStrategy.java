package io.ferry.camel;

import io.ferry.transfer.Fingerprint;
import io.ferry.transfer.LocalTarget;
import io.ferry.transfer.TransferException;
import java.io.File;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.component.file.GenericFileOperations;
import org.apache.camel.component.file.GenericFileProcessStrategy;
import org.apache.camel.component.file.remote.FtpConstants;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.support.service.ServiceHelper;
import org.apache.camel.support.service.ServiceSupport;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stock process strategy (read lock, commit, rollback) in the order that loses nothing: the delivery is recorded, then the
 * source is committed, then the record is closed. The local work file goes with the commit, and stays when the route fails, so
 * that the next attempt need not transfer it again.
 *
 * <p>Law: owns the strategy it wraps; as safe for threads as that one.
 */
final class DeliveryStrategy extends ServiceSupport
        implements GenericFileProcessStrategy<FTPFile>, CamelContextAware, FerryOperations.Gate {

    private static final Logger LOG = LoggerFactory.getLogger(DeliveryStrategy.class);

    /** How often in a row the transfer of one file may be refused before it is set aside. */
    private static final int REFUSALS = 3;

    private final GenericFileProcessStrategy<FTPFile> stock;
    private final GenericFileEndpoint<FTPFile> ferryEndpoint;
    private final ConsumerOperations consumerOperations;
    private final FerryOperations ferryOperations;
    private final FerryDoor door;
    private final ConsumerRecords records;
    private final Deliveries deliveries;
    private final DoneFiles doneFiles;
    private final ConsumerChecksums checksums;
    private final Map<String, Integer> refusals = new ConcurrentHashMap<>();
    private volatile String routeId = "";

    DeliveryStrategy(
            GenericFileProcessStrategy<FTPFile> stock,
            GenericFileEndpoint<FTPFile> endpoint,
            ConsumerOperations operations,
            FerryDoor door,
            ConsumerRecords records,
            ConsumerChecksums checksums) {
        this.stock = stock;
        this.ferryEndpoint = endpoint;
        this.consumerOperations = operations;
        this.ferryOperations = operations.direct();
        this.door = door;
        this.records = records;
        this.deliveries = records.deliveries();
        this.doneFiles = new DoneFiles(endpoint, ferryOperations);
        this.checksums = checksums;
    }

    /** Whose deliveries these are. */
    void route(@Nullable String id) {
        this.routeId = id == null ? "" : id;
    }

    void beginPoll() {
        doneFiles.beginPoll();
    }

    @Override
    public void prepareOnStartup(GenericFileOperations<FTPFile> operations, GenericFileEndpoint<FTPFile> endpoint)
            throws Exception {
        stock.prepareOnStartup(ferryOperations, endpoint);
    }

    @Override
    public boolean begin(
            GenericFileOperations<FTPFile> operations,
            GenericFileEndpoint<FTPFile> endpoint,
            Exchange exchange,
            GenericFile<FTPFile> file)
            throws Exception {
        PreMoves notes = records.preMoves();
        boolean begun = stock.begin(notes == null ? ferryOperations : notes.operations(), endpoint, exchange, file);
        if (begun && !isDownload()) {
            return beginWithoutDownload(exchange, file);
        }
        return begun;
    }

    private boolean isDownload() {
        return ((FtpEndpoint<?>) ferryEndpoint).isDownload();
    }

    /** What the transfer would ask otherwise is asked here. */
    private boolean beginWithoutDownload(Exchange exchange, GenericFile<FTPFile> file) throws Exception {
        FerryFile polled =
                (FerryFile) exchange.getProperty(ExchangePropertyKey.FILE_EXCHANGE_FILE, file, GenericFile.class);
        Optional<Fingerprint> version = ferryOperations.fingerprint(polled.getAbsoluteFilePath());
        if (version.isEmpty()) {
            return false;
        }
        if (isPassed(polled, version.get())) {
            pass(exchange, polled);
            return false;
        }
        handing(exchange, polled, version.get());
        return true;
    }

    private Delivery deliveryOf(FerryFile file, Fingerprint version) {
        return Delivery.of(routeId, file.listedPath(), version);
    }

    /** The delivery that a listed path would be now, or empty where there is no file. */
    Optional<Delivery> current(String path) {
        return ferryOperations.fingerprint(path).map(version -> Delivery.of(routeId, path, version));
    }

    @Override
    public boolean isPassed(FerryFile file, Fingerprint version) {
        return file.isKnown() || deliveries.isDelivered(deliveryOf(file, version));
    }

    /** The route has had this version: what is left to do is what failed, or was cut off, then. */
    @Override
    public void pass(Exchange exchange, FerryFile file) throws Exception {
        Fingerprint version =
                ferryOperations.fingerprint(file.getAbsoluteFilePath()).orElse(null);
        if (version == null) {
            file.finish();
            return;
        }
        Delivery delivery = deliveryOf(file, version);
        boolean left = deliveries.isDelivered(delivery)
                || (file.isKnown() && version.isProof() && deliveries.isHanded(delivery));
        if (left) {
            file.delivered(version, delivery);
            LOG.info(
                    "{}: {} was delivered before (delivery {}); only its commit was left",
                    version.place(),
                    delivery.path(),
                    delivery.id());
            if (doneFiles.isDueAfter(exchange)) {
                // The route, whose end would put it off to the commit, is not run this time.
                consumerOperations.deleteFile(door.doneFileName(file.listedPath()));
            }
            commit(ferryOperations, ferryEndpoint, exchange, file);
        }
        file.finish();
    }

    @Override
    public void handing(Exchange exchange, FerryFile file, Fingerprint version) {
        Delivery delivery = deliveryOf(file, version);
        file.delivered(version, delivery);
        refusals.remove(file.listedPath());
        doneFiles.begun(file);
        DeliveryEnd.join(exchange, ferryEndpoint, file);
        boolean again = deliveries.handed(delivery);
        exchange.getIn().setHeader(FerryHeaders.DELIVERY_ID, delivery.id());
        exchange.getIn().setHeader(FerryHeaders.POSSIBLE_DUPLICATE, again);
        exchange.setProperty(DurableFiles.PROPERTY, door.options().isDurable());
    }

    /** The stock consumer does not complete an exchange whose file could not be had: no rollback, no moveFailed. */
    @Override
    public void failed(Exchange exchange, FerryFile file, TransferException failure) {
        if (failure.isAboutAMissingFile()) {
            doneFiles.missing(file, doneFiles.isDueAfter(exchange) ? door.doneFileName(file.listedPath()) : null);
        }
        boolean refused = failure.isAboutTheFile();
        int times = refused ? refusals.merge(file.listedPath(), 1, Integer::sum) : 0;
        try {
            if (times >= REFUSALS && ferryEndpoint.getMoveFailed() != null) {
                checksums.delivering(file);
                stock.rollback(checksums.archive(file, ferryOperations), ferryEndpoint, exchange, file);
                checksums.committed(file, true);
                refusals.remove(file.listedPath());
                forgetPreMove(file);
                file.finish();
                LOG.warn(
                        "{} was set aside (moveFailed) after {} failed polls: {}",
                        file.listedPath(),
                        times,
                        failure.getMessage());
            } else {
                undoPreMove(file);
            }
        } catch (Exception e) {
            failure.addSuppressed(e);
        }
    }

    @Override
    public void abort(
            GenericFileOperations<FTPFile> operations,
            GenericFileEndpoint<FTPFile> endpoint,
            Exchange exchange,
            GenericFile<FTPFile> file)
            throws Exception {
        keep(exchange);
        stock.abort(ferryOperations, endpoint, exchange, file);
    }

    @Override
    public void commit(
            GenericFileOperations<FTPFile> operations,
            GenericFileEndpoint<FTPFile> endpoint,
            Exchange exchange,
            GenericFile<FTPFile> file)
            throws Exception {
        keep(exchange);
        String doneFile = consumerOperations.takeDoneFile();
        FerryFile polled = (FerryFile) file;
        polled.end();
        Delivery delivery = polled.delivery();
        Fingerprint delivered = polled.delivered();
        boolean takesAway = endpoint.isDelete() || endpoint.getMove() != null;
        if (takesAway) {
            checksums.delivering(polled);
        }
        if (takesAway && delivery != null && delivered != null) {
            deliveries.delivered(delivery, delivered);
        }
        removeWorkFile(file);
        boolean isThere = !takesAway || isThere(polled);
        if (isThere) {
            stock.commit(
                    endpoint.getMove() == null ? ferryOperations : checksums.archive(polled, ferryOperations),
                    endpoint,
                    exchange,
                    file);
        }
        doneFiles.finished(polled, doneFile);
        forgetPreMove(polled);
        if (delivery != null) {
            deliveries.close(delivery);
        }
        polled.finish();
        checksums.committed(polled, takesAway && isThere);
    }

    /** Commits a manifest, the last of its batch. */
    void commitManifest(Exchange exchange, FerryFile manifest) throws Exception {
        stock.commit(
                ferryEndpoint.getMove() == null ? ferryOperations : new ArchiveOperations(ferryOperations),
                ferryEndpoint,
                exchange,
                manifest);
    }

    /** Only the version that was delivered may be deleted, moved or set aside; one that replaced it meanwhile is for the next poll. */
    private boolean isThere(FerryFile file) {
        Fingerprint delivered = file.delivered();
        if (delivered == null) {
            return true;
        }
        Optional<Fingerprint> now = ferryOperations.fingerprint(file.getAbsoluteFilePath());
        if (now.isEmpty()) {
            LOG.warn("{}: {} was gone before it could be committed", delivered.place(), delivered.path());
            return false;
        }
        if (!now.get().equals(delivered)) {
            Delivery delivery = file.delivery();
            if (delivery != null) {
                deliveries.close(delivery);
            }
            undoPreMove(file);
            throw new GenericFileOperationFailedException(delivered.place() + ": " + delivered.path()
                    + " was replaced while its earlier version was processed (" + delivered.difference(now.get())
                    + "); the new one is left for the next poll");
        }
        return true;
    }

    @Override
    public void rollback(
            GenericFileOperations<FTPFile> operations,
            GenericFileEndpoint<FTPFile> endpoint,
            Exchange exchange,
            GenericFile<FTPFile> file)
            throws Exception {
        keep(exchange);
        String doneFile = consumerOperations.takeDoneFile();
        FerryFile polled = (FerryFile) file;
        polled.end();
        if (endpoint.getMoveFailed() == null) {
            doneFiles.failed(polled);
            stock.rollback(ferryOperations, endpoint, exchange, file);
            undoPreMove(polled);
            return;
        }
        boolean isThere = isThere(polled);
        checksums.delivering(polled);
        // The next poll will not see the file again.
        removeWorkFile(file);
        if (isThere) {
            stock.rollback(checksums.archive(polled, ferryOperations), endpoint, exchange, file);
        }
        doneFiles.finished(polled, doneFile);
        forgetPreMove(polled);
        Delivery delivery = polled.delivery();
        if (delivery != null) {
            deliveries.close(delivery);
        }
        polled.finish();
        checksums.committed(polled, isThere);
    }

    private void forgetPreMove(FerryFile file) {
        PreMoves notes = records.preMoves();
        if (notes != null) {
            notes.forget(file.listedPath(), file.getAbsoluteFilePath());
        }
    }

    /** A file that was renamed before the transfer gets its name back, so that the next poll finds it. */
    private void undoPreMove(FerryFile file) {
        PreMoves notes = records.preMoves();
        if (notes != null && !file.listedPath().equals(file.getAbsoluteFilePath())) {
            notes.undo(file.listedPath(), file.getAbsoluteFilePath());
        }
    }

    /** The stock strategies delete whatever this header names. */
    private static void keep(Exchange exchange) {
        exchange.getIn().removeHeader(FtpConstants.FILE_LOCAL_WORK_PATH);
    }

    private static void removeWorkFile(GenericFile<FTPFile> file) throws IOException {
        if (file.getBody() instanceof File body) {
            LocalTarget.discard(body.toPath());
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
