package io.ferry.transfer;

import io.ferry.session.DataConnection;
import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.session.Lease;
import io.ferry.session.SessionPool;
import io.ferry.stream.FileDigest;
import io.ferry.transfer.Attempts.Again;
import io.ferry.transfer.Attempts.Inconsistent;
import io.ferry.transfer.RemoteTarget.WhenExists;
import io.ferry.transfer.ResumeDecision.Conflict;
import io.ferry.transfer.ResumeDecision.ResumeAt;
import io.ferry.transfer.TransferOptions.Verify;
import io.ferry.transfer.TransferResult.Outcome;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * One upload: ask how much is there, compare the overlap, send the rest, confirm, publish.
 *
 * <p>Law: used once, by one thread. A lease is held for the length of an attempt. The final name shows the whole file or what
 * was there before; what is unfinished lies in the partial, whose size on the server is the truth about the restart offset.
 */
public final class Upload {

    private final SessionPool pool;
    private final LocalSource source;
    private final RemoteTarget target;
    private final TransferOptions options;
    private final TransferListener listener;
    private final Transfer transfer;
    private final Attempts attempts;
    private final RemotePublication publication;
    private final String partial;

    private boolean announced;
    private boolean mayContinue;
    private boolean sending;
    private boolean appendInstead;
    private boolean distrusted;
    private boolean directoryMissing;
    private long suspectedOffset = -1;
    private long onServer;
    private long base;
    private long restartOffset;
    private long sent;
    private long saved;
    private String verified = "nothing";
    private Outcome outcome = Outcome.TRANSFERRED;

    /**
     * An upload that has not begun.
     *
     * @param listener hears how it goes
     * @param stop asked before each block; once true, the transfer ends and leaves its partial
     */
    public Upload(
            SessionPool pool,
            LocalSource source,
            RemoteTarget target,
            TransferOptions options,
            TransferListener listener,
            BooleanSupplier stop) {
        this.pool = pool;
        this.source = source;
        this.target = target;
        this.options = options;
        this.listener = listener;
        this.transfer = new Transfer(Transfer.Direction.UPLOAD, pool.partner().toString(), target.path());
        this.attempts = new Attempts(transfer, options, listener, stop);
        this.publication = new RemotePublication(target, source.fingerprint());
        this.partial = target.partial(source.fingerprint());
        this.mayContinue = target.partialTellsVersion() && target.whenExists() != WhenExists.APPEND;
    }

    /**
     * Transfers the file.
     *
     * @throws TransferException when it is given up; a partial stays for the next upload of the same version
     */
    public TransferResult run() throws TransferException {
        long begin = System.nanoTime();
        attempts.run(this::attempt);
        TransferResult result = new TransferResult(
                source.size(),
                restartOffset,
                sent,
                saved,
                attempts.made(),
                verified,
                Duration.ofNanos(System.nanoTime() - begin),
                outcome);
        listener.completed(transfer, result);
        return result;
    }

    @SuppressWarnings("try") // The claim only has to be held.
    private void attempt() throws IOException {
        try (SessionPool.Claim claim = pool.claim(partial)
                        .orElseThrow(() -> new Inconsistent("another upload to " + partial + " is under way"));
                Lease lease = pool.lease()) {
            FtpSession session = lease.session();
            if (publication.happenedAlready(session)) {
                return;
            }
            if (isExcluded(session)) {
                outcome = Outcome.IGNORED;
                return;
            }
            Optional<Long> stated = session.size(partial);
            onServer = stated.orElse(0L);
            checkNotTaken(stated.isPresent() || !session.statesSizes());
            checkProvable(session);
            announce();
            send(session, restartAt(session));
            confirm(session);
            settle(session);
            if (target.whenExists() != WhenExists.APPEND && !publication.publish(session)) {
                outcome = Outcome.IGNORED;
            }
        }
    }

    private boolean isExcluded(FtpSession session) throws IOException {
        boolean matters = target.whenExists() == WhenExists.FAIL || target.whenExists() == WhenExists.IGNORE;
        if (!matters || !RemotePublication.exists(session, target.path())) {
            return false;
        }
        if (target.whenExists() == WhenExists.FAIL) {
            throw new TransferException(
                    target.path(), 0, transfer.partner() + ": " + target.path() + " exists, and fileExist=Fail", null);
        }
        return true;
    }

