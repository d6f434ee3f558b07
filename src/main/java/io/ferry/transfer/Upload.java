package io.ferry.transfer;

import io.ferry.session.Following;
import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.session.SessionPool;
import io.ferry.transfer.Attempts.Again;
import io.ferry.transfer.IntentNotes.Note;
import io.ferry.transfer.RemoteProof.Verdict;
import io.ferry.transfer.RemotePublication.Ending;
import io.ferry.transfer.RemoteTarget.WhenExists;
import io.ferry.transfer.ResumeDecision.Conflict;
import io.ferry.transfer.ResumeDecision.ResumeAt;
import io.ferry.transfer.TransferOptions.Verify;
import io.ferry.transfer.TransferResult.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One upload: ask how much is there, prove that it is the source's, send the rest, confirm, publish.
 *
 * <p>Law: used once, by one thread. A session is held for the length of an attempt, but while it waits for its turn. The final name shows the whole file or what
 * was there before; what is unfinished lies in the partial, whose size on the server is the truth about the restart offset.
 * Where the server does not rename, and that is accepted, the final name is written itself, always from byte 0.
 */
public final class Upload {

    private static final Logger LOG = LoggerFactory.getLogger(Upload.class);

    /** How long a server that does not rename is not asked again. */
    private static final Duration REMEMBERED = Duration.ofDays(1);

    private final SessionPool pool;
    private final LocalSource source;
    private final RemoteTarget target;
    private final TransferOptions options;
    private final Installation installation;
    private final TransferListener listener;
    private final Transfer transfer;
    private final Attempts attempts;
    private final Doubts doubts;
    private final WorkingLease working;
    private final Place place;
    private final RemoteProof proof;
    private final RemoteWriter writer;
    private final RemotePartials partials;
    private final RemotePublication publication;
    private final PartialName partial;
    private final boolean appending;
    private final String noRename;

    private boolean announced;
    private boolean lookedForNote;
    private boolean lookedForOthers;
    private boolean mayContinue;
    private boolean directoryMissing;
    private boolean nameTaken;
    private boolean direct;
    private boolean noted;
    private boolean looked;
    private boolean isThere;
    private long onServer;
    private long base;
    private long restartOffset;
    private long saved;
    private String verified = "nothing";
    private Outcome outcome = Outcome.TRANSFERRED;

    /** An upload by {@link Installation#ofProcess()}. */
    public Upload(
            SessionPool pool,
            LocalSource source,
            RemoteTarget target,
            TransferOptions options,
            TransferListener listener,
            BooleanSupplier stop) {
        this(pool, source, target, options, Installation.ofProcess(), listener, stop);
    }

    /** An upload with no others beside it. */
    public Upload(
            SessionPool pool,
            LocalSource source,
            RemoteTarget target,
            TransferOptions options,
            Installation installation,
            TransferListener listener,
            BooleanSupplier stop) {
        this(pool, source, target, options, installation, listener, stop, Place.ALONE);
    }

    /**
     * An upload that has not begun.
     *
     * @param installation who sends
     * @param listener hears how it goes
     * @param stop asked before each block; once true, the transfer ends and leaves its partial
     * @param place among the uploads that run beside it
     */
    public Upload(
            SessionPool pool,
            LocalSource source,
            RemoteTarget target,
            TransferOptions options,
            Installation installation,
            TransferListener listener,
            BooleanSupplier stop,
            Place place) {
        this.pool = pool;
        this.source = source;
        this.target = target;
        this.options = options;
        this.installation = installation;
        this.listener = listener;
        this.transfer = new Transfer(Transfer.Direction.UPLOAD, pool.partner().toString(), target.path());
        this.attempts = new Attempts(transfer, options, listener, stop);
        this.doubts = new Doubts(transfer, options, listener);
        this.working = new WorkingLease(pool, place, stop);
        this.place = place;
        this.proof = new RemoteProof(source, options, attempts, doubts);
        this.writer = new RemoteWriter(source, options, transfer, listener, attempts);
        this.partials = new RemotePartials(target, source, installation, attempts, options);
        this.publication = new RemotePublication(target, source, options, proof, installation);
        this.appending = target.whenExists() == WhenExists.APPEND;
        this.partial = new PartialName(pool.partner().name(), target, source, installation, publication, partials);
        this.noRename = "no rename " + pool.partner().name() + " " + RemoteTarget.parentOf(target.path());
        this.mayContinue = target.partialTellsVersion() && !appending;
    }

