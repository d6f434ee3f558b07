package io.ferry.transfer;

import io.ferry.stream.PartialFile;
import io.ferry.transfer.ResumeDecision.Conflict;
import io.ferry.transfer.ResumeDecision.ResumeAt;
import io.ferry.transfer.TransferOptions.Verify;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a download goes on: in which partial, and at which of its bytes.
 *
 * <p>Law: belongs to one download and its thread; remembers over attempts what the caller demands, and why what is there must not be
 * continued at this server.
 */
final class ResumePoint {

    private final Transfer transfer;
    private final LocalTarget target;
    private final TransferOptions options;
    private final TransferListener listener;

    private boolean demandPending;
    private @Nullable String distrust;

    ResumePoint(Transfer transfer, LocalTarget target, TransferOptions options, TransferListener listener) {
        this.transfer = transfer;
        this.target = target;
        this.options = options;
        this.listener = listener;
        this.demandPending = options.isRestartDemanded();
    }

    /**
     * Where the version's partial lies. One that was begun when the fingerprint proved nothing yet is of use only where a
     * digest proves it in the end.
     */
    Path partial(Fingerprint source) throws IOException {
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

    /**
     * What is done with the partial. What may not have survived a power failure is cut off first.
     *
     * @throws TransferException where the caller demands an offset that cannot be
     */
    ResumeDecision decide(Fingerprint source, PartialFile partial) throws IOException {
        return demandPending ? demanded(source, partial) : found(source, partial);
    }

    private ResumeDecision found(Fingerprint source, PartialFile partial) throws IOException {
        ResumeDecision decision = judge(source, partial.length());
        if (!(decision instanceof ResumeAt)) {
            return decision;
        }
        Optional<String> cut = partial.trim(options.overlap());
        if (cut.isPresent() && partial.length() == 0) {
            return new Conflict(cut.get());
        }
        return judge(source, partial.length());
    }

    private ResumeDecision judge(Fingerprint source, long partialLength) {
        if (distrust != null && partialLength > 0) {
            return new Conflict(distrust);
        }
        return ResumeDecision.of(source, partialLength, false, options);
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
            throw TransferException.cannotRestart(transfer.path(), partial.length(), offset, why);
        }
        return offset == 0 ? new ResumeDecision.Fresh() : at(offset);
    }

    /** At a byte, with as much of an overlap as there can be. */
    ResumeAt at(long offset) {
        return new ResumeAt(offset, (int) Math.min(options.overlap(), offset));
    }

    /** The transfer begins where the caller demands it, or anew; later attempts go on where this one ends. */
    void demandMet() {
        demandPending = false;
    }

    /** Nothing that is there is continued any more. */
    void distrust(String why) {
        distrust = why;
    }
}
