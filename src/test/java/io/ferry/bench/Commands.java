package io.ferry.bench;

import io.ferry.testkit.FaultProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** How many commands each contender sends for a file, counted by a proxy on the line; not timed. */
final class Commands {
    static final String ID = "commands";
    private static final int FILES = 200;

    private final Grounds grounds;
    private final Server server;

    Commands(Grounds grounds, Server server) {
        this.grounds = grounds;
        this.server = server;
    }

    Extra count(List<Contender> contenders) throws Exception {
        List<List<String>> rows = new ArrayList<>();
        for (boolean down : new boolean[] {true, false}) {
            Scene scene = new Scene("commands", "", down, FILES, 4 << 10, false, false, null);
            for (Contender each : contenders) {
                if (each.takes().test(scene) && !each.name().contains(", process")) {
                    rows.add(count(each, scene));
                }
            }
        }
        return new Extra(
                ID,
                "Commands on the line for each of %d files of 4 KiB, logins included".formatted(FILES),
                List.of("client", "way", "for each file", "sessions", "which"),
                rows);
    }

    private List<String> count(Contender contender, Scene scene) throws Exception {
        try (FaultProxy proxy = FaultProxy.before(server.running())) {
            Job job = grounds.prepare(scene, server).at("127.0.0.1", proxy.port());
            if (contender.isWarm()) {
                contender.client().run(job);
            } else {
                ProcessMeter.run(contender.program().command(job), job.scratch(), Duration.ofMinutes(5));
            }
            grounds.verify(scene);
            List<String> commands = proxy.commands();
            Map<String, Long> verbs = commands.stream()
                    .map(each -> each.split(" ", 2)[0].toUpperCase(Locale.ROOT))
                    .collect(Collectors.groupingBy(each -> each, TreeMap::new, Collectors.counting()));
            String which = verbs.entrySet().stream()
                    .filter(each -> each.getValue() >= FILES / 4)
                    .map(each -> String.format(Locale.ROOT, "%s %.1f", each.getKey(), each.getValue() / (double) FILES))
                    .collect(Collectors.joining(", "));
            return List.of(
                    contender.name(),
                    scene.down() ? "down" : "up",
                    String.format(Locale.ROOT, "%.2f", commands.size() / (double) FILES),
                    String.valueOf(verbs.getOrDefault("USER", 0L)),
                    which);
        }
    }
}
