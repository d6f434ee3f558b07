package io.ferry.transfer;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;

/**
 * How files are transferred.
 *
 * @param blockSize the most bytes of one read and one write: the buffer between data connection and disk, 1 KiB to 64 MiB; an upload has
 *     128 KiB at most
 * @param overlap bytes before the restart offset that are transferred again and compared, 1 B to 64 MiB
 * @param resume whether an unfinished transfer is continued
 * @param verify what is compared at the end
 * @param attempts how often in a row a transfer may fail without progress before it is given up, at least 1
 * @param reconnectDelay the wait before the second attempt; it doubles with each further one, up to a minute
 * @param restartOffset where the first attempt begins, in bytes, on the caller's word; {@link #AUTO} to find out
 * @param durable whether files and directory entries are synced to the disk before anything is built on them
 * @param onUnprovable what is done where the server does not allow to prove that nothing is damaged
 * @param partialExpiry how long a partial of one's own that nobody continues is kept; zero for ever
 * @param throttles what bounds the bytes per second, beside others that share them
 * @param segments the most sessions that one download uses at once, at least 1; 1 for never more
 * @param segmentSize so many bytes that are still to come get a session each, without regard to whether that is faster; 0 to find
 *     out how many sessions are
 * @param compress whether downloads are deflated on the line where the server does that (MODE Z); they have no segments then
 */
public record TransferOptions(
        int blockSize,
        int overlap,
        Resume resume,
        Verify verify,
        int attempts,
        Duration reconnectDelay,
        long restartOffset,
        boolean durable,
        OnUnprovable onUnprovable,
        Duration partialExpiry,
        List<Throttle> throttles,
        int segments,
        long segmentSize,
        boolean compress) {

    /** The restart offset is found out. */
    public static final long AUTO = -1;

    /** The largest block and overlap: 64 MiB. */
    public static final int MAX_BLOCK = 64 << 20;

    /** The most sessions for one file unless another number is asked for. */
    public static final int DEFAULT_SEGMENTS = 8;

    private static final int MIN_BLOCK = 1 << 10;

    /** Whether an unfinished transfer is continued. */
    public enum Resume {
        /** Continued where the partial is provably of the same file; from zero otherwise. */
        AUTO,
        /** Each transfer starts at byte 0. */
        OFF
    }

    /** What is compared once the bytes are across. */
    public enum Verify {
        /** Nothing but the count of bytes against what the transfer began with. */
        NONE,
        /** The size on the other side, and for downloads that the source's fingerprint is still the same. */
        SIZE,
        /** As SIZE, and a digest that the server computes; an error where it computes none. */
        DIGEST
    }

    /** What is done where a server refuses what a proof would need, such as SIZE, or RETR of the own partial. */
    public enum OnUnprovable {
        /** The transfer fails where a file could be damaged; it is begun again at zero where bytes are only sent again. */
        FAIL,
        /** The transfer goes on with what can be proven, and says what cannot. */
        ACCEPT
    }

    /** 1 MiB blocks, 64 KiB overlap, resume auto, verify size, 3 attempts, 1 s, durable, fail on unprovable, 7 days, 8 segments. */
    public static final TransferOptions DEFAULT = new TransferOptions(
            1 << 20,
            64 << 10,
            Resume.AUTO,
            Verify.SIZE,
            3,
            Duration.ofSeconds(1),
            AUTO,
            true,
            OnUnprovable.FAIL,
            Duration.ofDays(7));

    /** As fast as it goes, with the default for segments. */
    public TransferOptions(
            int blockSize,
            int overlap,
            Resume resume,
            Verify verify,
            int attempts,
            Duration reconnectDelay,
            long restartOffset,
            boolean durable,
            OnUnprovable onUnprovable,
            Duration partialExpiry) {
        this(
                blockSize,
                overlap,
                resume,
                verify,
                attempts,
                reconnectDelay,
                restartOffset,
                durable,
                onUnprovable,
                partialExpiry,
                List.of(),
                DEFAULT_SEGMENTS,
                0,
                false);
    }

    /** Checks the ranges. */
    public TransferOptions {
        throttles = List.copyOf(throttles);
        if (blockSize < MIN_BLOCK || blockSize > MAX_BLOCK) {
            throw new IllegalArgumentException("blockSize must be 1KB to 64MB, not " + blockSize + " bytes");
        }
        if (overlap < 1 || overlap > MAX_BLOCK) {
            throw new IllegalArgumentException("overlap must be 1 byte to 64MB, not " + overlap + " bytes");
        }
        if (attempts < 1) {
            throw new IllegalArgumentException("attempts must be at least 1, not " + attempts);
        }
        if (reconnectDelay.isNegative()) {
            throw new IllegalArgumentException("reconnectDelay must not be negative");
        }
        if (segments < 1) {
            throw new IllegalArgumentException("segments must be at least 1, not " + segments);
        }
        if (segmentSize != 0 && segmentSize < MIN_BLOCK) {
            throw new IllegalArgumentException("segmentSize must be 1KB to 64MB, not " + segmentSize + " bytes");
        }
        if (partialExpiry.isNegative()) {
            throw new IllegalArgumentException("partialExpiry must not be negative");
        }
    }

    /** The same with another restart offset. */
    public TransferOptions restartingAt(long offset) {
        return with(offset, throttles, segments, segmentSize, compress);
    }

    /** The same, no faster than these allow. */
    public TransferOptions throttledBy(List<Throttle> all) {
        return with(restartOffset, all, segments, segmentSize, compress);
    }

    /**
     * The same with other segments.
     *
     * @param most sessions for one download at once
     * @param size bytes for each, 0 to find out
     */
    public TransferOptions segmented(int most, long size) {
        return with(restartOffset, throttles, most, size, compress);
    }

    /** The same, with downloads deflated on the line or not. */
    public TransferOptions compressed(boolean deflate) {
        return with(restartOffset, throttles, segments, segmentSize, deflate);
    }

    private TransferOptions with(long offset, List<Throttle> all, int most, long each, boolean deflate) {
        return new TransferOptions(
                blockSize,
                overlap,
                resume,
                verify,
                attempts,
                reconnectDelay,
                offset,
                durable,
                onUnprovable,
                partialExpiry,
                all,
                most,
                each,
                deflate);
    }

    /** A buffer of which no more is filled in one go than the throttles let pass at once. */
    ByteBuffer sliced(ByteBuffer buffer) {
        int most = buffer.capacity();
        for (Throttle each : throttles) {
            most = each.slice(most);
        }
        return buffer.clear().limit(most);
    }

    /** Whether the caller demands an offset. */
    boolean isRestartDemanded() {
        return restartOffset != AUTO;
    }
}
