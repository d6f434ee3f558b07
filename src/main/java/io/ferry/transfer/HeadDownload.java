package io.ferry.transfer;

import io.ferry.session.DataConnection;
import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.session.Partner;
import io.ferry.stream.Block;
import io.ferry.stream.PartialFile;
import io.ferry.transfer.Attempts.Again;
import io.ferry.transfer.ResumeDecision.Conflict;
import io.ferry.transfer.ResumeDecision.ResumeAt;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * How a download's own session, the head, fills the partial: from its start or the restart offset, block by block, to the end of the
 * file, or up to a segment that has come already, and on behind that.
 *
 * <p>Law: belongs to one download and its thread; used once in each attempt, and remembers over them what the server does not do. The
 * lease is given back while it waits for a segment, so that the session which it ends with may be another one.
 */
final class HeadDownload {

    private final Partner partner;
    private final Transfer transfer;
    private final String path;
    private final TransferOptions options;
    private final TransferListener listener;
    private final Attempts attempts;
    private final Segments segments;
    private final SourceProof proof;
    private final ResumePoint point;

    private boolean busy;
    private boolean compress;
    private long restartOffset;
    private long received;
    private long saved;

    HeadDownload(
            Partner partner,
            Transfer transfer,
            TransferOptions options,
            TransferListener listener,
            Attempts attempts,
            Segments segments,
            SourceProof proof,
            ResumePoint point) {
        this.partner = partner;
        this.transfer = transfer;
        this.path = transfer.path();
        this.options = options;
        this.listener = listener;
        this.attempts = attempts;
        this.segments = segments;
        this.proof = proof;
        this.point = point;
        this.compress = options.compress();
    }

    /** Where the last attempt that told of it began, in bytes. */
    long restartOffset() {
        return restartOffset;
    }

    /** Bytes that the head has received in all attempts, overlaps included. */
    long received() {
        return received;
    }

    /** Bytes that were not received because an earlier attempt, or transfer, had. */
    long saved() {
        return saved;
    }

    /**
     * Fills the partial.
     *
     * @param first the session that is held
     * @return the session that did the last of it
     */
    FtpSession receive(HeldLease held, FtpSession first, Fingerprint source, PartialFile partial) throws IOException {
        try {
            return fill(held, first, source, partial);
        } catch (FtpException e) {
            throw e.isDamage() ? damaged(first, e, partial) : e;
        } finally {
            segments.paused();
            attempts.safe(partial.length());
        }
    }

    /** From where the partial stands to its end or to the next segment, and so on. */
    private FtpSession fill(HeldLease held, FtpSession first, Fingerprint source, PartialFile partial)
            throws IOException {
        segments.begin(source);
        ResumeDecision decision = point.decide(source, partial);
        FtpSession session = first;
        boolean begun = segments.room(partial.length()) > 0 || !(decision instanceof ResumeAt);
        boolean whole = begun && transfer(session, source, partial, decision);
        while (!whole) {
            held.close();
            long found = segments.join(partial, this::waiting);
            proof.checkUnchanged(segments.changed(), source, partial);
            session = held.take();
            whole = begun && segments.isWhole(partial.length());
            if (!whole) {
                proof.observeAgain(session, source, partial);
                whole = resume(session, source, partial, point.at(partial.length()), !begun);
            }
            saved += begun ? found : 0;
            begun = true;
        }
        return session;
    }

    private void waiting(long progress) throws IOException {
        attempts.checkStop();
        listener.progressed(transfer, progress);
    }

    /** The checksum tells at the end only: nothing that has come is of use, and the next attempt asks for the bytes as they are. */
    private IOException damaged(FtpSession session, FtpException damage, PartialFile partial) throws IOException {
        session.distrustDeflation();
        partial.truncate(0);
        segments.end();
        listener.restarted(transfer, String.valueOf(damage.getMessage()));
        return new Again("the deflated data were damaged", damage);
    }

    private boolean transfer(FtpSession session, Fingerprint source, PartialFile partial, ResumeDecision decision)
            throws IOException {
        if (decision instanceof ResumeAt resume) {
            return resume(session, source, partial, resume, true);
        }
        point.demandMet();
        restartOffset = 0;
        LocalDisk.checkSpace(path, partial, source.size());
        try (DataConnection data = begin(session, source)) {
            if (decision instanceof Conflict conflict) {
                // Not before the server has agreed: what is there may be of use another time.
                listener.restarted(transfer, conflict.why());
                partial.truncate(0);
                segments.discard();
            }
            return copy(session, data, source, partial);
        }
    }

