package io.ferry.bench;

import io.ferry.testkit.Content;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Many partners, each a server of its own, polled at once by one JVM with a heap of 256 MiB. */
final class ManyPartners {
    static final String ID = "partners";
    /** Files that Ferry has not brought. */
    static final String MISSING = "files missing";

    private static final String TAKEN = "taken";
    private static final String HEAP = "256m";
    private static final int FILES = 20;
    private static final long SIZE = 64 << 10;

    private final Settings settings;
    private final Grounds grounds;

    ManyPartners(Settings settings, Grounds grounds) {
        this.settings = settings;
        this.grounds = grounds;
    }

    Extra measure() throws Exception {
        Path directory = Files.createDirectories(grounds.served().resolve("partner"));
        FileTime hour = FileTime.from(Instant.now().minusSeconds(3600));
        for (int i = 0; i < FILES; i++) {
            Files.setLastModifiedTime(Content.write(directory.resolve(Job.name(i)), SIZE, i), hour);
        }
        List<Server> servers = new ArrayList<>();
        try {
            for (int i = 0; i < settings.partners(); i++) {
                servers.add(Server.start(grounds.served(), false));
            }
            return race(servers);
        } finally {
            servers.forEach(Server::close);
        }
    }

    private Extra race(List<Server> servers) throws Exception {
        Map<String, List<Double>> inside = new LinkedHashMap<>();
        Map<String, List<Measured>> whole = new LinkedHashMap<>();
        List<String> names = new ArrayList<>(List.of(Contenders.FERRY, Contenders.STOCK));
        for (int round = 0; round < settings.rounds(); round++) {
            for (String name : List.copyOf(names)) {
                try {
                    Path scratch = grounds.client().resolve("partners");
                    Measured measured = poll(name, servers, scratch);
                    String taken = Files.readString(scratch.resolve(TAKEN));
                    whole.computeIfAbsent(name, key -> new ArrayList<>()).add(measured);
                    inside.computeIfAbsent(name, key -> new ArrayList<>()).add(Double.valueOf(taken));
                } catch (IOException | AssertionError e) {
                    if (name.equals(Contenders.FERRY)) {
                        throw e;
                    }
                    System.err.println("##### FAILED: " + ID + ", " + name + ": " + e + " #####");
                    names.remove(name);
                }
            }
        }
        double stock = Figures.median(inside.getOrDefault(Contenders.STOCK, List.of()));
        List<List<String>> rows = new ArrayList<>();
        inside.forEach((name, seconds) -> rows.add(List.of(
                name,
                String.format(Locale.ROOT, "%.2f", Figures.median(seconds)),
                String.format(Locale.ROOT, "%.2f to %.2f", Figures.least(seconds), Figures.most(seconds)),
                Double.isNaN(stock) ? "" : String.format(Locale.ROOT, "%.2f", Figures.median(seconds) / stock),
                String.valueOf(whole.get(name).stream()
                                .mapToLong(Measured::peakKib)
                                .max()
                                .orElse(0)
                        >> 10))));
        return new Extra(
                ID,
                "%d partners at once, %d files of %d KiB from each, one new JVM with -Xmx%s"
                        .formatted(servers.size(), FILES, SIZE >> 10, HEAP),
                List.of("client", "median s, start of the JVM left out", "least to most", "÷ stock", "peak MiB"),
                rows,
                Map.of(MISSING, 0.0));
    }

    /** All files of all partners once; throws where one is missing or wrong. */
    private Measured poll(String name, List<Server> servers, Path scratch) throws IOException, InterruptedException {
        Grounds.empty(scratch);
        Path endpoints = Files.write(scratch.resolve("endpoints"), endpoints(name, servers, scratch));
        Measured measured = ProcessMeter.run(
                ChildMain.java(
                        HEAP,
                        PartnersMain.class,
                        String.valueOf(FILES * servers.size()),
                        endpoints.toString(),
                        scratch.resolve(TAKEN).toString()),
                scratch,
                Duration.ofMinutes(11));
        verify(scratch, servers.size());
        return measured;
    }

    private List<String> endpoints(String name, List<Server> servers, Path scratch) {
        boolean ferry = name.equals(Contenders.FERRY);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < servers.size(); i++) {
            Server server = servers.get(i);
            Path target = scratch.resolve("in-" + i);
            Job job = new Job(
                    true,
                    server.host(),
                    server.port(),
                    server.user(),
                    server.password(),
                    "partner",
                    target,
                    FILES,
                    SIZE,
                    null,
                    scratch);
            CamelClient client = ferry ? CamelClient.ferry(settings.ferryOptions()) : CamelClient.stock();
            String more = ferry ? "" : "&idempotent=true&localWorkDirectory=" + target.resolve(".stock");
            lines.add(client.endpoint(job) + "&noop=true&initialDelay=0&delay=500" + more);
            lines.add("file:" + target);
        }
        return lines;
    }

    private static void verify(Path scratch, int partners) throws IOException {
        for (int i = 0; i < partners; i++) {
            for (int file = 0; file < FILES; file++) {
                Content.assertIs(scratch.resolve("in-" + i).resolve(Job.name(file)), SIZE, file);
            }
        }
    }
}
