package io.ferry.camel;

import io.ferry.session.ListingFormat;
import io.ferry.session.Partner;
import io.ferry.session.Timeouts;
import io.ferry.testkit.Await;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.Leaks;
import io.ferry.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.ExceptionHandler;
import org.apache.camel.spi.PollingConsumerPollStrategy;
import org.apache.camel.support.DefaultPollingConsumerPollStrategy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A context, one server that the test chooses with {@link #on}, and a proxy before it; all ended, and checked for leaks. */
abstract class RouteFixture {

    static final int MB = 1 << 20;
    static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    Path local;

    /** What the polls and commits complained of. */
    final List<String> failures = new CopyOnWriteArrayList<>();

    Leaks leaks;
    TestServer server;
    FaultProxy proxy;
    DefaultCamelContext context;
    private final AtomicInteger polls = new AtomicInteger();

    @BeforeEach
    void begin() {
        leaks = Leaks.snapshot();
        context = new DefaultCamelContext();
        context.getShutdownStrategy().setTimeout(10);
        context.getRegistry().bind("failures", ExceptionHandler.class, new Failures());
        context.getRegistry().bind("polls", PollingConsumerPollStrategy.class, new Polls());
    }

    @AfterEach
    void end() {
        context.stop();
        if (server != null) {
            proxy.close();
            server.close();
        }
        Leaks.assertNoneSince(leaks);
    }

    private final class Failures implements ExceptionHandler {
        @Override
        public void handleException(Throwable exception) {
            failures.add(String.valueOf(exception));
        }

        @Override
        public void handleException(String message, Throwable exception) {
            failures.add(message + ": " + exception);
        }

        @Override
        public void handleException(String message, Exchange exchange, Throwable exception) {
            failures.add(message + ": " + exception);
        }
    }

    private final class Polls extends DefaultPollingConsumerPollStrategy {
        @Override
        public void commit(org.apache.camel.Consumer consumer, Endpoint endpoint, int polledMessages) {
            polls.incrementAndGet();
        }
    }

    /** Lets the test run against this server. */
    <T extends TestServer> T on(T chosen) {
        server = chosen;
        proxy = FaultProxy.before(chosen);
        return chosen;
    }

    /** An endpoint to poll from. */
    String in(String directory, String options) {
        return uri(directory, "initialDelay=0&delay=50&pollStrategy=#polls&exceptionHandler=#failures&" + options);
    }

    /** An endpoint to send to. */
    String uri(String directory, String options) {
        String path = directory.isEmpty() ? "" : "/" + directory;
        return "ferry-ftp:127.0.0.1:" + proxy.port() + path + "?username=" + server.user() + "&password=RAW("
                + server.password() + ")&reconnectDelay=20&workDirectory=" + local.resolve("work")
                + (options.isEmpty() ? "" : "&" + options);
    }

    /** The partner behind the proxy, with the same deadline for everything on the wire. */
    Partner partner(int port, int maxSessions, Duration deadline) {
        Timeouts timeouts = new Timeouts(deadline, deadline, deadline, Duration.ofSeconds(60));
        return new Partner(
                "127.0.0.1",
                port,
                server.user(),
                server.password(),
                null,
                null,
                timeouts,
                true,
                Partner.PortRange.ANY,
                null,
                List.of(),
                ListingFormat.AUTO,
                maxSessions);
    }

    /** Puts a file there in one step, so old. */
    Path put(String name, String content, Duration age) throws IOException {
        return put(name, content, Instant.now().minus(age));
    }

    Path put(String name, String content, Instant modified) throws IOException {
        Path file = server.root().resolve(name);
        directory(name.substring(0, Math.max(0, name.lastIndexOf('/'))));
        Path made = Files.writeString(Files.createTempFile(local, "put", ""), content);
        Files.setLastModifiedTime(made, FileTime.from(modified));
        made.toFile().setReadable(true, false);
        return Files.move(made, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    Path directory(String name) throws IOException {
        Path directory = Files.createDirectories(server.root().resolve(name));
        directory.toFile().setWritable(true, false);
        return directory;
    }

    void routes(RouteBuilder builder) throws Exception {
        context.addRoutes(builder);
        context.start();
    }

    /** Polls an endpoint into a processor. */
    void deliver(String from, org.apache.camel.Processor to) throws Exception {
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(from).routeId("test").process(to);
            }
        });
    }

    void send(String to, Object body, String name) {
        context.createProducerTemplate().sendBodyAndHeaders(to, body, Map.of(Exchange.FILE_NAME, name));
    }

    static String text(Exchange exchange) {
        return exchange.getIn().getBody(String.class);
    }

    static List<String> names(Path directory) {
        return RouteContract.names(directory);
    }

    /** The regular files of a tree, relative to it. */
    static List<String> tree(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (var files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .map(each -> directory.relativize(each).toString())
                    .sorted()
                    .toList();
        } catch (java.io.UncheckedIOException e) {
            // Something was removed meanwhile.
            return tree(directory);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The files in the work directory, but for the records that stay there. */
    List<String> workFiles() {
        return tree(local.resolve("work")).stream()
                .filter(file -> !file.matches(".*/(deliveries|premoved|open)(\\.lock)?"))
                .toList();
    }

    static void until(String what, BooleanSupplier condition) {
        Await.until(what, LIMIT, condition);
    }

    /** Waits for so many polls that begin after now. */
    void awaitPolls(int count) {
        int before = polls.get();
        until(count + " more polls", () -> polls.get() > before + count);
    }
}
