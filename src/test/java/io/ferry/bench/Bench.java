package io.ferry.bench;

import io.ferry.testkit.Proftpd;
import io.ferry.testkit.Vsftpd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs the benchmark as its system properties say, see {@link Settings}, and writes target/bench, see {@link Report}. */
public final class Bench {
    private static final Path MEMORY = Path.of("/dev/shm");

    private final Settings settings;
    private final Report report;
    private final Path disk;

    private Bench(Settings settings) {
        this.settings = settings;
        report = new Report(settings);
        disk = settings.project().resolve("target/bench/work");
    }

    public static void main(String[] arguments) throws Exception {
        if (!Vsftpd.available()) {
            System.err.println("##### NOTHING MEASURED: vsftpd needs root, and apt-get install vsftpd #####");
            System.exit(1);
        }
        System.exit(new Bench(Settings.fromProperties()).run() ? 0 : 1);
    }

    /** Whether Ferry's files were all right; a peer that is missing or fails is named, and does not count. */
    private boolean run() throws Exception {
        near(false);
        extras();
        near(true);
        far();
        if (settings.wants("blocks")) {
            Blocks.run().ifPresent(this::add);
        }
        if (settings.publish()) {
            report.publish();
        }
        return !report.anyWrong();
    }

    private void near(boolean onDisk) throws Exception {
        List<Scene> scenes = Scenes.near(settings).stream()
                .filter(each -> each.disk() == onDisk)
                .toList();
        if (scenes.isEmpty()) {
            return;
        }
        try (Grounds grounds = new Grounds(onDisk ? disk : MEMORY, onDisk)) {
            Contenders contenders = contenders(grounds);
            for (boolean tls : new boolean[] {false, true}) {
                try (Server server = Server.start(grounds.served(), tls)) {
                    for (Scene scene : scenes) {
                        if (scene.tls() == tls) {
                            report.add(new Duel(grounds, server, scene).fight(contenders.in(scene), settings.rounds()));
                        }
                    }
                }
            }
        }
    }

    private Contenders contenders(Grounds grounds) {
        Contenders contenders = new Contenders(settings, grounds.served());
        contenders
                .missing()
                .forEach((name, debian) -> report.note(
                        "Not measured: " + name + ", which is not installed (`apt-get install " + debian + "`)."));
        return contenders;
    }

    private void extras() throws Exception {
        try (Grounds grounds = new Grounds(MEMORY, false)) {
            try (Server server = Server.start(grounds.served(), false)) {
                if (settings.wants(Commands.ID)) {
                    report.add(new Commands(grounds, server)
                            .count(contenders(grounds).all()));
                }
                if (settings.wants(Listing.ID)) {
                    report.add(new Listing(settings, grounds, server).measure());
                }
            }
            if (settings.wants(ManyPartners.ID)) {
                report.add(new ManyPartners(settings, grounds).measure());
            }
        }
        if (settings.wants(Costs.ID)) {
            costs();
        }
    }

    /** Only ProFTPD computes digests; durability costs something on a real disk only. */
    private void costs() throws Exception {
        Costs costs = new Costs(settings);
        List<Scene> scenes = Scenes.all(settings).stream()
                .filter(each -> !each.tls() && each.line() == null && !each.disk())
                .toList();
        List<String> verify = List.of("verify=size", "verify=none", "verify=digest");
        if (Proftpd.available()) {
            try (Grounds grounds = new Grounds(MEMORY, false);
                    Server server = new Server(Proftpd.start(Proftpd.plain().root(grounds.served())), "127.0.0.1")) {
                report.add(costs.compare(
                        "costs-verify", "What verification costs, ProFTPD", grounds, server, scenes, verify));
            }
        } else {
            report.note("Not measured: what verification costs; ProFTPD is neither installed nor to be had.");
        }
        List<Scene> onDisk = Scenes.all(settings).stream()
                .filter(each -> !each.tls() && each.line() == null && each.disk())
                .toList();
        try (Grounds grounds = new Grounds(disk, true);
                Server server = Server.start(grounds.served(), false)) {
            report.add(costs.compare(
                    "costs-durable",
                    "What durability costs, vsftpd",
                    grounds,
                    server,
                    onDisk,
                    List.of("durable=true", "durable=false")));
        }
    }

    private void far() throws Exception {
        Map<Scene.Shape, List<Scene>> lines = new LinkedHashMap<>();
        for (Scene scene : Scenes.far(settings)) {
            lines.computeIfAbsent(scene.line(), key -> new ArrayList<>()).add(scene);
        }
        for (Map.Entry<Scene.Shape, List<Scene>> each : lines.entrySet()) {
            try (Grounds grounds = new Grounds(MEMORY, false)) {
                far(each.getKey(), each.getValue(), grounds);
            }
        }
    }

    private void far(Scene.Shape shape, List<Scene> scenes, Grounds grounds) throws Exception {
        Line line;
        try {
            line = Line.open(shape, settings.congestion(), Files.createDirectories(grounds.client()));
        } catch (IOException e) {
            System.err.println("##### NOT MEASURED: no long line here: " + e.getMessage() + " #####");
            report.note("Not measured: long lines, which need root, iproute2, and netem or TUN devices.");
            return;
        }
        try (line) {
            report.note("Long lines: %s, %s.".formatted(line.means(), settings.congestion()));
            Contenders contenders = contenders(grounds);
            for (boolean tls : new boolean[] {false, true}) {
                try (Server server = Server.start(grounds.served(), tls, line)) {
                    for (Scene scene : scenes) {
                        if (scene.tls() == tls) {
                            report.add(new Duel(grounds, server, scene).fight(contenders.in(scene), settings.rounds()));
                        }
                    }
                }
            }
        }
    }

    private void add(Extra extra) {
        try {
            report.add(extra);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
