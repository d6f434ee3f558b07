package io.ferry.stream;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The unfinished local file of one download: its length is the journal of how far the transfer came.
 *
 * <p>Law: one owner at a time, held by a claim in this process and a file lock towards others until closed; used by one
 * thread. Bytes are only ever added at its end, so that a killed process leaves a valid beginning; a record beside it tells
 * how much of that survives a power failure. It gets its final name in {@link #publish}, whole, or never.
 */
public final class PartialFile implements Closeable {

    /** How much longer than the partial's own name the names beside it are, in bytes. */
    public static final int NAME_ROOM = PartialRecord.ROOM;

    /**
     * From this length on there is a record even if the process is killed; what is shorter is not worth one. It is what a
     * killed process may have to receive again.
     */
    private static final long RECORD_FROM = 1 << 20;

    /** A directory that another process removes at the same moment is made again so often. */
    private static final int MOST_TRIES = 100;

    /** The most bytes that are moved from file to file in one step. */
    private static final long MOST_MOVED = 8 << 20;

    /**
     * The partials that this process has open. The operating system's lock cannot tell: it belongs to the process, and is
     * lost as soon as any other channel to the file is closed.
     */
    private static final Set<Path> CLAIMED = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final Path claim;
    private final boolean durable;
    private final FileChannel channel;
    private final BackgroundSync background;
    private final @Nullable Object key;
    private final @Nullable PartialRecord found;
    private long length;
    private long synced;
    private boolean recorded;
    private boolean alone;
    private boolean vouched;
    private boolean published;

    private PartialFile(
            Path path, Path claim, boolean durable, FileChannel channel, @Nullable Object key, boolean alone)
            throws IOException {
        this.path = path;
        this.claim = claim;
        this.durable = durable;
        this.channel = channel;
        this.background = new BackgroundSync(path, channel);
        this.key = key;
        this.length = channel.size();
        this.found = length == 0 ? null : PartialRecord.read(path);
        this.recorded = found != null;
        this.synced = found == null ? 0 : Math.min(found.synced(), length);
        this.vouched = length == 0;
        this.alone = alone;
    }

    /**
     * Opens the partial, or makes an empty one, with the directories above it.
     *
     * @param durable whether bytes, names and records are synced to the disk on the way
     * @throws PartialInUseException when another transfer, in this process or another, writes it
     * @throws IOException when the disk refuses, or the path is a symbolic link
     */
    public static PartialFile open(Path named, boolean durable) throws IOException {
        return open(named, durable, false);
    }

    /**
     * As {@link #open(Path, boolean)}, where the caller knows more.
     *
     * @param alone whether its directory was just made by the caller: then nothing of an earlier partial lies beside it, and is not
     *     looked for
     */
    public static PartialFile open(Path named, boolean durable, boolean alone) throws IOException {
        // Directories are made without what a ".." leads back from, so that they are not to be gone through either.
        Path path = named.normalize();
        Path claim = path.toAbsolutePath();
        if (!CLAIMED.add(claim)) {
            throw new PartialInUseException(path);
        }
        PartialFile partial = null;
        try {
            partial = lock(path, claim, durable, alone);
            for (int tries = 0; partial == null && tries < MOST_TRIES; tries++) {
                Files.createDirectories(directory(claim));
                partial = lock(path, claim, durable, false);
            }
            if (partial == null) {
                throw new NoSuchFileException(
                        claim.toString(),
                        null,
                        "its directory vanishes as soon as it is made, or the disk does not take such a name");
            }
            return partial;
        } finally {
            if (partial == null) {
                CLAIMED.remove(claim);
            }
        }
    }

    /** Opens and locks; null where the path leads to another file meanwhile, or to none, so that the lock is of no use. */
    @SuppressWarnings("resource") // The lock lives as long as the channel, which the partial owns.
    private static @Nullable PartialFile lock(Path path, Path claim, boolean durable, boolean alone)
            throws IOException {
        BasicFileAttributes before = null;
        FileChannel channel = create(path);
        if (channel == null) {
            before = Disk.look(path);
            if (before == null) {
                return null;
            }
            Disk.refuseLink(path);
            channel = existing(path);
        }
        if (channel == null) {
            return null;
        }
        boolean existed = before != null;
        PartialFile partial = null;
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw new PartialInUseException(path);
            }
            if (existed && Disk.hasSecondName(path)) {
                // Its publisher was killed before it removed this name: what is written here would be written there.
                Files.delete(path);
                return null;
            }
            BasicFileAttributes now = Disk.look(path);
            if (now != null && (before == null || Objects.equals(before.fileKey(), now.fileKey()))) {
                partial = new PartialFile(path, claim, durable, channel, now.fileKey(), alone && !existed);
                if (partial.length == 0) {
                    // The record of an earlier partial of this name would vouch for bytes that are still to come.
                    partial.forgetRecord();
                }
            }
            return partial;
        } catch (OverlappingFileLockException e) {
            throw new PartialInUseException(path);
        } finally {
            if (partial == null) {
                channel.close();
            }
        }
    }

    /** A new file; null where something has that name, or the directory is missing. Tried first: most partials are new. */
    private static @Nullable FileChannel create(Path path) throws IOException {
        try {
            return FileChannel.open(
                    path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        } catch (FileAlreadyExistsException | NoSuchFileException e) {
            return null;
        }
    }

    private static @Nullable FileChannel existing(Path path) throws IOException {
        try {
            return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /**
     * Removes a partial that no transfer has open, with its record.
     *
     * @return whether it is gone
     */
    public static boolean discard(Path path) throws IOException {
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try (PartialFile unused = open(path, false)) {
            unused.truncate(0);
            return true;
        } catch (PartialInUseException e) {
            return false;
        }
    }

    /** Whether a file is the record beside some partial, whole or half written. */
    public static boolean isRecord(String name, String partialSuffix) {
        return name.endsWith(partialSuffix + PartialRecord.SUFFIX)
                || name.endsWith(partialSuffix + PartialRecord.NEW_SUFFIX);
    }

    private static Path directory(Path file) {
        return Objects.requireNonNull(file.getParent(), "a file lies in a directory");
    }

    /** Where it lies. */
    public Path path() {
        return path;
    }

    /** How many bytes it holds. */
    public long length() {
        return length;
    }

    /**
     * Throws away what may not be what was received: after a power failure a file can be longer than what has reached the
     * disk, with zeros in the place of the rest.
     *
     * @param overlap so many bytes are compared before they are built on, and stay
     * @return why bytes were thrown away; empty where none were
     */
    public Optional<String> trim(int overlap) throws IOException {
        vouched |= found != null && found.isOfThisBoot();
        if (vouched || length <= overlap) {
            return Optional.empty();
        }
        long had = length;
        String why = found == null
                ? "the partial has " + had + " bytes, but no record of how many have reached the disk"
                : "the machine was restarted since the partial was written, and of its " + had + " bytes only " + synced
                        + " are known to have reached the disk";
        boolean cut = synced < had;
        truncate(synced);
        vouched = true;
        // The record names an earlier start of the machine: the next one must not throw away what this one adds.
        recorded = false;
        return cut ? Optional.of(why) : Optional.empty();
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

    /** Adds at its end what remains in a buffer. */
    public void append(ByteBuffer block) throws IOException {
        vouched = true;
        try {
            while (block.hasRemaining()) {
                length += channel.write(block, length);
            }
            grown();
        } catch (ClosedChannelException | FileSystemException e) {
            throw e;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private void grown() throws IOException {
        if (!recorded && length >= RECORD_FROM) {
            record(false);
        }
        if (durable) {
            synced = background.advance(synced, length);
        }
    }

    /**
     * Adds at its end what another partial holds, which may be removed after that.
     *
     * @param from the first byte of the other one that is wanted
     * @param pause called now and then; it may throw
     */
    public void append(PartialFile other, long from, Pause pause) throws IOException {
        vouched = true;
        long next = from;
        try {
            while (next < other.length) {
                pause.take();
                long moved = other.channel.transferTo(
                        next, Math.min(MOST_MOVED, other.length - next), channel.position(length));
                if (moved <= 0) {
                    throw new EOFException(other.path + " ends before byte " + other.length);
                }
                next += moved;
                length += moved;
                grown();
            }
            if (durable) {
                synced = background.await(synced);
                sync();
            }
        } catch (ClosedChannelException | FileSystemException | InterruptedIOException e) {
            throw e;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** What is done between two steps of what may take long. */
    public interface Pause {
        /** Throws to end it there. */
        void take() throws IOException;
    }

    /** The channel's own errors do not name the file. */
    private FileSystemException failed(IOException cause) {
        FileSystemException failure = new FileSystemException(path.toString(), null, cause.getMessage());
        failure.initCause(cause);
        return failure;
    }

    private void sync() throws IOException {
        channel.force(false);
        synced = length;
        record(true);
    }

    private void record(boolean onDisk) throws IOException {
        alone = false;
        PartialRecord.write(path, synced, onDisk);
        recorded = true;
    }

    /** Whether there was a record, which is gone now. */
    private boolean removeRecord() throws IOException {
        return !alone && PartialRecord.delete(path);
    }

    /** Throws away what lies behind the first {@code newLength} bytes. */
    public void truncate(long newLength) throws IOException {
        if (newLength == 0) {
            // Whatever fails from here on, or is interrupted, none of it is to be kept.
            length = 0;
        }
        synced = background.await(synced);
        if (newLength == 0) {
            vouched = true;
            forgetRecord();
        } else if (newLength < synced) {
            // First the record: it must never vouch for bytes that are written again.
            synced = newLength;
            record(durable);
        }
        channel.truncate(newLength);
        length = channel.size();
    }

    private void forgetRecord() throws IOException {
        synced = 0;
        recorded = false;
        if (removeRecord() && durable) {
            Disk.sync(directory(claim));
        }
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
     * The digest of what it holds, read back from the disk through the locked channel.
     *
     * @param algorithm a name that {@link java.security.MessageDigest} knows, such as SHA-256
     * @return lower-case hexadecimal
     */
    public String digest(String algorithm) throws IOException {
        return FileDigest.of(channel, algorithm);
    }

    /**
     * Makes the bytes durable, sets the modification time, renames the partial to its final name in one step, and makes the
     * name durable.
     *
     * @param modified the time to set, or null to leave it
     * @param replace whether an existing file may be replaced
     * @throws FileAlreadyExistsException when there is one and it may not be replaced
     */
    public void publish(Path target, @Nullable Instant modified, boolean replace) throws IOException {
        if (durable) {
            force();
        }
        if (!isStillThere()) {
            throw new NoSuchFileException(path.toString(), null, "the partial was removed while it was written");
        }
        if (modified != null) {
            Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .setTimes(FileTime.from(modified), null, null);
        }
        Path directory = directory(target.toAbsolutePath());
        if (!directory.equals(directory(claim)) && !Files.isDirectory(directory)) {
            Files.createDirectories(directory);
        }
        if (!replace) {
            // A hard link fails on an existing name, where a rename would replace it.
            Files.createLink(target, path);
            published = true;
            Files.delete(path);
        } else {
            Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            published = true;
        }
        removeRecord();
        if (durable) {
            Disk.sync(directory);
        }
    }

    private void force() throws IOException {
        try {
            background.await(synced);
            channel.force(true);
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private boolean isStillThere() throws IOException {
        BasicFileAttributes now = Disk.look(path);
        return now != null && Objects.equals(key, now.fileKey());
    }

    /**
     * Leaves the partial for the next transfer, with a record of how far it can be trusted; an empty one is removed. After
     * {@link #publish} it only gives the lock back.
     */
    @Override
    @SuppressWarnings("try") // Both are only closed, in the end: the channel, and with it the lock, before the claim.
    public void close() throws IOException {
        // The channel of an interrupted thread closes itself.
        boolean interrupted = Thread.interrupted();
        try (Closeable claimed = () -> giveUp(interrupted);
                FileChannel locked = channel) {
            if (!published && isStillThere()) {
                keep();
            }
        }
    }

    private void giveUp(boolean interrupted) {
        CLAIMED.remove(claim);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void keep() throws IOException {
        synced = background.await(synced);
        if (length == 0) {
            Files.deleteIfExists(path);
        } else if (vouched && durable && channel.isOpen()) {
            sync();
        } else if (vouched && !recorded) {
            record(false);
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
