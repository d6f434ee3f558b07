package io.ferry.transfer;

import io.ferry.session.DataConnection;
import io.ferry.session.FtpSession;
import io.ferry.session.Partner;
import io.ferry.session.RemoteFileFacts;
import io.ferry.session.Upcoming;
import io.ferry.stream.FileDigest;
import io.ferry.stream.PartialFile;
import io.ferry.transfer.Attempts.Again;
import io.ferry.transfer.Attempts.Inconsistent;
import io.ferry.transfer.ResumeDecision.AlreadyComplete;
import io.ferry.transfer.TransferOptions.Verify;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How a download's bytes are proven to be the source's: the version is observed before the first of them, it must be the same after
 * the last, and their number and digest must be what the server states.
 *
 * <p>Law: belongs to one download and its thread, but for {@link #followedBy}. Bytes that may be of another version, or not the file's,
 * are thrown away before the failure is thrown.
 */
final class SourceProof {

    private final Partner partner;
    private final Transfer transfer;
    private final String path;
    private final LocalTarget target;
    private final TransferOptions options;
    private final TransferListener listener;
    private final Segments segments;

    private volatile Supplier<Optional<Upcoming>> next = Optional::empty;
    private @Nullable RemoteFileFacts listed;
    private boolean asListed;
    private String verified = "nothing";

    SourceProof(
            Partner partner,
            Transfer transfer,
            LocalTarget target,
            TransferOptions options,
            TransferListener listener,
            Segments segments) {
        this.partner = partner;
        this.transfer = transfer;
        this.path = transfer.path();
        this.target = target;
        this.options = options;
        this.listener = listener;
        this.segments = segments;
    }

    /** What a listing has stated: it stands for the first look, once. */
    void listed(RemoteFileFacts facts) {
        listed = facts;
    }

    /** Who tells the file whose first look goes along with the last one at this. */
    void followedBy(Supplier<Optional<Upcoming>> file) {
        next = file;
    }

    /**
     * The version that is there as an attempt begins.
     *
     * @throws TransferException where there is none
     */
    Fingerprint observe(FtpSession session) throws IOException {
        // Nothing is asked in the end that would tell of a listing that is no longer true.
        RemoteFileFacts known = options.verify() == Verify.NONE ? null : listed;
        listed = null;
        Optional<RemoteFileFacts> stated = session.factsBeforeTransfer(new Upcoming(path, known));
        asListed = known != null && stated.orElse(null) == known;
        return version(stated);
    }

    private Fingerprint version(Optional<RemoteFileFacts> stated) throws TransferException {
        RemoteFileFacts facts = stated.orElseThrow(() -> TransferException.noSuchFile(
                path, transfer.partner() + ": there is no file " + path + ", or it may not be read (550)"));
        return Fingerprint.of(partner.name(), path, facts);
    }

    /** Whether this attempt believes a listing: what was listed a while ago may have changed, or gone, before the transfer began. */
    boolean isAsListed() {
        return asListed;
    }

    /** What is asked for must be possible, before a byte is transferred. */
    void checkProvable(FtpSession session, Fingerprint source) throws TransferException {
        if (options.verify() != Verify.NONE && source.size() < 0) {
            throw TransferException.noSize(transfer);
        }
        if (options.verify() == Verify.DIGEST && session.digestAlgorithm().isEmpty()) {
            throw TransferException.noDigests(transfer);
        }
    }

    /** Whether a file lies there that an earlier transfer of the very same version has verified. */
    boolean isReady(FtpSession session, Fingerprint source, Path published) throws IOException {
        boolean there = target.perVersion()
                && !options.isRestartDemanded()
                && Files.isRegularFile(published, LinkOption.NOFOLLOW_LINKS)
                && Files.size(published) == source.size();
        if (!there || !(ResumeDecision.of(source, 0, true, options) instanceof AlreadyComplete)) {
            return false;
        }
        verified = "size, when it was transferred";
        if (!source.isProof()) {
            String digest = session.digest(path);
            if (!digest.equals(
                    FileDigest.of(published, session.digestAlgorithm().orElseThrow()))) {
                listener.restarted(transfer, "the file that lies ready has another digest");
                return false;
            }
            verified = "size " + source.size() + " and digest " + digest + " at the server";
        }
        target.keep(source);
        return true;
    }

    /** A look in the middle of an attempt: the version must be the same. */
    void observeAgain(FtpSession session, Fingerprint source, PartialFile partial) throws IOException {
        checkUnchanged(version(session.factsBeforeTransfer(path)), source, partial);
    }

    /**
     * The version must be the one that the transfer began with.
     *
     * @param now null where nobody has looked
     */
    void checkUnchanged(@Nullable Fingerprint now, Fingerprint source, PartialFile partial) throws IOException {
        if (now != null && !now.equals(source)) {
            partial.truncate(0);
            throw inconsistent("the file changed while it was transferred (" + source.difference(now) + ")");
        }
    }

    /** What was listed a while ago may have changed before the transfer began: the next attempt asks what there is, at once. */
    IOException inconsistent(String why) {
        return asListed ? new Again(why, null) : new Inconsistent(why);
    }

    /** The data have ended: both connections must agree on it, and what is asked after that may go out before the reply. */
    void finish(FtpSession session, DataConnection data, Fingerprint source, PartialFile partial) throws IOException {
        boolean whole = !partner.ascii() && partial.length() == source.size();
        if (whole && options.verify() != Verify.NONE) {
            session.finishAndAsk(data, path, next.get().orElse(null));
        } else {
            data.finish(whole);
        }
    }

    /** As many bytes have come as the server has stated. */
    void checkCount(FtpSession session, Fingerprint source, PartialFile partial) throws IOException {
        if (!partner.ascii() && source.size() >= 0 && partial.length() != source.size()) {
            session.distrust();
            throw inconsistent(
                    "the server confirmed RETR (226) after " + partial.length() + " of " + source.size() + " bytes");
        }
    }

    /** The source is still the version that the transfer began with, and the digest is the same. */
    void confirm(FtpSession session, Fingerprint source, PartialFile partial) throws IOException {
        if (options.verify() == Verify.NONE) {
            return;
        }
        checkUnchanged(version(session.factsAndNext(path, next.get().orElse(null))), source, partial);
        verified = "size " + partial.length() + (source.modified() == null ? "" : " and modification time")
                + " at the server";
        if (options.verify() == Verify.DIGEST) {
            confirmDigest(session, partial);
        }
    }

    private void confirmDigest(FtpSession session, PartialFile partial) throws IOException {
        String algorithm = session.digestAlgorithm().orElseThrow();
        String theirs = session.digest(path);
        String ours = partial.digest(algorithm);
        if (!theirs.equals(ours)) {
            partial.truncate(0);
            segments.end();
            throw new Inconsistent(algorithm + " differs: the server has " + theirs + ", here it is " + ours);
        }
        verified += ", " + algorithm + " " + ours;
    }

    /** What was compared with what, for the result. */
    String verified() {
        return verified;
    }
}
