package io.ferry.camel;

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
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A set of keys in a file that only grows at its end: one line for each key that comes or goes, with a checksum, so that a line
 * torn by a crash is known and left out. Once most lines are of the past, the file is written anew beside the old one and
 * renamed over it.
 *
 * <p>Law: owns its file, held by a lock on {@code <file>.lock} until closed, so that one process at a time uses it; safe from
 * any thread.
 */
final class KeyLog implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(KeyLog.class);
    private static final int SMALL = 1000;
    private static final int CHECKSUM_DIGITS = 8;

    private final Path file;
    private final FileChannel lockChannel;
    private final Set<String> keys = new LinkedHashSet<>();
    private FileChannel channel;
    private int lines;

    private KeyLog(Path file, FileChannel lockChannel) throws IOException {
        this.file = file;
        this.lockChannel = lockChannel;
        this.channel = open(file);
        read();
    }

    /**
     * Opens the log, or begins one, with the directories above it.
     *
     * @throws IOException when the disk refuses, or another process (or another user in this one) has it open
     */
    @SuppressWarnings("resource") // The lock lives as long as the channel, which the log owns.
    static KeyLog open(Path file, String owner) throws IOException {
        Files.createDirectories(directory(file));
        FileChannel lockChannel = open(file.resolveSibling(file.getFileName() + ".lock"));
        try {
            FileLock lock = lockChannel.tryLock();
            if (lock == null) {
                throw new IOException(inUse(file, owner));
            }
            return new KeyLog(file, lockChannel);
        } catch (OverlappingFileLockException e) {
            lockChannel.close();
            throw new IOException(inUse(file, owner), e);
        } catch (IOException | RuntimeException e) {
            lockChannel.close();
            throw e;
        }
    }

    private static String inUse(Path file, String owner) {
        return "Another Ferry runs " + owner + " with the work directory " + file.getParent()
                + "; only one at a time may. Stop the other one, or give one of them another workDirectory or route id.";
    }

    private static FileChannel open(Path file) throws IOException {
        Disk.refuseLink(file);
        return FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS);
    }

    private void read() throws IOException {
        byte[] content = Files.readAllBytes(file);
        int good = 0;
        int begin = 0;
        int spoilt = 0;
        for (int i = 0; i < content.length; i++) {
            if (content[i] == '\n') {
                if (take(new String(content, begin, i - begin, StandardCharsets.UTF_8))) {
                    lines++;
                    good = i + 1;
                } else {
                    spoilt++;
                }
                begin = i + 1;
            }
        }
        // What a crash has torn lies at the end; what is added now must not hang on it.
        channel.truncate(good);
        if (spoilt > 0) {
            LOG.warn("{}: {} damaged lines were left out", file, spoilt);
        }
        channel.position(good);
    }

    private boolean take(String line) {
        if (line.length() < CHECKSUM_DIGITS + 1) {
            return false;
        }
        String entry = line.substring(CHECKSUM_DIGITS);
        if (!checksum(entry).equals(line.substring(0, CHECKSUM_DIGITS))) {
            return false;
        }
        String key = unescape(entry.substring(1));
        if (entry.charAt(0) == '+') {
            keys.add(key);
        } else {
            keys.remove(key);
        }
        return true;
    }

    synchronized boolean contains(String key) {
        return keys.contains(key);
    }

    /** All keys, in the order in which they came. */
    synchronized List<String> keys() {
        return new ArrayList<>(keys);
    }

    /**
     * Adds a key.
     *
     * @param sync whether it is on the disk when this returns
     * @return whether it is new
     * @throws IOException when it could not be written; the key is then not in the set
     */
    synchronized boolean add(String key, boolean sync) throws IOException {
        if (keys.contains(key)) {
            return false;
        }
        write("+" + escape(key), sync);
        keys.add(key);
        if (sync && lines == 1) {
            // The file itself is new: its name must be on the disk too.
            Disk.sync(directory(file));
        }
        return true;
    }

    /** Removes a key; returns whether it was there. */
    synchronized boolean remove(String key, boolean sync) throws IOException {
        if (!keys.contains(key)) {
            return false;
        }
        write("-" + escape(key), sync);
        keys.remove(key);
        if (lines > SMALL && lines > 4 * keys.size()) {
            rewrite();
        }
        return true;
    }

    /** Removes all keys. */
    synchronized void clear() throws IOException {
        keys.clear();
        rewrite();
    }

    private void write(String entry, boolean sync) throws IOException {
        long begin = channel.position();
        try {
            writeLine(channel, entry);
            if (sync) {
                channel.force(false);
            }
            lines++;
        } catch (IOException e) {
            channel.truncate(begin);
            throw e;
        }
    }

    private static void writeLine(FileChannel to, String entry) throws IOException {
        ByteBuffer line = StandardCharsets.UTF_8.encode(checksum(entry) + entry + "\n");
        while (line.hasRemaining()) {
            to.write(line);
        }
    }

    private void rewrite() throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        FileChannel next = open(fresh);
        try {
            next.truncate(0);
            StringBuilder all = new StringBuilder();
            for (String key : keys) {
                String entry = "+" + escape(key);
                all.append(checksum(entry)).append(entry).append('\n');
            }
            ByteBuffer content = StandardCharsets.UTF_8.encode(all.toString());
            while (content.hasRemaining()) {
                next.write(content);
            }
            next.force(true);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            next.close();
            throw e;
        }
        channel.close();
        channel = next;
        lines = keys.size();
        Disk.sync(directory(file));
    }

    private static Path directory(Path file) {
        return Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file lies in a directory");
    }

    private static String checksum(String entry) {
        CRC32 crc = new CRC32();
        crc.update(entry.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().toHexDigits(crc.getValue(), CHECKSUM_DIGITS);
    }

    private static String escape(String key) {
        return key.replace("\\", "\\\\").replace("\n", "\\n");
    }

    private static String unescape(String text) {
        StringBuilder key = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                i++;
                key.append(text.charAt(i) == 'n' ? '\n' : text.charAt(i));
            } else {
                key.append(c);
            }
        }
        return key.toString();
    }

    @Override
    public synchronized void close() throws IOException {
        try {
            channel.close();
        } finally {
            lockChannel.close();
        }
    }
}
