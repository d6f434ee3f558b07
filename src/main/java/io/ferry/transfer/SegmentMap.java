package io.ferry.transfer;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which bytes of a version are there, and whose the others are: the head has what comes before a place in the file, and each segment
 * some of what follows, up to where the next one begins.
 *
 * <p>Law: knows no thread, line or disk; belongs to its {@link Segments}, whose lock guards it.
 */
final class SegmentMap {

    private final TreeMap<Long, Segment> segments = new TreeMap<>();
    private @Nullable Fingerprint version;
    private long head;

    /** The version whose bytes they are; null where none is begun. */
    @Nullable
    Fingerprint version() {
        return version;
    }

    /** Another version is begun, or none. */
    void version(@Nullable Fingerprint now) {
        version = now;
    }

    /** How many bytes the file has; 0 where no version is begun. */
    long size() {
        return version == null ? 0 : version.size();
    }

    /** How many bytes of the file the head has. */
    long head() {
        return head;
    }

    /** The head has so many bytes now. */
    void head(long length) {
        head = length;
    }

    void add(Segment segment) {
        segments.put(segment.begin(), segment);
    }

    void remove(Segment segment) {
        segments.remove(segment.begin(), segment);
    }

    boolean has(Segment segment) {
        return segments.get(segment.begin()) == segment;
    }

    /** The segments, in the order of the file. */
    Collection<Segment> all() {
        return segments.values();
    }

    /** Where their bytes lie. */
    List<Path> partials() {
        return segments.values().stream().map(Segment::partial).toList();
    }

    void clear() {
        segments.clear();
    }

    /** The first segment at which the head is to end; null where it goes on to the end of the file. */
    @Nullable
    Segment ahead() {
        return segments.values().stream().filter(Segment::isFirm).findFirst().orElse(null);
    }

    /** Where a segment ends: where the next one begins, or the file ends. */
    long end(Segment segment) {
        Long next = segments.higherKey(segment.begin());
        return next == null ? size() : next;
    }

    /** How many bytes lie between the head and the first segment, firm or not, or the end of the file. */
    long leftForHead() {
        return segments.isEmpty() ? size() - head : segments.firstKey() - head;
    }

    /** How many bytes it has that neither the head has nor the next segment: the head reads a block, and may pass its beginning. */
    private long beyondHead(Segment segment) {
        return Math.max(0, Math.min(segment.at(), end(segment)) - Math.max(segment.begin(), head));
    }

    /** How many bytes of the file are there, each counted once. */
    long covered() {
        long all = head;
        for (Segment each : segments.values()) {
            all += beyondHead(each);
        }
        return all;
    }

    /** How many bytes lie in segments. */
    long inSegments() {
        return segments.values().stream().mapToLong(Segment::gained).sum();
    }
}
