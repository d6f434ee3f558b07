package io.ferry.transfer;

import java.nio.file.Path;

/**
 * A part of a file that comes over a session of its own, into a partial of its own.
 *
 * <p>Law: guarded by the lock of its {@link Segments}, but for what never changes.
 */
final class Segment {

    private final Path partial;
    private final long start;
    private final long begin;
    private final long found;
    private long at;
    private boolean taken;
    private boolean firm;
    private boolean ended;

    /**
     * A segment that nobody works at.
     *
     * @param start the place in the file of the partial's first byte
     * @param overlap how many of its first bytes are there to be compared only
     * @param length how many bytes the partial has
     */
    Segment(Path partial, long start, int overlap, long length) {
        this.partial = partial;
        this.start = start;
        this.begin = start + overlap;
        this.at = start + length;
        this.found = at;
        this.firm = length > 0;
    }

    /** Where its bytes lie. */
    Path partial() {
        return partial;
    }

    /** The place in the file of its partial's first byte. */
    long start() {
        return start;
    }

    /** The place in the file of the first byte that is its own. */
    long begin() {
        return begin;
    }

    /** How many bytes of its own it has. */
    long gained() {
        return Math.max(0, at - begin);
    }

    /** How many bytes from a place on an earlier transfer has received. */
    long foundFrom(long place) {
        return Math.max(0, Math.min(found, at) - place);
    }

    /** The place in the file of the next byte to come. */
    long at() {
        return at;
    }

    /** It has come so far; how many bytes of its own are new. */
    long reached(long place) {
        long had = gained();
        at = place;
        ended = false;
        return gained() - had;
    }

    /** Whether the head is to end where it begins: some of it is there, or is sure to come soon. */
    boolean isFirm() {
        return firm;
    }

    /** A session begins to receive it. */
    void becomesFirm() {
        firm = true;
    }

    /** Its last byte is the file's, and the server has confirmed its end. */
    void ends() {
        ended = true;
    }

    /** Whether this download has received the file's end with it. */
    boolean isEnded() {
        return ended;
    }

    /** Whether a thread works at it. */
    boolean isTaken() {
        return taken;
    }

    /** A thread begins, or ends, its work at it. */
    void taken(boolean now) {
        taken = now;
    }
}
