package io.ferry.camel;

import io.ferry.stream.ChecksumLines;
import io.ferry.transfer.Checksum;
import io.ferry.transfer.Fingerprint;
import io.ferry.transfer.RemoteText;
import io.ferry.transfer.TransferException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.apache.camel.Route;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.component.file.remote.FtpUtils;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands the files of a manifest to the route once all of them are there, have arrived, and are what it says; and commits the manifest
 * once all of them are committed.
 *
 * <p>Law: belongs to one consumer and its poll thread, but for {@link #committed}, which any thread may call.
 */
final class Manifests {

    private static final Logger LOG = LoggerFactory.getLogger(Manifests.class);

    /** So many manifests that wait are kept in mind, so as to tell of each once. */
    private static final int MOST_TOLD = 1000;

    /** No message names more files. */
    private static final int MOST_NAMED = 5;

    private final FtpEndpoint<FTPFile> endpoint;
    private final ConsumerOperations operations;
    private final DeliveryStrategy committing;
    private final ConsumerChecksums checksums;
    private final KnownFiles knownFiles;
    private final TransferThreads threads;
    private final Host host;
    private final Map<String, String> told = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MOST_TOLD;
        }
    };

    /** What the consumer lends. */
    interface Host {
        /** A new exchange for a file. */
        Exchange exchange(FerryFile file);

        /** Processes exchanges as one batch, and releases what it has not started; how many were started. */
        int process(Queue<Object> exchanges);

        /** The route that gets the files, or null. */
        @Nullable
        Route route();

        /** Somebody has to know. */
        void failed(String message, Exception failure);
    }

    Manifests(
            FtpEndpoint<FTPFile> endpoint,
            ConsumerOperations operations,
            DeliveryStrategy committing,
            ConsumerChecksums checksums,
            KnownFiles knownFiles,
            TransferThreads threads,
            Host host) {
        this.endpoint = endpoint;
        this.operations = operations;
        this.committing = committing;
        this.checksums = checksums;
        this.knownFiles = knownFiles;
        this.threads = threads;
        this.host = host;
    }

    /** Deals with the manifests of a poll, one after the other; how many files were started. */
    int process(List<FerryFile> polled) {
        int count = 0;
        for (FerryFile manifest : polled) {
            count += operations.stop().getAsBoolean() ? 0 : process(manifest);
        }
        return count;
    }

    private int process(FerryFile manifest) {
        String path = manifest.listedPath();
        ChecksumCheck check = checksums.check();
        try {
            Optional<RemoteText> read = check == null
                    ? Optional.empty()
                    : checksums.reader().read(path, check.target(path), IncomingBatch.MOST_BYTES);
            return read.isEmpty() ? 0 : process(manifest, read.get());
        } catch (IllegalArgumentException e) {
            tell(path, "the manifest is refused, and nothing of it is handed on: " + e.getMessage());
        } catch (Exception e) {
            host.failed("The batch of " + path, e);
        }
        return 0;
    }

    private int process(FerryFile manifest, RemoteText read) throws Exception {
        IncomingBatch batch = checksums.batch(manifest, read, host.route());
        manifest.delivered(read.version(), Delivery.of("", batch.path(), read.version()));
        checksums.batches().forgetOthers(batch);
        List<Exchange> left = new ArrayList<>();
        if (!look(batch, left)) {
            return 0;
        }
        if (left.isEmpty()) {
            finish(batch);
            return 0;
        }
        if (!claim(left)) {
            return 0;
        }
        Map<Exchange, Retrieval> whole = Map.of();
        try {
            whole = receive(batch, left);
        } finally {
            if (whole.isEmpty()) {
                release(left);
            }
        }
        if (whole.isEmpty()) {
            return 0;
        }
        told.remove(batch.path());
        batch.begin(
                left.stream().map(each -> FerryFile.of(each).getFileNameOnly()).toList());
        operations.batch(whole);
        try {
            return host.process(new ArrayDeque<>(left));
        } finally {
            operations.batch(Map.of());
        }
    }

    /**
     * Looks for the files of a batch in the listing that showed its manifest.
     *
     * @param left takes an exchange for each that the route has not had
     * @return whether all are there that are to be, and none is being processed
     */
    private boolean look(IncomingBatch batch, List<Exchange> left) {
        FileChecksum listed = batch.manifest().checksum();
        Map<String, FTPFile> entries = new HashMap<>();
        for (FTPFile entry : listed.takeSiblings()) {
            if (entry.isFile() && batch.lines().containsKey(entry.getName())) {
                entries.put(entry.getName(), entry);
            }
        }
        List<String> missing = new ArrayList<>();
        for (Map.Entry<String, ChecksumLines.Line> each : batch.lines().entrySet()) {
            String name = each.getKey();
            FTPFile entry = entries.get(name);
            if (entry == null) {
                if (!checksums.batches().isDone(batch, name)) {
                    missing.add(name);
                }
                continue;
            }
            String path = FtpUtils.absoluteFilePath(listed.directory(), name);
            if (endpoint.getInProgressRepository().contains(path)) {
                return false;
            }
            FerryFile file = FerryFile.of(
                    endpoint, listed.directory(), path, entry, batch.manifest().hasExactTime());
            file.checksum().of(batch, new Checksum(each.getValue(), batch.path()));
            Exchange exchange = host.exchange(file);
            if (knownFiles.contains(exchange, file)) {
                file.markKnown();
            }
            if (!file.isKnown() || takesAway()) {
                left.add(exchange);
            }
        }
        if (!missing.isEmpty()) {
            tell(
                    batch.path(),
                    missing.size() + " of its " + batch.lines().size() + " files are not there yet: " + named(missing)
                            + ". Nothing of it is handed on until all are.");
        }
        return missing.isEmpty();
    }

    private boolean takesAway() {
        return endpoint.isDelete() || endpoint.getMove() != null;
    }

    private static String named(Collection<String> names) {
        return names.stream().limit(MOST_NAMED).collect(Collectors.joining(", "))
                + (names.size() > MOST_NAMED ? ", …" : "");
    }

    private boolean claim(List<Exchange> files) {
        List<Exchange> claimed = new ArrayList<>();
        for (Exchange each : files) {
            if (!endpoint.getInProgressRepository().add(FerryFile.of(each).listedPath())) {
                release(claimed);
                return false;
            }
            claimed.add(each);
        }
        return true;
    }

    private void release(List<Exchange> files) {
        files.forEach(each ->
                endpoint.getInProgressRepository().remove(FerryFile.of(each).listedPath()));
    }

    /**
     * Receives the files, several at the same time, before the first is handed on.
     *
     * @return their transfers, or none where one of them is not what the manifest says
     */
    private Map<Exchange, Retrieval> receive(IncomingBatch batch, List<Exchange> files) throws TransferException {
        Map<Exchange, Retrieval> whole = new IdentityHashMap<>();
        List<String> wrong = new ArrayList<>();
        try (ReadAhead ahead = threads.ahead(files)) {
            for (Exchange each : files) {
                Retrieval begun = ahead == null ? null : ahead.take(each);
                Retrieval retrieval = begun == null ? operations.retrieval(each) : begun;
                try {
                    retrieval.await();
                    whole.put(each, retrieval);
                } catch (TransferException e) {
                    if (!e.isAboutTheFile() && !e.isAboutAMissingFile()) {
                        throw e;
                    }
                    wrong.add(e.getMessage());
                }
            }
        }
        if (wrong.isEmpty()) {
            return whole;
        }
        tell(
                batch.path(),
                wrong.size() + " of its " + batch.lines().size()
                        + " files are not what it says, and nothing of it is handed on: " + named(wrong));
        return Map.of();
    }

    /** Says it once, until it is something else. */
    private void tell(String path, String what) {
        if (!what.equals(told.put(path, what))) {
            LOG.warn("{}: {}: {}", operations.partner(), path, what);
        }
    }

    /** A file of the batch is committed, or set aside. */
    void committed(IncomingBatch batch, String name) throws Exception {
        if (batch.finished(name) && takesAway()) {
            finish(batch);
        }
    }

    /** The route has had all files, and none of them is left at the source. */
    private void finish(IncomingBatch batch) throws Exception {
        FerryFile manifest = batch.manifest();
        Exchange exchange = host.exchange(manifest);
        if (!takesAway()) {
            // All are known; it need not be read again.
            knownFiles.add(exchange, manifest);
            batch.discard();
            return;
        }
        Fingerprint now = operations.fingerprint(batch.path()).orElse(null);
        if (now != null && !now.equals(batch.version())) {
            LOG.info(
                    "{}: {} was replaced while its batch was processed; the new one is left for the next poll",
                    operations.partner(),
                    batch.path());
        } else if (now != null) {
            committing.commitManifest(exchange, manifest);
            LOG.info(
                    "{}: the batch of {} is done, {} files",
                    operations.partner(),
                    batch.path(),
                    batch.lines().size());
        }
        checksums.batches().forget(batch.path());
        batch.discard();
    }
}
