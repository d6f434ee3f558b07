package io.ferry;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Await;
import io.ferry.testkit.ChildJvm;
import io.ferry.testkit.Content;
import io.ferry.testkit.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the application logs while a server is down, and when it is back. */
class QuietLogTest {

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int TRIES = 60;
    private static final int LARGE = 9 << 20;

    @TempDir
    Path folder;

    /** A server's control port, which ends each connection at once until the server is up. */
    private static final class Door implements AutoCloseable {
        private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final AtomicInteger tries = new AtomicInteger();
        private final int server;
        private volatile boolean up;

        Door(int server) throws IOException {
            this.server = server;
            daemon("door", this::serve);
        }

        private void serve() {
            try {
                while (true) {
                    Socket client = socket.accept();
                    tries.incrementAndGet();
                    if (!up) {
                        client.close();
                        continue;
                    }
                    Socket inside = new Socket(InetAddress.getLoopbackAddress(), server);
                    daemon("door-in", () -> pump(client, inside));
                    daemon("door-out", () -> pump(inside, client));
                }
            } catch (IOException e) {
                // Closed.
            }
        }

        private static void daemon(String name, Runnable task) {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            thread.start();
        }

        private static void pump(Socket from, Socket to) {
            try (from;
                    to) {
                from.getInputStream().transferTo(to.getOutputStream());
            } catch (IOException e) {
                // Closed.
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private String block(String id, String template, int port, TestServer server, String more) {
        return """
                camel.routeTemplate[%1$s].templateId=%2$s
                camel.routeTemplate[%1$s].host=127.0.0.1
                camel.routeTemplate[%1$s].port=%3$d
                camel.routeTemplate[%1$s].username=%4$s
                camel.routeTemplate[%1$s].password=%5$s
                camel.routeTemplate[%1$s].delay=200
                %6$s
                """.formatted(
                        id,
                        template,
                        port,
                        server.user(),
                        server.password(),
                        more.replace("@", "camel.routeTemplate[" + id + "]."));
    }

    @Test
    void aServerThatIsDownIsToldOnceForEachDirectionAndSoIsThatItIsBack() throws Exception {
        try (TestServer server = ApacheFtp.start();
                Door door = new Door(server.port())) {
            Files.writeString(
                    Files.createDirectories(server.root().resolve("outbound")).resolve("in.txt"), "in");
            Files.createDirectories(folder.resolve("out"));
            for (int i = 0; i < 3; i++) {
                Files.writeString(folder.resolve("out/" + i + ".txt"), "out");
            }
            int port = door.socket.getLocalPort();
            Files.writeString(
                    folder.resolve("application.properties"),
                    block("in", "pull", port, server, "@remoteDirectory=outbound\n@localDirectory=in")
                            + block(
                                    "out",
                                    "push",
                                    port,
                                    server,
                                    "@remoteDirectory=inbound\n@localDirectory=out\n@settle=1"));
            try (ChildJvm ferry = ChildJvm.of(Ferry.class)
                    .directory(folder)
                    .property(
                            "logback.configurationFile",
                            Path.of("target/classes/logback.xml").toAbsolutePath())
                    .start()) {
                ferry.awaitLine("push .*given up", LIMIT);
                int until = door.tries.get() + TRIES;
                Await.until("many tries", LIMIT, () -> door.tries.get() >= until);

                // A slow machine may come to say that it is still so.
                List<String> loud = ferry.output()
                        .lines()
                        .filter(each -> !each.contains(" INFO ") && !each.contains("Still so since"))
                        .toList();
                assertThat(loud).hasSize(2);
                assertThat(loud).allMatch(each -> each.matches("\\S+ WARN  .*ftp://ferry@127.0.0.1:" + port + ".*"));
                assertThat(loud).anyMatch(each -> each.contains("push ") && each.contains("inbound/"));

                door.up = true;
                ferry.awaitLine("INFO  ferry-ftp://.*: well again; since .* tries had failed", LIMIT);
                ferry.awaitLine("INFO  push to ftp://.*: well again; since .* tries had failed", LIMIT);
                Await.until(
                        "all files",
                        LIMIT,
                        () -> Files.exists(folder.resolve("in/in.txt"))
                                && Files.exists(server.root().resolve("inbound/2.txt")));
            }
        }
    }

    /** While one of several servers is down, the drop is tried again and again, and the others have it. */
    @Test
    void whatAServerHasAlreadyIsToldOnceWhileAnotherOneIsDown() throws Exception {
        try (TestServer server = ApacheFtp.start();
                Door door = new Door(server.port())) {
            Files.createDirectories(folder.resolve("out"));
            Files.writeString(folder.resolve("out/small.txt"), "small");
            Content.write(folder.resolve("out/large.bin"), LARGE, 1);
            String to =
                    "ferry-ftp:127.0.0.1:%d/%s?username=%s&password=%s&reconnectDelay=10&maximumReconnectAttempts=2";
            Files.writeString(folder.resolve("application.properties"), """
                    camel.routeTemplate[fan].templateId=fan-out
                    camel.routeTemplate[fan].localDirectory=out
                    camel.routeTemplate[fan].settle=1
                    camel.routeTemplate[fan].delay=200
                    camel.routeTemplate[fan].to=%s,%s
                    """.formatted(
                            to.formatted(server.port(), "well", server.user(), server.password()),
                            to.formatted(door.socket.getLocalPort(), "down", server.user(), server.password())));
            try (ChildJvm ferry = ChildJvm.of(Ferry.class)
                    .directory(folder)
                    .property(
                            "logback.configurationFile",
                            Path.of("target/classes/logback.xml").toAbsolutePath())
                    .start()) {
                ferry.awaitLine("push small.txt: was here already", LIMIT);
                ferry.awaitLine("push large.bin: was here already", LIMIT);
                int until = door.tries.get() + TRIES;
                Await.until("many tries", LIMIT, () -> door.tries.get() >= until);

                List<String> told = ferry.output()
                        .lines()
                        .filter(each -> each.contains(" INFO "))
                        .toList();
                for (String each : List.of("small.txt", "large.bin")) {
                    assertThat(told)
                            .filteredOn(line -> line.contains(each + ": was here already"))
                            .hasSize(1);
                    assertThat(told)
                            .filteredOn(line -> line.contains(each + ": done"))
                            .hasSize(1);
                    assertThat(told)
                            .filteredOn(line -> line.contains(each) && line.contains("had come to its rename"))
                            .hasSize(1);
                }
                // Announced once, as bytes of it crossed.
                assertThat(told)
                        .filteredOn(line -> line.contains("push large.bin: ") && line.contains(" to ftp://"))
                        .hasSize(1);

                door.up = true;
                Await.until(
                        "all files",
                        LIMIT,
                        () -> Files.exists(folder.resolve("out/.sent/small.txt"))
                                && Files.exists(folder.resolve("out/.sent/large.bin")));
            }
        }
    }

    /** A mistake that shows at the start is one paragraph, which names the block. */
    @Test
    void aTimeAsCrontabWritesItIsOneParagraph() throws Exception {
        try (TestServer server = ApacheFtp.start()) {
            Files.writeString(
                    folder.resolve("application.properties"),
                    block(
                            "nightly",
                            "pull",
                            server.port(),
                            server,
                            "@remoteDirectory=outbound\n@localDirectory=in\n@scheduler=quartz\n@cron=0 2 * * *"));
            try (ChildJvm ferry = ChildJvm.of(Ferry.class)
                    .directory(folder)
                    .property(
                            "logback.configurationFile",
                            Path.of("target/classes/logback.xml").toAbsolutePath())
                    .start()) {
                assertThat(ferry.awaitExit(LIMIT)).isEqualTo(1);
                assertThat(ferry.output().lines().filter(each -> !each.contains(" INFO ")))
                        .singleElement()
                        .asString()
                        .startsWith("Ferry cannot start: route \"nightly\", endpoint ferry-ftp://127.0.0.1:")
                        .endsWith("Quartz takes six fields, seconds first: 0 0 2 * * ?");
            }
        }
    }
}
