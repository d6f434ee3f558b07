package io.ferry.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The largest resident set of Ferry as a process with a heap of 64 MiB, moving one large file, and a much smaller one. */
final class Memory {
    static final String ID = "memory";
    /** Of all runs, MiB. */
    static final String PEAK = "peak MiB";

    private static final int SMALLER = 16;
    private static final int MOST_ROUNDS = 2;

    private final Settings settings;
    private final Path medium;

    Memory(Settings settings, Path medium) {
        this.settings = settings;
        this.medium = medium;
    }

    Extra measure() throws Exception {
        List<List<String>> rows = new ArrayList<>();
        double most = 0;
        for (long size : new long[] {Math.max(1, settings.memory() / SMALLER), settings.memory()}) {
            for (boolean down : new boolean[] {true, false}) {
                double peak = peak(new Scene(ID, "", down, 1, size, false, false, null));
                rows.add(List.of(Scenes.what(1, size), down ? "down" : "up", String.format(Locale.ROOT, "%.0f", peak)));
                most = Math.max(most, peak);
            }
        }
        return new Extra(
                ID,
                "Ferry as a process with -Xmx%s, one file in memory, plain: largest resident set"
                        .formatted(ChildMain.HEAP),
                List.of("file", "way", "peak MiB"),
                rows,
                Map.of(PEAK, most));
    }

    /** Directories of its own, so that the files of one way only take memory at a time. */
    private double peak(Scene scene) throws Exception {
        long peak = 0;
        try (Grounds grounds = new Grounds(medium, false);
                Server server = Server.start(grounds.served(), false)) {
            for (int round = 0; round < Math.min(settings.rounds(), MOST_ROUNDS); round++) {
                Job job = grounds.prepare(scene, server);
                List<String> command =
                        ChildMain.program("ferry", settings.ferryOptions()).command(job);
                Measured measured = ProcessMeter.run(command, job.scratch(), Duration.ofMinutes(5));
                grounds.verify(scene);
                peak = Math.max(peak, measured.peakKib());
            }
        }
        return peak / 1024.0;
    }
}
