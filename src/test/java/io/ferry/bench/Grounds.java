package io.ferry.bench;

import io.ferry.testkit.Content;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The directories of a run on one medium: what the server serves, and the client's side. Each set of files is made once and
 * kept; targets are emptied before each run of a contender. {@link #close} deletes everything.
 */
final class Grounds implements AutoCloseable {
    private final Path base;
    private final boolean disk;
    private final Thread hook = new Thread(this::deleteAll, "ferry-bench-grounds-hook");

    Grounds(Path parent, boolean disk) {
        this.disk = disk;
        try {
            Files.createDirectories(parent);
            base = Files.createTempDirectory(parent, "ferry-bench-");
            Runtime.getRuntime().addShutdownHook(hook);
            Files.createDirectories(served());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the server sees as its root. */
    Path served() {
        return base.resolve("server");
    }

    Path client() {
        return base.resolve("client");
    }

    /** An empty target, the files at their source, and nothing on its way to the disk. */
    Job prepare(Scene scene, Server server) throws IOException, InterruptedException {
        String set = scene.files() + "x" + scene.size();
        Path source = (scene.down() ? served() : client()).resolve("out-" + set);
        make(source, scene);
        Path target = (scene.down() ? client() : served()).resolve("in");
        empty(target);
        Path scratch = client().resolve("scratch");
        empty(scratch);
        if (disk) {
            new ProcessBuilder("sync").start().waitFor();
        }
        return new Job(
                scene.down(),
                server.host(),
                server.port(),
                server.user(),
                server.password(),
                scene.down() ? source.getFileName().toString() : "in",
                scene.down() ? target : source,
                scene.files(),
                scene.size(),
                server.trust(),
                scratch);
    }

    /** The files an hour old, so that no client has to doubt their times. */
    private static void make(Path source, Scene scene) throws IOException {
        if (Files.isDirectory(source)) {
            clean(source);
            return;
        }
        Path draft = Files.createDirectories(source.resolveSibling("." + source.getFileName()));
        FileTime hour = FileTime.from(Instant.now().minusSeconds(3600));
        for (int i = 0; i < scene.files(); i++) {
            Files.setLastModifiedTime(Content.write(draft.resolve(Job.name(i)), scene.size(), i), hour);
        }
        Files.move(draft, source);
    }

    /** What a client wrote down beside the files that it sent. */
    private static void clean(Path source) throws IOException {
        try (Stream<Path> entries = Files.list(source)) {
            for (Path each : (Iterable<Path>) entries::iterator) {
                if (each.getFileName().toString().startsWith(".")) {
                    delete(each);
                }
            }
        }
    }

    /** Throws unless the target holds exactly the source's files, with the same bytes. */
    void verify(Scene scene) throws IOException {
        Path source = (scene.down() ? served() : client()).resolve("out-" + scene.files() + "x" + scene.size());
        Path target = (scene.down() ? client() : served()).resolve("in");
        Set<String> found = new HashSet<>(names(target));
        for (int i = 0; i < scene.files(); i++) {
            String name = Job.name(i);
            if (!found.remove(name)) {
                throw new IllegalStateException("missing: " + name);
            }
            long different = Files.mismatch(source.resolve(name), target.resolve(name));
            if (different >= 0) {
                throw new IllegalStateException(name + " differs at byte " + different);
            }
        }
        if (!found.isEmpty()) {
            throw new IllegalStateException("nobody asked for " + found);
        }
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(each -> each.getFileName().toString())
                    .filter(each -> !each.startsWith("."))
                    .toList();
        }
    }

    static void empty(Path directory) throws IOException {
        delete(directory);
        Files.createDirectories(directory);
    }

    static void delete(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(hook);
        deleteAll();
    }

    private void deleteAll() {
        try {
            delete(base);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
