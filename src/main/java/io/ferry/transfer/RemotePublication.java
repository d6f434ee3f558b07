package io.ferry.transfer;

import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.transfer.IntentNotes.Note;
import io.ferry.transfer.RemoteTarget.WhenExists;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a verified remote partial its final name. An existing file is touched only now, and set aside rather than deleted
 * where the server's RNTO does not replace it.
 *
 * <p>Law: belongs to one upload; remembers over attempts, and in a note over the end of the process, what was under way when the
 * connection broke.
 */
final class RemotePublication {

    private static final Logger LOG = LoggerFactory.getLogger(RemotePublication.class);

    /** How servers say that they do not rename at all, or not for this user. */
    private static final Set<Integer> NO_RENAME = Set.of(500, 501, 502, 503, 504, 530, 532, 550, 553);

    private final RemoteTarget target;
    private final LocalSource source;
    private final TransferOptions options;
    private final RemoteProof proof;
    private final IntentNotes notes;
    private final String version;
    private String aside;
    private String refusal = "";
    private boolean renameSent;
    private boolean noteWritten;
    private boolean asideUsed;

    RemotePublication(
            RemoteTarget target,
            LocalSource source,
            TransferOptions options,
            RemoteProof proof,
            Installation installation) {
        this.target = target;
        this.source = source;
        this.options = options;
        this.proof = proof;
        this.notes = installation.notes();
        this.version = source.fingerprint().hash();
        // One of an earlier upload may still lie there, where DELE is refused, or the process was killed.
        this.aside = target.asideNow(source.fingerprint(), installation.id());
    }

    /** How a publication ended. */
    enum Ending {
        /** The file has its final name. */
        PUBLISHED,
        /** A file that is to be left alone has appeared under the final name; the partial is gone. */
        LEFT_ALONE,
        /** The server does not rename. The partial stays. */
        NOT_RENAMED
    }

    /**
     * Whether an earlier attempt's rename happened although its reply was lost: then the partial is gone. The file under the
     * final name may be gone as well, when its receiver was quick.
     */
    boolean happenedAlready(FtpSession session, String partial) throws IOException {
        if (!renameSent || proof.exists(session, partial)) {
            return false;
        }
        if (!proof.showsFiles()) {
            LOG.warn(
                    "{}: the reply to the rename of {} was lost, and the server does not show whether it happened: the file is"
                            + " sent again",
                    session.partner(),
                    target.path());
            return false;
        }
        dropAside(session);
        return true;
    }

    /** What an upload of this version to this path, in this process or an earlier one, was about to do when it last published. */
    Optional<Note> noted(FtpSession session) throws IOException {
        return source.isDropped() && target.whenExists() != WhenExists.APPEND
                ? notes.find(session.partner().name(), target.path(), version, options.partialExpiry())
                : Optional.empty();
    }

    /**
     * Takes up what was noted.
     *
     * @return whether the rename happened: then the partial is gone
     */
    boolean happened(FtpSession session, Note note) throws IOException {
        aside = note.aside();
        asideUsed = true;
        if (!notes.isConfirmed(note) && proof.exists(session, note.partial())) {
            // Should the partial vanish from now on, it was not published.
            forget(session.partner().name());
            return false;
        }
        dropAside(session);
        return true;
    }

    /** A note is worth something only where the server's silence about the partial will mean that it is gone. */
    private void note(FtpSession session, String partial) throws IOException {
        proof.look(session, partial);
        noteWritten = false;
        if (!source.isDropped() || !proof.showsFiles()) {
            return;
        }
        try {
            notes.write(
                    new Note(
                            session.partner().name(),
                            target.path(),
                            version,
                            partial,
                            aside,
                            Instant.now(),
                            source.file().toAbsolutePath().toString()),
                    options.durable());
            noteWritten = true;
        } catch (IOException e) {
            LOG.warn(
                    "{}: no note of intent could be written for {}, so that a crash at this moment would send it again: {}",
                    session.partner(),
                    target.path(),
                    e.toString());
        }
    }

    /**
     * Whether a file exists under the final name that is to be left alone.
     *
     * @throws TransferException where it is an error that it exists
     */
    boolean isExcluded(FtpSession session) throws IOException {
        boolean matters = target.whenExists() == WhenExists.FAIL || target.whenExists() == WhenExists.IGNORE;
        if (!matters || !proof.exists(session, target.path())) {
            return false;
        }
        if (target.whenExists() == WhenExists.FAIL) {
            throw new TransferException(
                    target.path(), 0, session.partner() + ": " + target.path() + " exists, and fileExist=Fail", null);
        }
        return true;
    }

