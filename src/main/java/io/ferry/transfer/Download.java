package io.ferry.transfer;

import io.ferry.session.DataConnection;
import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.session.RemoteFileFacts;
import io.ferry.session.SessionPool;
import io.ferry.session.Upcoming;
import io.ferry.stream.Block;
import io.ferry.stream.FileDigest;
import io.ferry.stream.PartialFile;
import io.ferry.transfer.Attempts.Again;
import io.ferry.transfer.Attempts.Inconsistent;
import io.ferry.transfer.ResumeDecision.AlreadyComplete;
import io.ferry.transfer.ResumeDecision.Conflict;
import io.ferry.transfer.ResumeDecision.ResumeAt;
import io.ferry.transfer.TransferOptions.Verify;
import io.ferry.transfer.TransferResult.Outcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One download: observe the source, decide where to begin, receive, confirm, publish.
 *
 * <p>Law: used once, by one thread. A lease is held for the length of an attempt. Whatever ends it, the local disk holds the
 * published file, or a partial that is a true beginning of the version it is named after, never half a file under the final
 * name.
 */
public final class Download {

    private final SessionPool pool;
    private final String path;
    private final LocalTarget target;
    private final TransferOptions options;
    private final TransferListener listener;
    private final Transfer transfer;
    private final Attempts attempts;
    private final Segments segments;

    private Predicate<Fingerprint> delivered = version -> false;
    private Confirmation confirmation = () -> "";
    private Map<Path, Path> handedTo = Map.of();
    private volatile Supplier<Optional<Upcoming>> next = Optional::empty;
    private @Nullable RemoteFileFacts listed;
    private boolean asListed;
    private @Nullable Path file;
    private @Nullable Fingerprint source;
    private boolean announced;
    private boolean demandPending;
    private boolean busy;
    private boolean compress;
    private @Nullable String distrust;
    private long size;
    private long restartOffset;
    private long received;
    private long saved;
    private String verified = "nothing";
    private Outcome outcome = Outcome.TRANSFERRED;

    /**
     * A download that has not begun.
     *
     * @param path the remote file
     * @param target where it goes
     * @param listener hears how it goes
     * @param stop asked before each block; once true, the transfer ends and leaves its partial
     */
    public Download(
            SessionPool pool,
            String path,
            LocalTarget target,
            TransferOptions options,
            TransferListener listener,
            BooleanSupplier stop) {
        this.pool = pool;
        this.path = path;
        this.target = target;
        this.options = options;
        this.listener = listener;
        this.transfer = new Transfer(Transfer.Direction.DOWNLOAD, pool.partner().toString(), path);
        this.attempts = new Attempts(transfer, options, listener, stop);
        this.segments = new Segments(pool, path, target, options);
        this.demandPending = options.isRestartDemanded();
        this.compress = options.compress();
    }

    /**
     * Leaves a version alone that has been delivered before.
     *
     * @param test asked right after the source has been observed, before anything is transferred, in each attempt; where it
     *     says true, {@link #run()} returns {@link Outcome#ALREADY_DELIVERED} and the listener hears nothing of it
     * @return this download
     */
    public Download unless(Predicate<Fingerprint> test) {
        delivered = test;
        return this;
    }

    /** A last look at the published file. */
    public interface Confirmation {
        /**
         * Looks at it.
         *
         * @return what was compared with what, or an empty string
         * @throws TransferException where it is not what it should be: the download has failed then
         */
        String confirm() throws TransferException;
    }

    /**
     * Says who looks at the file once it is there, before anybody hears that the download is done.
     *
     * @return this download
     */
    public Download confirmedBy(Confirmation look) {
        confirmation = look;
        return this;
    }

    /**
     * Says where the file goes from here. A download is refused that would replace a file of another name there, on a disk that
     * takes the two names for one.
     *
     * @param files the paths, each with the directory above it whose own spelling does not matter
     * @return this download
     */
    public Download handedTo(Map<Path, Path> files) {
        handedTo = Map.copyOf(files);
        return this;
    }

    /**
     * Says what a listing has stated about the file. It stands for the first look at the source where it proves as much; the look at the
     * end, after the data have arrived, must find the same.
     *
     * @param facts an entry of MLSD
     * @return this download
     */
    public Download listed(RemoteFileFacts facts) {
        listed = facts;
        return this;
    }

    /**
     * Names the file whose transfer is likely to follow on the same session: what it begins with is asked in one go with what this
     * one ends with.
     *
     * @param file asked once the data have arrived; empty where there is none
     * @return this download
     */
    public Download followedBy(Supplier<Optional<Upcoming>> file) {
        next = file;
        return this;
    }

