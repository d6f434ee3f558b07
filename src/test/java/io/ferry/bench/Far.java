package io.ferry.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The cases over long lines, each over a line, a server and directories of its own. Those that wait for the line run at the same
 * time, a few of them at once; those that a processor limits run alone.
 */
final class Far {
    /** Cases at once: the links between them take a small part of two processors. */
    static final int LANES = 3;

    private final Settings settings;
    private final Path medium;
    private final Report report;
    private final Progress progress;

    Far(Settings settings, Path medium, Report report, Progress progress) {
        this.settings = settings;
        this.medium = medium;
        this.report = report;
        this.progress = progress;
    }

    void measure() throws Exception {
        List<Scene> scenes = Scenes.far(settings);
        together(scenes.stream().filter(Scene::waits).toList());
        for (Scene each : scenes) {
            if (!each.waits()) {
                attempt(each);
            }
        }
    }

    private void together(List<Scene> scenes) throws InterruptedException {
        ExecutorService lanes = Executors.newFixedThreadPool(LANES, task -> new Thread(task, "ferry-bench-lane"));
        try {
            List<Future<?>> all = new ArrayList<>();
            for (Scene each : scenes) {
                all.add(lanes.submit(() -> {
                    attempt(each);
                    return null;
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            lanes.shutdownNow();
        }
    }

    /** A case that fails as a whole is named, and leaves the others. */
    private void attempt(Scene scene) throws IOException, InterruptedException {
        try {
            measure(scene);
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception | AssertionError e) {
            report.fail(scene.id(), e);
        }
        progress.ended(scene.id());
    }

    private void measure(Scene scene) throws Exception {
        try (Grounds grounds = new Grounds(medium, false)) {
            Line line;
            try {
                line = Line.open(scene.line(), settings.congestion(), Files.createDirectories(grounds.client()));
            } catch (IOException e) {
                System.err.println("##### NOT MEASURED: no long line here: " + e.getMessage() + " #####");
                report.note("Not measured: long lines, which need root, iproute2, and netem or TUN devices.");
                return;
            }
            try (line;
                    Server server = Server.start(grounds.served(), scene.tls(), line)) {
                report.note(
                        "Long lines: %s, %s. Cases of small files, and those with losses, wait for the line and run at the"
                                        .formatted(line.means(), settings.congestion())
                                + " same time, each on a line of its own, without a figure for the CPU; the others run alone.");
                List<Contender> contenders = new Contenders(settings, grounds.served()).in(scene);
                report.add(new Duel(grounds, server, scene, progress, settings.warmUp())
                        .fight(contenders, settings.rule()));
            }
        }
    }
}
