package io.ferry.transfer;

import io.ferry.session.Partner;
import io.ferry.stream.PartialFile;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds segments to the partial of the head, which has come to them: only where what comes before is the same in both.
 *
 * <p>Law: belongs to the thread of the download; holds no lock, since what it does takes its time.
 *
 * @param segments whose they are
 * @param partner for messages
 * @param path for messages
 * @param options the overlap, and whether the disk is synced
 */
record SegmentJoin(Segments segments, Partner partner, String path, TransferOptions options) {

    private static final Logger LOG = LoggerFactory.getLogger(SegmentJoin.class);

    /** What the head does now and then while it waits. */
    interface Beat {
        /** Throws to end the wait. */
        void beat(long progress) throws IOException;
    }

    /**
     * Adds what follows the partial's last byte.
     *
     * @return how many bytes of that an earlier transfer had received
     */
    long join(PartialFile partial, Beat beat) throws IOException {
        long found = 0;
        for (Segment next = next(partial.length(), beat); next != null; next = next(partial.length(), beat)) {
            long from = partial.length();
            try {
                append(next, partial, beat);
            } finally {
                segments.remove(next, partial.length());
            }
            found += partial.length() > from ? next.foundFrom(from) : 0;
        }
        return found;
    }

    /** Whoever hears of the wait may take its time, so that the beat is not under the lock. */
    private @Nullable Segment next(long length, Beat beat) throws IOException {
        Segment next = segments.met(length);
        while (next != null && segments.isAwaited(next)) {
            beat.beat(segments.shown());
            segments.await(next);
        }
        return next != null && segments.take(next) ? next : null;
    }

    private void append(Segment segment, PartialFile partial, Beat beat) throws IOException {
        try (PartialFile part = PartialFile.open(segment.partial(), options.durable())) {
            part.trim(0);
            long from = partial.length() - segment.start();
            int overlap = (int) Math.min(options.overlap(), from);
            if (overlap > 0 && part.length() > from) {
                if (isSame(part, from - overlap, partial, overlap)) {
                    partial.append(part, from, () -> beat.beat(segments.shown()));
                } else {
                    LOG.warn(
                            "{}: {}: the segment at byte {} does not fit what is before it and is received again",
                            partner,
                            path,
                            partial.length());
                    segments.end();
                }
            }
            part.truncate(0);
        }
    }

    private static boolean isSame(PartialFile part, long from, PartialFile partial, int overlap) throws IOException {
        byte[] theirs = new byte[overlap];
        part.read(from, theirs, overlap);
        byte[] ours = new byte[overlap];
        partial.read(partial.length() - overlap, ours, overlap);
        return Arrays.equals(theirs, ours);
    }
}
