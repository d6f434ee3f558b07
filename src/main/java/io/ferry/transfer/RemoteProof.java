package io.ferry.transfer;

import io.ferry.session.DataConnection;
import io.ferry.session.Following;
import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.session.RemoteFileFacts;
import io.ferry.stream.FileDigest;
import io.ferry.transfer.Attempts.Again;
import io.ferry.transfer.Attempts.Inconsistent;
import io.ferry.transfer.TransferOptions.Verify;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the bytes on the server are proven to be the source's: their number, their end, their digest, by the strongest means that
 * the server does not refuse.
 *
 * <p>Law: belongs to one upload and its thread; remembers over attempts what the server refuses and what it stated.
 */
final class RemoteProof {

    private final LocalSource source;
    private final TransferOptions options;
    private final Attempts attempts;
    private final Doubts doubts;
    private @Nullable String unreadable;
    private boolean busy;
    private boolean stated;
    private boolean sizeHidden;
    private boolean distrusted;
    private long suspectedOffset = -1;

    RemoteProof(LocalSource source, TransferOptions options, Attempts attempts, Doubts doubts) {
        this.source = source;
        this.options = options;
        this.attempts = attempts;
        this.doubts = doubts;
    }

    /** What can be said about the beginning of the source at the server. */
    enum Verdict {
        /** It is the source's, or accepted as such. */
        SAME,
        /** It is not. */
        DIFFERENT,
        /** The server allows no comparison. */
        UNKNOWN
    }

    /** The server does not continue where it is asked to, or gave wrong bytes before. */
    boolean isDistrusted() {
        return distrusted;
    }

    /** Whether the server has stated the size of what was sent: only then does its silence mean that the file is gone. */
    boolean showsFiles() {
        return stated;
    }

    /**
     * How many bytes lie under a path: SIZE, or what MLST or LIST state where SIZE is refused.
     *
     * @param isThere whether there should be a file, so that an empty answer to SIZE is a reason to ask otherwise
     * @return bytes, or empty where there is no file, or the server does not say
     */
    Optional<Long> size(FtpSession session, String path, boolean isThere) throws IOException {
        return sizeOr(session, path, isThere, session.size(path));
    }

    private Optional<Long> sizeOr(FtpSession session, String path, boolean isThere, Optional<Long> told)
            throws IOException {
        Optional<Long> size = told;
        if (size.isEmpty() && (isThere || sizeHidden || !session.statesSizes())) {
            size = session.facts(path)
                    .filter(facts -> !facts.directory() && facts.size() >= 0)
                    .map(RemoteFileFacts::size);
            sizeHidden |= size.isPresent();
        }
        return size;
    }

    /** Whether there is a file under a path, as far as the server says so. */
    boolean exists(FtpSession session, String path) throws IOException {
        return size(session, path, true).isPresent();
    }

    /** Makes sure that {@link #showsFiles()} is known before it matters. */
    void look(FtpSession session, String path) throws IOException {
        stated = stated || exists(session, path);
    }

    /** The size of a listing may be rounded; SIZE and MLST count bytes. */
    private boolean isExact(FtpSession session) {
        return !sizeHidden || session.listsExactTimes();
    }

    /**
     * Compares what lies at the server with the source's beginning.
     *
     * @param base bytes before the source's first, of a file that is appended to
     */
    Verdict compare(FtpSession session, String path, long base, ResumeDecision.ResumeAt resume) throws IOException {
        if (unreadable == null) {
            Optional<Boolean> same = compareEnd(session, path, base, resume);
            if (same.isPresent()) {
                stated = true;
                return same.get() ? Verdict.SAME : Verdict.DIFFERENT;
            }
        }
        Optional<String> theirs = base == 0 ? digest(session, path) : Optional.empty();
        if (theirs.isPresent()) {
            String ours = FileDigest.of(source.file(), session.digestAlgorithm().orElseThrow(), resume.offset());
            return theirs.get().equals(ours) ? Verdict.SAME : Verdict.DIFFERENT;
        }
        if (!doubts.areAccepted() || !isExact(session)) {
            return Verdict.UNKNOWN;
        }
        doubts.say("what lies at the server cannot be read back (" + unreadable
                + "), and it computes no digest: the transfer is continued on its size of " + resume.offset()
                + " bytes alone");
        return Verdict.SAME;
    }

    /** Why what lies at the server cannot be compared. */
    String whyUnknown() {
        return "what lies at the server cannot be read back (" + unreadable + ")";
    }

