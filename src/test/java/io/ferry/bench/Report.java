package io.ferry.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.camel.util.json.JsonArray;
import org.apache.camel.util.json.JsonObject;
import org.apache.camel.util.json.Jsoner;

/**
 * The figures of one run. It is written anew after each case, so that a run that is broken off leaves what it has:
 * target/bench/report.md, benchmark.svg, and a JSON file named after the time at which the run began.
 */
final class Report implements Goal.Figured {
    private static final String BEGIN = "<!-- benchmark begin -->";
    private static final String END = "<!-- benchmark end -->";

    private final Settings settings;
    private final Instant begun = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private final Map<String, String> machine = Machine.facts();
    private final List<String> order;
    private final List<Results> results = new ArrayList<>();
    private final List<Extra> extras = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final Map<String, String> failed = new LinkedHashMap<>();

    Report(Settings settings) {
        this.settings = settings;
        order = Stream.concat(Scenes.near(settings).stream(), Scenes.far(settings).stream())
                .map(Scene::id)
                .toList();
    }

    synchronized void add(Results more) throws IOException {
        results.add(more);
        // Those that run at the same time end in any order.
        results.sort(Comparator.comparingInt(each -> order.indexOf(each.scene.id())));
        System.out.println(table(more, settings.rounds()));
        write();
    }

    synchronized void add(Extra more) throws IOException {
        extras.add(more);
        System.out.println(more.markdown());
        write();
    }

    /** What a reader has to know, such as what could not be measured; each said once. */
    synchronized void note(String text) {
        if (!notes.contains(text)) {
            notes.add(text);
        }
    }

    /** A case that is no race, and ended without figures. */
    synchronized void fail(String id, Throwable why) throws IOException {
        System.err.println("##### FAILED: " + id + ": " + why + " #####");
        failed.put(id, why.toString());
        note("Failed: " + id + ".");
        write();
    }

    @Override
    public synchronized Results results(String id) {
        return results.stream()
                .filter(each -> each.scene.id().equals(id))
                .findFirst()
                .orElse(null);
    }

    @Override
    public synchronized double figure(String id, String key) {
        return extras.stream()
                .filter(each -> each.id().equals(id))
                .mapToDouble(each -> each.figures().getOrDefault(key, Double.NaN))
                .findFirst()
                .orElse(Double.NaN);
    }

    @Override
    public synchronized String failure(String id) {
        return failed.getOrDefault(id, "");
    }

    synchronized boolean anyWrong() {
        return !failed.isEmpty()
                || results.stream()
                        .anyMatch(each -> each.failed(Contenders.FERRY) || each.failed(Contenders.FERRY_PROCESS));
    }

    private void write() throws IOException {
        Path directory = Files.createDirectories(settings.project().resolve("target/bench"));
        Files.writeString(directory.resolve("report.md"), markdown());
        Files.writeString(directory.resolve("benchmark.svg"), Picture.of(results, caption()));
        String name = "run-" + begun.toString().replace(":", "") + ".json";
        Files.writeString(directory.resolve(name), Jsoner.prettyPrint(json().toJson()));
    }

    /** Puts the tables between the two marks in the README, and the picture beside the site's files. */
    void publish() throws IOException {
        Path readme = settings.project().resolve("README.md");
        String text = Files.readString(readme);
        int from = text.indexOf(BEGIN);
        int to = text.indexOf(END);
        if (from < 0 || to < from) {
            throw new IOException("README.md has no place for the benchmark");
        }
        Path picture = settings.project().resolve("src/site/benchmark.svg");
        Files.createDirectories(picture.getParent());
        Files.writeString(picture, Picture.of(results, caption()));
        Files.writeString(
                readme,
                text.substring(0, from) + BEGIN + "\n\n![Ferry and other clients](src/site/benchmark.svg)\n\n"
                        + markdown() + "\n" + text.substring(to));
    }

    private String caption() {
        return begun.toString().substring(0, 10) + ", " + Machine.line(machine);
    }

    private String markdown() {
        StringBuilder text =
                new StringBuilder(caption()).append(". Medians of ").append(settings.rounds());
        text.append(" rounds, in turns, or of so many as n says. curl ").append(word(machine.get("curl"), 1));
        text.append(", lftp ").append(word(machine.get("lftp"), 3));
        text.append(", rclone ").append(word(machine.get("rclone"), 1));
        text.append(", Python ").append(word(machine.get("python3"), 1));
        text.append(", vsftpd ").append(machine.get("vsftpd")).append(".\n\n");
        if (!settings.ferryOptions().isEmpty()) {
            text.append("Ferry with `").append(settings.ferryOptions()).append("`.\n\n");
        }
        notes.forEach(each -> text.append(each).append("\n\n"));
        goals().ifPresent(each -> {
            text.append(each.markdown("---")).append('\n');
            text.append(Goals.legend()).append('\n');
            if (!settings.goalSizes()) {
                text.append("The sizes of this run are not those of the goals: the verdicts prove nothing.\n\n");
            }
        });
        results.forEach(each -> text.append(table(each, settings.rounds())).append('\n'));
        extras.forEach(each -> text.append(each.markdown()).append('\n'));
        return text.toString();
    }

