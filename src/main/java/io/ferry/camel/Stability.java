package io.ferry.camel;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Tells files that are still being written from those that have come to rest, by looking at size and modification time across
 * polls. No thread waits for a file.
 *
 * <p>Law: belongs to one consumer and its poll thread; what it keeps is bounded by the files that the last two whole polls saw.
 */
final class Stability {

    private final int polls;
    private final Duration time;
    private Map<String, Sight> before = Map.of();
    private Map<String, Sight> now = new HashMap<>();

    private record Sight(long size, long modified, long since, int again) {}

    private Stability(int polls, Duration time) {
        this.polls = polls;
        this.time = time;
    }

    /**
     * Reads the option {@code stableFor}: a number of polls, or a time with a unit.
     *
     * @throws IllegalArgumentException where it is neither
     */
    static Stability of(String option) {
        String text = option.strip();
        if (text.matches("\\d{1,9}")) {
            return new Stability(Integer.parseInt(text), Duration.ZERO);
        }
        try {
            return new Stability(1, OptionValues.duration("stableFor", text));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "The option stableFor takes a number of polls such as 2, or a time such as 30s, not \"" + option
                            + "\"",
                    e);
        }
    }

    /**
     * A poll begins.
     *
     * @param lastWasWhole whether the last poll saw all files, so that the ones it did not see may be forgotten
     */
    void beginPoll(boolean lastWasWhole) {
        Map<String, Sight> seen = lastWasWhole ? new HashMap<>() : new HashMap<>(before);
        seen.putAll(now);
        before = seen;
        now = new HashMap<>();
    }

    /** How many sights of files are kept, of this poll and of what is known from those before. */
    int kept() {
        return before.size() + now.size();
    }

    /** Whether a file that is listed with this size and time has been so for long enough. */
    boolean isStable(String path, long size, long modified) {
        long at = System.nanoTime();
        Sight last = before.get(path);
        Sight sight = last != null && last.size == size && last.modified == modified
                ? new Sight(size, modified, last.since, last.again + 1)
                : new Sight(size, modified, at, 0);
        now.put(path, sight);
        return sight.again >= polls && at - sight.since >= time.toNanos();
    }
}
