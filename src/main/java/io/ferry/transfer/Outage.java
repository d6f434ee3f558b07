package io.ferry.transfer;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Decides what is said of failures that repeat, so that a partner that is down does not fill the log: the first one in full, then that it is
 * still so, after pauses that double from a minute to an hour, and once that it is over. Another failure of the same subject
 * is told at once.
 *
 * <p>Law: safe from any thread; remembers a bounded number of subjects and failures, and forgets one that has not come for two
 * hours.
 */
public final class Outage {

    private static final Duration FIRST_PAUSE = Duration.ofMinutes(1);
    private static final Duration LONGEST_PAUSE = Duration.ofHours(1);
    private static final Duration FORGOTTEN = Duration.ofHours(2);
    private static final int MOST_SUBJECTS = 1000;
    private static final int MOST_LINES = 50;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss");
    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm");

    private final InstantSource clock;
    private final Map<String, Map<String, Repeated>> subjects = new Recent<>(MOST_SUBJECTS);

    /** By the system's clock. */
    public Outage() {
        this(InstantSource.system());
    }

    Outage(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * A failure has happened.
     *
     * @param subject whom it concerns, such as a partner
     * @param failure what tells it from other failures of that subject
     * @param line what is said of it the first time
     * @return what to say now, or nothing
     */
    public synchronized Optional<String> failed(String subject, String failure, String line) {
        Map<String, Repeated> all = subjects.computeIfAbsent(subject, each -> new Recent<>(MOST_LINES));
        Instant now = clock.instant();
        Repeated known = all.get(failure);
        if (known == null || known.last.plus(FORGOTTEN).isBefore(now)) {
            all.put(failure, new Repeated(now));
            return Optional.of(line);
        }
        known.tries++;
        known.last = now;
        if (now.isBefore(known.next)) {
            return Optional.empty();
        }
        known.pause =
                known.pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : known.pause.multipliedBy(2);
        known.next = now.plus(known.pause);
        return Optional.of("Still so since " + time(known.first, now) + ", " + known.tries + " tries: " + line);
    }

    /**
     * The subject is well.
     *
     * @return what to say, where it was not
     */
    public synchronized Optional<String> over(String subject) {
        Map<String, Repeated> all = subjects.remove(subject);
        if (all == null) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        Instant first = all.values().stream()
                .map(each -> each.first)
                .min(Instant::compareTo)
                .orElse(now);
        long tries = all.values().stream().mapToLong(each -> each.tries).sum();
        return Optional.of("well again; since " + time(first, now) + " "
                + (tries == 1 ? "one try had failed" : tries + " tries had failed"));
    }

    private static String time(Instant first, Instant now) {
        boolean isLong = first.plus(Duration.ofHours(12)).isBefore(now);
        return (isLong ? DAY : TIME).format(first.atZone(ZoneId.systemDefault()));
    }

    /** One failure that goes on. */
    private static final class Repeated {
        private final Instant first;
        private Instant last;
        private Instant next;
        private Duration pause = FIRST_PAUSE;
        private long tries = 1;

        Repeated(Instant first) {
            this.first = first;
            this.last = first;
            this.next = first.plus(pause);
        }
    }

    /** Forgets the oldest. */
    private static final class Recent<V> extends LinkedHashMap<String, V> {
        private static final long serialVersionUID = 1L;
        private final int most;

        Recent(int most) {
            this.most = most;
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
            return size() > most;
        }
    }
}
