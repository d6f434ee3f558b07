package io.ferry.campaign.kill;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.campaign.kill.KillRun.Plan;
import io.ferry.campaign.kill.KillRun.Result;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Leaks;
import io.ferry.testkit.Proftpd;
import io.ferry.testkit.PureFtpd;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kills a real Ferry with SIGKILL, at least once in every declared phase, direction and server, and lets others take over.
 *
 * <p>System properties: {@code ferry.campaign.kills}, how many in all (default: one in each declared cell);
 * {@code ferry.campaign.seed}, printed, makes a campaign again; {@code ferry.campaign.run} makes one run of it only, such as
 * {@code vsftpd:3}, or those of one server. With fewer than 100 kills there are two servers, the phases are declared in groups, and the seed chooses in
 * each. The report is {@code target/campaign/kills.md}.
 */
class KillCampaignTest {

    private static final int MANY = 100;
    private static final int KILLS = Integer.getInteger("ferry.campaign.kills", 0);
    /** The ordinary build is the same each time; a campaign asked for is a new one, unless its seed is given. */
    private static final long SEED =
            Long.getLong("ferry.campaign.seed", KILLS == 0 ? 20261122 : System.nanoTime() & 0xffffffL);

    private static final String ONLY = System.getProperty("ferry.campaign.run", "");

    private static final Map<String, Supplier<TestServer>> SERVERS = new LinkedHashMap<>();

    static {
        SERVERS.put("vsftpd", Vsftpd::start);
        SERVERS.put("apache", ApacheFtp::start);
        if (KILLS >= MANY) {
            SERVERS.put("proftpd", Proftpd::start);
            SERVERS.put("pureftpd", PureFtpd::start);
        }
    }

    /** Kills by phase and direction, then by server. */
    private static final Map<String, Map<String, Integer>> CELLS = new TreeMap<>();

    private static final Map<String, Result> RESULTS = new LinkedHashMap<>();

    @TempDir
    Path folder;

    static Stream<Named<String>> servers() {
        return SERVERS.keySet().stream().map(name -> Named.of(name, name));
    }

    @ParameterizedTest
    @MethodSource("servers")
    void everyFileArrivesOnce(String server) throws IOException {
        Leaks before = Leaks.snapshot();
        // Aborts here, before anything counts as declared, where this server cannot run.
        SERVERS.get(server).get().close();
        System.out.println("kill campaign on " + server + ": -Dferry.campaign.seed=" + SEED
                + (KILLS > 0 ? " -Dferry.campaign.kills=" + KILLS : ""));
        List<String> declared = cells().distinct().toList();
        declared.forEach(
                cell -> CELLS.computeIfAbsent(cell, any -> new TreeMap<>()).put(server, 0));
        List<AssertionError> failures = new ArrayList<>();
        for (Plan plan : plans(server)) {
            if (!List.of("", server, server + ":" + plan.number()).contains(ONLY)) {
                continue;
            }
            try (TestServer running = SERVERS.get(server).get()) {
                Path place = Files.createDirectories(folder.resolve(String.valueOf(plan.number())));
                RESULTS.put(server + ":" + plan.number(), KillRun.of(plan, place, running));
            } catch (AssertionError e) {
                failures.add(e);
                continue;
            }
            plan.phases().forEach(phase -> CELLS.get(cell(phase)).merge(server, 1, Integer::sum));
        }
        Leaks.assertNoneSince(before);
        assertThat(failures).as("runs that failed").isEmpty();
        if (ONLY.isEmpty()) {
            assertThat(declared)
                    .allSatisfy(cell -> assertThat(CELLS.get(cell).get(server)).isPositive());
        }
    }

    /** Each cell once, then more at random; in runs of one to three kills. */
    private static List<Plan> plans(String server) {
        Random random = new Random(SEED ^ server.hashCode());
        List<Phase> all = new ArrayList<>();
        Map<String, List<Phase>> byCell = Arrays.stream(Phase.values())
                .collect(Collectors.groupingBy(KillCampaignTest::cell, LinkedHashMap::new, Collectors.toList()));
        byCell.values().forEach(phases -> all.add(phases.get(random.nextInt(phases.size()))));
        while (all.size() < KILLS / SERVERS.size()) {
            all.add(Phase.values()[random.nextInt(Phase.values().length)]);
        }
        Collections.shuffle(all, random);
        List<Plan> plans = new ArrayList<>();
        while (!all.isEmpty()) {
            int kills = random.nextInt(4) == 0 ? 1 : 3;
            Site.Commit commit = Site.Commit.values()[plans.size() % 2];
            List<Phase> phases = all.stream()
                    .filter(phase -> phase.fits(commit))
                    .limit(kills)
                    .toList();
            phases.forEach(all::remove);
            plans.add(new Plan(plans.size(), random.nextLong(), commit, random.nextBoolean(), phases));
        }
        return plans;
    }

    private static Stream<String> cells() {
        return Arrays.stream(Phase.values()).map(KillCampaignTest::cell);
    }

    private static String cell(Phase phase) {
        return phase.direction() + " | " + (KILLS < MANY ? phase.group : phase.title());
    }

    @AfterAll
    static void report() throws IOException {
        StringBuilder text = new StringBuilder("# Kills\n\n");
        int kills = CELLS.values().stream()
                .flatMap(each -> each.values().stream())
                .mapToInt(Integer::intValue)
                .sum();
        text.append("Seed ").append(SEED).append(", ").append(kills).append(" kills in ");
        text.append(RESULTS.size()).append(" runs; ");
        text.append(sum(Result::deliveries))
                .append(" deliveries pulled, of which ")
                .append(sum(Result::repeats));
        text.append(" again and marked so; ").append(sum(Result::pushed)).append(" files pushed.\n\n");
        text.append("| direction | killed in |");
        SERVERS.keySet().forEach(server -> text.append(' ').append(server).append(" |"));
        text.append("\n|---|---|").append("---|".repeat(SERVERS.size())).append('\n');
        CELLS.forEach((cell, counts) -> {
            text.append("| ").append(cell).append(" |");
            SERVERS.keySet()
                    .forEach(server -> text.append(' ')
                            .append(counts.containsKey(server) ? counts.get(server) : "not run")
                            .append(" |"));
            text.append('\n');
        });
        Files.writeString(Files.createDirectories(Path.of("target/campaign")).resolve("kills.md"), text);
        System.out.println(text);
    }

    private static int sum(Function<Result, Integer> field) {
        return RESULTS.values().stream().mapToInt(field::apply).sum();
    }
}
