package io.ferry.stream;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** Directory entries: which file a name leads to, and whether the name survives a power failure. */
public final class Disk {

    private Disk() {}

    /** Makes the entries of a directory durable; a file system that cannot sync directories orders renames by itself. */
    public static void sync(Path directory) {
        try (FileChannel entries = FileChannel.open(directory, StandardOpenOption.READ)) {
            entries.force(true);
        } catch (IOException e) {
            // Windows opens no directories; there the rename is journaled by the file system.
            return;
        }
    }

    /** What tells the file under a path from another that took its name; null where there is none, and on Windows. */
    static @Nullable Object keyOf(Path path) throws IOException {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
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

    static boolean exists(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }
}
