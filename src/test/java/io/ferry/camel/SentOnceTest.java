package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Await;
import io.ferry.testkit.ChildJvm;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.Leaks;
import io.ferry.testkit.Vsftpd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Between the rename at the server and the commit of the local drop a crash must not send the file a second time. */
class SentOnceTest {

    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int SIZE = 3 << 20;

    @TempDir
    Path local;

    private Leaks leaks;
    private Vsftpd server;
    private FaultProxy proxy;

    @BeforeEach
    void start() throws IOException {
        leaks = Leaks.snapshot();
        server = Vsftpd.start();
        proxy = FaultProxy.before(server);
        Files.createDirectories(server.root().resolve("inbound")).toFile().setWritable(true, false);
        Files.createDirectories(local.resolve("outbox"));
    }

    @AfterEach
    void stop() {
        if (server != null) {
            proxy.close();
            server.close();
        }
        Leaks.assertNoneSince(leaks);
    }

    private String[] route(String options) {
        return new String[] {
            "file:" + local.resolve("outbox") + "?initialDelay=0&delay=100",
            "ferry-ftp:127.0.0.1:" + proxy.port() + "/inbound?username=" + server.user() + "&password=RAW("
                    + server.password() + ")&reconnectDelay=50" + options
        };
    }

    private ChildJvm child(Class<?> main, String options) {
        return ChildJvm.of(main)
                .directory(local)
                .arguments((Object[]) route(options))
                .start();
    }

    private void drop() throws IOException {
        Path file = Content.write(local.resolve("new"), SIZE, 1);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(3600)));
        Files.move(file, local.resolve("outbox/file"));
    }

    /** What the receiver does. */
    private void take() throws IOException {
        Content.assertIs(server.root().resolve("inbound/file"), SIZE, 1);
        Files.delete(server.root().resolve("inbound/file"));
    }

    private List<String> inbound() {
        return RouteFixture.tree(server.root().resolve("inbound"));
    }

    private long stores() {
        return proxy.commands().stream()
                .filter(command -> command.startsWith("STOR"))
                .count();
    }

    private void restartSendsNothing() {
        proxy.dropControl();
        try (ChildJvm child = child(RouteMain.class, "")) {
            child.awaitLine("route started", LIMIT);
            Await.until("the drop is committed", LIMIT, () -> Files.exists(local.resolve("outbox/.camel/file")));
            Await.until(
                    "the note is gone",
                    LIMIT,
                    () -> RouteFixture.tree(local.resolve(".ferry/outgoing")).isEmpty());
        }
        assertThat(inbound()).isEmpty();
        assertThat(stores()).isEqualTo(1);
    }

    @Test
    void killedBeforeTheReplyToTheRename() throws Exception {
        drop();
        proxy.delayReply("RNTO", Duration.ofHours(1).toMillis());
        try (ChildJvm child = child(RouteMain.class, "")) {
            Await.until("the rename", LIMIT, () -> inbound().equals(List.of("file")));
            child.kill9();
        }
        take();
        proxy.clearFaults();
        restartSendsNothing();
    }

    @Test
    void killedBeforeTheDropIsCommitted() throws Exception {
        drop();
        try (ChildJvm child = child(HeldRouteMain.class, "")) {
            child.awaitLine("^sent$", LIMIT);
            child.kill9();
        }
        take();
        assertThat(local.resolve("outbox/file")).exists();
        restartSendsNothing();
    }

    /** The done file of a file that nobody has taken yet comes after the restart; the file itself does not come again. */
    @Test
    void doneFileIsWrittenAfterARestart() throws Exception {
        drop();
        proxy.delayReply("RNTO", Duration.ofHours(1).toMillis());
        try (ChildJvm child = child(RouteMain.class, "&doneFileName=${file:name}.done")) {
            Await.until("the rename", LIMIT, () -> inbound().equals(List.of("file")));
            child.kill9();
        }
        proxy.clearFaults();
        proxy.dropControl();
        try (ChildJvm child = child(RouteMain.class, "&doneFileName=${file:name}.done")) {
            Await.until("the done file", LIMIT, () -> inbound().equals(List.of("file", "file.done")));
            Await.until("the commit", LIMIT, () -> Files.exists(local.resolve("outbox/.camel/file")));
        }
        assertThat(stores()).isEqualTo(2);
    }

    /** A route that fails after the upload tries the exchange again, and what it has sent is not sent again. */
    @Test
    void failedRouteDoesNotSendAgain() throws Exception {
        drop();
        AtomicInteger failures = new AtomicInteger();
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            String work = "&workDirectory=" + local.resolve(".ferry");
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    String[] uris = route(work);
                    from(uris[0]).routeId("test").to(uris[1]).process(exchange -> {
                        if (failures.incrementAndGet() < 3) {
                            throw new IllegalStateException("a later step fails");
                        }
                    });
                }
            });
            context.start();
            Await.until("the commit", LIMIT, () -> Files.exists(local.resolve("outbox/.camel/file")));
        }
        assertThat(failures).hasValue(3);
        assertThat(stores()).isEqualTo(1);
        assertThat(RouteFixture.tree(local.resolve(".ferry"))).containsExactly("installation");
    }

    @Test
    void sameFileSentOnPurposeIsSentEachTime() throws Exception {
        drop();
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.start();
            String to = route("&workDirectory=" + local.resolve(".ferry"))[1];
            for (int i = 0; i < 2; i++) {
                context.createProducerTemplate()
                        .sendBodyAndHeaders(
                                to, local.resolve("outbox/file").toFile(), Map.of(Exchange.FILE_NAME, "file"));
                take();
            }
        }
        assertThat(stores()).isEqualTo(2);
    }
}
