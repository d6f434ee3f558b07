package io.ferry.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.camel.util.json.JsonArray;
import org.apache.camel.util.json.JsonObject;
import org.apache.camel.util.json.Jsoner;

/** Runs the micro-benchmarks, which are compiled in the profile bench only, in a JVM of their own. */
final class Blocks {
    private static final String JMH = "org.openjdk.jmh.Main";
    private static final double MEBIBYTES = 64;

    private Blocks() {}

    /** Empty, with a line on the standard error, outside of the profile. */
    static Optional<Extra> run() throws Exception {
        Class<?> main;
        try {
            main = Class.forName(JMH);
        } catch (ClassNotFoundException e) {
            System.err.println("##### NOT MEASURED: the micro-benchmarks need -Pbench #####");
            return Optional.empty();
        }
        Path result = Files.createTempFile("ferry-jmh", ".json");
        try {
            Process process = new ProcessBuilder(
                            ChildMain.java("512m", main, "BlockCopy", "-rf", "json", "-rff", result.toString()))
                    .inheritIO()
                    .start();
            if (process.waitFor() != 0) {
                throw new IllegalStateException("JMH ended with status " + process.exitValue());
            }
            return Optional.of(table((JsonArray) Jsoner.deserialize(Files.readString(result))));
        } finally {
            Files.delete(result);
        }
    }

    private static Extra table(JsonArray runs) {
        TreeMap<Integer, TreeMap<String, String>> bySize = new TreeMap<>();
        for (Object each : runs) {
            JsonObject run = (JsonObject) each;
            String benchmark = run.getString("benchmark");
            int kib = Integer.parseInt(((JsonObject) run.get("params")).getString("blockKib"));
            double millis = ((JsonObject) run.get("primaryMetric")).getDouble("score");
            bySize.computeIfAbsent(kib, key -> new TreeMap<>())
                    .put(
                            benchmark.substring(benchmark.lastIndexOf('.') + 1),
                            String.format(Locale.ROOT, "%.0f", MEBIBYTES * 1000 / millis));
        }
        List<List<String>> rows = new ArrayList<>();
        bySize.forEach((kib, ways) ->
                rows.add(List.of(kib + " KiB", ways.getOrDefault("channels", ""), ways.getOrDefault("streams", ""))));
        return new Extra(
                "blocks",
                "The loop from a socket to a file in memory, MiB/s (JMH)",
                List.of("block", "channels, direct buffer", "streams, array"),
                rows);
    }
}
