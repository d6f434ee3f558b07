package io.ferry.campaign;

import io.ferry.campaign.CampaignReport.Cell;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.TestServer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Seeded runs, several at a time, until each declared cell has one in which its fault struck. It owns the servers and its
 * threads while {@link #run} lasts.
 */
final class Campaign {
    private static final int DRAWS_PER_CELL = 4;

    private final long seed;
    private final int parallel;
    private final Path directory;
    private final CampaignReport report;
    private final Random seeds;
    private final AtomicInteger begun = new AtomicInteger();

    Campaign(long seed, int parallel, Path directory, CampaignReport report) {
        this.seed = seed;
        this.parallel = parallel;
        this.directory = directory;
        this.report = report;
        this.seeds = new Random(seed);
    }

    /** Every fault in each direction so many times, and the servers in turn. */
    static List<Cell> everyFault(List<FaultKind> faults, List<String> servers, int times) {
        List<Cell> cells = new ArrayList<>();
        for (int round = 0; round < times; round++) {
            for (Direction direction : Direction.values()) {
                for (FaultKind fault : faults) {
                    int turn = round + direction.ordinal() + fault.ordinal();
                    cells.add(new Cell(fault, direction, servers.get(turn % servers.size())));
                }
            }
        }
        return cells;
    }

    /** So many runs for each server and direction, the faults in turn. */
    static List<Cell> everyServer(List<FaultKind> faults, List<String> servers, int runs) {
        List<Cell> cells = new ArrayList<>();
        for (int turn = 0; turn < runs; turn++) {
            for (Direction direction : Direction.values()) {
                for (String server : servers) {
                    cells.add(new Cell(faults.get(turn % faults.size()), direction, server));
                }
            }
        }
        return cells;
    }

    /** Runs each of these, and some of them again where the fault had no occasion to strike. */
    void run(List<Cell> cells) throws InterruptedException {
        System.out.println("fault campaign" + report.title() + ": seed " + seed + ", " + cells.size() + " runs");
        try (CampaignServers servers = new CampaignServers()) {
            Queue<FaultPlan> plans = new ArrayDeque<>();
            cells.forEach(cell -> plans.add(plan(cell)));
            run(plans, servers);
            for (int draw = 1; draw < DRAWS_PER_CELL; draw++) {
                report.emptyOf(cells).forEach(cell -> plans.add(plan(cell)));
                run(plans, servers);
            }
        }
    }

    /** Runs one alone. */
    void run(FaultPlan plan) throws InterruptedException {
        try (CampaignServers servers = new CampaignServers()) {
            run(new ArrayDeque<>(List.of(plan)), servers);
        }
    }

    private FaultPlan plan(Cell cell) {
        return new FaultPlan(cell.server(), cell.direction(), cell.fault(), seeds.nextLong());
    }

    private void run(Queue<FaultPlan> plans, CampaignServers servers) throws InterruptedException {
        ExecutorService workers = Executors.newFixedThreadPool(parallel);
        try {
            List<Callable<Void>> tasks = new ArrayList<>();
            while (!plans.isEmpty()) {
                FaultPlan plan = plans.remove();
                tasks.add(() -> {
                    one(plan, servers);
                    return null;
                });
            }
            for (Future<Void> each : workers.invokeAll(tasks)) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            workers.shutdown();
        }
    }

    private void one(FaultPlan plan, CampaignServers servers) {
        String name = "run-" + begun.incrementAndGet();
        Path own = directory.resolve(name);
        TestServer server = servers.take(plan.server());
        try {
            report.add(new CampaignRun(plan, server, own, name).run());
        } finally {
            servers.done(server);
        }
        RemoteFiles.delete(own);
    }
}
