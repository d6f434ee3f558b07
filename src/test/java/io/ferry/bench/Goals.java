package io.ferry.bench;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** All goals, and the table that says which of them a run meets. */
final class Goals {
    /** Selects the cases that have a goal. */
    static final String SET = "goals";

    private static final String MIRROR = "lftp mirror -P 4";
    private static final String[] AT_DEFAULTS = {Contenders.STOCK, "curl", "rclone"};
    private static final String[] WITH_FOUR = {MIRROR, Contenders.CURL_FOUR, "rclone"};
    private static final String LINE = "line-40ms-1000m-0pct-small";

    private static final List<Goal> ALL = List.of(
            Goal.time("large-down", 0.9, "at most 0.9 × the best peer's time"),
            Goal.rate("large-down", 0.9, "at least 0.9 × the rate from a raw socket to a file", Contenders.LIMIT),
            Goal.rate("large-down", 2, "at least 2 × stock's rate", Contenders.STOCK),
            Goal.time("large-up", 1, "at most the best peer's time"),
            Goal.rate("large-up", 1.5, "at least 1.5 × stock's rate", Contenders.STOCK),
            Goal.time("large-down-tls", 1.15, "at most 1.15 × curl's time", "curl"),
            Goal.time("large-up-tls", 1.15, "at most 1.15 × curl's time", "curl"),
            Goal.rate("small-down", 2, "at least 2 × the rate of `lftp mirror -P 4`", MIRROR),
            Goal.rate("small-down", 4, "at least 4 × stock's rate", Contenders.STOCK),
            Goal.rate("small-up", 1.2, "at least 1.2 × the rate of `lftp mirror -R -P 4`", MIRROR),
            Goal.rate("small-up", 4, "at least 4 × stock's rate", Contenders.STOCK),
            commands(Commands.DOWN, 6, "down, vsftpd: at most 6 for each file"),
            commands(Commands.DOWN_MLST, 3, "down, ProFTPD, which has MLST: at most 3 for each file"),
            commands(Commands.UP, 5, "up, vsftpd: at most 5 for each file"),
            Goal.rate(LINE, 3, defaults(), AT_DEFAULTS),
            Goal.rateOf(Contenders.FERRY_FOUR, LINE, 1.3, sessions(), WITH_FOUR),
            Goal.rate(LINE + "-tls", 3, defaults(), AT_DEFAULTS),
            Goal.rateOf(Contenders.FERRY_FOUR, LINE + "-tls", 1.3, sessions(), WITH_FOUR),
            Goal.rate(
                    "line-40ms-1000m-1pct-large", 1.5, "at least 1.5 × the rate of `lftp pget -n 4`", "lftp pget -n 4"),
            Goal.shown("line-40ms-1000m-0pct-large"),
            Goal.shown("line-40ms-100m-0pct-large"),
            Goal.figure(Listing.ID, Listing.SECONDS, 0.5, "× stock's time", false, "at most 0.5 × stock's time"),
            Goal.figure(
                    Listing.ID,
                    Listing.ALLOCATED,
                    0.25,
                    "× stock's",
                    false,
                    "at most 0.25 × the memory that stock allocates"),
            Goal.figure(
                    Memory.ID,
                    Memory.PEAK,
                    160,
                    "MiB",
                    true,
                    "at most 160 MiB resident with a heap of 64 MiB, whatever the file's size"),
            Goal.figure(
                    ManyPartners.ID,
                    ManyPartners.MISSING,
                    0,
                    "files missing",
                    true,
                    "50 partners at once in one JVM with a heap of 256 MiB: no file is missing"));

    static final Set<String> CASES = ALL.stream().map(Goal::id).collect(Collectors.toCollection(LinkedHashSet::new));

    private Goals() {}

    private static Goal commands(String key, double most, String words) {
        return Goal.figure(Commands.ID, key, most, "for each file", false, words);
    }

    private static String defaults() {
        return "at least 3 × the rate of the best peer at its defaults (stock, curl: 1 session; rclone: 4)";
    }

    private static String sessions() {
        return "with 4 transfers at once, at least 1.3 × the rate of the best peer with as many sessions"
                + " (`lftp mirror -P 4`, `curl -Z --parallel-max 4`, rclone)";
    }

    /** Whom a case's goals name. */
    static Set<String> opponents(String id) {
        return ALL.stream()
                .filter(each -> each.id().equals(id))
                .flatMap(each -> each.opponents().stream())
                .collect(Collectors.toSet());
    }

    /** Of the cases that the run selects; what it has not measured is said to be so. Empty where it selects none. */
    static List<Goal> of(Settings settings) {
        return ALL.stream().filter(each -> settings.wants(each.id())).toList();
    }

    static Extra table(List<Goal> goals, Goal.Figured run) {
        List<List<String>> rows = new ArrayList<>();
        int met = 0;
        int missed = 0;
        for (Goal each : goals) {
            Goal.Outcome outcome = each.outcome(run);
            met += outcome.verdict() == Goal.Verdict.MET ? 1 : 0;
            missed += outcome.verdict() == Goal.Verdict.MISSED ? 1 : 0;
            rows.add(List.of(
                    "`" + each.id() + "`", each.words(), outcome.warm(), outcome.process(), outcome.verdict().words));
        }
        return new Extra(
                "goals",
                "Goals: %d met, %d not met".formatted(met, missed),
                List.of("case", "goal", "Ferry, warm JVM", "Ferry, process", "verdict"),
                rows);
    }

    /** How to read the table. */
    static String legend() {
        return "Ratios of medians. *Ferry, warm JVM* is Ferry in the benchmark's JVM, the start of a JVM left out, beside the"
                + " quickest of the clients that the goal speaks of, under either clock; *Ferry, process* is Ferry's process"
                + " from its start to its end, the JVM's included, beside the quickest process of them. The verdict goes by"
                + " the warm JVM; for memory and partners, by the process. The best peer is the quickest client that is"
                + " neither Ferry nor the raw copy.\n";
    }
}
