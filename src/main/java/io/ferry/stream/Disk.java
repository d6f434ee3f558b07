package io.ferry.stream;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Directory entries: which file a name leads to, and whether the name survives a power failure. */
public final class Disk {

    /** Changes of a directory that are so far from each other have different times, on any file system. */
    private static final Duration COARSE_TICK = Duration.ofSeconds(2);

    /** The same on a file system that takes its times from this machine's clock, which ticks every 10 ms at least. */
    private static final Duration FINE_TICK = Duration.ofMillis(100);

    private static final Set<String> LOCAL = Set.of("ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "apfs");

    private static final int MOST_SETTLED = 1000;

    /** The directories whose entries are on the disk. */
    private static final Map<Path, Settled> SETTLED = new ConcurrentHashMap<>();

    /** When a directory was changed last, and which one it was: a link in its path may lead to another one since. */
    private record Settled(FileTime changed, @Nullable Object key) {}

    private Disk() {}

    /**
     * Makes the entries of a directory durable, and the way to it: a directory that was just made, by whomever, is found after a
     * power failure only if the one above it has been synced since. A file system that cannot sync directories orders renames by
     * itself.
     */
    public static void sync(Path directory) {
        force(directory);
        try {
            Path above = above(directory);
            while (above != null && settle(above)) {
                above = above(above);
            }
        } catch (IOException e) {
            // It was removed meanwhile.
            return;
        }
    }

    /** The directory that has the entry of another one. What a link or a ".." leads to is found by the operating system only. */
    private static @Nullable Path above(Path directory) throws IOException {
        Path path = directory.toAbsolutePath();
        boolean leadsElsewhere = Files.isSymbolicLink(path) || !path.equals(path.normalize());
        return (leadsElsewhere ? path.toRealPath() : path).getParent();
    }

    /**
     * Syncs a directory unless that was done since its last change.
     *
     * @return whether it had to be done
     */
    private static boolean settle(Path directory) throws IOException {
        BasicFileAttributes now = Files.readAttributes(directory, BasicFileAttributes.class);
        Settled found = new Settled(now.lastModifiedTime(), now.fileKey());
        if (found.equals(SETTLED.get(directory))) {
            return false;
        }
        Instant begin = Instant.now();
        force(directory);
        if (SETTLED.size() >= MOST_SETTLED) {
            SETTLED.clear();
        }
        Instant changed = found.changed().toInstant();
        boolean past = changed.plus(COARSE_TICK).isBefore(begin)
                || changed.plus(FINE_TICK).isBefore(begin) && isLocal(directory, changed);
        if (past) {
            // Another change from now on will show in the time.
            SETTLED.put(directory, found);
        }
        return true;
    }

    /** Whether times have parts of a second, which are this machine's. */
    private static boolean isLocal(Path directory, Instant changed) throws IOException {
        return changed.getNano() % 1_000_000 != 0
                && LOCAL.contains(Files.getFileStore(directory).type());
    }

    private static void force(Path directory) {
        try (FileChannel entries = FileChannel.open(directory, StandardOpenOption.READ)) {
            entries.force(true);
        } catch (IOException e) {
            // Windows opens no directories; there the rename is journaled by the file system.
            return;
        }
    }

    /**
     * Refuses a path that is a symbolic link, in the place of a file or directory of Ferry's own: whoever put it there decides
     * what would be written over. A directory that the user has named may be one; what Ferry makes in it may not.
     *
     * @throws FileSystemException that names the link
     */
    public static void refuseLink(Path path) throws FileSystemException {
        if (Files.isSymbolicLink(path)) {
            throw new FileSystemException(
                    path.toString(), null, "it is a symbolic link, which Ferry does not follow. Remove it");
        }
    }

    /**
     * What lies under a path; null where nothing does. The file key tells it from another file that took its name, but not on
     * Windows, where there is none.
     */
    static @Nullable BasicFileAttributes look(Path path) throws IOException {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Whether a file has more names than this one; where the operating system does not say, it has not. */
    static boolean hasSecondName(Path path) throws IOException {
        return path.getFileSystem().supportedFileAttributeViews().contains("unix")
                && exists(path)
                && Files.getAttribute(path, "unix:nlink", LinkOption.NOFOLLOW_LINKS) instanceof Integer links
                && links > 1;
    }

    /**
     * Whether certainly nothing lies under a path, or a link that leads nowhere. For what is asked for each file and is usually not
     * there: that costs no exception.
     */
    public static boolean isMissing(Path path) {
        File file = path.toFile();
        try {
            // What the locale cannot spell is another name as a File.
            return !file.exists() && file.toPath().equals(path);
        } catch (InvalidPathException e) {
            return false;
        }
    }

    static boolean exists(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }
}
