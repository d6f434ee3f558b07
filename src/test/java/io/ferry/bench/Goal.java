package io.ferry.bench;

import java.util.Locale;
import java.util.Set;

/**
 * What Ferry is to reach in one case, and how a run's figures say whether it does.
 *
 * @param id the case
 * @param words for readers
 * @param opponents whom Ferry's time is compared with: the quickest of them counts; empty is every other client
 */
record Goal(String id, String words, Set<String> opponents, Measure measure) {

    /** Reads the figures of a run. */
    interface Measure {
        Outcome of(Goal goal, Figured run);
    }

    /** The figures of a run; null and NaN for what it has not measured. */
    interface Figured {
        Results results(String id);

        double figure(String id, String key);

        /** Why a case that is no race has no figures; empty where nothing failed. */
        String failure(String id);
    }

    enum Verdict {
        MET("met"),
        MISSED("**NOT met**"),
        OPEN("not measured"),
        NONE("no goal");

        final String words;

        Verdict(String words) {
            this.words = words;
        }
    }

    /**
     * @param warm what was measured of Ferry in the warm JVM, which the verdict goes by where there is such a figure
     * @param process the same of Ferry as a process
     */
    record Outcome(String warm, String process, Verdict verdict) {}

    private static final Outcome OPEN = new Outcome("", "", Verdict.OPEN);

    /** Ferry's time is at most so many times the opponent's. */
    static Goal time(String id, double most, String words, String... opponents) {
        return new Goal(id, words, Set.of(opponents), (goal, run) -> goal.compare(run, Contenders.FERRY, false, most));
    }

    /** Ferry's rate is at least so many times the opponent's. */
    static Goal rate(String id, double least, String words, String... opponents) {
        return rateOf(Contenders.FERRY, id, least, words, opponents);
    }

    /** As {@link #rate}, with other options of Ferry's than the shipped ones. */
    static Goal rateOf(String ferry, String id, double least, String words, String... opponents) {
        return new Goal(id, words, Set.of(opponents), (goal, run) -> goal.compare(run, ferry, true, least));
    }

    /** Nothing to reach, but a case that is of interest beside the others. */
    static Goal shown(String id) {
        return new Goal(id, "none; beside the best peer", Set.of(), (goal, run) -> {
            Outcome outcome = goal.compare(run, Contenders.FERRY, true, 0);
            return outcome.verdict() == Verdict.MET
                    ? new Outcome(outcome.warm(), outcome.process(), Verdict.NONE)
                    : outcome;
        });
    }

    /** A figure of a case that is no race is at most so large. */
    static Goal figure(String id, String key, double most, String unit, boolean process, String words) {
        return new Goal(id, words, Set.of(), (goal, run) -> {
            double value = run.figure(id, key);
            String failure = run.failure(id);
            if (!failure.isEmpty()) {
                return new Outcome(process ? "" : "failed", process ? "failed" : "", Verdict.MISSED);
            }
            if (Double.isNaN(value)) {
                return OPEN;
            }
            String text = number(value, most) + " " + unit;
            return new Outcome(process ? "" : text, process ? text : "", verdict(value <= most));
        });
    }

    Outcome outcome(Figured run) {
        return measure.of(this, run);
    }

    private Outcome compare(Figured run, String ferry, boolean rate, double limit) {
        Results of = run.results(id);
        if (of == null) {
            return OPEN;
        }
        boolean isShipped = ferry.equals(Contenders.FERRY);
        String process = isShipped ? against(of, Contenders.FERRY_PROCESS, this::isProcess, rate, limit) : "";
        if (of.failed(ferry)) {
            return new Outcome("failed", process, Verdict.MISSED);
        }
        String warm = against(of, ferry, (results, name) -> isOpponent(name), rate, limit);
        if (warm.isEmpty()) {
            return new Outcome("", process, Verdict.OPEN);
        }
        double ratio = ratio(of, ferry, opponent(of, (results, name) -> isOpponent(name)), rate);
        return new Outcome(warm, process, verdict(rate ? ratio >= limit : ratio <= limit));
    }

    private interface Chosen {
        boolean test(Results results, String name);
    }

    private static String opponent(Results of, Chosen chosen) {
        return of.fastest(name -> chosen.test(of, name));
    }

    /** The ratio in words; empty where one of both has no figure. */
    private String against(Results of, String ferry, Chosen chosen, boolean rate, double limit) {
        if (of.failed(ferry)) {
            return "failed";
        }
        String peer = opponent(of, chosen);
        double ratio = peer.isEmpty() ? Double.NaN : ratio(of, ferry, peer, rate);
        if (Double.isNaN(ratio)) {
            return "";
        }
        return "%s × the %s of %s, %s"
                .formatted(
                        number(ratio, limit),
                        rate ? "rate" : "time",
                        peer.replace(Contenders.PROCESS, ""),
                        of.isWarm(peer) ? "warm JVM" : "process");
    }

    private static double ratio(Results of, String ferry, String peer, boolean rate) {
        double time = of.seconds(ferry) / of.seconds(peer);
        return rate ? 1 / time : time;
    }

    private boolean isOpponent(String name) {
        return opponents.isEmpty() ? Results.isPeer(name) : opponents.contains(name);
    }

    /** A process; where the goal names a client that runs in the warm JVM only, that one. */
    private boolean isProcess(Results of, String name) {
        if (of.isWarm(name)) {
            return opponents.contains(name) && of.of(name + Contenders.PROCESS).isEmpty();
        }
        return isOpponent(name.replace(Contenders.PROCESS, "")) && Results.isPeer(name);
    }

    private static Verdict verdict(boolean met) {
        return met ? Verdict.MET : Verdict.MISSED;
    }

    /** Two decimals, none for a whole number, or more where two would make it look like the limit that it is not. */
    static String number(double value, double limit) {
        if (value == Math.rint(value)) {
            return String.format(Locale.ROOT, "%.0f", value);
        }
        String text = String.format(Locale.ROOT, "%.2f", value);
        for (int decimals = 3; decimals < 9 && value != limit && Double.parseDouble(text) == limit; decimals++) {
            text = String.format(Locale.ROOT, "%." + decimals + "f", value);
        }
        return text;
    }
}
