package io.ferry.camel;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which files of a batch the route has had, written down before their commit takes them away: from then on one that is not there is
 * not missing.
 *
 * <p>Law: belongs to one consumer, owns its file; safe from any thread.
 */
final class BatchNotes implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(BatchNotes.class);

    private final boolean durable;
    private final KeyLog log;

    BatchNotes(boolean durable, Path directory, String owner) throws IOException {
        this.durable = durable;
        this.log = KeyLog.open(directory.resolve("batches"), owner);
    }

    private static String key(IncomingBatch batch, String name) {
        return String.join("\n", batch.path(), batch.version().hash(), name);
    }

    boolean isDone(IncomingBatch batch, String name) {
        return log.contains(key(batch, name));
    }

    void done(IncomingBatch batch, String name) {
        try {
            log.add(key(batch, name), durable);
        } catch (IOException e) {
            throw new GenericFileOperationFailedException(
                    "Local disk: that " + name + " of " + batch.path() + " was delivered cannot be noted: " + e, e);
        }
    }

    /** The manifest is gone. */
    void forget(String path) {
        remove(path + "\n", "");
    }

    /** The manifest has this version now: what is noted of others means nothing. */
    void forgetOthers(IncomingBatch batch) {
        remove(batch.path() + "\n", key(batch, ""));
    }

    private void remove(String prefix, String but) {
        for (String key : log.keys()) {
            if (key.startsWith(prefix) && (but.isEmpty() || !key.startsWith(but))) {
                try {
                    log.remove(key, false);
                } catch (IOException e) {
                    LOG.warn("A note of the batch {} stays: {}", prefix.strip(), e.toString());
                }
            }
        }
    }

    /** Forgets the batches whose manifests are gone. */
    void takeUp(FerryOperations operations) {
        log.keys().stream()
                .map(key -> key.substring(0, key.indexOf('\n')))
                .distinct()
                .filter(path -> !operations.existsFile(path))
                .forEach(this::forget);
    }

    @Override
    public void close() throws IOException {
        log.close();
    }
}