    /** Removes the note, where nothing was renamed, or nothing will send the file again. */
    void forget(String partner) throws IOException {
        if (source.isDropped()) {
            notes.remove(partner, target.path(), version);
        }
    }

    /**
     * The partial whose rename may have been asked for is about to be given up or called otherwise: from now on its absence, or
     * that of the one that takes its place, does not tell that it was published.
     */
    void disown(String partner) throws IOException {
        renameSent = false;
        if (source.isDropped()) {
            notes.removeForGood(partner, target.path(), version);
        }
    }

    /** What the server said where it does not rename. */
    String refusal() {
        return refusal;
    }

    /** Whether the server is asked for a file under the final name before the rename. */
    boolean looksFirst() {
        WhenExists whenExists = target.whenExists();
        return whenExists == WhenExists.FAIL || whenExists == WhenExists.IGNORE || whenExists == WhenExists.MOVE;
    }

    /** Publishes. */
    Ending publish(FtpSession session, String partial) throws IOException {
        try {
            Ending ending = tryToPublish(session, partial);
            if (ending == Ending.PUBLISHED && noteWritten) {
                notes.confirm(session.partner().name(), target.path(), version);
            }
            return ending;
        } catch (FtpException e) {
            if (!session.isBroken()) {
                // The server said no: the partial, should it vanish, was not published.
                renameSent = false;
                forget(session.partner().name());
            }
            throw e;
        }
    }

    private Ending tryToPublish(FtpSession session, String partial) throws IOException {
        WhenExists whenExists = target.whenExists();
        if (looksFirst() && proof.exists(session, target.path())) {
            if (whenExists == WhenExists.IGNORE) {
                session.delete(partial);
                return Ending.LEFT_ALONE;
            }
            makeWay(session, partial);
        }
        note(session, partial);
        renameSent = true;
        try {
            rename(session, partial);
        } catch (FtpException e) {
            if (isRefused(session, e, partial)) {
                renameSent = false;
                refusal = e.replyCode() + " " + e.replyText();
                forget(session.partner().name());
                return Ending.NOT_RENAMED;
            }
            boolean mayReplace = whenExists == WhenExists.REPLACE && e.refuses("RNTO");
            if (!mayReplace || !proof.exists(session, target.path())) {
                throw e;
            }
            replace(session, partial);
        }
        dropAside(session);
        return Ending.PUBLISHED;
    }

    private void rename(FtpSession session, String partial) throws IOException {
        try {
            session.rename(partial, target.path());
        } catch (FtpException e) {
            String directory = RemoteTarget.parentOf(target.path());
            boolean maybeMissing = target.partialDirectory() != null
                    && target.makeDirectories()
                    && e.refuses("RNTO")
                    && !directory.isEmpty()
                    && session.directory(directory).isEmpty();
            if (!maybeMissing) {
                throw e;
            }
            session.makeDirectories(directory);
            session.rename(partial, target.path());
        }
    }

    /** A partial that is gone is refused too: it was taken, which no other way of storing sets right. */
    private boolean isRefused(FtpSession session, FtpException e, String partial) throws IOException {
        return e.refuses("RNFR")
                && NO_RENAME.contains(e.replyCode())
                && !session.isBroken()
                && (!proof.showsFiles() || proof.exists(session, partial));
    }

    /** Moves an existing file away, or fails, as it was asked for. */
    void makeWay(FtpSession session, String partial) throws IOException {
        RemoteTarget.Mover mover = target.mover();
        if (target.whenExists() == WhenExists.FAIL || mover == null) {
            throw new TransferException(
                    target.path(),
                    source.size(),
                    session.partner() + ": " + target.path() + " exists, and fileExist=Fail; the new file stays as "
                            + partial,
                    null);
        }
        mover.move(session, target.path());
    }

    private void replace(FtpSession session, String partial) throws IOException {
        asideUsed = true;
        session.rename(target.path(), aside);
        try {
            session.rename(partial, target.path());
        } catch (IOException e) {
            LOG.warn(
                    "{}: {} could not be replaced; the earlier file lies safe as {}",
                    session.partner(),
                    target.path(),
                    aside);
            putBack(session, e);
            throw e;
        }
    }

    private void putBack(FtpSession session, IOException failure) {
        if (session.isBroken()) {
            return;
        }
        try {
            session.rename(aside, target.path());
            asideUsed = false;
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** The earlier file is not needed any more; a server that keeps it does no harm to the new one. */
    private void dropAside(FtpSession session) throws IOException {
        if (asideUsed && proof.exists(session, aside)) {
            try {
                session.delete(aside);
            } catch (FtpException e) {
                LOG.warn("{}: the replaced file stays as {}: {}", session.partner(), aside, e.getMessage());
            }
        }
    }
}
