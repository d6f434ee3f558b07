package io.ferry.transfer;

import io.ferry.session.DataConnection;
import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.session.RemoteFileFacts;
import io.ferry.stream.Block;
import io.ferry.stream.PartialFile;
import io.ferry.transfer.Attempts.Inconsistent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What one session does for a segment: prove the version and the restart, receive, stop at the exact count.
 *
 * <p>Law: used once, by one thread. Where the segment ends before the file does, the session is dropped: servers answer ABOR late or
 * twice.
 */
final class SegmentDownload {

    private final Segments segments;
    private final Segment segment;
    private final String path;
    private final Fingerprint version;
    private final TransferOptions options;

    /** The file is another one now. */
    static final class Changed extends IOException {
        private static final long serialVersionUID = 1L;
        private final transient Fingerprint now;

        Changed(String message, Fingerprint now) {
            super(message);
            this.now = now;
        }

        Fingerprint now() {
            return now;
        }
    }

    /** This server's files cannot be taken in segments. */
    static final class Unfit extends IOException {
        private static final long serialVersionUID = 1L;

        Unfit(String message) {
            super(message);
        }
    }

    SegmentDownload(Segments segments, Segment segment, String path, Fingerprint version, TransferOptions options) {
        this.segments = segments;
        this.segment = segment;
        this.path = path;
        this.version = version;
        this.options = options;
    }

    /** Receives until the segment ends, or its session is wanted elsewhere. */
    void run(FtpSession session) throws IOException {
        checkVersion(session);
        try {
            if (Restart.isIgnored(session, path, version.size(), segments::received)) {
                throw new Unfit("the server answers REST and does not obey it");
            }
        } catch (FtpException e) {
            throw refusal(e);
        }
        if (!segments.firm(segment)) {
            return;
        }
        try (PartialFile partial = PartialFile.open(segment.partial(), options.durable())) {
            partial.trim(options.overlap());
            if (segments.reached(segment, partial.length(), 0)) {
                receive(session, partial);
            }
        }
    }

    private void checkVersion(FtpSession session) throws IOException {
        Optional<RemoteFileFacts> stated = session.factsBeforeTransfer(path);
        if (stated.isEmpty()) {
            throw new Inconsistent("there is no file " + path + " now");
        }
        Fingerprint now = Fingerprint.of(version.place(), path, stated.get());
        if (!now.equals(version)) {
            throw new Changed("the file changed while it was transferred (" + version.difference(now) + ")", now);
        }
    }

    private DataConnection restart(FtpSession session, long offset) throws IOException {
        try {
            return session.retrieve(path, offset);
        } catch (FtpException e) {
            throw refusal(e);
        }
    }

    private static IOException refusal(FtpException refused) {
        return Restart.isRefused(refused)
                ? new Unfit("the server refuses to restart (" + refused.replyCode() + " " + refused.replyText() + ")")
                : refused;
    }

    private void receive(FtpSession session, PartialFile partial) throws IOException {
        long offset = segment.start() + partial.length();
        int overlap = (int) Math.min(options.overlap(), partial.length());
        try (DataConnection data = restart(session, offset - overlap)) {
            long differs = Restart.mismatch(data, partial, overlap, offset, segments::received);
            if (differs >= 0) {
                partial.truncate(0);
                segments.reached(segment, 0, 0);
                throw new Unfit("byte " + differs + " is not the one that was received");
            }
            if (copy(data, partial)) {
                finish(data, partial);
            }
        }
    }

    /** Whether the segment's last byte is there. */
    private boolean copy(DataConnection data, PartialFile partial) throws IOException {
        long expected = segments.left(segment);
        try (Block block = Block.of(options.blockSize(), expected, data.takesDirect())) {
            ByteBuffer buffer = block.buffer();
            for (long left = expected; left > 0; left = segments.left(segment)) {
                int count = data.read(buffer.clear().limit((int) Math.min(left, buffer.capacity())));
                if (count < 0) {
                    data.finish();
                    throw new Inconsistent("the data ended at byte " + (segment.start() + partial.length()));
                }
                partial.append(buffer.flip());
                segments.received(count);
                if (!segments.reached(segment, partial.length(), count)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** At the file's end both connections must agree; the session is of further use then. */
    private void finish(DataConnection data, PartialFile partial) throws IOException {
        if (segment.start() + partial.length() < version.size()) {
            return;
        }
        if (data.read(new byte[1]) >= 0) {
            partial.truncate(0);
            segments.reached(segment, 0, 0);
            throw new Unfit("the server sends more than the " + version.size() + " bytes it stated");
        }
        data.finish(true);
        segments.ended(segment);
    }
}