    /** What is asked for must be possible, before a byte is transferred. */
    private void checkProvable(FtpSession session) throws IOException {
        if (options.verify() != Verify.NONE && !session.statesSizes()) {
            throw new TransferException(
                    target.path(),
                    0,
                    transfer.partner() + " does not know SIZE, so nothing proves that " + target.path()
                            + " arrives whole. Set verify=none to accept that.",
                    null);
        }
        if (options.verify() == Verify.DIGEST && session.digestAlgorithm().isEmpty()) {
            throw new TransferException(
                    target.path(),
                    0,
                    transfer.partner() + " computes no digests (no HASH, XSHA256, XMD5, … in FEAT). Set verify=size.",
                    null);
        }
    }

    /** The server makes the file when the first bytes of an append begin; one that is gone after that has a new owner. */
    private void checkNotTaken(boolean isThere) throws TransferException {
        boolean taken = target.whenExists() == WhenExists.APPEND && sending && (!isThere || onServer < base);
        if (taken) {
            throw new TransferException(
                    target.path(),
                    attempts.safe(),
                    transfer.partner() + ": " + target.path()
                            + " was taken or replaced while bytes were added to it; the receiver"
                            + " may have a part of them. Nothing more is sent.",
                    null);
        }
    }

    private void announce() {
        if (!announced) {
            announced = true;
            base = target.whenExists() == WhenExists.APPEND ? onServer : 0;
            listener.started(transfer, source.size());
        }
    }

    /** Where to go on: the partial's size on the server, once its tail is known to be the source's. */
    private long restartAt(FtpSession session) throws IOException {
        boolean demanded = options.isRestartDemanded() && !sending;
        long there = mayContinue || demanded ? onServer - base : 0;
        attempts.safe(there);
        ResumeDecision decision = demanded ? demanded(there) : decide(there);
        mayContinue = true;
        if (decision instanceof ResumeAt resume) {
            Optional<String> difference = compareOverlap(session, resume);
            if (difference.isEmpty()) {
                saved += there;
                listener.resumed(transfer, there, there);
                return there;
            }
            decision = new Conflict(difference.get());
        }
        if (decision instanceof Conflict conflict) {
            if (target.whenExists() == WhenExists.APPEND) {
                throw new TransferException(
                        target.path(),
                        there,
                        "Appending to " + target.path() + " cannot go on: " + conflict.why(),
                        null);
            }
            listener.restarted(transfer, conflict.why());
        }
        return 0;
    }

