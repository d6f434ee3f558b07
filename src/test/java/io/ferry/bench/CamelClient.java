package io.ferry.bench;

import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.camel.Consumer;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.RouteDefinition;

/**
 * One route of Ferry or of stock camel-ftp, asked for one poll. Its context is new for each run, and is started before the clock
 * is; its route is started afterwards, so that logins count: stock logs in when its consumer starts, Ferry at the first poll. Both leave the source where it is, and neither waits for the other's commit.
 */
final class CamelClient implements Contender.Client {
    private static final long LIMIT_SECONDS = 900;
    private static final String ROUTE = "bench";

    private final boolean ferry;
    private final String options;

    private CamelClient(boolean ferry, String options) {
        this.ferry = ferry;
        this.options = options.isEmpty() ? "" : "&" + options;
    }

    /** Ferry as shipped, and these options. */
    static CamelClient ferry(String options) {
        return new CamelClient(true, options);
    }

    /** The stock component at its best: binary, passive, no change of directory, files on disk. */
    static CamelClient stock() {
        return new CamelClient(false, "");
    }

    @Override
    public long run(Job job) throws Exception {
        return onePoll(job.files(), source(job), route -> route.to(target(job)));
    }

    /**
     * Polls once, in a context of its own, which is started before the clock is.
     *
     * @param files how many files pass through the route
     * @param from the route's beginning
     * @param steps what moves each of them
     */
    static long onePoll(int files, String from, Function<RouteDefinition, ProcessorDefinition<?>> steps)
            throws Exception {
        CountDownLatch left = new CountDownLatch(files);
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.getShutdownStrategy().setTimeout(10);
            context.getShutdownStrategy().setSuppressLoggingOnTimeout(true);
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    steps.apply(from(from).routeId(ROUTE).autoStartup(false)).process(exchange -> left.countDown());
                }
            });
            context.start();
            long start = System.nanoTime();
            context.getRouteController().startRoute(ROUTE);
            Consumer consumer = context.getRoute(ROUTE).getConsumer();
            poll((Runnable) consumer, left);
            return System.nanoTime() - start;
        }
    }

    /** One poll moves all; what failed or was left for another poll is asked for again, as the scheduler would. */
    private static void poll(Runnable consumer, CountDownLatch left) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        consumer.run();
        while (!left.await(200, TimeUnit.MILLISECONDS)) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException(
                        "not within " + LIMIT_SECONDS + " s: " + left.getCount() + " files left");
            }
            consumer.run();
        }
    }

    private String source(Job job) {
        if (job.down()) {
            String end = ferry
                    ? ""
                    : "&idempotent=false&localWorkDirectory=" + job.local().resolve(".stock");
            return endpoint(job) + "&noop=true&startScheduler=false" + end;
        }
        return drop(job);
    }

    /** The directory that files are sent from. */
    static String drop(Job job) {
        return "file:" + job.local() + "?noop=true&startScheduler=false";
    }

    private String target(Job job) {
        if (job.down()) {
            return "file:" + job.local();
        }
        // By default an upload's notes lie in the directory that the process runs in: here they have to be on the
        // case's medium.
        return endpoint(job) + (ferry ? "&workDirectory=" + job.scratch().resolve(".ferry") : "");
    }

    /** The partner's directory, without what only a consumer takes. */
    String endpoint(Job job) {
        String common = "%s:%s:%d/%s?username=%s&password=RAW(%s)"
                .formatted(scheme(job), job.host(), job.port(), job.remote(), job.user(), job.password());
        if (!ferry) {
            return common + "&binary=true&passiveMode=true&stepwise=false&throwExceptionOnConnectFailed=true";
        }
        if (job.tls() == null) {
            return common + options;
        }
        Job.Trust tls = Objects.requireNonNull(job.tls());
        return common + options + "&ftpClient.trustStore.file=" + tls.store() + "&ftpClient.trustStore.password=RAW("
                + tls.storePassword() + ")";
    }

    private String scheme(Job job) {
        return (ferry ? "ferry-ftp" : "ftp") + (job.tls() == null ? "" : "s");
    }
}
