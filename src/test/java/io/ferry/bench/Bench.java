package io.ferry.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs the benchmark as its system properties say, see {@link Settings}, and writes target/bench. */
public final class Bench {
    private final Settings settings;
    private final Path output;

    private Bench(Settings settings) {
        this.settings = settings;
        output = settings.project().resolve("target").resolve("bench");
    }

    public static void main(String[] arguments) throws Exception {
        boolean well = new Bench(Settings.fromProperties()).run();
        System.exit(well ? 0 : 1);
    }

    /** Whether everybody's files were right; a peer that is missing or fails by itself does not count. */
    private boolean run() throws Exception {
        List<Results> all = new ArrayList<>();
        for (boolean disk : new boolean[] {false, true}) {
            try (Grounds grounds = new Grounds(disk ? output.resolve("work") : Path.of("/dev/shm"), disk)) {
                Contenders contenders = new Contenders(settings, grounds.served());
                for (boolean tls : new boolean[] {false, true}) {
                    List<Scene> scenes = Scenes.near(settings).stream()
                            .filter(each -> each.disk() == disk && each.tls() == tls)
                            .toList();
                    if (scenes.isEmpty()) {
                        continue;
                    }
                    try (Server server = Server.start(grounds.served(), tls)) {
                        for (Scene scene : scenes) {
                            all.add(new Duel(grounds, server, scene).fight(contenders.in(scene), settings.rounds()));
                            new Report(settings, all).print(scene.id());
                        }
                    }
                }
            }
        }
        return true;
    }
}
