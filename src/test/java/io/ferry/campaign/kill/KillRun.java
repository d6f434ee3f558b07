package io.ferry.campaign.kill;

import io.ferry.campaign.kill.Phase.Scene;
import io.ferry.campaign.kill.Phase.Trap;
import io.ferry.campaign.kill.Site.Sample;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * One folder and one server: a process is killed in each of some phases, each time with new files in both directions, and a
 * last one may finish. Then everything is counted.
 *
 * <p>Law: owns what it starts; the server is the caller's and empty when it begins.
 */
final class KillRun {

    /** What is to be done, a function of the campaign's seed and the run's number. */
    record Plan(int number, long seed, Site.Commit commit, boolean taken, List<Phase> phases) {}

    /** What came of it. */
    record Result(int deliveries, int repeats, int pushed) {}

    private final Plan plan;
    private final Site site;
    private final Path taken;
    private final Random random;
    private final List<String> outputs = new ArrayList<>();

    private KillRun(Plan plan, Path folder, TestServer server, FaultProxy proxy) throws IOException {
        this.plan = plan;
        this.random = new Random(plan.seed());
        this.site = new Site(Files.createDirectories(folder.resolve("ferry")), server, proxy);
        this.taken = Files.createDirectories(folder.resolve("taken"));
    }

    /** Carries the plan out; an AssertionError says what went wrong and how to see it again. */
    static Result of(Plan plan, Path folder, TestServer server) throws IOException {
        try (FaultProxy proxy = FaultProxy.before(server)) {
            KillRun run = new KillRun(plan, folder, server, proxy);
            try {
                return run.run();
            } catch (AssertionError e) {
                throw new AssertionError(
                        "-Dferry.campaign.run=" + server.name() + ":" + plan.number() + ", " + plan + " on "
                                + server.name() + ": " + e.getMessage() + "\n" + String.join("\n", run.outputs),
                        e);
            }
        }
    }

    private Result run() throws IOException {
        try (Arrivals here = new Arrivals(site.inbox, site.pulled, null);
                Arrivals there = new Arrivals(site.inbound, site.pushed, plan.taken() ? taken : null)) {
            int batch = 0;
            for (Phase phase : plan.phases()) {
                site.addFiles(batch++);
                site.configure(!phase.alone() || phase.pull, !phase.alone() || !phase.pull, plan.commit().option);
                kill(phase);
            }
            site.addFiles(batch);
            site.configure(true, true, plan.commit().option);
            finish();
            List<String> wrong = new ArrayList<>(here.wrong());
            wrong.addAll(there.wrong());
            int repeats = checkJournal(wrong);
            checkPulled(wrong);
            checkPushed(wrong, there.seen());
            checkNothingElse(wrong);
            if (!wrong.isEmpty()) {
                throw new AssertionError(String.join("\n", wrong));
            }
            return new Result(Journal.read(site.folder).size(), repeats, site.pushed.size());
        }
    }

    private void kill(Phase phase) {
        try (Victim victim = new Victim()) {
            try {
                Trap trap = phase.arm(new Scene(site, victim, random));
                victim.start(site.folder, trap.stopAt());
                victim.await(phase.toString(), trap.due());
                victim.kill();
            } finally {
                outputs.add("--- killed in " + phase + ":\n" + victim.output());
            }
        }
        site.proxy.clearFaults();
        site.proxy.dropControl();
    }

    private void finish() {
        try (Victim last = new Victim()) {
            try {
                last.start(site.folder, "");
                last.await("all sources dealt with", site::isDone);
                // What is done twice would be done within the next two polls.
                site.proxy.clearCommands();
                last.await(
                        "two more polls",
                        () -> site.proxy.commands().stream()
                                        .filter(line -> line.startsWith("LIST") || line.startsWith("MLSD"))
                                        .count()
                                > 2);
                last.kill();
            } finally {
                outputs.add("--- the last process:\n" + last.output());
            }
        }
    }

