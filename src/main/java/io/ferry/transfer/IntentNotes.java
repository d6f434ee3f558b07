package io.ferry.transfer;

import io.ferry.stream.Disk;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes of intent: which partial is about to get which final name. A note outlives the process, so that a file whose rename
 * happened is not sent again although nobody heard the reply, and even though the receiver has taken it already.
 *
 * <p>Law: one small file for each note, whole or absent; safe between the uploads of one process and of several, as long as no
 * two of them publish the same version at once. The one who sent the file removes its note once the source's own commit is
 * done.
 */
final class IntentNotes {

    private static final Logger LOG = LoggerFactory.getLogger(IntentNotes.class);
    private static final String SUFFIX = ".note";
    private static final String DIRECTORY = "sourceDirectory";

    private final @Nullable Path directory;

    /** The notes whose rename this process knows to have happened. A server that puts the partial back makes no difference then. */
    private final Set<Path> confirmed = ConcurrentHashMap.newKeySet();

    /**
     * What is about to happen.
     *
     * @param partner {@code user@host:port}
     * @param path the final path
     * @param version the hash of the source's fingerprint
     * @param partial the partial's path
     * @param aside where an existing file is put while it is replaced
     * @param written when, by the local clock
     * @param source the local file that is sent
     */
    record Note(
            String partner,
            String path,
            String version,
            String partial,
            String aside,
            Instant written,
            String source) {}

    /** Notes in a directory, or none at all. */
    IntentNotes(@Nullable Path directory) {
        this.directory = directory;
    }

    /** The note of this version on its way to this path, unless it is older than the expiry (zero for none). */
    Optional<Note> find(String partner, String path, String version, Duration expiry) throws IOException {
        Path file = file(partner, path, version);
        Optional<Note> note = file == null ? Optional.empty() : read(file);
        if (file != null && note.filter(each -> isExpired(each, expiry)).isPresent()) {
            confirmed.remove(file);
            Files.deleteIfExists(file);
            return Optional.empty();
        }
        return note.filter(each -> each.partner().equals(partner)
                && each.path().equals(path)
                && each.version().equals(version));
    }

