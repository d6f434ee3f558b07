package io.ferry.bench;

import io.ferry.testkit.FaultProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** How many commands each contender sends for a file, counted by a proxy on the line; not timed. */
final class Commands {
    static final String ID = "commands";
    /** Of Ferry, for each file. */
    static final String DOWN = "down";

    static final String DOWN_MLST = "down, MLST";
    static final String UP = "up";

    private static final String VSFTPD = "vsftpd";
    private static final int FILES = 200;

    private final Grounds grounds;
    private final List<List<String>> rows = new ArrayList<>();
    private final Map<String, Double> figures = new HashMap<>();

    Commands(Grounds grounds) {
        this.grounds = grounds;
    }

    /** All contenders at vsftpd, which has no MLST. */
    void atVsftpd(Server server, List<Contender> contenders) throws Exception {
        for (boolean down : new boolean[] {true, false}) {
            Scene scene = scene(down);
            for (Contender each : contenders) {
                if (each.takes().test(scene) && !each.name().contains(Contenders.PROCESS)) {
                    if (each.name().equals(Contenders.FERRY)) {
                        figures.put(down ? DOWN : UP, count(each, scene, server, VSFTPD));
                    } else {
                        countPeer(each, scene, server);
                    }
                }
            }
        }
    }

    /** Ferry at ProFTPD, where one MLST tells what elsewhere takes several commands. */
    void atProftpd(Server server, List<Contender> contenders) throws Exception {
        for (Contender each : contenders) {
            if (each.name().equals(Contenders.FERRY)) {
                figures.put(DOWN_MLST, count(each, scene(true), server, "ProFTPD"));
                count(each, scene(false), server, "ProFTPD");
            }
        }
    }

    Extra table() {
        return new Extra(
                ID,
                "Commands on the line for each of %d files of 4 KiB".formatted(FILES),
                List.of("client", "server", "way", "for each file", "logins and listing included", "sessions", "which"),
                rows,
                Map.copyOf(figures));
    }

    private static Scene scene(boolean down) {
        return new Scene(ID, "", down, FILES, 4 << 10, false, false, null);
    }

    /** One that fails is named. */
    private void countPeer(Contender contender, Scene scene, Server server) throws InterruptedException {
        try {
            count(contender, scene, server, VSFTPD);
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            System.err.println("##### FAILED: " + ID + ", " + contender.name() + ": " + e + " #####");
            rows.add(List.of(contender.name(), VSFTPD, scene.down() ? "down" : "up", "failed", "", "", ""));
        }
    }

    private double count(Contender contender, Scene scene, Server server, String kind) throws Exception {
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
            // What comes for files, not for sessions: to a tenth, since each session asks a little more once.
            Map<String, Long> tenths = new TreeMap<>();
            verbs.forEach((verb, count) -> tenths.put(verb, Math.round(10.0 * count / FILES)));
            tenths.values().removeIf(each -> each < 3);
            String which = tenths.entrySet().stream()
                    .map(each -> String.format(Locale.ROOT, "%s %.1f", each.getKey(), each.getValue() / 10.0))
                    .collect(Collectors.joining(", "));
            double forEach = tenths.values().stream().mapToLong(each -> each).sum() / 10.0;
            rows.add(List.of(
                    contender.name(),
                    kind,
                    scene.down() ? "down" : "up",
                    String.format(Locale.ROOT, "%.1f", forEach),
                    String.format(Locale.ROOT, "%.2f", commands.size() / (double) FILES),
                    String.valueOf(verbs.getOrDefault("USER", 0L)),
                    which));
            return forEach;
        }
    }
}
