package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Await;
import io.ferry.testkit.ChildJvm;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.Vsftpd;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A 200 MB file whose transfer is cut at 40 %, by the line and by SIGKILL of the whole process, against vsftpd. What crossed
 * the wire is counted by the proxy; where it restarted is read from the server's log.
 */
class RestartTest {

    private static final long MB = 1 << 20;
    private static final long SIZE = 200 * MB;
    private static final long CUT = SIZE * 2 / 5;
    private static final long OVERLAP = 64 << 10;
    private static final Duration LIMIT = Duration.ofMinutes(3);

    /** Listings cross data connections too, and the proxy may hold what it has not handed on when a process dies. */
    private static final long BESIDES = 1 * MB;

    @TempDir
    Path local;

    private Vsftpd server;
    private FaultProxy proxy;

    @BeforeEach
    void start() throws IOException {
        server = Vsftpd.start();
        proxy = FaultProxy.before(server);
        for (String directory : new String[] {"outbound", "inbound"}) {
            Files.createDirectories(server.root().resolve(directory)).toFile().setWritable(true, false);
        }
    }

    @AfterEach
    void stop() {
        if (proxy != null) {
            proxy.close();
            server.close();
        }
    }

    private String ferry(String directory, String options) {
        return "ferry-ftp:127.0.0.1:" + proxy.port() + "/" + directory + "?username=" + server.user() + "&password=RAW("
                + server.password() + ")&reconnectDelay=50&timeout=60000&" + options;
    }

    private ChildJvm pull(String heap) {
        return ChildJvm.of(RouteMain.class)
                .heap(heap)
                .directory(local)
                .arguments(ferry("outbound", "delete=true&initialDelay=0&delay=200"), "file:" + local.resolve("inbox"))
                .start();
    }

    private ChildJvm push(String heap) {
        return ChildJvm.of(RouteMain.class)
                .heap(heap)
                .directory(local)
                .arguments(
                        "file:" + local.resolve("outbox") + "?initialDelay=0&delay=200",
                        ferry("inbound", "autoCreate=false"))
                .start();
    }

