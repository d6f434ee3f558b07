package io.ferry.bench;

import static java.util.Map.entry;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a run measures, from system properties that begin with "ferry.bench.".
 *
 * @param rounds of each case, at least 1; default 5; who is far behind has fewer, see {@link Rounds}
 * @param caseMinutes what all rounds of a case may take before those that nothing is compared with have fewer; default 2
 * @param warmUp seconds that a client of the warm JVM runs before it is timed, where it does not wait for a line, and four times as
 *     long where there are many files; default 15
 * @param cases ids, or the beginnings of ids with a star at the end, or "goals", see {@link Goals}; default all
 * @param only contenders whose names contain one of these; empty is all
 * @param large bytes of the one large file; default 1 GiB
 * @param small how many small files; default 10,000
 * @param listed entries of the large directory; default 100,000
 * @param lineLarge bytes of the large file on the long lines, a quarter of it where packets are lost; default 64 MiB
 * @param lineSmall how many small files on the long lines; default 500
 * @param memory bytes of the file whose transfer's memory is measured; default 2 GiB
 * @param partners polled at once; default 50
 * @param ferryOptions added to Ferry's endpoints, to try a lever; the shipped defaults where empty
 * @param congestion how the server's end of a long line controls congestion; default reno, which every kernel lets a namespace have
 * @param publish whether the README's table and picture are replaced; default false
 * @param project the project's directory
 */
record Settings(
        int rounds,
        int caseMinutes,
        int warmUp,
        List<String> cases,
        List<String> only,
        long large,
        int small,
        int listed,
        long lineLarge,
        int lineSmall,
        long memory,
        int partners,
        String ferryOptions,
        String congestion,
        boolean publish,
        Path project) {

    /** Those that the goals speak of. */
    private static final Map<String, Long> SIZES = Map.ofEntries(
            entry("large", 1L << 30),
            entry("small", 10_000L),
            entry("listed", 100_000L),
            entry("line.large", 64L << 20),
            entry("line.small", 500L),
            entry("memory", 2L << 30),
            entry("partners", 50L));

    static Settings fromProperties() {
        return new Settings(
                (int) number("rounds", 5),
                (int) number("case.minutes", 2),
                (int) number("warm", 15),
                list("cases"),
                list("only"),
                number("large", SIZES.get("large")),
                (int) number("small", SIZES.get("small")),
                (int) number("listed", SIZES.get("listed")),
                number("line.large", SIZES.get("line.large")),
                (int) number("line.small", SIZES.get("line.small")),
                number("memory", SIZES.get("memory")),
                (int) number("partners", SIZES.get("partners")),
                text("options", ""),
                text("congestion", "reno"),
                Boolean.parseBoolean(text("publish", "false")),
                Path.of(System.getProperty("basedir", System.getProperty("user.dir"))));
    }

    boolean wants(String id) {
        return cases.isEmpty() || cases.stream().anyMatch(each -> matches(each, id));
    }

    /** Whether the sizes are those that the goals speak of. */
    boolean goalSizes() {
        Map<String, Long> own = Map.ofEntries(
                entry("large", large),
                entry("small", (long) small),
                entry("listed", (long) listed),
                entry("line.large", lineLarge),
                entry("line.small", (long) lineSmall),
                entry("memory", memory),
                entry("partners", (long) partners));
        return own.equals(SIZES);
    }

    Rounds rule() {
        return new Rounds(rounds, caseMinutes * 60.0);
    }

    boolean wantsContender(String name) {
        return only.isEmpty() || only.stream().anyMatch(name::contains);
    }

    private static boolean matches(String pattern, String id) {
        if (pattern.equals(Goals.SET)) {
            return Goals.CASES.contains(id);
        }
        return pattern.endsWith("*") ? id.startsWith(pattern.substring(0, pattern.length() - 1)) : id.equals(pattern);
    }

    /** Maven hands on an empty text for what is not set. */
    private static String text(String key, String standard) {
        String value = System.getProperty("ferry.bench." + key, "").strip();
        return value.isEmpty() ? standard : value;
    }

    private static List<String> list(String key) {
        return Arrays.stream(text(key, "").split(","))
                .map(String::strip)
                .filter(each -> !each.isEmpty())
                .toList();
    }

    /** A whole number, with KB or MB or GB (1024-based) at its end or without. */
    private static long number(String key, long standard) {
        String value = text(key, String.valueOf(standard)).toUpperCase(Locale.ROOT);
        int shift = value.endsWith("KB") ? 10 : value.endsWith("MB") ? 20 : value.endsWith("GB") ? 30 : 0;
        long result = Long.parseLong(shift == 0 ? value : value.substring(0, value.length() - 2)) << shift;
        if (result < 1) {
            throw new IllegalArgumentException("ferry.bench." + key + " must be at least 1: " + value);
        }
        return result;
    }
}
