package io.ferry.camel;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files that {@code preMove}, or {@code readLock=rename} for a moment, has renamed at the server, written down before each
 * rename, so that a process that dies in between strands none: they get their names back and are polled again.
 *
 * <p>Law: belongs to one consumer, owns its file; safe from any thread.
 */
final class PreMoves implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(PreMoves.class);

    private final FerryOperations operations;
    private final KeyLog log;

    PreMoves(FerryOperations operations, Path directory, String owner) throws IOException {
        this.operations = operations;
        this.log = KeyLog.open(directory.resolve("premoved"), owner);
    }

    /** What the stock strategy gets for its rename before the transfer. */
    FerryOperations operations() {
        return new Noting();
    }

    private final class Noting extends FerryOperations {

        Noting() {
            super(operations);
        }

        /** Nothing is deleted to make room. */
        @Override
        public boolean deleteFile(String name) {
            return false;
        }

        /** A read lock renames and names back at once; what lies under the old name meanwhile is not written over. */
        @Override
        public boolean renameFile(String from, String to) {
            if (existsFile(to)) {
                throw new GenericFileOperationFailedException(
                        from + " cannot be renamed before it is taken (preMove, readLock=rename): " + to
                                + " exists. Somebody has to look at it; the file stays where it is until then.");
            }
            if (log.contains(to + "\n" + from)) {
                undo(to, from);
                return true;
            }
            note(from, to);
            return super.renameFile(from, to);
        }
    }

    private void note(String from, String to) {
        try {
            log.add(from + "\n" + to, true);
        } catch (IOException e) {
            throw new GenericFileOperationFailedException("Local disk: preMove cannot be noted: " + e, e);
        }
    }

    /** The file is committed, or set aside: nothing has to be undone. */
    void forget(String from, String to) {
        try {
            log.remove(from + "\n" + to, false);
        } catch (IOException e) {
            LOG.warn("The note of a preMove of {} stays: {}", from, e.toString());
        }
    }

    /** A file gets its name back, so that the next poll finds it. */
    void undo(String from, String to) {
        operations.renameFile(to, from);
        forget(from, to);
    }

    /**
     * Gives the files back their names that an earlier process has left renamed.
     *
     * @param busy tells the original paths of files that are being processed now
     */
    void takeUp(Predicate<String> busy) {
        for (String key : log.keys()) {
            String[] names = key.split("\n", 2);
            if (busy.test(names[0])) {
                continue;
            }
            if (!operations.existsFile(names[1])) {
                forget(names[0], names[1]);
            } else if (!operations.existsFile(names[0])) {
                undo(names[0], names[1]);
                LOG.info("{} was left as {} and has its name back", names[0], names[1]);
            } else {
                LOG.warn("{} was left as {}; it waits until the new {} is gone", names[0], names[1], names[0]);
            }
        }
    }

    /** Whether the file of this path lies under another name. */
    boolean isNoted(String path) {
        return log.keys().stream().anyMatch(key -> key.startsWith(path + "\n"));
    }

    @Override
    public void close() throws IOException {
        log.close();
    }
}
