package io.ferry.campaign;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Stream;

/** A directory whose final names a {@link Watcher} looks at. Used by one thread, which closes it. */
interface WatchedFiles extends AutoCloseable {
    /** What tells one appearance of a name from another, and a change of it; null where nothing has that name. */
    Object state(String name) throws IOException;

    /** What stays the same while one file has the name; in memory, where content is all there is, a constant. */
    default Object identity(Object state) {
        return "";
    }

    /** The content as it is now; null where nothing has that name. */
    byte[] content(String name) throws IOException;

    /** Returns when something may have changed, after a few milliseconds at the latest. */
    void awaitChange() throws InterruptedException;

    @Override
    void close();

    /** The regular files of a tree, relative to it. */
    static List<String> tree(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .map(each -> directory.relativize(each).toString())
                    .sorted()
                    .toList();
        } catch (UncheckedIOException e) {
            // Something was removed meanwhile.
            return tree(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** On the disk: directory events wake the watcher, and since those can be lost it looks by itself, too. */
    final class OnDisk implements WatchedFiles {
        private final Path directory;
        private final WatchService events;

        /** What a rename, a write and a new file differ in. */
        private record State(Object file, long size, Object modified) {}

        OnDisk(Path directory) {
            this.directory = directory;
            try {
                events = FileSystems.getDefault().newWatchService();
                directory.register(events, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public Object state(String name) throws IOException {
            try {
                BasicFileAttributes file = Files.readAttributes(directory.resolve(name), BasicFileAttributes.class);
                return new State(Objects.requireNonNull(file.fileKey()), file.size(), file.lastModifiedTime());
            } catch (NoSuchFileException e) {
                return null;
            }
        }

        @Override
        public Object identity(Object state) {
            return ((State) state).file();
        }

        @Override
        public byte[] content(String name) throws IOException {
            try {
                return Files.readAllBytes(directory.resolve(name));
            } catch (NoSuchFileException e) {
                return null;
            }
        }

        @Override
        public void awaitChange() throws InterruptedException {
            WatchKey key = events.poll(5, TimeUnit.MILLISECONDS);
            if (key != null) {
                key.pollEvents();
                key.reset();
            }
        }

        @Override
        public void close() {
            try {
                events.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** In the memory of a server in this JVM, which has no events. */
    final class InMemory implements WatchedFiles {
        private final Function<String, byte[]> files;

        InMemory(Function<String, byte[]> files) {
            this.files = files;
        }

        @Override
        public Object state(String name) {
            byte[] content = content(name);
            return content == null ? null : java.util.Arrays.hashCode(content);
        }

        @Override
        public byte[] content(String name) {
            try {
                return files.apply(name);
            } catch (RuntimeException | AssertionError e) {
                // The server changes its map at this moment; the next look sees it.
                return null;
            }
        }

        @Override
        public void awaitChange() {
            LockSupport.parkNanos(5_000_000);
        }

        @Override
        public void close() {
            // nothing is open
        }
    }
}
