package io.ferry.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Servers of Debian's packages, which conflict with each other as packages. What is installed is taken; what is not is
 * downloaded with apt and unpacked, not installed, into target/servers, with the libraries that it needs and this
 * machine lacks. That needs neither root nor free names, and is done once for a checkout. Owns nothing.
 */
final class DebianPackages {
    /** A program, the root of the tree that it lies in, and the folders of the libraries unpacked with it. */
    record Program(Path binary, Path tree, List<Path> libraries) {
        /** A file of the same package, under the absolute path that the package gives it. */
        Path file(String path) {
            return tree.resolve(path.substring(1));
        }

        /** The environment that it is to be started with. */
        Map<String, String> environment() {
            return libraries.isEmpty()
                    ? Map.of()
                    : Map.of(
                            "LD_LIBRARY_PATH",
                            libraries.stream().map(Path::toString).collect(Collectors.joining(":")));
        }
    }

    /** "Inst libx (1.2 …)"; a package that is there already would be upgraded: "Inst liby [1.1] (1.2 …)". */
    private static final Pattern NEW = Pattern.compile("^Inst (\\S+) \\(", Pattern.MULTILINE);

    private static final Map<String, Program> FOUND = new HashMap<>();
    private static final Map<String, String> MISSING = new HashMap<>();

    private DebianPackages() {}

    /** The program, or null where it is neither installed nor to be had. */
    static synchronized Program find(String path, String... packages) {
        if (!FOUND.containsKey(path) && !MISSING.containsKey(path)) {
            try {
                FOUND.put(path, search(path, List.of(packages)));
            } catch (IOException e) {
                MISSING.put(path, String.valueOf(e.getMessage()));
            }
        }
        return FOUND.get(path);
    }

    /** Why {@link #find} has not found it. */
    static synchronized String missing(String path) {
        return MISSING.getOrDefault(path, "");
    }

    /**
     * What a test does that cannot run: it is aborted with a line on the standard error, and fails when the environment
     * says CI=true.
     */
    static void cannotRun(String reason) {
        if ("true".equals(System.getenv("CI"))) {
            throw new AssertionError(reason);
        }
        System.err.println("##### TEST NOT RUN: " + reason + " #####");
        Assumptions.abort(reason);
    }

    private static Program search(String path, List<String> packages) throws IOException {
        Path installed = Path.of(path);
        if (Files.isExecutable(installed)) {
            return new Program(installed, Path.of("/"), List.of());
        }
        Path cache = Path.of(System.getProperty("basedir", System.getProperty("user.dir")), "target", "servers");
        Path tree = cache.resolve(packages.get(0));
        if (!Files.isDirectory(tree)) {
            Path draft = Files.createDirectories(cache).resolve("." + packages.get(0) + "-" + UUID.randomUUID());
            try {
                fetch(packages, draft);
                publish(draft, tree);
            } finally {
                Local.delete(draft);
            }
        }
        List<Path> libraries = new ArrayList<>(libraries(tree.resolve("usr/lib")));
        libraries.addAll(libraries(tree.resolve("lib")));
        return new Program(tree.resolve(path.substring(1)), tree, libraries);
    }

    private static List<Path> libraries(Path parent) throws IOException {
        if (!Files.isDirectory(parent)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(parent)) {
            return folders.filter(folder -> folder.getFileName().toString().contains("-linux-"))
                    .toList();
        }
    }

    /** Another JVM may have been faster. */
    private static void publish(Path draft, Path tree) throws IOException {
        try {
            Files.move(draft.resolve("tree"), tree);
        } catch (IOException e) {
            if (!Files.isDirectory(tree)) {
                throw e;
            }
        }
    }

    private static void fetch(List<String> packages, Path draft) throws IOException {
        Files.createDirectories(draft.resolve("tree"));
        List<String> ownLists = List.of(
                "-o", "Dir::State::lists=" + draft.resolve("lists"), "-o", "Dir::Cache=" + draft.resolve("cache"));
        try {
            download(packages, draft, List.of());
        } catch (IOException e) {
            // The machine's lists are missing or old, and only root may write them.
            Files.createDirectories(draft.resolve("lists/partial"));
            Files.createDirectories(draft.resolve("cache/archives/partial"));
            run(draft, command(ownLists, "update"));
            download(packages, draft, ownLists);
        }
        try (Stream<Path> files = Files.list(draft)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".deb")).toList()) {
                run(draft, List.of("dpkg-deb", "-x", file.toString(), "tree"));
            }
        }
    }

    private static void download(List<String> packages, Path draft, List<String> options) throws IOException {
        List<String> install = command(options, "install", "-s", "--no-install-recommends");
        install.addAll(packages);
        Matcher matcher = NEW.matcher(run(draft, install));
        List<String> download = command(options, "download");
        while (matcher.find()) {
            download.add(matcher.group(1));
        }
        run(draft, download);
    }

    private static List<String> command(List<String> options, String... more) {
        List<String> command = new ArrayList<>(List.of("apt-get", "-q"));
        command.addAll(options);
        command.addAll(List.of(more));
        return command;
    }

    private static String run(Path directory, List<String> command) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        process.getOutputStream().close();
        try (InputStream output = process.getInputStream()) {
            String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", command) + ": " + text.strip());
            }
            return text;
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("interrupted", e));
        }
    }
}
