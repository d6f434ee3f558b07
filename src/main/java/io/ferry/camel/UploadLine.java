package io.ferry.camel;

import io.ferry.transfer.Place;
import java.io.Closeable;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.apache.camel.util.FileUtil;

/**
 * The uploads of one producer, in the order in which their messages came: who appears on the server first, and who waits for
 * another to the same path.
 *
 * <p>Law: belongs to one producer, safe from any thread. Whoever takes a place closes it, however the upload ends. A place waits
 * for earlier ones only, and each of those has a thread that is at work on it, so that nobody waits for ever.
 */
final class UploadLine {

    private static final long LOOK_AGAIN = 100;

    private final BooleanSupplier awaited;
    private final List<Entry> entries = new ArrayList<>();

    /**
     * A line without uploads.
     *
     * @param awaited whether somebody with a further upload waits for one of the line to end
     */
    UploadLine(BooleanSupplier awaited) {
        this.awaited = awaited;
    }

    /**
     * Takes the last place.
     *
     * @param ordered whether it appears on the server after the earlier ones that are ordered
     * @param writes the paths that nobody else may write meanwhile
     * @param doneFile the path of the done file, empty for none
     */
    synchronized Entry enter(boolean ordered, Set<String> writes, String doneFile) {
        Entry entry = new Entry(
                ordered, writes.stream().map(UploadLine::key).toList(), doneFile.isEmpty() ? "" : key(doneFile));
        entries.add(entry);
        return entry;
    }

    synchronized boolean isEmpty() {
        return entries.isEmpty();
    }

    private static String key(String path) {
        return FileUtil.compactPath(path.replace('\\', '/'), '/');
    }

    private synchronized boolean noneBefore(Entry entry, Predicate<Entry> inTheWay) {
        return entries.subList(0, Math.max(0, entries.indexOf(entry))).stream().noneMatch(inTheWay);
    }

    private synchronized void awaitNoneBefore(Entry entry, Predicate<Entry> inTheWay, BooleanSupplier stop)
            throws InterruptedIOException {
        while (!noneBefore(entry, inTheWay)) {
            if (stop.getAsBoolean()) {
                throw new InterruptedIOException("stopped while it waited for an earlier upload");
            }
            try {
                wait(LOOK_AGAIN);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("stopped while it waited for an earlier upload");
            }
        }
    }

    /**
     * One place in the line.
     *
     * <p>Law: held by the thread that sends, which closes it.
     */
    final class Entry implements Place, Closeable {

        private final boolean ordered;
        private final List<String> writes;
        private final String doneFile;
        private boolean atWork;

        private Entry(boolean ordered, List<String> writes, String doneFile) {
            this.ordered = ordered;
            this.writes = writes;
            this.doneFile = doneFile;
        }

        /** Waits until no earlier upload writes one of the same paths. */
        void awaitPaths(BooleanSupplier stop) throws InterruptedIOException {
            awaitNoneBefore(
                    this,
                    earlier -> writes.stream()
                            .anyMatch(path -> earlier.writes.contains(path) || earlier.doneFile.equals(path)),
                    stop);
        }

        /** Waits until no earlier upload writes the same done file: what it speaks of has arrived then. */
        void awaitDoneFile(BooleanSupplier stop) throws InterruptedIOException {
            awaitNoneBefore(
                    this, earlier -> earlier.doneFile.equals(doneFile) || earlier.writes.contains(doneFile), stop);
        }

        @Override
        public boolean isNext() {
            return !ordered || noneBefore(this, earlier -> earlier.ordered);
        }

        @Override
        public void awaitNext(BooleanSupplier stop) throws InterruptedIOException {
            awaitNoneBefore(this, earlier -> ordered && earlier.ordered, stop);
        }

        @Override
        public void atWork(boolean hasSession) {
            synchronized (UploadLine.this) {
                atWork = hasSession;
            }
        }

        @Override
        public boolean areOthersAtWork() {
            synchronized (UploadLine.this) {
                return entries.stream().anyMatch(other -> other != this && other.atWork);
            }
        }

        @Override
        public boolean isFollowed() {
            return awaited.getAsBoolean();
        }

        @Override
        public void close() {
            synchronized (UploadLine.this) {
                entries.remove(this);
                UploadLine.this.notifyAll();
            }
        }
    }
}
