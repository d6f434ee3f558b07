package io.ferry.camel;

import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The lines of a consumer's listings that speak of files whose delivery is recorded. A line that comes again, letter by letter, needs
 * not be taken apart: a directory of 100,000 old files costs little more than the time in which the server lists it.
 *
 * <p>Law: belongs to one consumer and its poll thread. It keeps 128 bits of each line of the last poll, and asks for all of them anew
 * where the records have lost a key, and once in {@link #EVERY} polls.
 */
final class LineMemory {

    /** So often whatever else has been kept of files that are gone is forgotten too. */
    static final int EVERY = 100;

    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private final long firstSeed;
    private final long secondSeed;
    private final Map<String, Lines> directories = new HashMap<>();
    private long generation = -1;
    private int polls;

    LineMemory() {
        SecureRandom random = new SecureRandom();
        firstSeed = random.nextLong();
        secondSeed = random.nextLong();
    }

    /**
     * A poll begins.
     *
     * @param records how often the records have lost a key that still counts
     * @return whether this poll looks at each line
     */
    boolean beginPoll(long records) {
        boolean all = records != generation || polls % EVERY == 0;
        generation = records;
        polls++;
        if (all) {
            directories.clear();
        } else {
            directories.values().removeIf(lines -> !lines.renew());
        }
        return all;
    }

    /** Tells the lines of a directory that nothing follows from. */
    Predicate<String> of(String directory) {
        Lines lines = directories.computeIfAbsent(directory, none -> new Lines());
        return line -> lines.has(hash(line, firstSeed), hash(line, secondSeed));
    }

    /** The file of a line is recorded, and will be as long as the line says the same. */
    void add(String directory, String line) {
        directories.computeIfAbsent(directory, none -> new Lines()).add(hash(line, firstSeed), hash(line, secondSeed));
    }

    private static long hash(String line, long seed) {
        long hash = seed;
        for (int i = 0; i < line.length(); i++) {
            hash = (hash ^ line.charAt(i)) * SPREAD;
            hash ^= hash >>> 29;
        }
        return hash == 0 ? 1 : hash;
    }

    /** A set of pairs of numbers, each not zero, in one array; it knows which were asked for since it was renewed. */
    private static final class Lines {
        private static final int SMALLEST = 64;

        private long[] pairs = new long[2 * SMALLEST];
        private boolean[] seen = new boolean[SMALLEST];
        private int size;
        private int seenSize;

        private int slot(long first, long second) {
            int mask = seen.length - 1;
            int slot = (int) (first ^ first >>> 32) & mask;
            while (pairs[2 * slot] != 0 && (pairs[2 * slot] != first || pairs[2 * slot + 1] != second)) {
                slot = slot + 1 & mask;
            }
            return slot;
        }

        private boolean has(long first, long second) {
            int slot = slot(first, second);
            if (pairs[2 * slot] == 0) {
                return false;
            }
            see(slot);
            return true;
        }

        private void see(int slot) {
            if (!seen[slot]) {
                seen[slot] = true;
                seenSize++;
            }
        }

        private void add(long first, long second) {
            if (2 * size >= seen.length) {
                refill(2 * seen.length, true);
            }
            int slot = slot(first, second);
            if (pairs[2 * slot] == 0) {
                pairs[2 * slot] = first;
                pairs[2 * slot + 1] = second;
                size++;
            }
            see(slot);
        }

        /** Forgets what was not seen; returns whether anything is left. */
        private boolean renew() {
            if (seenSize < size) {
                refill(seen.length, false);
            }
            seen = new boolean[seen.length];
            seenSize = 0;
            return size > 0;
        }

        private void refill(int slots, boolean all) {
            long[] oldPairs = pairs;
            boolean[] oldSeen = seen;
            pairs = new long[2 * slots];
            seen = new boolean[slots];
            size = 0;
            seenSize = 0;
            for (int i = 0; i < oldSeen.length; i++) {
                if (oldPairs[2 * i] != 0 && (all || oldSeen[i])) {
                    int slot = slot(oldPairs[2 * i], oldPairs[2 * i + 1]);
                    pairs[2 * slot] = oldPairs[2 * i];
                    pairs[2 * slot + 1] = oldPairs[2 * i + 1];
                    size++;
                    if (oldSeen[i]) {
                        see(slot);
                    }
                }
            }
        }
    }
}