    /** Reads the end back; empty where the server does not let it be read. */
    private Optional<Boolean> compareEnd(FtpSession session, String path, long base, ResumeDecision.ResumeAt resume)
            throws IOException {
        long from = resume.offset() - resume.overlap();
        byte[] expected = new byte[resume.overlap()];
        try (RandomAccessFile file = new RandomAccessFile(source.file().toFile(), "r")) {
            file.seek(from);
            file.readFully(expected);
        }
        byte[] there = new byte[resume.overlap() + 1];
        int count = 0;
        try (DataConnection data = session.retrieve(path, base + from)) {
            for (int read = 0; read >= 0 && count < there.length; count += Math.max(read, 0)) {
                attempts.checkStop();
                read = data.read(there, count, there.length - count);
            }
            if (count == there.length) {
                throw tooMuch(path, resume.offset());
            }
            data.finish(count == expected.length);
        } catch (FtpException e) {
            noteRefusal(session, e);
            return Optional.empty();
        }
        return Optional.of(count == expected.length && Arrays.mismatch(expected, 0, count, there, 0, count) < 0);
    }

    private void noteRefusal(FtpSession session, FtpException e) throws IOException {
        boolean refused = e.refuses("RETR") || e.refuses("REST");
        boolean onlyNow = e.kind() == FtpException.Kind.REFUSED_FOR_NOW && !busy;
        if (!refused || onlyNow) {
            busy |= refused;
            throw e;
        }
        unreadable = e.replyCode() + " " + e.replyText();
        if (session.isBroken()) {
            // The offset of REST would hold for the next transfer of this session.
            throw new Again("the partial cannot be read back", e);
        }
    }

    /** More came back than the overlap: another one still writes the partial, or the server ignores REST. */
    private IOException tooMuch(String path, long offset) {
        if (offset == suspectedOffset) {
            distrusted = true;
            return new Again("the server ignores REST", null);
        }
        boolean first = suspectedOffset < 0;
        suspectedOffset = offset;
        String why = "the partial " + path + " may still be growing";
        // The second look follows even where only one attempt is allowed: the next upload would suspect the same.
        return first ? new Again(why, null) : new Inconsistent(why);
    }

    /** The server's digest of a whole file; empty where it offers none or refuses this one. */
    private static Optional<String> digest(FtpSession session, String path) throws IOException {
        if (session.digestAlgorithm().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(session.digest(path));
        } catch (FtpException e) {
            if (e.kind() != FtpException.Kind.REFUSED) {
                throw e;
            }
            return Optional.empty();
        }
    }

    /**
     * Every real server answers 226 to an upload that was cut, so only what it states now counts.
     *
     * @param base bytes before the source's first
     * @param restartOffset where the last attempt began
     * @param following what is likely to follow on the session
     * @return what was compared with what
     */
    String confirm(FtpSession session, String path, long base, long restartOffset, Set<Following> following)
            throws IOException {
        if (options.verify() == Verify.NONE) {
            return "nothing";
        }
        Optional<Long> told = session.size(path, following);
        Optional<Long> size = sizeOr(session, path, true, told);
        if (size.isEmpty()) {
            return confirmWithoutSize(session, path, base);
        }
        stated = true;
        long there = size.get() - base;
        if (there != source.size()) {
            // More than the whole, or less than there was before: this server does not write where REST says.
            distrusted = there > source.size() || there < restartOffset;
            session.distrust();
            throw new Inconsistent(
                    "the server confirmed STOR (226) but has " + there + " of " + source.size() + " bytes");
        }
        String compared = "size " + there + " at the server";
        boolean digested = options.verify() == Verify.DIGEST && base == 0;
        return digested ? compared + ", " + confirmDigest(session, session.digest(path)) : compared;
    }

    private String confirmWithoutSize(FtpSession session, String path, long base) throws IOException {
        Optional<String> theirs = base == 0 ? digest(session, path) : Optional.empty();
        if (theirs.isPresent()) {
            return confirmDigest(session, theirs.get());
        }
        doubts.accept(
                source.size(),
                "the server states no size of " + path
                        + " (SIZE, MLST and LIST give none) and no digest, so nothing proves"
                        + " that the file arrived whole",
                "publish it on the reply 226 alone");
        return "nothing: the server states no size; it answered 226 to " + source.size() + " bytes";
    }

    private String confirmDigest(FtpSession session, String theirs) throws IOException {
        String algorithm = session.digestAlgorithm().orElseThrow();
        String ours = FileDigest.of(source.file(), algorithm);
        if (!theirs.equals(ours)) {
            distrusted = true;
            throw new Inconsistent(algorithm + " differs: the server has " + theirs + ", here it is " + ours);
        }
        return algorithm + " " + ours;
    }
}
