package io.ferry.bench;

import java.util.List;
import java.util.Locale;

/** The figures as text: a table in Markdown for each case. */
final class Report {
    private final List<Results> all;

    Report(Settings settings, List<Results> all) {
        this.all = all;
    }

    /** The table of one case on the standard output. */
    void print(String id) {
        all.stream().filter(each -> each.scene.id().equals(id)).forEach(each -> System.out.println(table(each)));
    }

    /** Rows by time; the ratio is the contender's time to Ferry's under the same clock. */
    static String table(Results results) {
        StringBuilder text = new StringBuilder("**" + results.scene.title() + "**\n\n");
        text.append("| client | clock | median | least to most | ").append(unit(results.scene));
        text.append(" | time ÷ Ferry's | CPU s per GiB | peak MiB |\n|---|---|--:|--:|--:|--:|--:|--:|\n");
        results.names().stream()
                .sorted(java.util.Comparator.comparingDouble(results::seconds))
                .forEach(each -> text.append(row(results, each)));
        results.failures().forEach((name, why) -> text.append("| ")
                .append(name)
                .append(" | | failed | | | | | |\n"));
        return text.toString();
    }

    private static String row(Results results, String name) {
        double seconds = results.seconds(name);
        double ferry = results.seconds(results.isWarm(name) ? Contenders.FERRY : Contenders.FERRY_PROCESS);
        if (Double.isNaN(ferry)) {
            ferry = results.seconds(Contenders.FERRY);
        }
        long peak = results.peakKib(name) >> 10;
        return String.format(
                Locale.ROOT,
                "| %s | %s | %.3f s | %.3f to %.3f | %.0f | %.2f | %.2f | %s |%n",
                name,
                results.isWarm(name) ? "warm JVM" : "process",
                seconds,
                results.least(name),
                results.most(name),
                rate(results.scene, seconds),
                seconds / ferry,
                results.median(name, Measured::cpuSeconds) / results.scene.gib(),
                peak == 0 ? "" : peak);
    }

    static String unit(Scene scene) {
        return scene.single() ? "MiB/s" : "files/s";
    }

    static double rate(Scene scene, double seconds) {
        return (scene.single() ? scene.size() / (double) (1 << 20) : scene.files()) / seconds;
    }
}
