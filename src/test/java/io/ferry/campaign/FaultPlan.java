package io.ferry.campaign;

import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.FaultProxy.Direction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * One run of the campaign, all of which follows from this record: the files, the settings of Ferry, and what goes wrong.
 *
 * @param server the name of the server
 * @param direction DOWN for a consumer, UP for a producer
 * @param fault the fault that the run is for; its seed may add up to two more
 * @param seed of every other choice
 */
record FaultPlan(String server, Direction direction, FaultKind fault, long seed) {

    /**
     * A file of a run.
     *
     * @param seed of its content
     */
    record PlannedFile(String name, int size, long seed) {}

    /**
     * What is around Ferry in a run, and not of the best either.
     *
     * @param failures how many of the first deliveries of a file the route fails, by the file's name; a missing name is none
     * @param behind whether the route fails behind its last step, with the file in its place, rather than before the first
     * @param taken whether the receiver of uploads moves each file away the moment that its final name appears
     */
    record Surroundings(Map<String, Integer> failures, boolean behind, boolean taken) {
        int failures(String name) {
            return failures.getOrDefault(name, 0);
        }
    }

    /** The one text that repeats this run, in the property {@code ferry.campaign.only}. */
    String id() {
        return server + "/" + FaultKind.called(direction) + "/" + fault + "/" + Long.toHexString(seed);
    }

    static FaultPlan of(String id) {
        String[] parts = id.split("/");
        return new FaultPlan(
                parts[0],
                Direction.valueOf(parts[1].toUpperCase(Locale.ROOT)),
                FaultKind.valueOf(parts[2]),
                Long.parseUnsignedLong(parts[3], 16));
    }

    /** An empty file, one of a byte, a small one, and one of some hundred kilobytes to some megabytes. */
    List<PlannedFile> files() {
        Random random = new Random(seed);
        List<PlannedFile> files = new ArrayList<>();
        files.add(new PlannedFile("empty", 0, random.nextLong()));
        files.add(new PlannedFile("one byte.txt", 1, random.nextLong()));
        files.add(new PlannedFile("small.csv", 2 + random.nextInt(9_000), random.nextLong()));
        int large = random.nextInt(8) == 0 ? 1_500_000 + random.nextInt(2_500_000) : 150_000 + random.nextInt(700_000);
        files.add(new PlannedFile("large.bin", large, random.nextLong()));
        return files;
    }

    /** Options of Ferry's endpoint that decide about resuming, as they stand in a URI. */
    String settings() {
        Random random = new Random(seed + 1);
        int overlap = 1 << (8 + random.nextInt(8));
        int block = 1 << random.nextInt(8);
        return "&overlap=" + overlap + "&blockSize=" + block + "KB&maxSessions=" + (1 + random.nextInt(6))
                + "&concurrentTransfers=" + (1 + random.nextInt(4)) + "&concurrentUploads=" + (1 + random.nextInt(4))
                + "&maximumReconnectAttempts=" + (1 + random.nextInt(4)) + segments(random)
                + (compresses() ? "&compress=true" : "");
    }

    /** Every third consumer takes its files deflated, where the server does that, and without segments then. */
    boolean compresses() {
        return direction == Direction.DOWN && new Random(seed + 5).nextInt(3) == 0;
    }

    /** Half of the runs take their large file in segments, whether that is faster or not. */
    private static String segments(Random random) {
        return "&segments=" + (1 + random.nextInt(4))
                + (random.nextBoolean() ? "&segmentSize=" + (8 << random.nextInt(5)) + "KB" : "");
    }

    /** The newest TLS that Ferry offers, as it stands in a URI: 1.3 or 1.2. */
    String protocol() {
        return new Random(seed + 4).nextBoolean() ? "TLSv1.3" : "TLSv1.2";
    }

    /** In every other run the route fails, each file up to twice; every other receiver of uploads takes files away at once. */
    Surroundings surroundings() {
        Random random = new Random(seed + 3);
        boolean fails = random.nextBoolean();
        boolean behind = direction == Direction.UP || random.nextBoolean();
        boolean taken = direction == Direction.UP && random.nextBoolean();
        Map<String, Integer> failures = new LinkedHashMap<>();
        files().forEach(file -> {
            int times = random.nextInt(3);
            if (fails && times > 0) {
                failures.put(file.name(), times);
            }
        });
        return new Surroundings(failures, behind, taken);
    }

    /** Arms the faults; each kind with what was drawn for it. */
    Map<FaultKind, Draw> arm(FaultProxy proxy) {
        Random random = new Random(seed + 2);
        List<FaultKind> possible = FaultKind.on(proxy.tls() != null);
        List<FaultKind> kinds = new ArrayList<>(List.of(fault));
        int more = Math.max(0, random.nextInt(5) - 2);
        while (kinds.size() <= more) {
            FaultKind other = possible.get(random.nextInt(possible.size()));
            if (!kinds.contains(other)) {
                kinds.add(other);
            }
        }
        Map<FaultKind, Draw> draws = new LinkedHashMap<>();
        List<Integer> sizes = files().stream().map(PlannedFile::size).toList();
        for (FaultKind kind : kinds) {
            Draw draw = new Draw(proxy, direction, compresses(), random, sizes);
            kind.arm(draw);
            draws.put(kind, draw);
        }
        return draws;
    }
}
