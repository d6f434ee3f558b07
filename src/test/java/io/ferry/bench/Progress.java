package io.ferry.bench;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Says on the standard output how far a run is, and about how long the rest of it takes: what the cases are expected to take,
 * times how much slower or faster than expected this machine has been so far.
 */
final class Progress {
    /** Before so much is done, its pace says nothing. */
    private static final double ENOUGH = 60;

    /** @param expected seconds, roughly */
    record Part(String id, double expected) {}

    private final List<List<Part>> stages;
    private final LongSupplier nanos;
    private final long begun;
    private final Map<String, Double> shares = new HashMap<>();

    /** @param stages one after the other; the parts of each at the same time */
    Progress(List<List<Part>> stages, LongSupplier nanos) {
        this.stages = stages;
        this.nanos = nanos;
        begun = nanos.getAsLong();
    }

    /** @param share of the part that is done, from 0 to 1 */
    synchronized void at(String id, String what, double share) {
        shares.merge(id, share, Math::max);
        System.out.printf(
                "[%s, about %s left] %s: %s%n",
                shown(elapsed()), shown(Duration.ofSeconds(Math.round(left()))), id, what);
    }

    synchronized void ended(String id) {
        shares.put(id, 1.0);
    }

    /** Seconds. */
    synchronized double left() {
        double done = 0;
        double open = 0;
        for (List<Part> stage : stages) {
            double all = stage.stream().mapToDouble(Part::expected).max().orElse(0);
            double rest = stage.stream()
                    .mapToDouble(each -> each.expected() * (1 - shares.getOrDefault(each.id(), 0.0)))
                    .max()
                    .orElse(0);
            open += rest;
            done += all - rest;
        }
        return done < ENOUGH ? open : open * elapsed().toMillis() / 1000.0 / done;
    }

    private Duration elapsed() {
        return Duration.ofNanos(nanos.getAsLong() - begun);
    }

    private static String shown(Duration time) {
        return String.format(Locale.ROOT, "%d:%02d", time.toMinutes(), time.toSecondsPart());
    }
}