    /** Each file under one id; again only where it was said so, and no more often than a process was killed. */
    private int checkJournal(List<String> wrong) throws IOException {
        Map<String, String> nameById = new HashMap<>();
        Map<String, String> idByName = new HashMap<>();
        int flagged = 0;
        int repeats = 0;
        for (Journal.Line line : Journal.read(site.folder)) {
            boolean again = nameById.containsKey(line.deliveryId());
            String name = nameById.putIfAbsent(line.deliveryId(), line.name());
            String id = idByName.putIfAbsent(line.name(), line.deliveryId());
            if (name != null && !name.equals(line.name())) {
                wrong.add("one delivery id for " + name + " and " + line.name());
            }
            if (id != null && !id.equals(line.deliveryId())) {
                wrong.add(line.name() + " was delivered as " + id + " and as " + line.deliveryId());
            }
            if (again && !line.possibleDuplicate()) {
                wrong.add(line.name() + " was delivered again and not marked as a possible duplicate");
            }
            flagged += line.possibleDuplicate() ? 1 : 0;
            repeats += again ? 1 : 0;
            Sample sample = site.pulled.get(line.name());
            if (sample == null || !sample.sha256().equals(line.sha256())) {
                wrong.add("the route had something else as " + line.name());
            }
        }
        if (flagged > plan.phases().size()) {
            wrong.add(flagged + " deliveries marked as possible duplicates after "
                    + plan.phases().size() + " kills");
        }
        Set<String> missing = new TreeSet<>(site.pulled.keySet());
        missing.removeAll(idByName.keySet());
        if (!missing.isEmpty()) {
            wrong.add("never delivered: " + missing);
        }
        return repeats;
    }

    private void checkPulled(List<String> wrong) {
        checkContent(wrong, site.inbox, site.pulled);
        if (plan.commit() == Site.Commit.MOVE) {
            checkContent(wrong, site.outbound.resolve(".done"), site.pulled);
        }
    }

    private void checkPushed(List<String> wrong, Map<String, Integer> seen) {
        checkContent(wrong, plan.taken() ? taken : site.inbound, site.pushed);
        checkContent(wrong, site.outbox.resolve(".sent"), site.pushed);
        seen.forEach((name, count) -> {
            if (count != 1) {
                wrong.add(name + " appeared " + count + " times at the server");
            }
        });
    }

    private static void checkContent(List<String> wrong, Path directory, Map<String, Sample> expected) {
        Set<String> names = new HashSet<>(Site.files(directory, 1));
        expected.forEach((name, sample) -> {
            if (!names.contains(name)) {
                wrong.add(name + " is missing in " + directory);
            } else if (!Content.sha256(directory.resolve(name)).equals(sample.sha256())) {
                wrong.add(directory.resolve(name) + " is not what was sent");
            }
        });
    }

    /** Every file on either side is known: what was sent, and Ferry's own records, of which no partial may be one. */
    private void checkNothingElse(List<String> wrong) {
        Set<String> left = new TreeSet<>();
        for (String file : Site.files(site.folder, 20)) {
            boolean sample = isSample(file, "inbox/", site.pulled) || isSample(file, "outbox/.sent/", site.pushed);
            boolean record = file.matches("(inbox/)?\\.ferry/(pull/|push/)?(installation|deliveries)(\\.lock)?");
            boolean own = file.matches("application.properties|routes/kill.yaml|journal");
            if (!sample && !record && !own) {
                left.add(file);
            }
        }
        for (String file : Site.files(site.server.root(), 20)) {
            boolean done = plan.commit() == Site.Commit.MOVE && isSample(file, "outbound/.done/", site.pulled);
            boolean arrived = !plan.taken() && isSample(file, "inbound/", site.pushed);
            if (!done && !arrived) {
                left.add(site.server.name() + ": " + file);
            }
        }
        if (!left.isEmpty()) {
            wrong.add("left behind: " + left);
        }
    }

    private static boolean isSample(String file, String directory, Map<String, Sample> samples) {
        return file.startsWith(directory) && samples.containsKey(file.substring(directory.length()));
    }
}