    /**
     * Whether the file may still go where it is handed to: for a file that was transferred a while ago.
     *
     * @throws TransferException where it would replace one of another name that has come meanwhile
     */
    public void checkClash() throws TransferException {
        try {
            for (Map.Entry<Path, Path> next : handedTo.entrySet()) {
                LocalDisk.checkClash(path, next.getValue(), next.getKey());
            }
        } catch (TransferException e) {
            throw e;
        } catch (IOException e) {
            throw new TransferException(path, size, "Download of " + path + ": " + e.getMessage(), e);
        }
    }

    /**
     * Transfers the file.
     *
     * @throws TransferException when it is given up; a partial stays for the next download of the same version
     */
    public TransferResult run() throws TransferException {
        long begin = System.nanoTime();
        try (segments) {
            attempts.run(this::attempt);
        }
        confirmPublished();
        TransferResult result = new TransferResult(
                size,
                restartOffset,
                received + segments.received(),
                saved,
                attempts.made(),
                verified,
                Duration.ofNanos(System.nanoTime() - begin),
                outcome);
        if (announced || outcome != Outcome.ALREADY_DELIVERED) {
            listener.completed(transfer, result);
        }
        return result;
    }

    private void confirmPublished() throws TransferException {
        if (outcome == Outcome.ALREADY_DELIVERED) {
            return;
        }
        try {
            String compared = confirmation.confirm();
            verified += compared.isEmpty() ? "" : ", " + compared;
        } catch (TransferException e) {
            listener.failed(transfer, e);
            throw e;
        }
    }

    /** The published file, once {@link #run()} has returned; there is none where the version had been delivered before. */
    public Path file() {
        return done(file);
    }

    /** The version that was transferred, once {@link #run()} has returned. */
    public Fingerprint source() {
        return done(source);
    }

    private <T> T done(@Nullable T what) {
        if (what == null) {
            throw new IllegalStateException("The download of " + path + " is not done");
        }
        return what;
    }

    private void attempt() throws IOException {
        try (HeldLease held = new HeldLease(pool, path)) {
            FtpSession session = held.take();
            // Nothing is asked in the end that would tell of a listing that is no longer true.
            RemoteFileFacts known = options.verify() == Verify.NONE ? null : listed;
            listed = null;
            Optional<RemoteFileFacts> stated = session.factsBeforeTransfer(new Upcoming(path, known));
            asListed = known != null && stated.orElse(null) == known;
            Fingerprint version = observe(stated);
            source = version;
            if (delivered.test(version)) {
                outcome = Outcome.ALREADY_DELIVERED;
                size = Math.max(version.size(), 0);
                return;
            }
            checkProvable(session, version);
            announce(version);
            LocalDisk.checkSpelling(path, target, version);
            Path published = target.published(version);
            checkClash(published);
            checkClash();
            boolean anew = target.makeHome(version);
            if (!anew || target.hasUnproven(version)) {
                target.refuseLinks(version);
            }
            if (!anew && isReady(session, version, published)) {
                outcome = Outcome.ALREADY_COMPLETE;
                file = published;
                return;
            }
            Path begun = partial(version);
            boolean alone = anew && begun.equals(target.partial(version));
            try (PartialFile partial = PartialFile.open(begun, options.durable(), alone)) {
                LocalDisk.checkName(published, partial.path());
                try {
                    session = receive(held, session, version, partial);
                } catch (FtpException e) {
                    throw e.isDamage() ? damaged(session, e, partial) : e;
                } finally {
                    segments.paused();
                    attempts.safe(partial.length());
                }
                confirm(session, version, partial);
                checkClash(published);
                segments.discard();
                partial.publish(published, version.modified(), target.replace());
                file = published;
            }
        }
    }

    /** In a directory of the version's own there are no files of other names. */
    private void checkClash(Path published) throws IOException {
        if (!target.perVersion()) {
            LocalDisk.checkClash(path, target.directory(), published);
        }
    }

    /** The checksum tells at the end only: nothing that has come is of use, and the next attempt asks for the bytes as they are. */
    private IOException damaged(FtpSession session, FtpException damage, PartialFile partial) throws IOException {
        session.distrustDeflation();
        partial.truncate(0);
        segments.end();
        listener.restarted(transfer, String.valueOf(damage.getMessage()));
        return new Again("the deflated data were damaged", damage);
    }