    private Optional<Extra> goals() {
        List<Goal> goals = Goals.of(settings);
        return goals.isEmpty() ? Optional.empty() : Optional.of(Goals.table(goals, this));
    }

    private static String word(String text, int at) {
        String[] words = text.split(" ");
        return words.length > at ? words[at] : "(none)";
    }

    /** Rows by time; n where a client has more rounds than is usual, or fewer. The two ratios are to Ferry in the warm JVM and to Ferry as a process. */
    private static String table(Results of, int rounds) {
        Scene scene = of.scene;
        StringBuilder text = new StringBuilder("**").append(scene.title()).append("**\n\n");
        text.append("| client | clock | median s | least to most | ").append(scene.single() ? "MiB/s" : "files/s");
        text.append(" | ÷ Ferry, warm | ÷ Ferry, process | CPU s per ");
        text.append(scene.single() ? "GiB" : "1,000 files").append(" | peak MiB |\n");
        text.append("|---|---|--:|--:|--:|--:|--:|--:|--:|\n");
        of.names().stream()
                .sorted(Comparator.comparingDouble(of::seconds))
                .forEach(each -> text.append(row(of, each, rounds)));
        of.failures().keySet().forEach(each -> text.append("| ").append(each).append(" | | failed | | | | | | |\n"));
        return text.toString();
    }

    private static String row(Results of, String name, int rounds) {
        int count = of.of(name).size();
        double seconds = of.seconds(name);
        Scene scene = of.scene;
        double cpu = of.median(name, Measured::cpuSeconds) / (scene.single() ? scene.gib() : scene.files() / 1000.0);
        long peak = of.peakKib(name) >> 10;
        return String.format(
                Locale.ROOT,
                "| %s | %s | %.3f%s | %.3f to %.3f | %s | %s | %s | %s | %s |%n",
                name.replace(Contenders.PROCESS, ""),
                of.isWarm(name) ? "warm JVM" : "process",
                seconds,
                count == rounds ? "" : " (n=" + count + ")",
                of.least(name),
                of.most(name),
                shownRate(rate(scene, seconds)),
                ratio(seconds, of.seconds(Contenders.FERRY)),
                ratio(seconds, of.seconds(Contenders.FERRY_PROCESS)),
                Double.isNaN(cpu) ? "" : String.format(Locale.ROOT, "%.2f", cpu),
                peak == 0 ? "" : peak);
    }

    private static String ratio(double seconds, double ferry) {
        return Double.isNaN(ferry) ? "" : String.format(Locale.ROOT, "%.2f", seconds / ferry);
    }

    static double rate(Scene scene, double seconds) {
        return (scene.single() ? scene.size() / (double) (1 << 20) : scene.files()) / seconds;
    }

    static String shownRate(double rate) {
        return String.format(Locale.ROOT, rate < 10 ? "%.2f" : "%,.0f", rate);
    }

    private JsonObject json() {
        JsonObject all = new JsonObject();
        all.put("begun", begun.toString());
        all.put("machine", new JsonObject(machine));
        all.put("rounds", settings.rounds());
        all.put("ferryOptions", settings.ferryOptions());
        all.put("notes", new JsonArray(notes));
        JsonArray cases = new JsonArray();
        for (Results each : results) {
            JsonObject entry = new JsonObject();
            entry.put("id", each.scene.id());
            entry.put("title", each.scene.title());
            entry.put("files", each.scene.files());
            entry.put("size", each.scene.size());
            entry.put("clients", clients(each));
            entry.put("failures", new JsonObject(each.failures()));
            cases.add(entry);
        }
        all.put("cases", cases);
        JsonArray tables = new JsonArray();
        for (Extra each : Stream.concat(goals().stream(), extras.stream()).toList()) {
            JsonObject entry = new JsonObject();
            entry.put("id", each.id());
            entry.put("title", each.title());
            entry.put("columns", new JsonArray(each.columns()));
            JsonArray rows = new JsonArray();
            each.rows().forEach(row -> rows.add(new JsonArray(row)));
            entry.put("rows", rows);
            tables.add(entry);
        }
        all.put("tables", tables);
        return all;
    }

    private static JsonObject clients(Results of) {
        JsonObject clients = new JsonObject();
        for (String name : of.names()) {
            JsonObject entry = new JsonObject();
            entry.put("clock", of.isWarm(name) ? "warm" : "process");
            entry.put("seconds", of.seconds(name));
            JsonArray rounds = new JsonArray();
            for (Measured each : of.of(name)) {
                JsonObject round = new JsonObject();
                round.put("seconds", each.seconds());
                round.put("cpuSeconds", Double.isNaN(each.cpuSeconds()) ? null : each.cpuSeconds());
                round.put("peakKib", each.peakKib());
                rounds.add(round);
            }
            entry.put("rounds", rounds);
            clients.put(name, entry);
        }
        return clients;
    }
}
