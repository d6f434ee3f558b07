package io.ferry.testkit;

import io.ferry.testkit.ScriptedServer.Handler;
import io.ferry.testkit.ScriptedServer.Session;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The commands of a {@link ScriptedServer} that have to do with files, on a directory: as RFC 3659 has them, and safe. A
 * restart offset beyond the end is refused, an upload that begins in a file cuts its tail, and what arrived of a broken
 * one stays. Owns nothing; the map of renames ends with the server.
 */
final class DirectoryFiles {
    static final List<String> FEATURES = List.of(
            "SIZE", "MDTM", "MFMT", "REST STREAM", "EPSV", "MLST type*;size*;modify*;unique*;", "HASH SHA-256*");

    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMddHHmmss", Locale.ROOT);
    private static final DateTimeFormatter LISTED = DateTimeFormatter.ofPattern("MMM dd  yyyy", Locale.ROOT);
    private static final String MISSING = "550 No such file.";

    private final Path root;
    private final Map<Session, Path> renamed = new ConcurrentHashMap<>();

    DirectoryFiles(Path root) {
        this.root = root;
    }

    /** What deals with a command on one path. */
    @FunctionalInterface
    private interface Action {
        String run(Session session, Path path) throws IOException;
    }

    void install(Map<String, Handler> standard) {
        onFile(standard, "SIZE", (session, file) -> "213 " + Files.size(file));
        onFile(standard, "MDTM", (session, file) -> "213 " + stamp(file));
        onFile(
                standard,
                "HASH",
                (session, file) ->
                        "213 SHA-256 0-" + Files.size(file) + " " + Content.sha256(file) + " " + file.getFileName());
        onFile(standard, "DELE", (session, file) -> {
            Files.delete(file);
            return "250 Deleted.";
        });
        onFile(standard, "RETR", this::retrieve);
        on(standard, "STOR", (session, file) -> store(session, file, false));
        on(standard, "APPE", (session, file) -> store(session, file, true));
        on(standard, "RNFR", (session, path) -> {
            if (!Files.exists(path)) {
                return MISSING;
            }
            renamed.put(session, path);
            return "350 And to?";
        });
        on(standard, "RNTO", (session, path) -> {
            Path from = renamed.remove(session);
            if (from == null) {
                return "503 RNFR first.";
            }
            Files.move(from, path, StandardCopyOption.ATOMIC_MOVE);
            return "250 Renamed.";
        });
        on(standard, "MKD", (session, path) -> {
            Files.createDirectory(path);
            return "257 \"" + shown(path) + "\"";
        });
        on(standard, "RMD", (session, path) -> {
            Files.delete(path);
            return "250 Removed.";
        });
        on(standard, "CWD", (session, path) -> {
            if (!Files.isDirectory(path)) {
                return "550 No such directory.";
            }
            session.enter(shown(path));
            return "250 Done.";
        });
        standard.put("MFMT", (session, argument) -> {
            String[] parts = argument.split(" ", 2);
            return guarded(session, parts.length < 2 ? "" : parts[1], (same, file) -> {
                FileTime time =
                        FileTime.from(LocalDateTime.parse(parts[0], STAMP).toInstant(ZoneOffset.UTC));
                Files.setLastModifiedTime(file, time);
                return "213 Modify=" + parts[0] + "; " + parts[1];
            });
        });
        on(
                standard,
                "MLST",
                (session, path) ->
                        Files.exists(path) ? "250-Facts\r\n " + facts(path) + shown(path) + "\r\n250 End" : MISSING);
        standard.put("MLSD", (session, argument) -> list(session, argument, path -> facts(path) + path.getFileName()));
        standard.put("LIST", (session, argument) -> list(session, argument, DirectoryFiles::line));
        standard.put(
                "NLST",
                (session, argument) ->
                        list(session, argument, path -> path.getFileName().toString()));
    }

    private void onFile(Map<String, Handler> standard, String verb, Action action) {
        on(standard, verb, (session, file) -> Files.isRegularFile(file) ? action.run(session, file) : MISSING);
    }

    private void on(Map<String, Handler> standard, String verb, Action action) {
        standard.put(verb, (session, argument) -> guarded(session, argument, action));
    }

    private String guarded(Session session, String argument, Action action) throws IOException {
        try {
            return action.run(session, real(session, argument));
        } catch (java.nio.file.FileSystemException e) {
            return "550 " + e.getClass().getSimpleName() + ".";
        } catch (DateTimeParseException e) {
            return "501 No such time.";
        }
    }

    private Path real(Session session, String argument) {
        return root.resolve(Path.of("/").relativize(Path.of(session.resolve(argument))));
    }

    private String shown(Path path) {
        return "/" + root.relativize(path);
    }

    private String retrieve(Session session, Path file) throws IOException {
        long from = session.takeRest();
        if (from > Files.size(file)) {
            return "554 The restart offset is beyond the end.";
        }
        try (InputStream in = Files.newInputStream(file)) {
            in.skipNBytes(from);
            session.reply("150 Here it comes.");
            return moved(session, () -> in.transferTo(session.openData().getOutputStream()));
        }
    }

    private String store(Session session, Path file, boolean append) throws IOException {
        long rest = session.takeRest();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            long from = append ? channel.size() : rest;
            if (from > channel.size()) {
                return "554 The restart offset is beyond the end.";
            }
            channel.truncate(from).position(from);
            OutputStream out = Channels.newOutputStream(channel);
            session.reply("150 Send it.");
            return moved(session, () -> session.openData().getInputStream().transferTo(out));
        }
    }

    @FunctionalInterface
    private interface Move {
        void run() throws IOException;
    }

    private static String moved(Session session, Move move) {
        try {
            move.run();
            return "226 Transfer complete.";
        } catch (IOException e) {
            return "426 The data connection broke.";
        } finally {
            session.closeData();
        }
    }

    @FunctionalInterface
    private interface Format {
        String of(Path path) throws IOException;
    }

    private String list(Session session, String argument, Format format) throws IOException {
        Path directory = real(session, argument.startsWith("-") ? "" : argument);
        if (!Files.exists(directory)) {
            return MISSING;
        }
        List<Path> files;
        try (Stream<Path> all = Files.isDirectory(directory) ? Files.list(directory) : Stream.of(directory)) {
            files = all.sorted().toList();
        }
        StringBuilder text = new StringBuilder();
        for (Path file : files) {
            try {
                text.append(format.of(file)).append('\n');
            } catch (java.nio.file.NoSuchFileException ignored) {
                // gone meanwhile
            }
        }
        session.sendLines(text.toString().lines().toList());
        return null;
    }

    private static String stamp(Path file) throws IOException {
        return STAMP.format(Files.getLastModifiedTime(file).toInstant().atOffset(ZoneOffset.UTC));
    }

    private static String facts(Path path) throws IOException {
        return "type=" + (Files.isDirectory(path) ? "dir" : "file") + ";size=" + Files.size(path) + ";modify="
                + stamp(path) + ";unique=" + Files.getAttribute(path, "unix:ino") + "; ";
    }

    private static String line(Path path) throws IOException {
        return (Files.isDirectory(path) ? "drwxr-xr-x" : "-rw-r--r--") + " 1 ferry ferry " + Files.size(path) + " "
                + LISTED.format(Files.getLastModifiedTime(path).toInstant().atOffset(ZoneOffset.UTC)) + " "
                + path.getFileName();
    }
}
