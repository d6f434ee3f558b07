package io.ferry.campaign.kill;

import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A folder that Ferry runs in, the server it works with, and what is known of the files on their way. One route pulls
 * {@code outbound} into {@code inbox}, one pushes {@code outbox} to {@code inbound}.
 *
 * <p>Law: owns no process and no server; used by the test's thread, but for the maps.
 */
final class Site {

    /** A file as it was sent. */
    record Sample(long size, String sha256) {}

    /** What a pulled source's commit is. */
    enum Commit {
        DELETE("delete=true"),
        MOVE("move=.done");

        final String option;

        Commit(String option) {
            this.option = option;
        }
    }

    /** The same for all, so that a name sent twice is the same version; nobody takes it for a file still being written. */
    private static final FileTime LONG_AGO = FileTime.from(Instant.parse("2026-02-03T04:05:06Z"));

    static final int BIG = 3 << 20;
    /** How many files of each direction {@link #addFiles} brings. */
    static final int FILES = 4;

    private static final String ROUTES = """
            - route:
                id: pull
                autoStartup: "{{pull}}"
                from:
                  uri: "ferry-ftp:127.0.0.1:{{port}}/outbound?{{common}}&{{options}}"
                  steps:
                    - bean:
                        beanType: io.ferry.campaign.kill.Journal
                        method: begun
                    - to: "file:inbox"
                    - bean:
                        beanType: io.ferry.campaign.kill.Journal
                        method: stored
            - route:
                id: push
                autoStartup: "{{push}}"
                from:
                  uri: "file:outbox?move=.sent&initialDelay=0&delay=100"
                  steps:
                    - to: "ferry-ftp:127.0.0.1:{{port}}/inbound?{{common}}"
            """;

    final Path folder;
    final TestServer server;
    final FaultProxy proxy;
    final Path inbox;
    final Path outbox;
    final Path outbound;
    final Path inbound;
    final Map<String, Sample> pulled = new ConcurrentHashMap<>();
    final Map<String, Sample> pushed = new ConcurrentHashMap<>();

    Site(Path folder, TestServer server, FaultProxy proxy) throws IOException {
        this.folder = folder;
        this.server = server;
        this.proxy = proxy;
        inbox = Files.createDirectories(folder.resolve("inbox"));
        outbox = Files.createDirectories(folder.resolve("outbox"));
        outbound = Files.createDirectories(server.root().resolve("outbound"));
        inbound = Files.createDirectories(server.root().resolve("inbound"));
        for (Path directory : List.of(outbound, inbound)) {
            // Some servers' sessions run as another user.
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        }
        Files.createDirectories(folder.resolve("routes"));
        Files.writeString(folder.resolve("routes/kill.yaml"), ROUTES);
    }

    /** Settings for the next process. */
    void configure(boolean pull, boolean push, String options, String... more) throws IOException {
        List<String> lines = new ArrayList<>(List.of(
                "port=" + proxy.port(),
                "common=username=" + server.user() + "&password=RAW(" + server.password()
                        + ")&reconnectDelay=50&timeout=20000",
                "pull=" + pull,
                "push=" + push,
                "options=initialDelay=0&delay=100&" + options));
        lines.addAll(List.of(more));
        Files.write(folder.resolve("application.properties"), lines);
    }

    /** New files for both directions: a large one, small ones, an empty one. */
    void addFiles(int batch) throws IOException {
        for (int i = 0; i < FILES; i++) {
            int size = i == 0 ? BIG : i == 1 ? 0 : 100 * i + batch;
            String name = (i == 0 ? "big " : "small ") + batch + "-" + i + ".bin";
            send(outbound, name, size, 2L * (10 * batch + i), pulled);
            send(outbox, name, size, 2L * (10 * batch + i) + 1, pushed);
        }
    }

    /** Puts one file on its way to here. */
    void addRemote(String name, int size) throws IOException {
        send(outbound, name, size, name.hashCode(), pulled);
    }

    /** Puts one file on its way to the server. */
    void addLocal(String name, int size) throws IOException {
        send(outbox, name, size, name.hashCode(), pushed);
    }

    private static void send(Path directory, String name, int size, long seed, Map<String, Sample> known)
            throws IOException {
        Path file = Content.write(directory.resolveSibling("new-" + name), size, seed);
        Files.setLastModifiedTime(file, LONG_AGO);
        known.put(name, new Sample(size, Content.sha256(file)));
        Files.move(file, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    /** The record of deliveries. */
    Path record() {
        return inbox.resolve(".ferry/pull/deliveries");
    }

    /** Whether all sources have been dealt with, in both directions. */
    boolean isDone() {
        return files(outbound, 1).isEmpty() && files(outbox, 1).isEmpty();
    }

    /** The regular files up to so many levels below a directory, relative to it. */
    static List<String> files(Path directory, int depth) {
        while (true) {
            try (Stream<Path> paths = Files.walk(directory, depth)) {
                return paths.filter(Files::isRegularFile)
                        .map(path -> directory.relativize(path).toString())
                        .sorted()
                        .toList();
            } catch (IOException | java.io.UncheckedIOException e) {
                // Something went away while it was looked at.
                if (!Files.isDirectory(directory)) {
                    return List.of();
                }
            }
        }
    }
}
