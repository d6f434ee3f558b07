package io.ferry.transfer;

import io.ferry.session.FtpSession;
import io.ferry.session.RemoteFileFacts;
import io.ferry.session.SessionPool;
import io.ferry.session.Upcoming;
import io.ferry.stream.PartialFile;
import io.ferry.transfer.TransferResult.Outcome;
import java.io.IOException;
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
 * <p>Law: used once, by one thread. A lease is held for the length of an attempt, but while it waits for a segment. Whatever ends it, the local disk holds the
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
    private final SourceProof proof;
    private final ResumePoint point;
    private final HeadDownload head;

    private Predicate<Fingerprint> delivered = version -> false;
    private Confirmation confirmation = () -> "";
    private Map<Path, Path> handedTo = Map.of();
    private @Nullable Path file;
    private @Nullable Fingerprint source;
    private boolean announced;
    private long size;
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
        this.proof = new SourceProof(pool.partner(), transfer, target, options, listener, segments);
        this.point = new ResumePoint(transfer, target, options, listener);
        this.head = new HeadDownload(pool.partner(), transfer, options, listener, attempts, segments, proof, point);
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
        proof.listed(facts);
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
        proof.followedBy(file);
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
        String verified = confirmPublished();
        TransferResult result = new TransferResult(
                size,
                head.restartOffset(),
                head.received() + segments.received(),
                head.saved(),
                attempts.made(),
                verified,
                Duration.ofNanos(System.nanoTime() - begin),
                outcome);
        if (announced || outcome != Outcome.ALREADY_DELIVERED) {
            listener.completed(transfer, result);
        }
        return result;
    }

    /** A last look; what was compared with what, up to it. */
    private String confirmPublished() throws TransferException {
        if (outcome == Outcome.ALREADY_DELIVERED) {
            return proof.verified();
        }
        try {
            String compared = confirmation.confirm();
            return proof.verified() + (compared.isEmpty() ? "" : ", " + compared);
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
            Fingerprint version = proof.observe(session);
            source = version;
            if (delivered.test(version)) {
                outcome = Outcome.ALREADY_DELIVERED;
                size = Math.max(version.size(), 0);
                return;
            }
            proof.checkProvable(session, version);
            announce(version);
            LocalDisk.checkSpelling(path, target, version);
            Path published = target.published(version);
            checkClash(published);
            checkClash();
            boolean anew = target.makeHome(version);
            if (!anew || target.hasUnproven(version)) {
                target.refuseLinks(version);
            }
            if (!anew && proof.isReady(session, version, published)) {
                outcome = Outcome.ALREADY_COMPLETE;
                file = published;
                return;
            }
            Path begun = point.partial(version);
            boolean alone = anew && begun.equals(target.partial(version));
            try (PartialFile partial = PartialFile.open(begun, options.durable(), alone)) {
                LocalDisk.checkName(published, partial.path());
                session = head.receive(held, session, version, partial);
                proof.checkCount(session, version, partial);
                size = partial.length();
                proof.confirm(session, version, partial);
                checkClash(published);
                segments.discard();
                partial.publish(published, version.modified(), target.replace());
                file = published;
            }
        }
    }

    private void announce(Fingerprint source) {
        size = Math.max(source.size(), 0);
        if (!announced) {
            announced = true;
            listener.started(transfer, source.size());
        }
    }

    /** In a directory of the version's own there are no files of other names. */
    private void checkClash(Path published) throws IOException {
        if (!target.perVersion()) {
            LocalDisk.checkClash(path, target.directory(), published);
        }
    }
}
