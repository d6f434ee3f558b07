package io.ferry.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * One case, all contenders in turns, so that what else the machine does meanwhile meets them all. Each round begins with another
 * contender. What runs in this JVM runs once before, uncounted; on a long line with a few
 * files, or the beginning of the large one, only.
 */
final class Duel {
    private static final Duration LIMIT = Duration.ofMinutes(15);

    private final Grounds grounds;
    private final Server server;
    private final Scene scene;

    Duel(Grounds grounds, Server server, Scene scene) {
        this.grounds = grounds;
        this.server = server;
        this.scene = scene;
    }

    /** A contender that fails is out of this case, and named; one that leaves a wrong file fails the whole run at the end. */
    Results fight(List<Contender> contenders, int rounds) throws InterruptedException {
        Results results = new Results(scene, contenders);
        Scene before = scene.line() == null ? scene : scene.shorter();
        contenders.stream()
                .filter(Contender::isWarm)
                .forEach(each -> once(each, before, new Results(before, contenders)));
        List<Contender> turns = new ArrayList<>(contenders);
        for (int round = 1; round <= rounds; round++) {
            for (Contender each : turns) {
                if (!results.failed(each.name())) {
                    once(each, scene, results);
                }
            }
            Collections.rotate(turns, -1);
            System.out.printf("%s: round %d of %d%n", scene.id(), round, rounds);
        }
        return results;
    }

    private void once(Contender contender, Scene scene, Results results) {
        try {
            Job job = grounds.prepare(scene, server);
            Measured measured = contender.isWarm()
                    ? inside(contender.client(), job)
                    : ProcessMeter.run(contender.program().command(job), job.scratch(), LIMIT);
            grounds.verify(scene);
            results.add(contender, measured);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (Exception | AssertionError e) {
            System.err.println("##### FAILED: " + scene.id() + ", " + contender.name() + ": " + e + " #####");
            results.fail(contender, String.valueOf(e.getMessage()));
        }
    }

    private static Measured inside(Contender.Client client, Job job) throws Exception {
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long cpu = system.getProcessCpuTime();
        long nanos = client.run(job);
        return new Measured(nanos / 1e9, (system.getProcessCpuTime() - cpu) / 1e9, 0);
    }
}