    private DataConnection begin(FtpSession session, Fingerprint source) throws IOException {
        boolean deflate = isDeflated(source);
        // Whatever ends this attempt, the next one takes the bytes as they are.
        compress = false;
        try {
            return deflate ? session.retrieveDeflated(path) : session.retrieve(path, 0);
        } catch (FtpException e) {
            if (deflate && e.refuses("RETR") && e.replyCode() / 100 == 5 && e.replyCode() != 550) {
                throw new Again("the server does not send it deflated", e);
            }
            if (proof.isAsListed() && e.refuses("RETR") && e.replyCode() == 550) {
                throw new Again("the file that was listed cannot be read", e);
            }
            throw e;
        }
    }

    /**
     * What could be any number of bytes, or is none, is not deflated: the size that the server has stated bounds what is inflated.
     * Neither is what follows a REST: whether its offset counts bytes of the file or of the stream is not said anywhere.
     */
    private boolean isDeflated(Fingerprint source) {
        return compress && source.size() > 0 && !partner.ascii();
    }

    /** Continues; {@code told} where that is not only what follows a segment. */
    private boolean resume(FtpSession session, Fingerprint source, PartialFile partial, ResumeAt resume, boolean told)
            throws IOException {
        LocalDisk.checkSpace(path, partial, source.size() - segments.there());
        checkRestart(session, source);
        try (DataConnection data = restart(session, resume.offset() - resume.overlap())) {
            point.demandMet();
            compareOverlap(data, partial, resume);
            if (told) {
                restartOffset = resume.offset();
                saved += resume.offset() - resume.overlap();
                listener.resumed(transfer, resume.offset(), resume.offset() - resume.overlap());
            }
            return copy(session, data, source, partial);
        }
    }

    /** The end of the data is not seen where a segment is met before; otherwise there the count tells of a REST that was ignored. */
    private void checkRestart(FtpSession session, Fingerprint source) throws IOException {
        try {
            if (segments.isDivided() && Restart.isIgnored(session, path, source.size(), count -> received += count)) {
                throw distrusted("the server answers REST and does not obey it");
            }
        } catch (FtpException e) {
            throw refusal(e, true);
        }
    }

    /** Some servers refuse only the RETR after REST, and with 4yz: where a further attempt meets the same, that is believed. */
    private DataConnection restart(FtpSession session, long offset) throws IOException {
        try {
            return session.retrieve(path, offset);
        } catch (FtpException e) {
            throw refusal(e, offset > 0);
        }
    }

    private IOException refusal(FtpException refusal, boolean restarts) {
        boolean refused = restarts && refusal.refuses("RETR") && refusal.replyCode() != 425;
        if (Restart.isRefused(refusal) && restarts || (refused && busy)) {
            return distrusted(
                    "the server refuses to restart (" + refusal.replyCode() + " " + refusal.replyText() + ")");
        }
        busy |= refused;
        return refusal;
    }

    /** The bytes before the restart offset must be the ones that are there; a server that ignores REST is caught here. */
    private void compareOverlap(DataConnection data, PartialFile partial, ResumeAt resume) throws IOException {
        long differs = Restart.mismatch(data, partial, resume.overlap(), resume.offset(), count -> {
            received += count;
            attempts.checkStop();
        });
        if (differs >= 0) {
            throw distrusted("byte " + differs + " before the restart offset " + resume.offset()
                    + " is not the one that was received");
        }
    }

    /** The next attempt follows at once and begins at zero: a later download would find the same partial and fail the same. */
    private Again distrusted(String why) {
        point.distrust(why);
        // Behind a segment the head would have to restart again.
        segments.end();
        return new Again(why, null);
    }

    /** Receives to the end of the file, or up to the next segment: then the session is not used again. False for the latter. */
    private boolean copy(FtpSession session, DataConnection data, Fingerprint source, PartialFile partial)
            throws IOException {
        boolean counted = !partner.ascii() && source.size() >= 0;
        long expected = counted ? source.size() - partial.length() : -1;
        try (Block block = Block.of(options.blockSize(), expected, data.takesDirect())) {
            ByteBuffer buffer = block.buffer();
            for (long room = room(source, partial); room > 0; room = room(source, partial)) {
                ByteBuffer into = options.sliced(buffer);
                int count = data.read(into.limit((int) Math.min(into.limit(), room)));
                if (count < 0) {
                    proof.finish(session, data, source, partial);
                    return true;
                }
                attempts.crossed(count);
                received += count;
                if (counted && partial.length() + count > source.size()) {
                    partial.truncate(0);
                    throw proof.inconsistent("the server sends more than the " + source.size() + " bytes it stated");
                }
                partial.append(buffer.flip());
                listener.progressed(transfer, segments.advanced(partial.length(), count));
            }
        }
        return false;
    }

    private long room(Fingerprint source, PartialFile partial) throws IOException {
        proof.checkUnchanged(segments.changed(), source, partial);
        return segments.room(partial.length());
    }
}
