package io.ferry.bench;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.processor.idempotent.MemoryIdempotentRepository;

/**
 * A poll of a large directory with nothing new in it. The first poll hands all files to a route that does nothing
 * ({@code download=false}); each one after it is measured, with what all threads allocate. Ferry keeps its usual records; stock
 * gets a repository in memory that is large enough.
 */
final class Listing {
    static final String ID = "listing";
    /** Of Ferry, as a part of stock's. */
    static final String SECONDS = "seconds ÷ stock";

    static final String ALLOCATED = "allocated ÷ stock";

    private final Settings settings;
    private final Grounds grounds;
    private final Server server;

    Listing(Settings settings, Grounds grounds, Server server) {
        this.settings = settings;
        this.grounds = grounds;
        this.server = server;
    }

    /** One side, whose context stays for all rounds. */
    private final class Side implements AutoCloseable {
        final String name;
        final DefaultCamelContext context = new DefaultCamelContext();
        final AtomicInteger seen = new AtomicInteger();
        final List<Double> seconds = new ArrayList<>();
        final List<Double> megabytes = new ArrayList<>();

        Side(String name, String uri) throws Exception {
            this.name = name;
            context.getRegistry()
                    .bind("known", MemoryIdempotentRepository.memoryIdempotentRepository(2 * settings.listed()));
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from(uri).routeId("bench").process(exchange -> seen.incrementAndGet());
                }
            });
            context.start();
            poll();
            if (seen.get() != settings.listed()) {
                throw new IllegalStateException(name + " saw " + seen.get() + " of " + settings.listed());
            }
        }

        void poll() {
            ((Runnable) context.getRoute("bench").getConsumer()).run();
        }

        void measure() {
            seen.set(0);
            long allocated = allocated();
            long start = System.nanoTime();
            poll();
            seconds.add((System.nanoTime() - start) / 1e9);
            megabytes.add((allocated() - allocated) / (double) (1 << 20));
            if (seen.get() != 0) {
                throw new IllegalStateException(name + " took " + seen.get() + " files again");
            }
        }

        @Override
        public void close() {
            context.stop();
        }
    }

    Extra measure() throws Exception {
        fill(grounds.served().resolve("many"));
        Path scratch = Files.createDirectories(grounds.client().resolve("listing"));
        Job job = new Job(
                true,
                server.host(),
                server.port(),
                server.user(),
                server.password(),
                "many",
                scratch,
                settings.listed(),
                0,
                server.trust(),
                scratch);
        String end = "&noop=true&download=false&startScheduler=false";
        String ferry = CamelClient.ferry(settings.ferryOptions()).endpoint(job) + end + "&workDirectory=" + scratch;
        String stock = CamelClient.stock().endpoint(job) + end + "&idempotent=true&idempotentRepository=#known";
        try (Side first = new Side(Contenders.FERRY, ferry);
                Side second = new Side(Contenders.STOCK, stock)) {
            for (int round = 0; round <= settings.rounds(); round++) {
                first.measure();
                second.measure();
            }
            return new Extra(
                    ID,
                    String.format(Locale.ROOT, "A directory of %,d files, polled with nothing new", settings.listed()),
                    List.of("client", "median s", "least to most", "÷ stock", "allocated MiB", "÷ stock"),
                    List.of(row(first, second), row(second, second)),
                    Map.of(
                            SECONDS,
                            ratio(first.seconds, second.seconds),
                            ALLOCATED,
                            ratio(first.megabytes, second.megabytes)));
        }
    }

    private static List<String> row(Side side, Side stock) {
        List<Double> counted = warm(side.seconds);
        return List.of(
                side.name,
                String.format(Locale.ROOT, "%.3f", Figures.median(counted)),
                String.format(Locale.ROOT, "%.3f to %.3f", Figures.least(counted), Figures.most(counted)),
                String.format(Locale.ROOT, "%.2f", ratio(side.seconds, stock.seconds)),
                String.format(Locale.ROOT, "%.1f", Figures.median(warm(side.megabytes))),
                String.format(Locale.ROOT, "%.2f", ratio(side.megabytes, stock.megabytes)));
    }

    private static double ratio(List<Double> ferry, List<Double> stock) {
        return Figures.median(warm(ferry)) / Figures.median(warm(stock));
    }

    /** The first poll warms the JVM up. */
    private static List<Double> warm(List<Double> all) {
        return all.subList(1, all.size());
    }

    /** Empty files, an hour old. */
    private void fill(Path directory) throws IOException {
        Files.createDirectories(directory);
        FileTime hour = FileTime.from(Instant.now().minusSeconds(3600));
        for (int i = 0; i < settings.listed(); i++) {
            Files.setLastModifiedTime(Files.createFile(directory.resolve(Job.name(i))), hour);
        }
    }

    private static long allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (long each : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
            sum += Math.max(0, each);
        }
        return sum;
    }
}
