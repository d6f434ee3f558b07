package io.ferry.transfer;

import io.ferry.session.DataConnection;
import io.ferry.session.FtpException;
import io.ferry.session.FtpException.Kind;
import io.ferry.session.FtpSession;
import io.ferry.stream.Block;
import io.ferry.transfer.Attempts.Again;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * Carries the source's bytes to the server: REST at the very size of what is there, then STOR; APPE where the server refuses
 * that. Servers differ on any other offset, and on REST before APPE, so neither is ever sent.
 *
 * <p>Law: belongs to one upload and its thread; remembers over attempts how the server wants to be asked.
 */
final class RemoteWriter {

    /** No room, for now or for this user; the connection ends: none of them speaks about the command. */
    private static final Set<Integer> OTHER_REASONS = Set.of(421, 452, 552);

    /** What is sent soon after it was read is in the processor's cache still, here and where the server is on the same machine. */
    private static final int MOST_AT_ONCE = 128 << 10;

    private final LocalSource source;
    private final TransferOptions options;
    private final Transfer transfer;
    private final TransferListener listener;
    private final Attempts attempts;
    private boolean appendInstead;
    private boolean refusesToContinue;
    private boolean busy;
    private boolean begunBefore;
    private boolean begun;
    private boolean unanswered;
    private long sent;

    RemoteWriter(
            LocalSource source,
            TransferOptions options,
            Transfer transfer,
            TransferListener listener,
            Attempts attempts) {
        this.source = source;
        this.options = options;
        this.transfer = transfer;
        this.listener = listener;
        this.attempts = attempts;
    }

    /** Whether any attempt came so far that the server may have bytes of this upload. */
    boolean hasBegun() {
        return begun;
    }

    /** What was begun lies under another name, or nowhere: the next attempt is the first one. */
    void beginAnew() {
        begun = false;
    }

    /** Whether the server has refused every way to continue a file. */
    boolean refusesToContinue() {
        return refusesToContinue;
    }

    /** Whether the last command to write may yet reach the server, which would cut the file of its name off behind our back. */
    boolean isUnanswered() {
        return unanswered;
    }

    /** Bytes sent over all attempts. */
    long sent() {
        return sent;
    }

    /** Whether the server refused to write under this name, for good. Some say so only after they have opened the connection. */
    static boolean isRefusal(FtpException e) {
        return e.kind() == Kind.REFUSED && (e.refuses("STOR") || e.refuses("APPE")) && isAboutCommand(e);
    }

    /** Whether the last attempt was the first one that the server may have bytes of. */
    boolean wasFirst() {
        return !begunBefore;
    }

    private static boolean isAboutCommand(FtpException e) {
        return e.replyCode() != 0 && !OTHER_REASONS.contains(e.replyCode());
    }

    /**
     * Sends the source from an offset on.
     *
     * @param append whether the bytes are added to a file that is not this upload's own
     */
    void write(FtpSession session, String path, long offset, boolean append) throws IOException {
        begunBefore = begun;
        unanswered = false;
        try (FileChannel file = FileChannel.open(source.file(), StandardOpenOption.READ);
                DataConnection data = open(session, path, offset, append);
                Block block = Block.of(
                        Math.min(options.blockSize(), MOST_AT_ONCE), source.size() - offset, data.takesDirect())) {
            begun = true;
            ByteBuffer buffer = block.buffer();
            long across = offset;
            // Whether there is more by now is seen once all of it is sent.
            while (across < source.size()) {
                int count = file.read(options.sliced(buffer), across);
                if (count <= 0) {
                    break;
                }
                attempts.crossed(count);
                data.write(buffer.flip());
                across += count;
                sent += count;
                listener.progressed(transfer, across);
            }
            data.finish();
        }
    }

    private DataConnection open(FtpSession session, String path, long offset, boolean append) throws IOException {
        try {
            return openAnyWay(session, path, offset, append);
        } catch (FtpException e) {
            unanswered = e.replyCode() == 0 && e.isTransient();
            throw e;
        }
    }

    private DataConnection openAnyWay(FtpSession session, String path, long offset, boolean append) throws IOException {
        if (append || offset == 0) {
            return append ? session.append(path) : session.store(path, 0);
        }
        if (appendInstead) {
            return append(session, path);
        }
        try {
            return session.store(path, offset);
        } catch (FtpException e) {
            if (!isRefused(e, "REST") && !isRefused(e, "STOR")) {
                throw e;
            }
            appendInstead = true;
            if (session.isBroken()) {
                throw new Again("STOR is refused after REST", e);
            }
            return append(session, path);
        }
    }

    private DataConnection append(FtpSession session, String path) throws IOException {
        try {
            return session.append(path);
        } catch (FtpException e) {
            if (!isRefused(e, "APPE")) {
                throw e;
            }
            refusesToContinue = true;
            throw new Again("APPE is refused too", e);
        }
    }

    /** A 4yz reply may mean that the last session still holds the file; the second one is believed. */
    private boolean isRefused(FtpException e, String verb) {
        if (!e.refuses(verb) || !isAboutCommand(e)) {
            return false;
        }
        boolean forNow = e.kind() == Kind.REFUSED_FOR_NOW;
        boolean believed = e.kind() == Kind.REFUSED || (forNow && busy);
        busy |= forNow;
        return believed;
    }
}