    /**
     * Transfers the file.
     *
     * @throws TransferException when it is given up; a partial stays for the next upload of the same version
     */
    public TransferResult run() throws TransferException {
        long begin = System.nanoTime();
        attempts.run(this::attempt);
        partial.forgetOthers();
        TransferResult result = new TransferResult(
                source.size(),
                restartOffset,
                writer.sent(),
                saved,
                attempts.made(),
                verified,
                Duration.ofNanos(System.nanoTime() - begin),
                outcome);
        listener.completed(transfer, result);
        return result;
    }

    /**
     * Forgets that this version was published. To be called once nothing will send it again, that is once the source's own
     * commit is done; until then another upload of the same version to the same path sends nothing.
     */
    public void forget() throws IOException {
        publication.forget(pool.partner().name());
    }

    /** Breaks what the upload waits for at the server; for another thread, once {@code stop} is true. */
    public void breakOff() {
        working.breakOff();
    }

    @SuppressWarnings("try") // The claim only has to be held.
    private void attempt() throws IOException {
        try (Installation.Claim claim = partial.claim();
                working) {
            FtpSession session = appearsWhileSent() ? working.takeInTurn() : working.take();
            partial.removeGivenUp(session);
            if (publication.happenedAlready(session, partial.now()) || isPublished(session)) {
                return;
            }
            if (!(direct && writer.hasBegun()) && publication.isExcluded(session)) {
                outcome = Outcome.IGNORED;
                return;
            }
            look(session);
            checkProvable(session);
            announce();
            send(session, restartAt(session));
            source.checkUnchanged(target.path());
            verified = proof.confirm(session, partial.now(), base, restartOffset, following(session));
            settle(session);
            publish();
        }
    }

    /** Whether readers see the bytes as they arrive, so that it must be this upload's turn before the first of them. */
    private boolean appearsWhileSent() {
        return appending || direct || storesDirectly();
    }

    private boolean storesDirectly() {
        return doubts.areAccepted() && installation.remembers(noRename, REMEMBERED);
    }

    /**
     * Whether an earlier upload of this version has had its rename, as where another receiver of the same drop failed or the
     * process died before the drop was committed; its partial is taken up otherwise.
     */
    private boolean isPublished(FtpSession session) throws IOException {
        Optional<Note> note = lookedForNote ? Optional.empty() : publication.noted(session);
        if (note.isPresent() && publication.happened(session, note.get())) {
            outcome = Outcome.ALREADY_COMPLETE;
            verified = "an earlier upload had come to its rename (noted "
                    + note.get().written() + "), and its partial " + note.get().partial() + " is gone";
            // The result says the same to whoever listens, as often as a drop that lacks another server is tried again.
            LOG.debug("{}: {}: not sent again: {}", transfer.partner(), target.path(), verified);
            return true;
        }
        noted |= note.isPresent();
        note.ifPresent(each -> partial.now(each.partial()));
        lookedForNote = true;
        return false;
    }

