package io.ferry;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Await;
import io.ferry.testkit.Content;
import io.ferry.testkit.Leaks;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import java.util.TreeMap;
import org.apache.camel.ServiceStatus;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ferry in contexts that run already, as an application would have it. */
class EmbeddingTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int SIZE = 3 << 20;

    @TempDir
    Path local;

    private static DefaultCamelContext running() throws Exception {
        DefaultCamelContext context = new DefaultCamelContext();
        context.getShutdownStrategy().setTimeout(10);
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:own").routeId("own").to("mock:own");
                from("direct:other").routeId("other").to("mock:other");
            }
        });
        context.start();
        // The threads that Camel keeps once a route was stopped are there from now on.
        remove(context, "other");
        return context;
    }

    private static void remove(DefaultCamelContext context, String route) throws Exception {
        context.getRouteController().stopRoute(route);
        assertThat(context.removeRoute(route)).isTrue();
    }

    private static String endpoint(TestServer server, String directory, String options) {
        return "ferry-ftp:127.0.0.1:" + server.port() + "/" + directory + "?username=" + server.user()
                + "&password=RAW(" + server.password() + ")&" + options;
    }

    private static Path directory(TestServer server, String name) throws IOException {
        Path made = Files.createDirectories(server.root().resolve(name));
        made.toFile().setWritable(true, false);
        return made;
    }

    private FerryRoutes routes(TestServer server, String name) throws IOException {
        Content.write(directory(server, "outbound-" + name).resolve("pulled.bin"), SIZE, name.hashCode());
        directory(server, "inbound-" + name);
        Content.write(Files.createDirectories(local.resolve(name + "/out")).resolve("pushed.bin"), SIZE, name.length());
        return new FerryRoutes()
                .pull(
                        "in",
                        endpoint(server, "outbound-" + name, "delete=true&initialDelay=0&delay=100"),
                        local.resolve(name + "/in").toString())
                .push(
                        "out",
                        local.resolve(name + "/out").toString(),
                        endpoint(server, "inbound-" + name, "workDirectory=" + local.resolve(name + "/work")));
    }

    private void arrived(TestServer server, String name) {
        Path pulled = local.resolve(name + "/in/pulled.bin");
        Path pushed = server.root().resolve("inbound-" + name + "/pushed.bin");
        Await.until("both files of " + name, LIMIT, () -> Files.exists(pulled) && Files.exists(pushed));
        assertThat(pulled).hasBinaryContent(Content.bytes(SIZE, name.hashCode()));
        assertThat(pushed).hasBinaryContent(Content.bytes(SIZE, name.length()));
        Await.until(
                "both commits of " + name,
                LIMIT,
                () -> Files.exists(local.resolve(name + "/out/.sent/pushed.bin"))
                        && Files.notExists(server.root().resolve("outbound-" + name + "/pulled.bin")));
    }

    @Test
    void routesThatAreRemovedLeaveNoThreadAndNoSocketInAContextThatGoesOn() throws Exception {
        try (TestServer server = Vsftpd.start();
                DefaultCamelContext context = running()) {
            Map<Object, Object> properties = new TreeMap<>(System.getProperties());
            Locale locale = Locale.getDefault();
            TimeZone zone = TimeZone.getDefault();
            Leaks leaks = Leaks.snapshot();

            context.addRoutes(routes(server, "one"));
            arrived(server, "one");
            remove(context, "in");
            remove(context, "out");

            Leaks.assertNoneSince(leaks);
            assertThat(context.getRouteController().getRouteStatus("own")).isEqualTo(ServiceStatus.Started);
            // Nothing of it is for the whole JVM.
            assertThat(new TreeMap<>(System.getProperties())).isEqualTo(properties);
            assertThat(Locale.getDefault()).isEqualTo(locale);
            assertThat(TimeZone.getDefault()).isEqualTo(zone);
        }
    }

    @Test
    void twoContextsInOneJvmDoNotDisturbEachOther() throws Exception {
        try (TestServer server = Vsftpd.start();
                DefaultCamelContext first = running();
                DefaultCamelContext second = running()) {
            // The same ids of routes in both.
            first.addRoutes(routes(server, "one"));
            second.addRoutes(routes(server, "three"));
            arrived(server, "one");
            arrived(server, "three");

            first.stop();
            Content.write(server.root().resolve("outbound-three/later.bin"), SIZE, 9);
            Path later = local.resolve("three/in/later.bin");
            Await.until("a file after the other context's end", LIMIT, () -> Files.exists(later));
            assertThat(later).hasBinaryContent(Content.bytes(SIZE, 9));
        }
    }
}
