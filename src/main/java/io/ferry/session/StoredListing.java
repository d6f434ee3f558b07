package io.ferry.session;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Predicate;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one directory after the server has sent them all. The first ones are in memory; the lines of the others wait in a
 * temporary file, so that a directory of any size needs no more memory than a small one.
 *
 * <p>Law: owns the temporary file, which has no name any more where the operating system allows that, until closed; used by one
 * thread.
 */
public final class StoredListing implements Closeable {

    /** So many entries are in memory, about 1 KB each. */
    private static final int IN_MEMORY = 4096;

    private static final int BUFFER = 1 << 16;

    private final Listing listing;
    private final Deque<FTPFile> first = new ArrayDeque<>();
    private @Nullable FileChannel channel;
    private @Nullable DataInputStream spilt;
    private long left;

    private StoredListing(Listing listing) {
        this.listing = listing;
    }

    /** Reads a listing to its end. */
    static StoredListing of(Listing listing, Path spill, Predicate<FTPFile> wanted, Predicate<String> known)
            throws IOException {
        StoredListing stored = new StoredListing(listing);
        try {
            stored.take(spill, wanted, known);
            return stored;
        } catch (IOException | RuntimeException e) {
            stored.close();
            throw e;
        }
    }

    private void take(Path spill, Predicate<FTPFile> wanted, Predicate<String> known) throws IOException {
        DataOutputStream out = null;
        for (FTPFile entry = listing.next(known); entry != null; entry = listing.next(known)) {
            if (!wanted.test(entry)) {
                continue;
            }
            if (first.size() < IN_MEMORY) {
                first.add(entry);
                continue;
            }
            if (out == null) {
                out = new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(open(spill)), BUFFER));
            }
            byte[] line = listing.line().getBytes(StandardCharsets.UTF_8);
            out.writeInt(line.length);
            out.write(line);
            left++;
        }
        if (out != null && channel != null) {
            out.flush();
            spilt = new DataInputStream(new BufferedInputStream(Channels.newInputStream(channel.position(0)), BUFFER));
        }
    }

    private FileChannel open(Path spill) throws IOException {
        Path file = Files.createTempFile(Files.createDirectories(spill), ".listing", "");
        channel = FileChannel.open(
                file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
        return channel;
    }

    /** The next entry, or null after the last one. */
    public @Nullable FTPFile next() throws IOException {
        FTPFile entry = first.poll();
        while (entry == null && spilt != null && left > 0) {
            byte[] line = new byte[spilt.readInt()];
            spilt.readFully(line);
            left--;
            entry = listing.parse(new String(line, StandardCharsets.UTF_8));
        }
        return entry;
    }

    /** The first entry before {@link #next} is called, or null where there is none. */
    public @Nullable FTPFile first() {
        return first.peek();
    }

    /** How many entries are left. */
    public long size() {
        return first.size() + left;
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
