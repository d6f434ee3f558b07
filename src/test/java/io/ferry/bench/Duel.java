package io.ferry.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * One case, all contenders in turns, so that what else the machine does meanwhile meets them all. Each round begins with another
 * contender. What runs in this JVM runs before, uncounted, see {@link Scene#warmUp}. How many rounds each has is known after
 * the first one, see {@link Rounds}.
 */
final class Duel {
    private static final Duration LIMIT = Duration.ofMinutes(15);
    private static final int MANY = 4;

    private final Grounds grounds;
    private final Server server;
    private final Scene scene;
    private final Progress progress;
    private final Duration warmUp;

    Duel(Grounds grounds, Server server, Scene scene, Progress progress, int warmUpSeconds) {
        this.grounds = grounds;
        this.server = server;
        this.scene = scene;
        this.progress = progress;
        // Many small files run through many times the code that the blocks of a large one do.
        int times = scene.line() != null ? 0 : scene.single() ? 1 : MANY;
        this.warmUp = Duration.ofSeconds((long) times * warmUpSeconds);
    }

    /** A contender that fails is out of this case, and named; one that leaves a wrong file fails the whole run at the end. */
    Results fight(List<Contender> contenders, Rounds rule) throws InterruptedException {
        Results results = new Results(scene, contenders);
        Scene before = scene.warmUp();
        progress.at(scene.id(), "warming up", 0);
        contenders.stream().filter(Contender::isWarm).forEach(each -> warm(each, before, contenders));
        List<Contender> turns = new ArrayList<>(contenders);
        Map<String, Integer> rounds = Map.of();
        int most = rule.all();
        for (int round = 1; round <= most; round++) {
            double done = (round - 1.0) / most;
            int turn = 0;
            for (Contender each : turns) {
                if (!results.failed(each.name()) && round <= rounds.getOrDefault(each.name(), most)) {
                    progress.at(
                            scene.id(),
                            "round %d of %d, %s".formatted(round, most, each.name()),
                            done + turn / (double) turns.size() / most);
                    once(each, scene, results);
                }
                turn++;
            }
            Collections.rotate(turns, -1);
            if (round == 1) {
                Rounds further = scene.waits() ? rule : rule.after(results.first());
                most = further.all();
                rounds = further.of(results.first(), Goals.opponents(scene.id()));
            }
        }
        progress.ended(scene.id());
        return results;
    }

    /** Runs it for some seconds, once at least: a JVM that moves files is one that has done so for a while. */
    private void warm(Contender contender, Scene before, List<Contender> contenders) {
        // The limits but one are short programs, and quick: what they leave behind, ports that rest for a minute, would
        // be in others' way.
        boolean isShort =
                Contenders.isLimit(contender.name()) && !contender.name().equals(Contenders.LIMIT_ROUTE);
        long end = System.nanoTime() + (isShort ? 0 : warmUp.toNanos());
        boolean failed;
        do {
            Results uncounted = new Results(before, contenders);
            once(contender, before, uncounted);
            failed = uncounted.failed(contender.name());
        } while (!failed && System.nanoTime() < end);
    }

    private void once(Contender contender, Scene scene, Results results) {
        try {
            Job job = grounds.prepare(scene, server);
            Measured measured = contender.isWarm()
                    ? inside(contender.client(), job)
                    : ProcessMeter.run(contender.program().command(job), job.scratch(), LIMIT);
            grounds.verify(scene);
            results.add(contender, scene.waits() ? withoutCpu(measured) : measured);
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

    /** What is counted is the time of all processes and threads that end meanwhile: on lines of their own, others do. */
    private static Measured withoutCpu(Measured measured) {
        return new Measured(measured.seconds(), Double.NaN, measured.peakKib());
    }
}