    private ResumeDecision decide(long there) {
        return distrusted && there > 0
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
            throw new TransferException(
                    target.path(),
                    there,
                    "Restart at byte " + offset + " of " + target.path() + " is not possible: the server's partial "
                            + partial + " has " + there + " bytes, the source " + source.size(),
                    null);
        }
        return new ResumeAt(offset, (int) Math.min(options.overlap(), offset));
    }

    /** Reads the partial's tail back; empty where it is the source's. */
    private Optional<String> compareOverlap(FtpSession session, ResumeAt resume) throws IOException {
        long from = resume.offset() - resume.overlap();
        byte[] expected = new byte[resume.overlap()];
        try (RandomAccessFile file = new RandomAccessFile(source.file().toFile(), "r")) {
            file.seek(from);
            file.readFully(expected);
        }
        byte[] there = new byte[resume.overlap() + 1];
        int count = 0;
        try (DataConnection data = session.retrieve(partial, base + from)) {
            for (int read = 0; read >= 0 && count < there.length; count += Math.max(read, 0)) {
                attempts.checkStop();
                read = data.read(there, count, there.length - count);
            }
            if (count == there.length) {
                throw tooMuch(resume.offset());
            }
            data.finish();
        } catch (FtpException e) {
            if (e.refuses("RETR") || e.refuses("REST")) {
                return Optional.of("the partial cannot be read back (" + e.replyCode() + " " + e.replyText() + ")");
            }
            throw e;
        }
        return count == expected.length && Arrays.mismatch(expected, 0, count, there, 0, count) < 0
                ? Optional.empty()
                : Optional.of("the end of the partial is not the source's");
    }

    /** More came back than the overlap: another one still writes the partial, or the server ignores REST. */
    private IOException tooMuch(long offset) {
        if (offset == suspectedOffset) {
            distrusted = true;
            return new Again("the server ignores REST", null);
        }
        suspectedOffset = offset;
        return new Inconsistent("the partial " + partial + " may still be growing");
    }

    private void send(FtpSession session, long offset) throws IOException {
        restartOffset = offset;
        if (offset == source.size() && offset > 0) {
            return;
        }
        if (directoryMissing) {
            session.makeDirectories(RemoteTarget.parentOf(partial));
        }
        try {
            copy(session, offset);
        } catch (FtpException e) {
            boolean maybeNoDirectory = target.makeDirectories()
                    && !directoryMissing
                    && !RemoteTarget.parentOf(partial).isEmpty();
            boolean refused = e.refuses("STOR") || e.refuses("APPE");
            if (maybeNoDirectory && e.kind() == FtpException.Kind.REFUSED && refused) {
                directoryMissing = true;
                sending = false;
                throw new Again("the directory may be missing", e);
            }
            throw e;
        }
    }

    private void copy(FtpSession session, long offset) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(source.file().toFile(), "r");
                DataConnection data = open(session, offset)) {
            sending = true;
            file.seek(offset);
            byte[] block = new byte[options.blockSize()];
            long across = offset;
            for (int count = file.read(block); count > 0; count = file.read(block)) {
                attempts.checkStop();
                data.write(block, count);
                across += count;
                sent += count;
                listener.progressed(transfer, across);
            }
            data.finish();
        }
    }

    /** REST at the partial's very size, then STOR; APPE where the server refuses that. */
    private DataConnection open(FtpSession session, long offset) throws IOException {
        if (target.whenExists() == WhenExists.APPEND || (appendInstead && offset > 0)) {
            return session.append(partial);
        }
        try {
            return session.store(partial, offset);
        } catch (FtpException e) {
            if (offset == 0 || e.kind() != FtpException.Kind.REFUSED) {
                throw e;
            }
            if (e.refuses("REST")) {
                return session.append(partial);
            }
            appendInstead = true;
            throw new Again("STOR is refused after REST", e);
        }
    }

    /** Every real server answers 226 to an upload that was cut, so only the size that it states now counts. */
    private void confirm(FtpSession session) throws IOException {
        Fingerprint now = source.now();
        if (!now.equals(source.fingerprint())) {
            throw new TransferException(
                    target.path(),
                    0,
                    "The local file " + source.file() + " changed while it was sent ("
                            + source.fingerprint().difference(now) + "); it is not published",
                    null);
        }
        if (options.verify() == Verify.NONE) {
            return;
        }
        long there = session.size(partial)
                        .orElseThrow(() -> new TransferException(
                                target.path(),
                                source.size(),
                                transfer.partner() + " does not state the size of " + partial
                                        + ", so nothing proves that it is whole. Set verify=none to accept that.",
                                null))
                - base;
        if (there != source.size()) {
            // More than the whole, or less than there was before: this server does not write where REST says.
            distrusted = there > source.size() || there < restartOffset;
            session.distrust();
            throw new Inconsistent(
                    "the server confirmed STOR (226) but has " + there + " of " + source.size() + " bytes");
        }
        verified = "size " + there + " at the server";
        if (options.verify() == Verify.DIGEST && base == 0) {
            confirmDigest(session);
        }
    }

    private void confirmDigest(FtpSession session) throws IOException {
        String algorithm = session.digestAlgorithm().orElseThrow();
        String theirs = session.digest(partial);
        String ours = FileDigest.of(source.file(), algorithm);
        if (!theirs.equals(ours)) {
            distrusted = true;
            throw new Inconsistent(algorithm + " differs: the server has " + theirs + ", here it is " + ours);
        }
        verified += ", " + algorithm + " " + ours;
    }

    private void settle(FtpSession session) throws IOException {
        String chmod = target.chmod();
        if (chmod != null) {
            session.site("CHMOD " + chmod + " " + partial);
        }
    }
}
