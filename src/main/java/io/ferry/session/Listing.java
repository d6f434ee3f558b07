package io.ferry.session;

import io.ferry.session.FtpException.Kind;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one directory, read from the data connection one by one.
 *
 * <p>Law: holds the data connection of its session until closed; used by one thread. Reading to the end, where
 * {@link #next()} returns null, leaves the session fit for use; closing earlier drops it.
 */
public final class Listing implements Closeable {

    private static final int MAX_LINE = 16384;
    private static final int MAX_LINES = 5_000_000;
    private static final long MAX_BYTES = 1L << 30;

    /** Bytes per second, about one entry, below which a listing counts as standing still. */
    private static final int SLOWEST = 100;

    private final Partner partner;
    private final DataConnection data;
    private final BlockInput lines;
    private final byte[] buffer = new byte[16384];
    private int filled;
    private int position;
    private byte[] line = new byte[128];
    private final ControlConnection control;
    private final Function<String, @Nullable FTPFile> parser;
    private int count;
    private long bytes;
    private long parsing;
    private String last = "";
    private boolean ended;

    Listing(
            Partner partner,
            DataConnection data,
            ControlConnection control,
            Function<String, @Nullable FTPFile> parser) {
        this.partner = partner;
        this.data = data;
        this.control = control;
        this.parser = parser;
        this.lines = new BlockInput(partner, data);
    }

    /**
     * The next entry.
     *
     * @return the entry, never {@code .} or {@code ..}, or null when the server has sent all and confirmed it with 2yz
     * @throws FtpException when the listing broke off
     */
    public @Nullable FTPFile next() throws IOException {
        return next(line -> false);
    }

    /**
     * The next entry whose line is not passed over; otherwise as {@link #next()}.
     *
     * @param known the lines that nobody needs taken apart
     */
    @Nullable
    FTPFile next(Predicate<String> known) throws IOException {
        while (!ended) {
            String line = readLine();
            if (line == null) {
                ended = true;
                data.finish();
                return null;
            }
            if (known.test(line)) {
                continue;
            }
            last = line;
            long begin = System.nanoTime();
            FTPFile entry = parse(line);
            parsing += System.nanoTime() - begin;
            if (parsing > partner.timeouts().reply().plusMillis(count).toNanos()) {
                throw refused(
                        Kind.UNSAFE,
                        "the lines of the listing take too long to read: " + count + " of them took "
                                + Duration.ofNanos(parsing).toSeconds() + " s");
            }
            if (entry != null && !isSelfOrParent(entry.getName())) {
                return entry;
            }
        }
        return null;
    }

    /** The line that the last entry was read from. */
    String line() {
        return last;
    }

    /** What a line says, or null where it is no entry; safe from any thread. */
    @Nullable
    FTPFile parse(String line) {
        try {
            FTPFile entry = parser.apply(line);
            if (entry != null && entry.getRawListing() == null) {
                entry.setRawListing(line);
            }
            return entry;
        } catch (RuntimeException | StackOverflowError e) {
            // The library's parsers stumble over some lines that are no entries; the other lines still count.
            return null;
        }
    }

    private @Nullable String readLine() throws IOException {
        int length = 0;
        for (int b = nextByte(); b != '\n'; b = nextByte()) {
            if (b < 0) {
                if (length == 0) {
                    return null;
                }
                // The beginning of a name is another name.
                throw refused(Kind.CONNECTION_LOST, "the listing ends in the middle of a line");
            }
            if (length == line.length) {
                line = Arrays.copyOf(line, 2 * length);
            }
            line[length++] = (byte) b;
            if (length > MAX_LINE) {
                throw refused(Kind.UNSAFE, "a line of the listing is longer than " + MAX_LINE + " bytes");
            }
        }
        if (++count > MAX_LINES) {
            throw refused(Kind.UNSAFE, "the listing has more than " + MAX_LINES + " lines");
        }
        bytes += length;
        if (bytes > MAX_BYTES) {
            throw refused(Kind.UNSAFE, "the listing has more than " + MAX_BYTES + " bytes");
        }
        boolean hasReturn = length > 0 && line[length - 1] == '\r';
        return new String(line, 0, hasReturn ? length - 1 : length, control.charset());
    }

    private int nextByte() throws IOException {
        if (position == filled) {
            filled = Math.max(0, lines.read(buffer, 0, buffer.length));
            position = 0;
        }
        return filled == 0 ? -1 : buffer[position++] & 0xff;
    }

    private FtpException refused(Kind kind, String why) {
        control.markBroken();
        return new FtpException(kind, partner + ": " + why);
    }

    private static boolean isSelfOrParent(@Nullable String name) {
        return name == null || name.isEmpty() || name.equals(".") || name.equals("..");
    }

    @Override
    public void close() {
        data.close();
    }

    /**
     * What the data connection brings. The stall time-out bounds the wait for one byte; a server that sends a byte
     * now and then is stopped here.
     */
    private static final class BlockInput {
        private final Partner partner;
        private final DataConnection data;
        private long nanos;
        private long bytes;

        BlockInput(Partner partner, DataConnection data) {
            this.partner = partner;
            this.data = data;
        }

        int read(byte[] into, int offset, int length) throws IOException {
            long begin = System.nanoTime();
            int read = data.read(into, offset, length);
            nanos += System.nanoTime() - begin;
            bytes += Math.max(read, 0);
            Duration allowed = partner.timeouts().reply().plusSeconds(bytes / SLOWEST);
            if (read >= 0 && nanos > allowed.toNanos()) {
                throw new FtpException(
                        Kind.TIMED_OUT,
                        partner + ": the listing is slower than " + SLOWEST + " bytes a second: " + bytes + " in "
                                + Duration.ofNanos(nanos).toSeconds() + " s");
            }
            return read;
        }
    }
}
