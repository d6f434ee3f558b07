package io.ferry.camel;

import io.ferry.transfer.Fingerprint;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sidecars of files whose commit has begun: each follows its file, deleted or moved, once that is gone. A file without its
 * sidecar would wait for ever, a sidecar without its file holds up nobody: so the file goes first. What is to follow is written down before, so
 * that a process that dies in between leaves nothing.
 *
 * <p>Law: belongs to one consumer, owns its file; safe from any thread.
 */
final class Sidecars implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(Sidecars.class);

    private final FerryOperations operations;
    private final String suffix;
    private final boolean durable;
    private final KeyLog log;

    /**
     * What is to follow.
     *
     * @param path the file, as it was listed
     * @param version the hash of the sidecar's fingerprint; another one is not of this file
     * @param target what the file is called once it is moved, empty where it is deleted
     */
    private record Note(String path, String version, String target) {

        private static final int PARTS = 3;

        String key() {
            return String.join("\n", path, version, target);
        }

        static Note of(String key) {
            String[] parts = key.split("\n", PARTS);
            return new Note(parts[0], parts[1], parts[2]);
        }
    }

    Sidecars(FerryOperations operations, String suffix, boolean durable, Path directory, String owner)
            throws IOException {
        this.operations = operations;
        this.suffix = suffix;
        this.durable = durable;
        this.log = KeyLog.open(directory.resolve("sidecars"), owner);
    }

    /** The file's commit begins. */
    void delivering(FerryFile file) {
        Fingerprint sidecar = file.checksum().sidecar();
        if (sidecar != null) {
            replace(new Note(file.listedPath(), sidecar.hash(), ""));
        }
    }

    /** The operations that move a file, and tell what it is called then. */
    ArchiveOperations archive(FerryFile file, FerryOperations operationsToMove) {
        return new ArchiveOperations(operationsToMove) {
            @Override
            void renaming(String to) {
                noted(file.listedPath()).ifPresent(note -> replace(new Note(note.path(), note.version(), to)));
            }
        };
    }

    /**
     * The file's commit has ended.
     *
     * @param taken whether it was this commit that took the file away
     */
    void committed(String path, boolean taken) {
        Optional<Note> note = noted(path);
        if (note.isPresent()) {
            if (taken) {
                follow(note.get());
            }
            forget(note.get());
        }
    }

    /**
     * Deals with what a commit has left that was cut off.
     *
     * @param busy tells the paths of files that are being processed now
     */
    void takeUp(Predicate<String> busy) {
        for (String key : log.keys()) {
            Note note = Note.of(key);
            if (!busy.test(note.path()) && !operations.existsFile(note.path())) {
                boolean moved = !note.target().isEmpty() && operations.existsFile(note.target());
                if (note.target().isEmpty() || moved) {
                    follow(note);
                }
                forget(note);
            }
        }
    }

    private void follow(Note note) {
        String sidecar = note.path() + suffix;
        Fingerprint now = operations.fingerprint(sidecar).orElse(null);
        if (now == null || !now.hash().equals(note.version())) {
            LOG.debug("{}: {} is not the one that {} was compared with", operations.partner(), sidecar, note.path());
        } else if (note.target().isEmpty()) {
            operations.deleteFile(sidecar);
        } else {
            new ArchiveOperations(operations).renameFile(sidecar, note.target() + suffix);
        }
    }

    private Optional<Note> noted(String path) {
        List<String> keys = log.keys();
        return keys.stream()
                .filter(key -> key.startsWith(path + "\n"))
                .map(Note::of)
                .findFirst();
    }

    private void replace(Note note) {
        Note earlier = noted(note.path()).orElse(null);
        if (note.equals(earlier)) {
            return;
        }
        try {
            log.add(note.key(), durable);
        } catch (IOException e) {
            throw new GenericFileOperationFailedException(
                    "Local disk: the sidecar of " + note.path() + " cannot be noted: " + e, e);
        }
        forget(earlier);
    }

    private void forget(@Nullable Note note) {
        try {
            if (note != null) {
                log.remove(note.key(), false);
            }
        } catch (IOException e) {
            LOG.warn("The note of the sidecar of {} stays: {}", note.path(), e.toString());
        }
    }

    @Override
    public void close() throws IOException {
        log.close();
    }
}
