package io.ferry.camel;

import io.ferry.transfer.Housekeeping;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one consumer has written down, in its work directory: its {@link Deliveries}, and its {@link PreMoves}. Opened at the
 * first poll rather than at the start, so that a second process with the same directory waits for the first to end, and then
 * takes over.
 *
 * <p>Law: belongs to one consumer; opened and taken up by its poll thread, used by any.
 */
final class ConsumerRecords {

    private static final Logger LOG = LoggerFactory.getLogger(ConsumerRecords.class);
    private static final Duration EACH = Duration.ofDays(1);

    private final Deliveries deliveries;
    private final LongSupplier nanos;
    private volatile @Nullable PreMoves preMoves;
    private boolean open;
    private boolean takenUp;
    private @Nullable Long sweptAt;

    ConsumerRecords(Deliveries deliveries) {
        this(deliveries, System::nanoTime);
    }

    /** As above, with the clock that the sweeps go by, in nanoseconds from any origin. */
    ConsumerRecords(Deliveries deliveries, LongSupplier nanos) {
        this.deliveries = deliveries;
        this.nanos = nanos;
    }

    Deliveries deliveries() {
        return deliveries;
    }

    /** The notes of {@code preMove}, or null where the consumer has no such option. */
    @Nullable
    PreMoves preMoves() {
        return preMoves;
    }

    /**
     * Opens the records, unless they are open.
     *
     * @param operations where files are renamed, or null where the consumer has no {@code preMove}
     * @throws GenericFileOperationFailedException when another process has them open, or the disk refuses
     */
    void open(Path directory, @Nullable String route, @Nullable FerryOperations operations) {
        if (open) {
            return;
        }
        String owner = "route " + route;
        try {
            deliveries.open(directory, owner);
            if (operations != null) {
                preMoves = new PreMoves(operations, directory, owner);
            }
        } catch (IOException e) {
            throw new GenericFileOperationFailedException(
                    "No poll, local disk: the records of " + owner
                            + " cannot be opened in the work directory " + directory + ": " + e
                            + ". Make room, make it writable, or set another workDirectory.",
                    e);
        }
        open = true;
    }

    /**
     * Deals with what an earlier process has left, once it is known that the partner answers.
     *
     * @param current the delivery that a path would be now, or empty where there is no file
     * @param busy tells the paths of files that are being processed
     */
    void takeUp(Function<String, Optional<Delivery>> current, Predicate<String> busy) {
        PreMoves notes = preMoves;
        if (notes != null) {
            notes.takeUp(busy);
        }
        if (!takenUp) {
            // A file that could not be given its name back is as it was left: its record stays open.
            deliveries.takeUp(current, path -> notes != null && notes.isNoted(path));
            takenUp = true;
        }
    }

    /** Whether {@link #takeUp} will change nothing at the partner. */
    boolean haveNothingToTakeUp() {
        return preMoves == null && (takenUp || deliveries.isEmpty());
    }

    /** Removes what has expired in the work directory, at the first poll and then once a day. */
    void sweep(Path directory, FerryOptions options) {
        long now = nanos.getAsLong();
        if (sweptAt != null && now - sweptAt < EACH.toNanos()) {
            return;
        }
        sweptAt = now;
        Duration expiry = OptionValues.duration("partialExpiry", options.getPartialExpiry());
        try {
            int removed = Housekeeping.removeExpired(directory, options.getPartialSuffix(), expiry, Instant.now());
            if (removed > 0) {
                LOG.info("{}: {} files that nobody continued for {} were removed", directory, removed, expiry);
            }
        } catch (IOException e) {
            LOG.warn("{}: not everything that has expired could be removed: {}", directory, e.toString());
        }
    }

    void release() throws IOException {
        deliveries.release();
        PreMoves notes = preMoves;
        if (notes != null) {
            notes.close();
            preMoves = null;
        }
        open = false;
        takenUp = false;
    }
}
