package io.ferry.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.ferry.campaign.CampaignReport.Cell;
import io.ferry.testkit.FakeFtp;
import io.ferry.testkit.Leaks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Random fault plans, seeded. After each run every file has arrived, whole, once or marked; nothing was ever seen half under
 * a final name; and nothing is left behind.
 *
 * <p>Properties: {@code ferry.campaign.seed} (a number; each plan follows from it), {@code ferry.campaign.runs} (so many runs
 * for each server and direction, all cells of the table; without it each fault runs in each direction twice, the servers in
 * turn), {@code ferry.campaign.tlsRuns} (the same over TLS; without it each fault runs once in each direction),
 * {@code ferry.campaign.only} (the id of one run, as a failure prints it, which is repeated alone),
 * {@code ferry.campaign.parallel} (runs at a time, 8). The reports are in
 * {@code target/campaign/faults} and {@code target/campaign/faults-tls}.
 */
class FaultCampaignTest {
    /** The same plans in each ordinary build, so that a failure is about the code. */
    private static final long ORDINARY_SEED = 20_261_122;

    private static final Path TARGET = Path.of("target", "campaign");

    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Level level = root.getLevel();

    @TempDir
    Path local;

    private final Uncaught uncaught = new Uncaught();
    private final Thread.UncaughtExceptionHandler handler = Thread.getDefaultUncaughtExceptionHandler();
    private Leaks leaks;

    @BeforeEach
    void begin() {
        leaks = Leaks.snapshot();
        // Thousands of lost lines are what is wanted here; each run keeps its own story.
        root.setLevel(Level.OFF);
        Thread.setDefaultUncaughtExceptionHandler(uncaught);
    }

    @AfterEach
    void end() {
        root.setLevel(level);
        Thread.setDefaultUncaughtExceptionHandler(handler);
        FakeFtp.assertNoLeaksSince(leaks);
    }

    @Test
    void everyFileArrivesWholeAndOnce() throws Exception {
        campaign(false, "faults", "ferry.campaign.runs", 2);
    }

    /** Faults that need no commands and no replies, and those that only TLS has. */
    @Test
    void everyFileArrivesWholeAndOnceOverTls() throws Exception {
        campaign(true, "faults-tls", "ferry.campaign.tlsRuns", 1);
    }

    private void campaign(boolean tls, String directory, String property, int times) throws Exception {
        List<String> servers = CampaignServers.available(tls);
        Integer runs = Integer.getInteger(property);
        String only = System.getProperty("ferry.campaign.only");
        if (only != null && !servers.contains(FaultPlan.of(only).server())) {
            return;
        }
        long seed = Long.getLong("ferry.campaign.seed", runs == null ? ORDINARY_SEED : System.nanoTime());
        Path target = Files.createDirectories(TARGET.resolve(directory));
        RemoteFiles.delete(target);
        CampaignReport report = new CampaignReport(only == null ? String.valueOf(seed) : only, tls, servers, target);
        Campaign campaign = new Campaign(seed, Integer.getInteger("ferry.campaign.parallel", 8), local, report);
        if (only != null) {
            campaign.run(FaultPlan.of(only));
            assertThat(report.bad()).isEmpty();
            assertThat(uncaught.faults()).as("threads that ended").isEmpty();
            return;
        }
        List<FaultKind> faults = FaultKind.on(tls);
        List<Cell> cells = runs == null
                ? Campaign.everyFault(faults, servers, times)
                : Campaign.everyServer(faults, servers, runs);
        campaign.run(cells);
        report.write();
        System.out.println(report.markdown());
        assertThat(report.bad().stream()
                        .map(each -> "-Dferry.campaign.only=" + each.plan().id() + " " + each.problems()))
                .as("bad runs of seed " + seed)
                .isEmpty();
        assertThat(uncaught.faults()).as("threads that ended, seed " + seed).isEmpty();
        assertThat(report.emptyOf(cells))
                .as("cells without a run in which the fault struck, seed " + seed)
                .isEmpty();
    }
}
