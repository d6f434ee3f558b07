package io.ferry.stream;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Syncs a partial behind the thread that fills it, so that the line and the disk work at the same time, and records how far
 * it came.
 *
 * <p>Law: used by the one thread that owns the partial; one run at a time, on a thread of the common pool. While a run may be
 * under way, nobody else writes the record: {@link #await} comes first.
 */
final class BackgroundSync {

    /**
     * So many bytes, and what comes during one run, are lost with the power at most. They are written to the disk before the
     * file is published anyway; at this distance the fixed cost of a sync, some milliseconds, does not show.
     */
    static final long EVERY = 64 << 20;

    private final Path partial;
    private final FileChannel channel;
    private @Nullable CompletableFuture<Long> running;

    BackgroundSync(Path partial, FileChannel channel) {
        this.partial = partial;
        this.channel = channel;
    }

    /**
     * Begins a run when enough bytes wait for one.
     *
     * @param synced so many bytes are on the disk, as far as the caller knows
     * @param length so many bytes are in the partial
     * @return how many are on the disk by now
     */
    long advance(long synced, long length) throws IOException {
        long reached = running != null && running.isDone() ? await(synced) : synced;
        if (running == null && length - reached >= EVERY) {
            running = CompletableFuture.supplyAsync(() -> run(length));
        }
        return reached;
    }

    /** Waits for a run that is under way; returns how many bytes are on the disk then. */
    long await(long synced) throws IOException {
        CompletableFuture<Long> run = running;
        if (run == null) {
            return synced;
        }
        running = null;
        try {
            return Math.max(synced, run.join());
        } catch (CompletionException e) {
            if (!(e.getCause() instanceof UncheckedIOException failure)) {
                throw e;
            }
            if (failure.getCause() instanceof ClosedChannelException) {
                // The owner was interrupted, which closes the channel.
                return synced;
            }
            throw failure.getCause();
        }
    }

    private long run(long length) {
        try {
            channel.force(false);
            PartialRecord.write(partial, length, true);
            return length;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
