package io.ferry.camel;

import io.ferry.session.Partner;
import io.ferry.session.SessionPool;
import io.ferry.transfer.TransferListener;
import io.ferry.transfer.TransferOptions;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.apache.camel.FailedToCreateConsumerException;
import org.apache.camel.FailedToCreateProducerException;
import org.apache.camel.Processor;
import org.apache.camel.Route;
import org.apache.camel.component.file.GenericFileProcessStrategy;
import org.apache.camel.component.file.remote.FtpConfiguration;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.support.DefaultPollingConsumerPollStrategy;
import org.apache.camel.support.processor.idempotent.MemoryIdempotentRepository;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What both endpoints, {@code ferry-ftp} and {@code ferry-ftps}, have in common: they extend different stock endpoints and hold
 * one of these each.
 *
 * <p>Law: belongs to one endpoint; borrows the partner's pool from the first use until the endpoint stops. Safe from any
 * thread.
 */
final class FerryDoor {

    private static final Logger LOG = LoggerFactory.getLogger(FerryDoor.class);

    private final FtpEndpoint<FTPFile> endpoint;
    private final UnaryOperator<String> doneFileNames;
    private FerryOptions options;
    private Pools.@Nullable Use use;
    private final Throttles throttles = new Throttles();

    /**
     * The door of an endpoint.
     *
     * @param doneFileNames the stock computation of a done file's name, which only the endpoint itself may call
     */
    FerryDoor(FtpEndpoint<FTPFile> endpoint, UnaryOperator<String> doneFileNames) {
        this.endpoint = endpoint;
        this.doneFileNames = doneFileNames;
        this.options = new FerryOptions();
        endpoint.setIdempotentEager(false);
        endpoint.setEagerDeleteTargetFile(false);
        // The stock strategy disconnects by force after each failure; the pool drops what is broken by itself.
        endpoint.setPollStrategy(new DefaultPollingConsumerPollStrategy());
        endpoint.setInProgressRepository(
                MemoryIdempotentRepository.memoryIdempotentRepository(new ConcurrentHashMap<>()));
    }

    /** The safe defaults of a connection; the URI's options come after them. */
    static void applyDefaults(FtpConfiguration configuration) {
        configuration.setBinary(true);
        configuration.setPassiveMode(true);
        configuration.setStepwise(false);
        configuration.setSoTimeout(60_000);
        configuration.setThrowExceptionOnConnectFailed(true);
    }

    /** Refuses what Ferry cannot honour, before the stock component binds it. */
    static void checkStockOptions(String scheme, Map<String, Object> parameters, FerryOptions options) {
        StockOptions.check(scheme, parameters, options);
    }

    FerryOptions options() {
        return options;
    }

    void options(FerryOptions newOptions) {
        this.options = newOptions;
    }

    TransferOptions transferOptions() {
        return options.transferOptions(endpoint.getMaximumReconnectAttempts(), endpoint.getReconnectDelay())
                .throttledBy(throttles.of(options, endpoint.getCamelContext()));
    }

    /** The partner's pool. */
    synchronized SessionPool pool() {
        Pools.Use current = use;
        if (current == null) {
            Partner partner = Partners.of(endpoint, options);
            TlsSettings.weaknesses(endpoint, options).forEach(each -> LOG.warn("{}: {}", partner, each));
            current = Pools.of(endpoint.getCamelContext()).use(partner);
            use = current;
        }
        return current.pool();
    }

    synchronized void stop() {
        if (use != null) {
            use.close();
            use = null;
        }
    }

    String doneFileName(String path) {
        return doneFileNames.apply(path);
    }

    TransferListener listener() {
        return Listeners.of(endpoint.getCamelContext());
    }

    FerryOperations operations() {
        return new FerryOperations(endpoint, this);
    }

    /** Before the stock component creates a consumer: Ferry's defaults for what hides files from later polls. */
    void prepareConsumer() {
        transferOptions();
        if (options.getConcurrentTransfers() < 1) {
            throw new IllegalArgumentException(
                    "concurrentTransfers must be at least 1, not " + options.getConcurrentTransfers());
        }
        // Stock would insist on a localWorkDirectory; Ferry always has one and always resumes.
        endpoint.setResumeDownload(false);
        StockOptions.checkBound(endpoint, options);
        Partner partner = Partners.of(endpoint, options);
        if (endpoint.getIdempotentRepository() == null) {
            DeliveryRepository records = new DeliveryRepository();
            records.setDurable(options.isDurable());
            endpoint.setIdempotentRepository(records);
        }
        DeliveryRepository keys =
                endpoint.getIdempotentRepository() instanceof DeliveryRepository records ? records : null;
        int longest = keys == null ? Deliveries.LONGEST_KEY : Integer.MAX_VALUE;
        if (endpoint.getIdempotentKey() == null) {
            endpoint.setIdempotentKey(
                    new FingerprintKey(operations(), partner.name(), keys == null ? null : keys::keys, longest));
        }
        if (options.isInOrder()) {
            InOrder.prepare(endpoint);
        }
    }

    /**
     * A consumer starts. In a route, a file that nothing takes away is delivered once for each version, unless the options say
     * otherwise; a poll of one's own ({@code pollEnrich}) gets it each time.
     */
    void serve(@Nullable Route route) {
        if (route == null) {
            return;
        }
        if (endpoint.getIdempotentKey() instanceof FingerprintKey key) {
            key.route(route.getRouteId());
        }
        boolean stays = !endpoint.isDelete() && endpoint.getMove() == null;
        if (stays && endpoint.getIdempotent() == null) {
            endpoint.setIdempotent(true);
        }
    }

    /** A consumer; one without a processor only shows what it would poll ({@code BrowsableEndpoint}). */
    FerryConsumer consumer(@Nullable Processor processor, GenericFileProcessStrategy<FTPFile> strategy) {
        try {
            ConsumerOperations operations = new ConsumerOperations(operations());
            ConsumerRecords records = new ConsumerRecords(new Deliveries(endpoint.getIdempotentRepository()));
            ConsumerChecksums checksums = new ConsumerChecksums(endpoint, this, operations);
            DeliveryStrategy committing =
                    new DeliveryStrategy(strategy, endpoint, operations, this, records, checksums);
            return new FerryConsumer(endpoint, this, processor, operations, committing, records, checksums);
        } catch (RuntimeException e) {
            throw new FailedToCreateConsumerException(endpoint, e);
        }
    }

    /**
     * A producer.
     *
     * @param synchronous whether it sends on the threads that bring the messages
     */
    FerryProducer producer(boolean synchronous) {
        try {
            transferOptions();
            options.uploadsAtOnce();
            StockOptions.checkBound(endpoint, options);
            Partners.of(endpoint, options);
            return new FerryProducer(endpoint, this, operations(), synchronous);
        } catch (RuntimeException e) {
            throw new FailedToCreateProducerException(endpoint, e);
        }
    }
}
