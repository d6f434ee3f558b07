package io.ferry.stock;

import io.ferry.testkit.Await;
import io.ferry.testkit.Content;
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
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A context, one server that the test chooses with {@link #on}, and a proxy before it; all ended, and checked for leaks. The
 * stock endpoint gets binary, passive and stepwise=false, so that no test shows a mere difference of defaults.
 */
abstract class SideBySide {

    static final int MB = 1 << 20;
    static final Duration LIMIT = Duration.ofSeconds(30);

    /** The two components under comparison. */
    enum Scheme {
        STOCK("ftp"),
        FERRY("ferry-ftp");

        private final String text;

        Scheme(String text) {
            this.text = text;
        }
    }

    @TempDir
    Path local;

    Path inbox;
    TestServer server;
    FaultProxy proxy;
    private int port;
    DefaultCamelContext context;
    private Leaks leaks;

    @BeforeEach
    void begin() {
        leaks = Leaks.snapshot();
        inbox = local.resolve("inbox");
        context = newContext();
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

    private static DefaultCamelContext newContext() {
        DefaultCamelContext created = new DefaultCamelContext();
        created.getShutdownStrategy().setTimeout(5);
        created.getShutdownStrategy().setSuppressLoggingOnTimeout(true);
        return created;
    }

    /** Lets the test run against this server. */
    <T extends TestServer> T on(T chosen) {
        server = chosen;
        proxy = FaultProxy.before(chosen);
        port = proxy.port();
        return chosen;
    }

    /** As {@link #on}, but the route's connections do not go through the proxy. */
    <T extends TestServer> T straightOn(T chosen) {
        on(chosen);
        port = chosen.port();
        return chosen;
    }

    /** Stops all routes, as at the end of a process that is shut down, and begins with an empty context. */
    void restart() {
        context.stop();
        context = newContext();
    }

    /** An endpoint to poll from, at once and often. */
    String from(Scheme scheme, String directory, String options) {
        return to(scheme, directory, "initialDelay=0&delay=50" + (options.isEmpty() ? "" : "&" + options));
    }

    /** An endpoint to send to. */
    String to(Scheme scheme, String directory, String options) {
        return scheme.text + ":127.0.0.1:" + port + "/" + directory + "?username=" + server.user()
                + "&password=RAW(" + server.password()
                + ")&binary=true&passiveMode=true&stepwise=false&reconnectDelay=20"
                + (options.isEmpty() ? "" : "&" + options);
    }

    void routes(RouteBuilder builder) throws Exception {
        context.addRoutes(builder);
        context.start();
    }

    /** A route named test from one endpoint to another. */
    void route(String from, String to) throws Exception {
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(from).routeId("test").to(to);
            }
        });
    }

    /** A route named test from an endpoint to code. */
    void route(String from, Processor to) throws Exception {
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(from).routeId("test").process(to);
            }
        });
    }

    /** Puts a file there in one step, an hour old. */
    Path put(String name, long size, long seed) throws IOException {
        return put(name, Content.write(Files.createTempFile(local, "put", ""), size, seed));
    }

    Path put(String name, String content) throws IOException {
        return put(name, Files.writeString(Files.createTempFile(local, "put", ""), content));
    }

    private Path put(String name, Path made) throws IOException {
        Files.setLastModifiedTime(made, FileTime.from(Instant.now().minusSeconds(3600)));
        Path file = remote(name);
        Files.createDirectories(file.getParent());
        return Files.move(made, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** A file to send, an hour old, appearing in one step. */
    Path drop(String name, long size, long seed) throws IOException {
        Path made = Content.write(Files.createTempFile(local, "drop", ""), size, seed);
        Files.setLastModifiedTime(made, FileTime.from(Instant.now().minusSeconds(3600)));
        return Files.move(made, Files.createDirectories(local.resolve("outbox")).resolve(name));
    }

    /** An endpoint that polls what {@link #drop} made. */
    String outbox() {
        return "file:" + local.resolve("outbox") + "?initialDelay=0&delay=50";
    }

    Path remote(String name) {
        return server.root().resolve(name);
    }

    /** How many commands of this kind clients have sent. */
    long sent(String verb) {
        return proxy.commands().stream()
                .filter(command -> command.equals(verb) || command.startsWith(verb + " "))
                .count();
    }

    /** Waits for so many listings that begin after now. */
    void awaitPolls(int count) {
        long before = sent("LIST") + sent("MLSD");
        until(count + " more polls", () -> sent("LIST") + sent("MLSD") > before + count);
    }

    static long sizeOf(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return -1;
        }
    }

    /** The files of a directory, hidden ones left out. */
    static List<String> names(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    void until(String what, BooleanSupplier condition) {
        try {
            Await.until(what, LIMIT, condition);
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; commands:\n" + String.join("\n", last(proxy.commands())), e);
        }
    }

    private static List<String> last(List<String> commands) {
        return commands.subList(Math.max(0, commands.size() - 40), commands.size());
    }
}
