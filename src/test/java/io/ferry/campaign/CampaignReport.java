package io.ferry.campaign;

import io.ferry.campaign.CampaignRun.Result;
import io.ferry.testkit.FaultProxy.Direction;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Counts runs per fault, direction and server, and keeps what went wrong. Safe from any thread. */
final class CampaignReport {
    private final String seed;
    private final boolean tls;
    private final List<String> servers;
    private final Path directory;
    private final Map<Cell, Integer> struck = new HashMap<>();
    private final List<Result> bad = new ArrayList<>();
    private final long begin = System.nanoTime();
    private int runs;
    private Duration longest = Duration.ZERO;

    /** Where a fault struck. */
    record Cell(FaultKind fault, Direction direction, String server) {}

    CampaignReport(String seed, boolean tls, List<String> servers, Path directory) {
        this.seed = seed;
        this.tls = tls;
        this.servers = servers;
        this.directory = directory;
    }

    /** What tells the two campaigns apart where they are named. */
    String title() {
        return tls ? " over TLS" : "";
    }

    synchronized void add(Result result) {
        runs++;
        longest = result.time().compareTo(longest) > 0 ? result.time() : longest;
        for (FaultKind fault : result.fired()) {
            struck.merge(
                    new Cell(fault, result.plan().direction(), result.plan().server()), 1, Integer::sum);
        }
        if (!result.isGood()) {
            bad.add(result);
            String text = result.plan().id() + "\n" + String.join("\n", result.problems()) + "\n\n" + result.story();
            System.out.println("fault campaign" + title() + ": BAD "
                    + result.plan().id() + " of seed " + seed + ": " + result.problems());
            write("bad-" + bad.size() + ".txt", text);
        }
        if (runs % 200 == 0) {
            System.out.println(
                    "fault campaign" + title() + ": " + runs + " runs, " + bad.size() + " bad, " + seconds() + " s");
        }
    }

    /** Those of the cells in which no fault has struck yet. */
    synchronized Set<Cell> emptyOf(List<Cell> cells) {
        Set<Cell> empty = new LinkedHashSet<>(cells);
        empty.removeAll(struck.keySet());
        return empty;
    }

    synchronized List<Result> bad() {
        return List.copyOf(bad);
    }

    /** A table as it stands in the README: runs in which the fault struck. */
    synchronized String markdown() {
        StringBuilder text = new StringBuilder("Seed `" + seed + "`: " + runs + " runs, " + bad.size()
                + " bad; " + seconds() + " s, the longest run " + longest.toMillis() / 100 / 10.0 + " s. A run counts"
                + " for each fault that struck in it; ↓ is a download, ↑ an upload.\n\n| fault |");
        servers.forEach(server -> text.append(' ').append(server).append(" ↓ | ↑ |"));
        text.append("\n|---|").append("--:|--:|".repeat(servers.size())).append('\n');
        for (FaultKind fault : FaultKind.on(tls)) {
            text.append("| ").append(fault.meaning()).append(" |");
            for (String server : servers) {
                for (Direction direction : Direction.values()) {
                    Integer count = struck.get(new Cell(fault, direction, server));
                    text.append(' ').append(count == null ? "–" : count).append(" |");
                }
            }
            text.append('\n');
        }
        if (tls) {
            text.append("\nNot over TLS, since nobody on the way can read or change commands and replies there:\n\n");
            FaultKind.on(false).stream()
                    .filter(fault -> !FaultKind.on(true).contains(fault))
                    .forEach(fault -> text.append("- ").append(fault.meaning()).append('\n'));
        }
        return text.toString();
    }

    void write() {
        write("report.md", markdown());
    }

    private void write(String name, String text) {
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String seconds() {
        return String.format(Locale.ROOT, "%.0f", (System.nanoTime() - begin) / 1e9);
    }
}
