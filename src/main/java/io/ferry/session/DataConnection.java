package io.ferry.session;

import io.ferry.session.FtpException.Kind;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.zip.ZipException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * The data connection of one transfer or listing, together with the final reply that belongs to it.
 *
 * <p>Law: owns its socket; used by one thread. Done means that both connections agree: {@link #finish()} returns only after
 * the data ended and the control connection answered 2yz. Closing without {@link #finish()} drops the session, since the
 * reply still due would answer the next command.
 */
public final class DataConnection implements Closeable {

    /** Makes the error of a transfer that the server refuses, and learns from it. */
    interface Refusals {
        FtpException of(String command, Reply reply);
    }

    private static final int DRAIN_BLOCK = 4096;
    private static final int SLICE = 64 << 10;
    /** How long to wait for the final reply where a preliminary one came after the data. */
    private static final Duration AFTER_PRELIMINARY = Duration.ofSeconds(3);

    /** The replies that end a transfer (RFC 959, 5.4). */
    private static final Set<Integer> ENDS = Set.of(226, 250);

    private final Partner partner;
    private final ControlConnection control;
    private final NamedSocket raw;
    private final Socket socket;
    private final String verb;
    private final String command;
    private final Watchdog.Guard guard;
    private final @Nullable SocketChannel channel;
    private final InputStream in;
    private final OutputStream out;
    private final DataForm form;
    private final Refusals refusals;
    private boolean finished;
    private long sent;

    DataConnection(
            Partner partner,
            ControlConnection control,
            Watchdog watchdog,
            NamedSocket raw,
            Socket socket,
            String verb,
            String argument,
            DataForm form,
            Refusals refusals)
            throws IOException {
        this.partner = partner;
        this.control = control;
        this.raw = raw;
        this.socket = socket;
        this.verb = verb;
        this.command = argument.isEmpty() ? verb : verb + " " + argument;
        this.form = form;
        this.refusals = refusals;
        this.channel = form != DataForm.BYTES || socket instanceof SSLSocket ? null : socket.getChannel();
        this.out = form == DataForm.TEXT ? LineEnds.outgoing(socket.getOutputStream()) : socket.getOutputStream();
        this.in = incoming(form, socket.getInputStream());
        this.guard = watchdog.within(partner.timeouts().stall(), raw);
        guard.end();
    }

    private static InputStream incoming(DataForm form, InputStream in) {
        return switch (form) {
            case BYTES -> in;
            case TEXT -> LineEnds.incoming(in);
            case DEFLATED -> new Inflation(in);
        };
    }

    /**
     * Reads what has arrived.
     *
     * @param block where to; its length is the most that one call reads
     * @return how many bytes, or -1 at the end of the data
     * @throws FtpException when the connection broke or stood still for the stall time-out
     */
    public int read(byte[] block) throws IOException {
        return read(block, 0, block.length);
    }

    /** Reads into a part of an array; otherwise as {@link #read(byte[])}. */
    public int read(byte[] into, int offset, int length) throws IOException {
        guard.begin();
        try {
            return in.read(into, offset, length);
        } catch (IOException e) {
            throw lost(e);
        } finally {
            guard.end();
        }
    }

    /**
     * Whether the bytes go over the line as they are: then a buffer outside of the heap spares two copies. Otherwise a buffer
     * must have an array.
     */
    public boolean takesDirect() {
        return channel != null;
    }

    /** Reads what has arrived into a buffer, as much as it has room for; otherwise as {@link #read(byte[])}. */
    public int read(ByteBuffer into) throws IOException {
        SocketChannel line = channel;
        if (line == null) {
            int count = read(into.array(), into.arrayOffset() + into.position(), into.remaining());
            into.position(into.position() + Math.max(count, 0));
            return count;
        }
        guard.begin();
        try {
            return line.read(into);
        } catch (IOException e) {
            throw lost(e);
        } finally {
            guard.end();
        }
    }

    /** Sends what remains in a buffer; otherwise as {@link #write(byte[], int)}. */
    public void write(ByteBuffer from) throws IOException {
        int end = from.limit();
        try {
            sent += from.remaining();
            while (from.position() < end) {
                from.limit(Math.min(end, from.position() + SLICE));
                // A slow line that moves is no stall: each slice has the whole budget.
                guard.begin();
                send(from);
            }
        } catch (IOException e) {
            throw lost(e);
        } finally {
            guard.end();
        }
    }

    private void send(ByteBuffer slice) throws IOException {
        SocketChannel line = channel;
        if (line == null) {
            out.write(slice.array(), slice.arrayOffset() + slice.position(), slice.remaining());
            slice.position(slice.limit());
        } else {
            line.write(slice);
        }
    }

    /**
     * Sends bytes.
     *
     * @param block where from
     * @param length how many bytes from its start
     * @throws FtpException when the connection broke or the server took nothing for the stall time-out
     */
    public void write(byte[] block, int length) throws IOException {
        write(ByteBuffer.wrap(block, 0, length));
    }

    /**
     * Ends the data in the direction of writing, closes the data connection, and reads the final reply.
     *
     * @throws FtpException when the server does not confirm the transfer with 2yz, or, under TLS, when nothing shows that what was
     *     read is all
     */
    public void finish() throws IOException {
        finish(false);
    }

    /**
     * As {@link #finish()}.
     *
     * @param whole whether the caller knows by their number that it has all bytes; TLS's close_notify is then not needed
     */
    public void finish(boolean whole) throws IOException {
        finish(whole, () -> {});
    }

    /** What is done between the end of the data and the reply to it. */
    interface Meanwhile {
        void run() throws IOException;
    }

    /**
     * As {@link #finish(boolean)}.
     *
     * @param meanwhile done while the server makes up its final reply
     */
    void finish(boolean whole, Meanwhile meanwhile) throws IOException {
        if (!whole && wasCut()) {
            throw lost(new EOFException("closed without TLS's close_notify: someone on the line may have cut it short."
                    + " For a server that never sends it, requireCloseNotify=false"));
        }
        boolean isSoonAcross = isUpload() && !(socket instanceof SSLSocket) && sent <= SLICE;
        guard.begin();
        try {
            endOutput(isSoonAcross);
        } catch (IOException e) {
            if (!guard.fired()) {
                throw lost(e);
            }
            // A server that does not end its side has all bytes nevertheless; its reply and the size tell.
        } finally {
            guard.end();
            if (!isSoonAcross) {
                closeData();
            }
        }
        meanwhile.run();
        Reply reply = control.reply(verb, partner.timeouts().reply());
        if (reply.isPreliminary()) {
            reply = replyAfter(reply);
        }
        finished = true;
        if (!reply.isCompletion()) {
            control.markBroken();
            throw refusals.of(command, reply);
        }
        if (isSoonAcross) {
            endInput(reply);
        }
        if (control.isAnswerDue() && !ENDS.contains(reply.code())) {
            // It may be another command's, and this one's missing.
            control.markBroken();
            throw new FtpException(
                    Kind.CONNECTION_LOST,
                    partner + ": " + command + " ended with what may be another command's reply: " + reply
                            + ". The session is dropped, and asked after that reply from the next attempt on.",
                    reply,
                    null);
        }
        if (form == DataForm.TEXT) {
            new TransferType(partner, control).bytes();
        }
    }

    /** The end of the TCP connection is not protected; the one that the server announces under TLS is. */
    private boolean wasCut() {
        Tls tls = partner.tls();
        return tls != null && socket != raw && tls.requireCloseNotify() && raw.hasEnded();
    }

    /**
     * The final reply where another preliminary one came after the data. Pure-FTPd says {@code 150} and no more when a
     * RETR broke: then it is not known what became of the transfer, and the session is not used again.
     */
    private Reply replyAfter(Reply preliminary) throws IOException {
        Duration budget = partner.timeouts().reply();
        try {
            return control.finalReply(verb, budget.compareTo(AFTER_PRELIMINARY) < 0 ? budget : AFTER_PRELIMINARY);
        } catch (FtpException e) {
            if (e.kind() != Kind.TIMED_OUT) {
                throw e;
            }
            throw new FtpException(
                    Kind.CONNECTION_LOST,
                    partner + ": " + command + " ended without a final reply; the last one was: " + preliminary,
                    preliminary,
                    e);
        }
    }

    private boolean isUpload() {
        return verb.equals("STOR") || verb.equals("APPE");
    }

    /**
     * Waits until the server has ended its side too. What waits in buffers may need longer to cross than the reply has time; and TLS
     * 1.3 sends the tickets for the next connections here. A few bytes in plain text need neither, and spare a wait.
     */
    private void endOutput(boolean isSoonAcross) throws IOException {
        if (isUpload()) {
            socket.shutdownOutput();
            if (!isSoonAcross) {
                drain();
            }
        }
    }

    private void drain() throws IOException {
        byte[] rest = new byte[DRAIN_BLOCK];
        int count = 0;
        while (count >= 0) {
            count = in.read(rest);
        }
    }

    /** A reset shows that bytes were lost on the way, whatever the server says of those that it has. */
    private void endInput(Reply reply) throws FtpException {
        guard.begin();
        try {
            drain();
        } catch (IOException e) {
            if (!guard.fired()) {
                control.markBroken();
                throw new FtpException(
                        Kind.CONNECTION_LOST,
                        partner + ": the data connection of " + command + " broke (" + why(e)
                                + "), although the server says: " + reply,
                        reply,
                        e);
            }
        } finally {
            closeData();
        }
    }

    /**
     * The error of a transfer that broke, with the server's own word (such as 426 or 451) when it says one soon.
     * The session is not used again.
     */
    private FtpException lost(IOException cause) {
        control.markBroken();
        boolean late = guard.fired();
        closeData();
        if (Thread.currentThread().isInterrupted()) {
            // Whoever interrupts does not wait for the server's word.
            finished = true;
            return FtpException.interrupted(partner, "the data connection of " + command, cause);
        }
        String said = "";
        Reply reply = null;
        try {
            reply = control.reply(verb, Duration.ofSeconds(1));
            refusals.of(command, reply);
            said = "; the server says: " + reply;
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
        finished = true;
        String what = late ? "stood still for " + partner.timeouts().stall() : "broke (" + why(cause) + ")";
        return new FtpException(
                late ? Kind.TIMED_OUT : cause instanceof ZipException ? Kind.UNSAFE : kindOf(reply),
                reply == null ? "" : command,
                partner + ": the data connection of " + command + " " + what + said,
                reply,
                cause);
    }

    /** A channel that was closed meanwhile has no words of its own. */
    private static String why(IOException cause) {
        return cause instanceof ClosedChannelException ? "closed" : String.valueOf(cause.getMessage());
    }

    private static Kind kindOf(@Nullable Reply reply) {
        return reply != null && reply.code() / 100 == 5 ? Kind.REFUSED : Kind.CONNECTION_LOST;
    }

    /** Breaks the transfer; for another thread than the one that uses it. */
    void abort() throws IOException {
        raw.close();
    }

    private void closeData() {
        guard.close();
        try {
            if (in instanceof Inflation) {
                in.close();
            }
            raw.close();
        } catch (IOException e) {
            // Nothing more can be done for a socket that cannot be closed.
            control.markBroken();
        }
    }

    /** Closes the data connection; without a {@link #finish()} before, the session is dropped with it. */
    @Override
    public void close() {
        closeData();
        if (!finished) {
            control.markBroken();
        }
    }
}