    /** How much is there. */
    private void look(FtpSession session) throws IOException {
        if (!direct && storesDirectly()) {
            storeDirectly(session, "the server refused to rename before");
        }
        looked = !isSoonSent();
        Optional<Long> there = direct || !looked
                ? Optional.empty()
                : proof.size(session, partial.now(), appending || writer.hasBegun());
        boolean mayBeOthers = there.isEmpty() && !lookedForOthers && !direct && !appending && !writer.hasBegun();
        if (mayBeOthers && !options.isRestartDemanded()) {
            if (partials.takeOver(session, partial.now())) {
                there = proof.size(session, partial.now(), true);
            }
            lookedForOthers = true;
        }
        isThere = there.isPresent();
        onServer = there.orElse(0L);
        if (writer.isUnanswered() && !direct && !appending) {
            partial.evade(session, isThere);
        }
        boolean isLost = writer.hasBegun() && (!isThere || onServer < base);
        if (isLost && appending) {
            // The server makes the file when the first bytes of an append begin; one that is gone after that has a new
            // owner.
            throw new TransferException(
                    target.path(),
                    attempts.safe(),
                    transfer.partner() + ": " + target.path()
                            + " was taken or replaced while bytes were added to it, or the server does not state its size;"
                            + " the receiver may have a part of them. Nothing more is sent.",
                    null);
        }
        if (isLost && !direct) {
            renew(session);
        }
    }

    /**
     * Whether sending all of it costs no more than the overlap of a partial, so that none is asked for. A noted one may be whole, an
     * append needs to know what it adds to, and what another attempt has left may have to be moved out of the way.
     */
    private boolean isSoonSent() {
        return source.size() <= options.overlap()
                && attempts.made() == 1
                && !noted
                && !appending
                && !options.isRestartDemanded();
    }

    /** What is asked for must be possible, before a byte is transferred. */
    private void checkProvable(FtpSession session) throws IOException {
        if (options.verify() == Verify.DIGEST && session.digestAlgorithm().isEmpty()) {
            throw TransferException.noDigests(transfer);
        }
    }

    private void announce() {
        if (!announced) {
            announced = true;
            base = appending ? onServer : 0;
            listener.started(transfer, source.size());
        }
    }

    /** Where to go on: the partial's size on the server, once it is proven to be the source's beginning. */
    private long restartAt(FtpSession session) throws IOException {
        boolean demanded = options.isRestartDemanded() && !writer.hasBegun();
        long there = mayContinue || demanded ? onServer - base : 0;
        attempts.safe(there);
        ResumeDecision decision = demanded ? demanded(there) : decide(there);
        mayContinue = true;
        boolean unknown = writer.refusesToContinue();
        if (decision instanceof ResumeAt resume) {
            Verdict verdict = proof.compare(session, partial.now(), base, resume);
            if (verdict == Verdict.SAME) {
                saved += there;
                listener.resumed(transfer, there, there);
                return there;
            }
            unknown = verdict == Verdict.UNKNOWN;
            decision = new Conflict(unknown ? proof.whyUnknown() : "the end of the partial is not the source's");
        }
        if (decision instanceof Conflict conflict) {
            if (appending) {
                throw new TransferException(
                        target.path(),
                        there,
                        "Appending to " + target.path() + " cannot go on: " + conflict.why(),
                        null);
            }
            if (unknown) {
                renew(session);
            }
            listener.restarted(transfer, conflict.why());
        }
        return 0;
    }

    private ResumeDecision decide(long there) {
        if (there > 0 && writer.refusesToContinue()) {
            return new Conflict("the server refuses to continue a file (REST with STOR, and APPE)");
        }
        return there > 0 && proof.isDistrusted()
                ? new Conflict("the server did not continue where it was asked to")
                : ResumeDecision.of(source.fingerprint(), there, false, options);
    }

    /** The caller names the offset; the overlap is compared all the same. */
    private ResumeDecision demanded(long there) throws TransferException {
        long offset = options.restartOffset();
        if (offset == 0) {
            return new ResumeDecision.Fresh();
        }
        if (there != offset || offset > source.size()) {
            String why =
                    "the server's partial " + partial.now() + " has " + there + " bytes, the source " + source.size();
            throw TransferException.cannotRestart(target.path(), there, offset, why);
        }
        return new ResumeAt(offset, (int) Math.min(options.overlap(), offset));
    }

