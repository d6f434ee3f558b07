package io.ferry.bench;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How many rounds each contender of a case has, by the seconds that its first one takes. Who is far behind is so in two rounds as
 * well as in five, and would take most of the time. Where all of them together are quick, the seconds scatter, and there are more.
 *
 * @param all what most have
 * @param caseSeconds what all rounds of a case may take together before those that nothing is compared with have fewer; limits
 *     have all
 */
record Rounds(int all, double caseSeconds) {
    private static final double SLOW = 20;
    private static final double VERY_SLOW = 60;
    private static final double BEHIND = 2;
    /** Who is so close to the quickest peer in one round may turn out to be the quickest. */
    private static final double CLOSE = 1.25;

    private static final int FEWER = 2;

    /** Fewer are no measurement, but a try. */
    private static final int SOME = 5;

    private static final double QUICK_CASE = 20;

    /** All rounds for everybody. */
    static Rounds always(int all) {
        return new Rounds(all, Double.POSITIVE_INFINITY);
    }

    /** The rule for the rounds after the first one: where that is over soon, twice as many and one, for a median in the middle. */
    Rounds after(Map<String, Double> first) {
        double together = first.values().stream().mapToDouble(each -> each).sum();
        return all >= SOME && together <= QUICK_CASE ? new Rounds(2 * all + 1, 3 * caseSeconds) : this;
    }

    /**
     * @param first seconds of the first round, by contender
     * @param opponents whom Ferry is to be compared with: they have fewer rounds only where they are slow themselves
     */
    Map<String, Integer> of(Map<String, Double> first, Set<String> opponents) {
        double quickest = least(first);
        Set<String> best = best(first);
        Map<String, Integer> rounds = new HashMap<>();
        first.forEach((name, seconds) ->
                rounds.put(name, best.contains(name) ? all : Math.min(all, bySlowness(seconds, quickest))));
        double together = first.entrySet().stream()
                .mapToDouble(each -> each.getValue() * rounds.get(each.getKey()))
                .sum();
        if (together > caseSeconds) {
            rounds.replaceAll((name, count) -> best.contains(name)
                            || opponents.contains(name)
                            || name.equals(Contenders.FERRY_PROCESS)
                            || Contenders.isLimit(name)
                    ? count
                    : Math.min(count, FEWER));
        }
        return rounds;
    }

    private int bySlowness(double seconds, double quickest) {
        if (seconds <= SLOW || seconds <= BEHIND * quickest) {
            return all;
        }
        return seconds > VERY_SLOW ? 1 : FEWER;
    }

    /** Ferry, and the quickest of the others. */
    private static Set<String> best(Map<String, Double> first) {
        Map<String, Double> peers = first.entrySet().stream()
                .filter(each -> Results.isPeer(each.getKey()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        double quickest = least(peers);
        Set<String> best = peers.entrySet().stream()
                .filter(each -> each.getValue() <= CLOSE * quickest)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        best.add(Contenders.FERRY);
        return best;
    }

    private static double least(Map<String, Double> seconds) {
        return seconds.values().stream().mapToDouble(each -> each).min().orElse(Double.NaN);
    }
}
