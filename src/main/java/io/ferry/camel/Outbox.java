package io.ferry.camel;

import io.ferry.session.SessionPool;
import io.ferry.transfer.Installation;
import io.ferry.transfer.LocalSource;
import io.ferry.transfer.Place;
import io.ferry.transfer.RemoteTarget;
import io.ferry.transfer.TransferListener;
import io.ferry.transfer.TransferOptions;
import io.ferry.transfer.TransferResult;
import io.ferry.transfer.Upload;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.Ordered;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.support.SynchronizationAdapter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends files on behalf of exchanges, and remembers each one that was published until its exchange has ended well: the local
 * drop is moved or deleted only then, and a process that dies before that must not send it again.
 *
 * <p>Law: belongs to one producer or processor; safe from any thread. Holds the installation of its work directory from the first
 * use until it is closed.
 */
final class Outbox implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

    private final Set<Upload> running = ConcurrentHashMap.newKeySet();
    private @Nullable Installation installation;

    /** Sends one file. */
    TransferResult send(
            Exchange exchange,
            Path workDirectory,
            SessionPool pool,
            LocalSource source,
            RemoteTarget target,
            TransferOptions options,
            TransferListener listener,
            BooleanSupplier stop,
            Place place)
            throws IOException {
        Upload upload = new Upload(pool, source, target, options, installation(workDirectory), listener, stop, place);
        TransferResult result = run(upload);
        if (exchange.getUnitOfWork() == null) {
            // Nothing will tell how the exchange ends.
            upload.forget();
        } else {
            exchange.getExchangeExtension().addOnCompletion(new Forgetting(upload, source.file()));
        }
        return result;
    }

    private TransferResult run(Upload upload) throws IOException {
        running.add(upload);
        try {
            return upload.run();
        } finally {
            running.remove(upload);
        }
    }

    /** Ends what is under way, at once: the partials stay. To be called once the uploads are told to stop. */
    void breakOff() {
        running.forEach(Upload::breakOff);
    }

    private synchronized Installation installation(Path workDirectory) {
        Installation current = installation;
        if (current == null) {
            current = Installation.of(workDirectory);
            installation = current;
        }
        return current;
    }

    @Override
    public synchronized void close() throws IOException {
        if (installation != null) {
            installation.close();
            installation = null;
        }
    }

    /** Runs after the consumer's own completion, which commits the drop. */
    private static final class Forgetting extends SynchronizationAdapter {
        private final Upload upload;
        private final Path file;

        Forgetting(Upload upload, Path file) {
            this.upload = upload;
            this.file = file;
        }

        @Override
        public int getOrder() {
            return Ordered.LOWEST;
        }

        @Override
        public void onComplete(Exchange exchange) {
            if (exchange.isFailed()) {
                // Marked for rollback: it is delivered again, and finds the note.
                return;
            }
            GenericFile<?> polled = exchange.getProperty(ExchangePropertyKey.FILE_EXCHANGE_FILE, GenericFile.class);
            if (polled == null || !isStillADrop(exchange, polled)) {
                forget();
            } else if (exchange.getProperty(ExchangePropertyKey.CORRELATION_ID) == null) {
                LOG.warn("{} was sent, and could not be moved away or deleted: it will not be sent again", file);
            } else {
                PartNotes.of(exchange.getContext()).await(polled, file, this::forget);
            }
        }

        private void forget() {
            try {
                upload.forget();
            } catch (IOException e) {
                LOG.warn("The note that {} was sent could not be removed: {}", file, e.toString());
            }
        }

        /** Whether the consumer has yet to commit it, or could not: then the next poll may find the same file. */
        private boolean isStillADrop(Exchange exchange, GenericFile<?> polled) {
            return exchange.getFromEndpoint() instanceof GenericFileEndpoint<?> from
                    && !from.isNoop()
                    && polled.getFile() instanceof File drop
                    && drop.toPath().toAbsolutePath().equals(file.toAbsolutePath())
                    && Files.exists(file);
        }
    }
}