    private static void age(Path file) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(3600)));
    }

    private Path source(String name) throws IOException {
        Path file = Content.write(server.root().resolve("outbound").resolve(name), SIZE, 1);
        age(file);
        return file;
    }

    private Path drop(String name) throws IOException {
        Path file = Content.write(local.resolve("new"), SIZE, 2);
        age(file);
        return Files.move(file, Files.createDirectories(local.resolve("outbox")).resolve(name));
    }

    /** Waits for what the child should bring about, and shows what it said where it does not. */
    private static void until(String what, ChildJvm child, BooleanSupplier condition) {
        try {
            Await.until(what, LIMIT, condition);
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; the process said:\n" + child.output(), e);
        }
    }

    private void report(String what, long crossed, long durable) {
        System.out.printf(
                "%s: %d bytes of %d crossed the wire; durable at the cut %d; repeated %d (overlap %d, the rest was in flight)%n",
                what, crossed, SIZE, durable, crossed - SIZE, OVERLAP);
    }

    @Test
    void downloadCutByTheLine() throws Exception {
        Path file = source("big");
        proxy.cutDataAfter(CUT, Direction.DOWN, Cut.RST);
        try (ChildJvm child = pull("128m")) {
            until("delivered and deleted", child, () -> !Files.exists(file));
        }
        Content.assertIs(local.resolve("inbox/big"), SIZE, 1);
        long restart = restart();
        report("download, line cut", proxy.bytesDown(), restart + OVERLAP);
        assertThat(proxy.bytesDown()).isLessThanOrEqualTo(SIZE + OVERLAP + (CUT - restart - OVERLAP) + BESIDES);
        assertThat(restart).isGreaterThan(CUT / 2);
    }

    @Test
    void downloadCutByKill() throws Exception {
        Path file = source("big");
        proxy.stallDataAfter(CUT, Direction.DOWN);
        long durable;
        try (ChildJvm child = pull("128m")) {
            until("the cut is reached", child, () -> proxy.bytesDown() >= CUT);
            Path partial = partial();
            until("the partial has grown", child, () -> sizeOf(partial) > CUT / 2);
            child.kill9();
            child.awaitExit(LIMIT);
            durable = Files.size(partial);
        }
        assertThat(local.resolve("inbox/big")).doesNotExist();
        proxy.clearFaults();
        try (ChildJvm child = pull("128m")) {
            until("delivered and deleted", child, () -> !Files.exists(file));
        }
        Content.assertIs(local.resolve("inbox/big"), SIZE, 1);
        assertThat(restart()).isEqualTo(durable - OVERLAP);
        report("download, process killed", proxy.bytesDown(), durable);
        assertThat(proxy.bytesDown()).isLessThanOrEqualTo(SIZE + OVERLAP + (CUT - durable) + BESIDES);
    }

    @Test
    void uploadCutByTheLine() throws Exception {
        proxy.cutDataAfter(CUT, Direction.UP, Cut.RST);
        drop("big");
        try (ChildJvm child = push("128m")) {
            until("sent", child, () -> Files.exists(local.resolve("outbox/.camel/big")));
        }
        Content.assertIs(server.root().resolve("inbound/big"), SIZE, 2);
        long restart = lastRest();
        report("upload, line cut", proxy.bytesUp(), restart);
        assertThat(proxy.bytesUp()).isLessThanOrEqualTo(SIZE + (CUT - restart));
        assertThat(restart).isGreaterThan(CUT / 2);
    }

    @Test
    void uploadCutByKill() throws Exception {
        drop("big");
        proxy.stallDataAfter(CUT, Direction.UP);
        try (ChildJvm child = push("128m")) {
            until("the cut is reached", child, () -> proxy.bytesUp() >= CUT);
            child.kill9();
            child.awaitExit(LIMIT);
        }
        assertThat(server.root().resolve("inbound/big")).doesNotExist();
        proxy.clearFaults();
        proxy.dropControl();
        try (ChildJvm child = push("128m")) {
            until("sent", child, () -> Files.exists(local.resolve("outbox/.camel/big")));
        }
        Content.assertIs(server.root().resolve("inbound/big"), SIZE, 2);
        long restart = lastRest();
        report("upload, process killed", proxy.bytesUp(), restart);
        assertThat(restart).isGreaterThan(CUT / 2);
        // The bytes that the proxy and the sockets still held when the process died are in flight as well.
        assertThat(proxy.bytesUp()).isLessThanOrEqualTo(SIZE + (CUT - restart) + 32 * MB);
    }

    /** REST beyond 4 GiB in both directions, in a heap of 128 MB. */
    @Test
    void fiveGibibytesAndFourKibibytesInASmallHeap() throws Exception {
        long size = 5L << 30;
        long cut = (4L << 30) + 300 * MB;
        Path big = server.root().resolve("outbound/big");
        try (RandomAccessFile sparse = new RandomAccessFile(big.toFile(), "rw")) {
            sparse.setLength(size);
            // Something to tell the far end by.
            sparse.seek(size - 4096);
            sparse.write(Content.bytes(4096, 3));
        }
        age(big);
        Path small = Content.write(server.root().resolve("outbound/small"), 4096, 4);
        age(small);
        proxy.cutDataAfter(cut, Direction.DOWN, Cut.RST).containing("big");
        try (ChildJvm child = pull("128m")) {
            until("delivered", child, () -> !Files.exists(big) && !Files.exists(small));
        }
        assertThat(restart()).isGreaterThan(4L << 30);
        Path inbox = local.resolve("inbox");
        Content.assertIs(inbox.resolve("small"), 4096, 4);
        assertFarEnd(inbox.resolve("big"), size);
        Files.createDirectories(local.resolve("outbox"));
        age(inbox.resolve("big"));
        Files.move(inbox.resolve("big"), local.resolve("outbox/big"));
        server.clearCommands();
        proxy.cutDataAfter(cut, Direction.UP, Cut.RST).containing("big");
        try (ChildJvm child = push("128m")) {
            until("sent", child, () -> Files.exists(local.resolve("outbox/.camel/big")));
        }
        assertThat(lastRest()).isGreaterThan(4L << 30);
        assertFarEnd(server.root().resolve("inbound/big"), size);
    }

    private static void assertFarEnd(Path file, long size) throws IOException {
        assertThat(Files.size(file)).isEqualTo(size);
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            byte[] end = new byte[4096];
            in.seek(size - end.length);
            in.readFully(end);
            assertThat(end).isEqualTo(Content.bytes(4096, 3));
        }
    }

    private Path partial() throws IOException {
        try (var files = Files.walk(local.resolve("inbox/.ferry"))) {
            return files.filter(each -> each.toString().endsWith(".ferry-part"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static long sizeOf(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }

    private long restart() {
        return server.commands().stream()
                .filter(command -> command.startsWith("REST "))
                .mapToLong(command -> Long.parseLong(command.substring(5)))
                .findFirst()
                .orElseThrow();
    }

    private long lastRest() {
        return server.commands().stream()
                .filter(command -> command.startsWith("REST "))
                .mapToLong(command -> Long.parseLong(command.substring(5)))
                .reduce((first, second) -> second)
                .orElseThrow();
    }
}
