package io.ferry.campaign.kill;

import io.ferry.testkit.Content;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Looks at every final name the moment it appears in a directory, and at every change of it: it must show the whole file. As a
 * quick receiver it can also take each file away at once; a file that appears again after that has been delivered twice.
 *
 * <p>Law: owns one thread and one watch, until closed. Hidden names are not final.
 */
final class Arrivals implements AutoCloseable {

    private final Path directory;
    private final Path takenTo;
    private final Map<String, Site.Sample> expected;
    private final Map<String, Integer> seen = new ConcurrentHashMap<>();
    private final List<String> wrong = new CopyOnWriteArrayList<>();
    private final WatchService service;
    private final Thread thread;

    /**
     * Watches from now on.
     *
     * @param expected what may appear, by name; may grow meanwhile
     * @param takenTo where arrived files go at once, on the same file system, or null to leave them
     */
    Arrivals(Path directory, Map<String, Site.Sample> expected, Path takenTo) {
        this.directory = directory;
        this.expected = expected;
        this.takenTo = takenTo;
        try {
            service = directory.getFileSystem().newWatchService();
            directory.register(service, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        thread = new Thread(this::watch, "ferry-arrivals");
        thread.start();
    }

    /** How often each name has appeared. */
    Map<String, Integer> seen() {
        return Map.copyOf(seen);
    }

    /** What was wrong so far, empty when nothing was. */
    List<String> wrong() {
        return List.copyOf(wrong);
    }

    private void watch() {
        try {
            while (true) {
                WatchKey key = service.take();
                for (WatchEvent<?> event : key.pollEvents()) {
                    if (event.kind() == StandardWatchEventKinds.OVERFLOW) {
                        wrong.add(directory + ": events were lost, so nothing is known");
                    } else {
                        look(event.context().toString(), event.kind() == StandardWatchEventKinds.ENTRY_CREATE);
                    }
                }
                key.reset();
            }
        } catch (InterruptedException | ClosedWatchServiceException e) {
            // closed
        } catch (IOException | RuntimeException e) {
            wrong.add(directory + ": the watch failed: " + e);
        }
    }

    private void look(String name, boolean appeared) throws IOException {
        Path file = directory.resolve(name);
        if (name.startsWith(".") || Files.isDirectory(file)) {
            return;
        }
        if (appeared) {
            seen.merge(name, 1, Integer::sum);
        }
        Site.Sample sample = expected.get(name);
        if (sample == null) {
            wrong.add(file + " appeared, which nobody sent");
            return;
        }
        try {
            String sha256 = Content.sha256(file);
            if (!sha256.equals(sample.sha256())) {
                wrong.add(file + " shows " + sha256 + " (now " + Files.size(file) + " bytes) and should show "
                        + sample.sha256() + " (" + sample.size() + " bytes)");
            }
            if (takenTo != null && appeared) {
                Files.move(file, takenTo.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (UncheckedIOException e) {
            if (!(e.getCause() instanceof NoSuchFileException)) {
                throw e;
            }
            // An event of a file that was taken meanwhile.
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            service.close();
            thread.join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
