package io.ferry.transfer;

import io.ferry.stream.Disk;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who sends: one running process with one work directory. Its id stands in the name of each partial on a server, so that two
 * installations never write one partial, and survives a restart in the file {@code installation} of the work directory. That
 * file is locked while the process lives; a second process on the same work directory takes {@code installation-2}, and so on.
 *
 * <p>Law: shared by all who use one work directory in this process, safe from any thread; the last one to close it gives the
 * file free.
 */
public final class Installation implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(Installation.class);

    private static final String FILE = "installation";
    private static final int MOST_PROCESSES = 64;
    private static final int MOST_REMEMBERED = 10_000;
    private static final Pattern ID = Pattern.compile("[0-9a-f]{8}");

    private static final Map<Path, Installation> IN_USE = new HashMap<>();
    private static final Set<Path> WARNED = new HashSet<>();
    private static final Installation OF_PROCESS = new Installation(null, newId(), null);

    private final @Nullable Path file;
    private final @Nullable Path workDirectory;
    private final String id;
    private final @Nullable FileChannel locked;
    private final IntentNotes notes;
    private final Set<String> claimed = ConcurrentHashMap.newKeySet();
    private final Map<String, Long> remembered = new Memory<>();
    private final Map<String, String> renewed = new Memory<>();

    private int users;

    private Installation(@Nullable Path file, String id, @Nullable FileChannel locked) {
        this.file = file;
        this.workDirectory = file == null ? null : file.getParent();
        this.id = id;
        this.locked = locked;
        this.notes = new IntentNotes(workDirectory == null ? null : workDirectory.resolve("outgoing"));
    }

    /** Forgets what has not been asked for the longest. */
    private static final class Memory<T> extends LinkedHashMap<String, T> {
        private static final long serialVersionUID = 1L;

        Memory() {
            super(16, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, T> eldest) {
            return size() > MOST_REMEMBERED;
        }
    }

    /** A remote path with one writer, until closed. */
    interface Claim extends AutoCloseable {
        @Override
        void close();
    }

    /** One that lasts as long as this process and writes no notes. */
    public static Installation ofProcess() {
        return OF_PROCESS;
    }

    /**
     * The installation of a work directory, which is made where it is missing. Each call is paired with one of {@link #close}.
     *
     * @return {@link #ofProcess()}, with a warning, where the directory cannot be written
     */
    public static Installation of(Path workDirectory) {
        synchronized (IN_USE) {
            try {
                Path real = Files.createDirectories(workDirectory).toRealPath();
                Installation installation = IN_USE.get(real);
                if (installation == null) {
                    installation = open(real);
                    IN_USE.put(real, installation);
                }
                installation.users++;
                return installation;
            } catch (IOException e) {
                if (WARNED.add(workDirectory.toAbsolutePath())) {
                    LOG.warn(
                            "The work directory {} cannot be written ({}): partials on servers that this process leaves behind"
                                    + " are not known to be its own after a restart, and a file whose upload is cut at its very"
                                    + " end may be sent again",
                            workDirectory,
                            e.toString());
                }
                return OF_PROCESS;
            }
        }
    }

    private static Installation open(Path directory) throws IOException {
        for (int number = 1; number <= MOST_PROCESSES; number++) {
            Path file = directory.resolve(number == 1 ? FILE : FILE + "-" + number);
            Disk.refuseLink(file);
            FileChannel channel = FileChannel.open(
                    file,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    LinkOption.NOFOLLOW_LINKS);
            boolean mine = false;
            try {
                mine = isLocked(channel);
                if (mine) {
                    Installation installation = new Installation(file, readOrWrite(channel, directory), channel);
                    installation.notes.removeOfGoneSources();
                    return installation;
                }
            } catch (IOException | RuntimeException e) {
                mine = false;
                throw e;
            } finally {
                if (!mine) {
                    channel.close();
                }
            }
        }
        throw new IOException("over " + MOST_PROCESSES + " processes use it");
    }

    /** The lock ends with the channel, at the latest with the process. */
    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            // Another class loader of this process holds it.
            return false;
        }
    }

    /** An id that a crash left half-written was never used, since it is used only once it is on the disk. */
    private static String readOrWrite(FileChannel channel, Path directory) throws IOException {
        Optional<String> kept = read(channel);
        if (kept.isPresent()) {
            return kept.get();
        }
        String id = newId();
        channel.truncate(0);
        ByteBuffer text = ByteBuffer.wrap((id + "\n").getBytes(StandardCharsets.US_ASCII));
        while (text.hasRemaining()) {
            channel.write(text, text.position());
        }
        channel.force(true);
        Disk.sync(directory);
        return id;
    }

    private static Optional<String> read(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(64);
        int count = 0;
        for (long at = 0; count >= 0 && text.hasRemaining(); at += Math.max(count, 0)) {
            count = channel.read(text, at);
        }
        return id(new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII));
    }

    private static Optional<String> id(String text) {
        String stripped = text.strip();
        return text.endsWith("\n") && ID.matcher(stripped).matches() ? Optional.of(stripped) : Optional.empty();
    }

    private static String newId() {
        return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
    }

    /** Eight hexadecimal digits that no other installation has. */
    String id() {
        return id;
    }

    /** The ids of all processes that have used this work directory, this one's included. */
    Set<String> ids() {
        Set<String> ids = new HashSet<>(Set.of(id));
        if (workDirectory != null) {
            try (Stream<Path> files = Files.list(workDirectory)) {
                // Whoever closes a locked file, however opened, gives up the lock of the whole process.
                List<Path> all = files.filter(each -> !each.equals(file)
                                && Files.isRegularFile(each, LinkOption.NOFOLLOW_LINKS)
                                && String.valueOf(each.getFileName()).matches(FILE + "(-\\d+)?"))
                        .toList();
                for (Path each : all) {
                    id(Files.readString(each, StandardCharsets.US_ASCII)).ifPresent(ids::add);
                }
            } catch (IOException e) {
                LOG.debug("{}: {}", workDirectory, e.toString());
            }
        }
        return ids;
    }

    /** What is noted down before a rename. */
    IntentNotes notes() {
        return notes;
    }

    /**
     * Claims a remote path for one writer of this process.
     *
     * @return what gives the path free again, or empty when another transfer writes it
     */
    Optional<Claim> claim(String partner, String path) {
        String key = partner + " " + path;
        return claimed.add(key) ? Optional.of(() -> claimed.remove(key)) : Optional.empty();
    }

    /** Whether a transfer of this process is at work on a remote path. */
    boolean isClaimed(String partner, String path) {
        return claimed.contains(partner + " " + path);
    }

    /** A partial is begun again under a new name, or has done its work under the new one, and the first one counts again. */
    void renew(String partner, String first, String now) {
        synchronized (renewed) {
            if (now.equals(first)) {
                renewed.remove(partner + " " + first);
            } else {
                renewed.put(partner + " " + first, now);
            }
        }
    }

    /** The name that a partial was begun under last by this process: what an upload has given up, the next one takes up. */
    String renewed(String partner, String first) {
        synchronized (renewed) {
            return renewed.getOrDefault(partner + " " + first, first);
        }
    }

    /** Keeps a fact about a server in mind. */
    void remember(String fact) {
        synchronized (remembered) {
            remembered.put(fact, System.nanoTime());
        }
    }

    /** Whether a fact was remembered within this time; the oldest may have been forgotten. */
    boolean remembers(String fact, Duration within) {
        synchronized (remembered) {
            Long since = remembered.get(fact);
            return since != null && System.nanoTime() - since < within.toNanos();
        }
    }

    /** Gives the installation free, once for each call of {@link #of}. */
    @Override
    public void close() throws IOException {
        synchronized (IN_USE) {
            if (workDirectory == null || --users > 0) {
                return;
            }
            IN_USE.remove(workDirectory, this);
            if (locked != null) {
                locked.close();
            }
        }
    }
}