    /** From here on nothing is there. */
    private void renew(FtpSession session) throws IOException {
        partial.renew(session);
        isThere = false;
        onServer = 0;
    }

    private void send(FtpSession session, long offset) throws IOException {
        restartOffset = offset;
        if (offset == source.size() && offset > 0) {
            return;
        }
        if (directoryMissing) {
            session.makeDirectories(RemoteTarget.parentOf(partial.now()));
        }
        try {
            writer.write(session, partial.now(), offset, appending);
        } catch (FtpException e) {
            throw remedied(session, e, offset);
        }
    }

    /** The failure, or the announcement of another attempt after its likely cause has been set right. */
    private IOException remedied(FtpSession session, FtpException e, long offset) throws IOException {
        if (e.replyCode() == 552) {
            return new TransferException(
                    target.path(),
                    attempts.safe(),
                    transfer.partner() + ": no room for " + target.path() + " (" + source.size() + " bytes): "
                            + e.getMessage() + ". What is there stays, and the next upload continues it.",
                    e);
        }
        if (!RemoteWriter.isRefusal(e)) {
            return e;
        }
        boolean maybeNoDirectory = target.makeDirectories()
                && !directoryMissing
                && writer.wasFirst()
                && !RemoteTarget.parentOf(partial.now()).isEmpty();
        if (maybeNoDirectory) {
            directoryMissing = true;
            writer.beginAnew();
            return new Again("the directory may be missing", e);
        }
        boolean maybeTaken = isThere || !looked || !writer.wasFirst() || !session.statesSizes() || doubts.areAccepted();
        if (offset == 0 && maybeTaken && !nameTaken && !appending && !direct) {
            // Some servers let a file be written but not replaced.
            nameTaken = true;
            renew(session);
            return new Again("the name may be taken", e);
        }
        return e;
    }

    private void settle(FtpSession session) throws IOException {
        String chmod = target.chmod();
        if (chmod != null) {
            session.site("CHMOD " + chmod + " " + partial.now());
        }
    }

    /** A server that loses what is sent ahead costs an attempt, which must not cost bytes that a reader has seen, nor be the only one. */
    private Set<Following> following(FtpSession session) {
        Set<Following> following = EnumSet.noneOf(Following.class);
        if (!appending && !direct && attempts.made() == 1 && options.attempts() > 1) {
            if (place.isFollowed()) {
                following.add(Following.TRANSFER);
            }
            boolean renameIsNext = place.isNext()
                    && target.chmod() == null
                    && options.verify() == Verify.SIZE
                    && !publication.looksFirst()
                    && !partials.isDue(session);
            if (renameIsNext) {
                following.add(Following.RENAME);
            }
        }
        return following;
    }

    private void publish() throws IOException {
        if (appending || direct) {
            return;
        }
        FtpSession session = working.takeInTurn();
        Optional<Instant> serverNow = partials.dueAt(session, partial.now());
        Ending ending = publication.publish(session, partial.now());
        if (ending == Ending.NOT_RENAMED) {
            storeDirectly(session, "the server refuses to rename (" + publication.refusal() + ")");
            throw new Again("stored under its final name", null);
        }
        if (ending == Ending.LEFT_ALONE) {
            outcome = Outcome.IGNORED;
        }
        serverNow.ifPresent(now -> partials.sweep(session, now));
    }

    /** From now on the final name itself is written, where that is accepted. */
    private void storeDirectly(FtpSession session, String why) throws IOException {
        doubts.accept(
                attempts.safe(),
                why + ", so that " + target.path() + " cannot appear whole in one step",
                "store it under its final name directly, where a reader may see half of it");
        installation.remember(noRename);
        direct = true;
        if (writer.hasBegun()) {
            partials.remove(session, partial.now());
        }
        if (target.whenExists() == WhenExists.MOVE && proof.exists(session, target.path())) {
            publication.makeWay(session, partial.now());
        }
        partial.now(target.path());
        writer.beginAnew();
    }
}