    /**
     * Writes a note down.
     *
     * @param durable whether it is on the disk when this returns
     */
    void write(Note note, boolean durable) throws IOException {
        Path file = file(note.partner(), note.path(), note.version());
        if (file == null) {
            return;
        }
        confirmed.remove(file);
        Path home = Objects.requireNonNull(file.toAbsolutePath().getParent());
        if (!Files.isDirectory(home, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(home);
            Disk.refuseLink(home);
        }
        Path draft = file.resolveSibling(file.getFileName() + ".new");
        boolean written = false;
        try {
            try (FileChannel channel = create(draft)) {
                ByteBuffer text = ByteBuffer.wrap(text(note).getBytes(StandardCharsets.UTF_8));
                while (text.hasRemaining()) {
                    channel.write(text);
                }
                if (durable) {
                    channel.force(true);
                }
            }
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            written = true;
        } finally {
            if (!written) {
                Files.deleteIfExists(draft);
            }
        }
        if (durable) {
            Disk.sync(home);
        }
    }

    /**
     * The file that a note is written to first. It has the same name each time: what a killed process has left of it makes room
     * for the next one. Made anew, so that nothing that lies there, such as a symbolic link, is written through.
     */
    private static FileChannel create(Path draft) throws IOException {
        try {
            return FileChannel.open(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (FileAlreadyExistsException e) {
            Files.deleteIfExists(draft);
            return FileChannel.open(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        }
    }

    /** What a note that was written tells has happened: the server has said so. */
    void confirm(String partner, String path, String version) {
        Path file = file(partner, path, version);
        if (file != null) {
            confirmed.add(file);
        }
    }

    boolean isConfirmed(Note note) {
        Path file = file(note.partner(), note.path(), note.version());
        return file != null && confirmed.contains(file);
    }

    /** Forgets a note; one that is not there is forgotten already. */
    void remove(String partner, String path, String version) throws IOException {
        Path file = file(partner, path, version);
        if (file != null) {
            confirmed.remove(file);
            Files.deleteIfExists(file);
        }
    }

    /** Forgets a note so that no power failure brings it back: for one that is about to turn untrue. */
    void removeForGood(String partner, String path, String version) throws IOException {
        Path home = directory;
        Path file = file(partner, path, version);
        if (home != null && file != null && Files.exists(file)) {
            remove(partner, path, version);
            Disk.sync(home);
        }
    }

    /** Whether a note that has not expired speaks of this partial. Removes those that have. */
    boolean speaksOf(String partner, String partial, Duration expiry) throws IOException {
        Path home = directory;
        if (home == null || !Files.isDirectory(home, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        List<Path> files = files(home);
        boolean speaks = false;
        for (Path file : files) {
            Optional<Note> note = read(file);
            if (note.isPresent() && isExpired(note.get(), expiry)) {
                Files.deleteIfExists(file);
            } else {
                speaks |= note.filter(each ->
                                each.partner().equals(partner) && each.partial().equals(partial))
                        .isPresent();
            }
        }
        return speaks;
    }

    /**
     * Forgets the notes of files that are gone: their drops were committed, and only a process that was killed right then has
     * left them. Where the directory is another one than when the note was written, such as the empty mount point of a file
     * system that is not mounted, the file may only be missing for a while, and the note stays until it expires.
     */
    void removeOfGoneSources() throws IOException {
        if (directory == null || !Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        for (Path file : files(directory)) {
            Optional<Properties> noted = properties(file);
            if (read(file).isPresent() && noted.isPresent()) {
                Path source = Path.of(value(noted.get(), "source"));
                String home = directoryKey(source);
                boolean isSameHome = !home.isEmpty() && home.equals(noted.get().getProperty(DIRECTORY));
                if (isSameHome && !Files.exists(source)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /** What tells the directory of a file from another that lies under its path; empty where nothing does. */
    private static String directoryKey(Path file) {
        try {
            Path home = file.toAbsolutePath().getParent();
            Object key = Files.readAttributes(home == null ? file : home, BasicFileAttributes.class)
                    .fileKey();
            return key == null ? "" : key.toString();
        } catch (IOException e) {
            return "";
        }
    }

    private static List<Path> files(Path home) throws IOException {
        try (Stream<Path> all = Files.list(home)) {
            return all.filter(each -> each.toString().endsWith(SUFFIX)).toList();
        }
    }

    private static boolean isExpired(Note note, Duration expiry) {
        return !expiry.isZero() && note.written().plus(expiry).isBefore(Instant.now());
    }

    private @Nullable Path file(String partner, String path, String version) {
        if (directory == null) {
            return null;
        }
        return directory.resolve(Fingerprint.hash(String.join("\n", partner, path, version)) + SUFFIX);
    }

    /** As {@link Properties#load} reads it; {@link Properties#store} would spell out the date of each note. */
    private static String text(Note note) {
        StringBuilder text = new StringBuilder();
        add(text, "partner", note.partner());
        add(text, "path", note.path());
        add(text, "version", note.version());
        add(text, "partial", note.partial());
        add(text, "aside", note.aside());
        add(text, "written", note.written().toString());
        add(text, "source", note.source());
        add(text, DIRECTORY, directoryKey(Path.of(note.source())));
        return text.toString();
    }

    private static void add(StringBuilder text, String key, String value) {
        String escaped = value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
        // Blanks between a key and its value are passed over.
        String begin = !value.isEmpty() && " \t\f".indexOf(value.charAt(0)) >= 0 ? "=\\" : "=";
        text.append(key).append(begin).append(escaped).append('\n');
    }

    private static Optional<Properties> properties(Path file) throws IOException {
        // Most files have no note.
        if (Disk.isMissing(file) || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        try {
            Properties properties = new Properties();
            properties.load(new StringReader(Files.readString(file)));
            return Optional.of(properties);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static Optional<Note> read(Path file) throws IOException {
        try {
            Optional<Properties> text = properties(file);
            if (text.isEmpty()) {
                return Optional.empty();
            }
            Properties properties = text.get();
            return Optional.of(new Note(
                    value(properties, "partner"),
                    value(properties, "path"),
                    value(properties, "version"),
                    value(properties, "partial"),
                    value(properties, "aside"),
                    Instant.parse(value(properties, "written")),
                    value(properties, "source")));
        } catch (IllegalArgumentException | DateTimeException e) {
            LOG.warn("{} is no note of intent and is left alone: {}", file, e.toString());
            return Optional.empty();
        }
    }

    private static String value(Properties properties, String key) {
        String value = properties.getProperty(key);
        if (value == null) {
            throw new IllegalArgumentException(key + " is missing");
        }
        return value;
    }
}