    private Fingerprint observe(Optional<RemoteFileFacts> stated) throws TransferException {
        RemoteFileFacts facts = stated.orElseThrow(() -> TransferException.noSuchFile(
                path, transfer.partner() + ": there is no file " + path + ", or it may not be read (550)"));
        return Fingerprint.of(pool.partner().name(), path, facts);
    }

    /** What is asked for must be possible, before a byte is transferred. */
    private void checkProvable(FtpSession session, Fingerprint source) throws TransferException {
        if (options.verify() != Verify.NONE && source.size() < 0) {
            throw TransferException.noSize(transfer);
        }
        if (options.verify() == Verify.DIGEST && session.digestAlgorithm().isEmpty()) {
            throw TransferException.noDigests(transfer);
        }
    }

    private void announce(Fingerprint source) {
        size = Math.max(source.size(), 0);
        if (!announced) {
            announced = true;
            listener.started(transfer, source.size());
        }
    }

    /** Whether a file lies there that an earlier transfer of the very same version has verified. */
    private boolean isReady(FtpSession session, Fingerprint source, Path published) throws IOException {
        boolean there = target.perVersion()
                && !options.isRestartDemanded()
                && Files.isRegularFile(published, LinkOption.NOFOLLOW_LINKS)
                && Files.size(published) == source.size();
        if (!there || !(decide(source, 0, true) instanceof AlreadyComplete)) {
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

    /**
     * Where the version's partial lies. One that was begun when the fingerprint proved nothing yet is of use only where a
     * digest proves it in the end.
     */
    private Path partial(Fingerprint source) throws IOException {
        Path early = target.partial(source.unproven());
        Path partial = target.partial(source);
        if (partial.equals(early)
                || !target.hasUnproven(source)
                || !Files.isRegularFile(early, LinkOption.NOFOLLOW_LINKS)) {
            return partial;
        }
        if (options.verify() == Verify.DIGEST) {
            return early;
        }
        if (PartialFile.discard(early)) {
            listener.restarted(
                    transfer,
                    "the file was so young when its partial was begun that another of the same size may have taken its place since");
        }
        return partial;
    }

    private ResumeDecision decide(Fingerprint source, long partialLength, boolean isVerified) {
        if (distrust != null && partialLength > 0) {
            return new Conflict(distrust);
        }
        return ResumeDecision.of(source, partialLength, isVerified, options);
    }

    /** Fills the partial, from where it stands to its end or to the next segment, and so on; the session that did the last of it. */
    private FtpSession receive(HeldLease held, FtpSession first, Fingerprint source, PartialFile partial)
            throws IOException {
        segments.begin(source);
        ResumeDecision decision = demandPending ? demanded(source, partial) : decide(source, partial);
        FtpSession session = first;
        boolean begun = segments.room(partial.length()) > 0 || !(decision instanceof ResumeAt);
        boolean whole = begun && transfer(session, source, partial, decision);
        while (!whole) {
            held.close();
            long found = segments.join(partial, this::waiting);
            checkUnchanged(segments.changed(), source, partial);
            session = held.take();
            whole = begun && segments.isWhole(partial.length());
            if (!whole) {
                checkUnchanged(observe(session.factsBeforeTransfer(path)), source, partial);
                whole = resume(session, source, partial, resumeAt(partial.length()), !begun);
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

    private ResumeAt resumeAt(long offset) {
        return new ResumeAt(offset, (int) Math.min(options.overlap(), offset));
    }

    private boolean transfer(FtpSession session, Fingerprint source, PartialFile partial, ResumeDecision decision)
            throws IOException {
        if (decision instanceof ResumeAt resume) {
            return resume(session, source, partial, resume, true);
        }
        demandPending = false;
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
            if (asListed && e.refuses("RETR") && e.replyCode() == 550) {
                throw new Again("the file that was listed cannot be read", e);
            }
            throw e;
        }
    }

    private ResumeDecision decide(Fingerprint source, PartialFile partial) throws IOException {
        ResumeDecision decision = decide(source, partial.length(), false);
        if (!(decision instanceof ResumeAt)) {
            return decision;
        }
        Optional<String> distrust = partial.trim(options.overlap());
        if (distrust.isPresent() && partial.length() == 0) {
            return new Conflict(distrust.get());
        }
        return decide(source, partial.length(), false);
    }

    /** The caller names the offset; the overlap is compared all the same. */
    private ResumeDecision demanded(Fingerprint source, PartialFile partial) throws IOException {
        long offset = options.restartOffset();
        String distrusted = "";
        if (partial.length() >= offset) {
            partial.truncate(offset);
            distrusted = partial.trim(options.overlap())
                    .map(" ("::concat)
                    .map(each -> each + ")")
                    .orElse("");
        }
        Path existing = target.published(source);
        if (partial.length() < offset && Files.isRegularFile(existing) && Files.size(existing) >= offset) {
            partial.seed(existing, offset);
        }
        if (partial.length() < offset || (source.size() >= 0 && offset > source.size())) {
            String why = "here are " + partial.length() + " bytes" + distrusted + ", the server has " + source.size();
            throw TransferException.cannotRestart(path, partial.length(), offset, why);
        }
        return offset == 0 ? new ResumeDecision.Fresh() : resumeAt(offset);
    }

    /** Continues; {@code told} where that is not only what follows a segment. */
    private boolean resume(FtpSession session, Fingerprint source, PartialFile partial, ResumeAt resume, boolean told)
            throws IOException {
        LocalDisk.checkSpace(path, partial, source.size() - segments.there());
        checkRestart(session, source);
        try (DataConnection data = restart(session, resume.offset() - resume.overlap())) {
            demandPending = false;
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

    /**
     * What could be any number of bytes, or is none, is not deflated: the size that the server has stated bounds what is inflated.
     * Neither is what follows a REST: whether its offset counts bytes of the file or of the stream is not said anywhere.
     */
    private boolean isDeflated(Fingerprint source) {
        return compress && source.size() > 0 && !pool.partner().ascii();
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
        distrust = why;
        // Behind a segment the head would have to restart again.
        segments.end();
        return new Again(why, null);
    }

    /** Receives to the end of the file, or up to the next segment: then the session is not used again. False for the latter. */
    private boolean copy(FtpSession session, DataConnection data, Fingerprint source, PartialFile partial)
            throws IOException {
        boolean counted = !pool.partner().ascii() && source.size() >= 0;
        long expected = counted ? source.size() - partial.length() : -1;
        try (Block block = Block.of(options.blockSize(), expected, data.takesDirect())) {
            ByteBuffer buffer = block.buffer();
            for (long room = room(source, partial); room > 0; room = room(source, partial)) {
                ByteBuffer into = options.sliced(buffer);
                int count = data.read(into.limit((int) Math.min(into.limit(), room)));
                if (count < 0) {
                    finish(session, data, source, partial);
                    return true;
                }
                attempts.crossed(count);
                received += count;
                if (counted && partial.length() + count > source.size()) {
                    partial.truncate(0);
                    throw inconsistent("the server sends more than the " + source.size() + " bytes it stated");
                }
                partial.append(buffer.flip());
                listener.progressed(transfer, segments.advanced(partial.length(), count));
            }
        }
        return false;
    }

    private void finish(FtpSession session, DataConnection data, Fingerprint source, PartialFile partial)
            throws IOException {
        boolean whole = !pool.partner().ascii() && partial.length() == source.size();
        if (whole && options.verify() != Verify.NONE) {
            session.finishAndAsk(data, path, next.get().orElse(null));
        } else {
            data.finish(whole);
        }
    }

    private long room(Fingerprint source, PartialFile partial) throws IOException {
        checkUnchanged(segments.changed(), source, partial);
        return segments.room(partial.length());
    }

    private void checkUnchanged(@Nullable Fingerprint now, Fingerprint source, PartialFile partial) throws IOException {
        if (now != null && !now.equals(source)) {
            partial.truncate(0);
            throw inconsistent("the file changed while it was transferred (" + source.difference(now) + ")");
        }
    }

    /** The count is right, the source is still the version that the transfer began with, and the digest is the same. */
    private void confirm(FtpSession session, Fingerprint source, PartialFile partial) throws IOException {
        if (!pool.partner().ascii() && source.size() >= 0 && partial.length() != source.size()) {
            session.distrust();
            throw inconsistent(
                    "the server confirmed RETR (226) after " + partial.length() + " of " + source.size() + " bytes");
        }
        size = partial.length();
        if (options.verify() == Verify.NONE) {
            return;
        }
        checkUnchanged(observe(session.factsAndNext(path, next.get().orElse(null))), source, partial);
        verified = "size " + size + (source.modified() == null ? "" : " and modification time") + " at the server";
        if (options.verify() == Verify.DIGEST) {
            confirmDigest(session, partial);
        }
    }

    /** What was listed a while ago may have changed before the transfer began: the next attempt asks what there is, at once. */
    private IOException inconsistent(String why) {
        return asListed ? new Again(why, null) : new Inconsistent(why);
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
}
