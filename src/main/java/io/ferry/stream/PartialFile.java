package io.ferry.stream;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The unfinished local file of one download: its length is the journal of how far the transfer came.
 *
 * <p>Law: one owner at a time, held by a file lock until closed; used by one thread. Bytes are only ever added at its end, so
 * that a killed process leaves a valid beginning. It gets its final name in {@link #publish}, whole, or never.
 */
public final class PartialFile implements Closeable {

    private final Path path;
    private final FileChannel channel;
    private final FileLock lock;
    private long length;

    private PartialFile(Path path, FileChannel channel, FileLock lock) throws IOException {
        this.path = path;
        this.channel = channel;
        this.lock = lock;
        this.length = channel.size();
    }

    /**
     * Opens the partial, or makes an empty one, with the directories above it.
     *
     * @throws PartialInUseException when another transfer, in this process or another, writes it
     * @throws IOException when the disk refuses, or the path is a symbolic link
     */
    public static PartialFile open(Path path) throws IOException {
        Path directory = path.toAbsolutePath().getParent();
        if (directory != null) {
            Files.createDirectories(directory);
        }
        PartialFile partial = lock(path);
        while (!Files.exists(path)) {
            // Its earlier owner published it between opening and locking: this lock is on the published file.
            partial.close();
            partial = lock(path);
        }
        return partial;
    }

    private static PartialFile lock(Path path) throws IOException {
        FileChannel channel = FileChannel.open(
                path,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS);
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw new PartialInUseException(path);
            }
            return new PartialFile(path, channel, lock);
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw new PartialInUseException(path);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Where it lies. */
    public Path path() {
        return path;
    }

    /** How many bytes it holds. */
    public long length() {
        return length;
    }

    /** Reads bytes that it holds already. */
    public void read(long offset, byte[] into, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(into, 0, count);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, offset + buffer.position()) < 0) {
                throw new EOFException(path + " ends before byte " + (offset + count));
            }
        }
    }

    /** Adds bytes at the end. */
    public void append(byte[] block, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(block, 0, count);
        while (buffer.hasRemaining()) {
            length += channel.write(buffer, length);
        }
    }

    /** Throws away what lies behind the first {@code newLength} bytes. */
    public void truncate(long newLength) throws IOException {
        channel.truncate(newLength);
        length = channel.size();
    }

    /** Begins with the first bytes of another file, in the place of its own. */
    public void seed(Path other, long count) throws IOException {
        truncate(0);
        try (FileChannel source = FileChannel.open(other, StandardOpenOption.READ)) {
            while (length < count) {
                long moved = source.transferTo(length, count - length, channel.position(length));
                if (moved <= 0) {
                    throw new EOFException(other + " has fewer than " + count + " bytes");
                }
                length += moved;
            }
        }
    }

    /**
     * Makes the bytes durable, sets the modification time, and renames the partial to its final name in one step.
     *
     * @param modified the time to set, or null to leave it
     * @param replace whether an existing file may be replaced
     * @throws FileAlreadyExistsException when there is one and it may not be replaced
     */
    public void publish(Path target, @Nullable Instant modified, boolean replace) throws IOException {
        channel.force(true);
        if (modified != null) {
            Files.setLastModifiedTime(path, FileTime.from(modified));
        }
        Path directory = target.toAbsolutePath().getParent();
        if (directory != null) {
            Files.createDirectories(directory);
        }
        if (!replace) {
            // A hard link fails on an existing name, where a rename would replace it.
            Files.createLink(target, path);
            Files.delete(path);
        } else {
            Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        if (directory != null) {
            syncDirectory(directory);
        }
    }

    /** Makes a rename durable; a file system that cannot sync directories orders renames by itself. */
    private static void syncDirectory(Path directory) {
        try (FileChannel entries = FileChannel.open(directory, StandardOpenOption.READ)) {
            entries.force(true);
        } catch (IOException e) {
            // Windows opens no directories; there the rename is journaled by the file system.
            return;
        }
    }

    @Override
    public void close() throws IOException {
        try {
            lock.release();
        } finally {
            channel.close();
        }
    }

    /** Another transfer writes the same partial. */
    public static final class PartialInUseException extends IOException {
        private static final long serialVersionUID = 1L;

        PartialInUseException(Path path) {
            super("Another transfer writes " + path);
        }
    }
}
