package io.ferry.session;

import io.ferry.session.FtpException.Kind;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.function.Function;
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
    private final InputStream lines;
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
        this.lines = new BufferedInputStream(new BlockInput(partner, data), 16384);
    }

    /**
     * The next entry.
     *
     * @return the entry, never {@code .} or {@code ..}, or null when the server has sent all and confirmed it with 2yz
     * @throws FtpException when the listing broke off
     */
    public @Nullable FTPFile next() throws IOException {
        while (!ended) {
            String line = readLine();
            if (line == null) {
                ended = true;
                data.finish();
                return null;
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
            return parser.apply(line);
        } catch (RuntimeException | StackOverflowError e) {
            // The library's parsers stumble over some lines that are no entries; the other lines still count.
            return null;
        }
    }

    private @Nullable String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(120);
        int b = lines.read();
        if (b < 0) {
            return null;
        }
        for (; b != '\n'; b = lines.read()) {
            if (b < 0) {
                // The beginning of a name is another name.
                throw refused(Kind.CONNECTION_LOST, "the listing ends in the middle of a line");
            }
            line.write(b);
            if (line.size() > MAX_LINE) {
                throw refused(Kind.UNSAFE, "a line of the listing is longer than " + MAX_LINE + " bytes");
            }
        }
        if (++count > MAX_LINES) {
            throw refused(Kind.UNSAFE, "the listing has more than " + MAX_LINES + " lines");
        }
        bytes += line.size();
        if (bytes > MAX_BYTES) {
            throw refused(Kind.UNSAFE, "the listing has more than " + MAX_BYTES + " bytes");
        }
        String text = line.toString(control.charset());
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
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
     * The data connection as a stream, for buffering. The stall time-out bounds the wait for one byte; a server that sends a byte
     * now and then is stopped here.
     */
    private static final class BlockInput extends InputStream {
        private final Partner partner;
        private final DataConnection data;
        private long nanos;
        private long bytes;

        BlockInput(Partner partner, DataConnection data) {
            this.partner = partner;
            this.data = data;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
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
