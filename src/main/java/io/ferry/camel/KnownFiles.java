package io.ferry.camel;

import java.util.function.Predicate;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.GenericFileHelper;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/**
 * Which files the idempotent repository knows, by their keys; and which lines of a listing therefore need not be read again.
 *
 * <p>Law: belongs to one consumer. What is asked about an exchange is safe from any thread, the rest belongs to the poll thread.
 */
final class KnownFiles {

    private final FtpEndpoint<FTPFile> endpoint;
    private final boolean looksAtEach;

    /** Not null where the records of this process alone decide what is new, and what is not new needs nothing more. */
    private @Nullable LineMemory lines;

    /**
     * The known files of an endpoint.
     *
     * @param looksAtEach whether the consumer has reasons of its own to read each line of a listing
     */
    KnownFiles(FtpEndpoint<FTPFile> endpoint, boolean looksAtEach) {
        this.endpoint = endpoint;
        this.looksAtEach = looksAtEach;
    }

    /** The consumer starts: its options are as they will be. */
    void start() {
        boolean isLeft = !looksAtEach
                && Boolean.TRUE.equals(endpoint.isIdempotent())
                && endpoint.getIdempotentKey() instanceof FingerprintKey
                && endpoint.getIdempotentRepository() instanceof DeliveryRepository
                && !endpoint.isDelete()
                && endpoint.getMove() == null
                && endpoint.getDoneFileName() == null;
        lines = isLeft ? new LineMemory() : null;
    }

    /**
     * A poll begins.
     *
     * @param lastWasWhole whether the last poll saw all files
     */
    void beginPoll(boolean lastWasWhole) {
        boolean all = lines == null
                || !(endpoint.getIdempotentRepository() instanceof DeliveryRepository records)
                || lines.beginPoll(records.lost());
        if (endpoint.getIdempotentKey() instanceof FingerprintKey key) {
            // After a poll that broke off, or took all that it may take, lines come that it has not seen.
            key.beginPoll(all, !all && lastWasWhole);
        }
    }

    /** Tells the lines of a directory that nothing follows from. */
    Predicate<String> lines(String directory) {
        return lines == null ? line -> false : lines.of(directory);
    }

    /** A known file is left alone, and so will be its line in the listing of its directory. */
    void leave(FerryFile known, String directory) {
        String line = known.getFile().getRawListing();
        if (lines != null
                && line != null
                && endpoint.getIdempotentKey() instanceof FingerprintKey key
                && key.isSettled(known)) {
            lines.add(directory, line);
        }
    }

    /** Whether a file's key is recorded. Never so without {@code idempotent}. */
    boolean contains(Exchange exchange, FerryFile file) {
        String key = key(exchange, file);
        return key != null && endpoint.getIdempotentRepository().contains(key);
    }

    /** Records a file's key. Does nothing without {@code idempotent}. */
    void add(Exchange exchange, FerryFile file) {
        String key = key(exchange, file);
        if (key != null) {
            endpoint.getIdempotentRepository().add(key);
        }
    }

    private @Nullable String key(Exchange exchange, FerryFile file) {
        if (!Boolean.TRUE.equals(endpoint.isIdempotent())) {
            return null;
        }
        if (endpoint.getIdempotentKey() instanceof FingerprintKey fingerprint) {
            return fingerprint.of(file);
        }
        return endpoint.getIdempotentKey() == null
                ? file.listedPath()
                : endpoint.getIdempotentKey()
                        .evaluate(GenericFileHelper.createDummy(endpoint, exchange, () -> file), String.class);
    }
}
