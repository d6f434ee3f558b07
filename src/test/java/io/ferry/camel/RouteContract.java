package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Await;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.Leaks;
import io.ferry.testkit.TestServer;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.SynchronizationAdapter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a route with {@code ferry-ftp:} in it promises, against any server. */
abstract class RouteContract {

    static final int MB = 1 << 20;
    static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    Path local;

    Leaks leaks;
    TestServer server;
    FaultProxy proxy;
    CamelContext context;

    abstract TestServer start();

    @BeforeEach
    void begin() {
        leaks = Leaks.snapshot();
        server = start();
        proxy = FaultProxy.before(server);
        context = new DefaultCamelContext();
        context.getShutdownStrategy().setTimeout(10);
    }

    @AfterEach
    void end() {
        if (context != null) {
            context.stop();
            proxy.close();
            server.close();
            checkLeaks();
        }
    }

    void checkLeaks() {
        Leaks.assertNoneSince(leaks);
    }

    /** How the endpoint's URI begins, up to the port. */
    String address() {
        return "ferry-ftp:127.0.0.1";
    }

    /** Options of each endpoint beside the login, as they stand in a URI, with & before each. */
    String settings() {
        return "";
    }

    /** The commands that the client sent. */
    List<String> commands() {
        return proxy.commands();
    }

    final String uri(String directory, String options) {
        return address() + ":" + proxy.port() + "/" + directory + "?username=" + server.user() + "&password=RAW("
                + server.password() + ")&reconnectDelay=20&initialDelay=0&delay=100" + settings() + "&" + options;
    }

    void route(String from, String to) throws Exception {
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(from).routeId("test").to(to);
            }
        });
        context.start();
    }

    Path remote(String name, long size, long seed) throws IOException {
        Path file = server.root().resolve(name);
        Files.createDirectories(file.getParent());
        Content.write(file, size, seed);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(2 * 24 * 3600)));
        if (Files.exists(Path.of("/proc"))) {
            file.getParent().toFile().setWritable(true, false);
        }
        return file;
    }

    Path drop(String name, long size, long seed) throws IOException {
        Path outbox = Files.createDirectories(local.resolve("outbox"));
        Path file = Content.write(local.resolve(name + ".new"), size, seed);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(2 * 24 * 3600)));
        return Files.move(file, outbox.resolve(name));
    }

    static List<String> names(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (var files = Files.list(directory)) {
            return files.map(each -> each.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static void until(String what, java.util.function.BooleanSupplier condition) {
        Await.until(what, LIMIT, condition);
    }

    @Test
    void pullsFilesAndDeletesThem() throws Exception {
        remote("outbound/a.bin", 3 * MB, 1);
        remote("outbound/empty.txt", 0, 2);
        remote("outbound/with space.csv", 1000, 3);
        Path inbox = local.resolve("inbox");
        route(uri("outbound", "delete=true"), "file:" + inbox);
        until("all deleted", () -> names(server.root().resolve("outbound")).isEmpty());
        Content.assertIs(inbox.resolve("a.bin"), 3 * MB, 1);
        Content.assertIs(inbox.resolve("empty.txt"), 0, 2);
        Content.assertIs(inbox.resolve("with space.csv"), 1000, 3);
        until(
                "work files gone",
                () -> names(inbox.resolve(".ferry/test")).stream().allMatch(name -> name.startsWith("deliveries")));
    }

    /** Whether a listing arrives whole that has names outside ASCII in it. */
    boolean listsAllNames() {
        return true;
    }

    @Test
    void namesOutsideAsciiArePulledOrNothingIsTaken() throws Exception {
        Path source = remote("outbound/with space é.csv", 1000, 3);
        Path inbox = local.resolve("inbox");
        route(uri("outbound", "delete=true"), "file:" + inbox);
        if (listsAllNames()) {
            until("deleted", () -> !Files.exists(source));
            Content.assertIs(inbox.resolve("with space é.csv"), 1000, 3);
        } else {
            awaitPolls(3);
            Content.assertIs(source, 1000, 3);
            assertThat(names(inbox)).isSubsetOf(".ferry");
        }
    }

    @Test
    void pullResumesAfterACut() throws Exception {
        remote("outbound/big", 20 * MB, 4);
        proxy.cutDataAfter(8 * MB, Direction.DOWN, Cut.RST);
        Path inbox = local.resolve("inbox");
        route(uri("outbound", "delete=true"), "file:" + inbox);
        until("deleted", () -> names(server.root().resolve("outbound")).isEmpty());
        Content.assertIs(inbox.resolve("big"), 20 * MB, 4);
        assertThat(server.commands()).anyMatch(command -> command.startsWith("REST "));
    }

    @Test
    void workFileStaysWhenTheRouteFailsAndIsNotTransferredAgain() throws Exception {
        remote("outbound/file", MB, 5);
        AtomicBoolean failed = new AtomicBoolean();
        List<Exchange> seen = new CopyOnWriteArrayList<>();
        Path inbox = local.resolve("inbox");
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(uri("outbound", "delete=true"))
                        .process(exchange -> {
                            seen.add(exchange.copy());
                            if (!failed.getAndSet(true)) {
                                throw new IllegalStateException("made to fail");
                            }
                        })
                        .to("file:" + inbox);
            }
        });
        context.start();
        until("deleted", () -> names(server.root().resolve("outbound")).isEmpty());
        Content.assertIs(inbox.resolve("file"), MB, 5);
        assertThat(commands().stream().filter(command -> command.startsWith("RETR")))
                .hasSize(1);
        assertThat(seen.get(1).getIn().getHeader(FerryHeaders.OUTCOME)).isEqualTo("ALREADY_COMPLETE");
        // Nothing was transferred, so no reply of a transfer may be shown.
        assertThat(seen.get(1).getIn().getHeader("CamelFtpReplyCode")).isNull();
    }

    @Test
    void bodyIsAFileAndHeadersTellWhatHappened() throws Exception {
        remote("outbound/sub/file.bin", 100, 6);
        List<Map<String, Object>> headers = new CopyOnWriteArrayList<>();
        List<Object> bodies = new CopyOnWriteArrayList<>();
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(uri("outbound", "recursive=true&move=.done&workDirectory=" + local.resolve("work")))
                        .process(exchange -> {
                            bodies.add(exchange.getIn().getBody(File.class).getName());
                            headers.add(Map.copyOf(exchange.getIn().getHeaders()));
                        });
            }
        });
        context.start();
        until("moved", () -> Files.exists(server.root().resolve("outbound/sub/.done/file.bin")));
        assertThat(bodies).containsExactly("file.bin");
        assertThat(headers.get(0))
                .containsEntry("CamelFileName", "sub/file.bin")
                .containsEntry("CamelFileNameOnly", "file.bin")
                .containsEntry("CamelFileLength", 100L)
                .containsEntry(FerryHeaders.SIZE, 100L)
                .containsEntry(FerryHeaders.ATTEMPTS, 1)
                .containsEntry(FerryHeaders.RESTARTED_AT, 0L)
                .containsKey("CamelFileLocalWorkPath");
        assertThat((String) headers.get(0).get(FerryHeaders.VERIFIED)).startsWith("size 100");
    }

    @Test
    void noopDeliversEachVersionOnce() throws Exception {
        remote("outbound/file", 100, 7);
        List<Long> sizes = new CopyOnWriteArrayList<>();
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(uri("outbound", "noop=true&workDirectory=" + local.resolve("work")))
                        .process(exchange -> sizes.add(exchange.getIn().getHeader(FerryHeaders.SIZE, Long.class)));
            }
        });
        context.start();
        until("delivered", () -> sizes.size() == 1);
        awaitPolls(3);
        assertThat(sizes).containsExactly(100L);
        remote("outbound/file", 200, 8);
        until("new version delivered", () -> sizes.size() == 2);
        assertThat(sizes).containsExactly(100L, 200L);
    }

    private void awaitPolls(int count) {
        long before = polls();
        until(count + " more polls", () -> polls() >= before + count);
    }

    private long polls() {
        return commands().stream()
                .filter(command -> command.startsWith("LIST") || command.startsWith("MLSD"))
                .count();
    }

    @Test
    void filtersSortingAndDoneFilesAreStocks() throws Exception {
        remote("outbound/1.csv", 10, 9);
        remote("outbound/2.csv", 10, 10);
        remote("outbound/3.txt", 10, 11);
        remote("outbound/2.csv.done", 0, 12);
        remote("outbound/1.csv.done", 0, 13);
        remote("outbound/4.csv", 10, 14);
        List<String> delivered = new CopyOnWriteArrayList<>();
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(uri(
                                "outbound",
                                "include=.*csv&doneFileName=${file:name}.done&sortBy=reverse:file:name&delete=true&workDirectory="
                                        + local.resolve("work")))
                        .process(exchange -> delivered.add(exchange.getIn().getHeader("CamelFileName", String.class)));
            }
        });
        context.start();
        until("two delivered", () -> names(server.root().resolve("outbound")).equals(List.of("3.txt", "4.csv")));
        assertThat(delivered).containsExactly("2.csv", "1.csv");
    }

    @Test
    void partialsAreNotFiles() throws Exception {
        remote("outbound/other.ferry-part", 10, 15);
        remote("outbound/file", 10, 16);
        Path inbox = local.resolve("inbox");
        route(uri("outbound", "delete=true"), "file:" + inbox);
        until("delivered", () -> Files.exists(inbox.resolve("file")));
        awaitPolls(2);
        assertThat(names(inbox)).doesNotContain("other.ferry-part");
        assertThat(server.root().resolve("outbound/other.ferry-part")).exists();
    }

    @Test
    void pushesDropsWithDoneFileLast() throws Exception {
        Files.createDirectories(server.root().resolve("inbound"));
        makeWritable("inbound");
        drop("drop.bin", 3 * MB, 17);
        route(
                "file:" + local.resolve("outbox") + "?initialDelay=0&delay=100",
                uri("inbound", "doneFileName=${file:name}.ok"));
        until("done file", () -> Files.exists(server.root().resolve("inbound/drop.bin.ok")));
        Content.assertIs(server.root().resolve("inbound/drop.bin"), 3 * MB, 17);
        until("source moved", () -> Files.exists(local.resolve("outbox/.camel/drop.bin")));
        List<String> renames = commands().stream()
                .filter(command -> command.startsWith("RNTO"))
                .toList();
        assertThat(renames).hasSize(2);
        assertThat(renames.get(1)).endsWith(".ok");
    }

    @Test
    void pushResumesAfterACut() throws Exception {
        Files.createDirectories(server.root().resolve("inbound"));
        makeWritable("inbound");
        proxy.cutDataAfter(8 * MB, Direction.UP, Cut.RST);
        drop("big", 20 * MB, 18);
        route("file:" + local.resolve("outbox") + "?initialDelay=0&delay=100", uri("inbound", "autoCreate=true"));
        until("source moved", () -> Files.exists(local.resolve("outbox/.camel/big")));
        Content.assertIs(server.root().resolve("inbound/big"), 20 * MB, 18);
        assertThat(names(server.root().resolve("inbound"))).containsExactly("big");
    }

    @Test
    void textBodiesAreSentAndTempPrefixNamesThePartial() throws Exception {
        makeWritable("");
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:send").to(uri("", "tempPrefix=uploading-&workDirectory=" + local.resolve("work")));
            }
        });
        context.start();
        context.createProducerTemplate().sendBodyAndHeader("direct:send", "hello", "CamelFileName", "greeting.txt");
        assertThat(server.root().resolve("greeting.txt")).hasContent("hello");
        assertThat(commands()).contains("STOR uploading-greeting.txt", "RNTO greeting.txt");
        assertThat(names(server.root())).containsExactly("greeting.txt");
        assertThat(names(local.resolve("work/outgoing"))).isEmpty();
    }

    @Test
    void existingTargetIsMovedOnlyWhenTheNewFileIsVerified() throws Exception {
        remote("inbound/file", 10, 19);
        makeWritable("inbound");
        drop("file", 20, 20);
        route(
                "file:" + local.resolve("outbox") + "?initialDelay=0&delay=100",
                uri("inbound", "fileExist=Move&moveExisting=old-${file:onlyname}"));
        until("source moved", () -> Files.exists(local.resolve("outbox/.camel/file")));
        Content.assertIs(server.root().resolve("inbound/file"), 20, 20);
        Content.assertIs(server.root().resolve("inbound/old-file"), 10, 19);
    }

    /**
     * A seda: queue takes the commit over to the thread that takes the exchange out. Right before its commit each exchange waits
     * for another one to be there, too, so that always two commits begin at the same time.
     */
    @Test
    void commitsComeFromAnyThread() throws Exception {
        int files = 20;
        for (int i = 0; i < files; i++) {
            remote("outbound/" + i, 10_000, i);
        }
        Path inbox = local.resolve("inbox");
        Meetings meetings = new Meetings();
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(uri("outbound", "delete=true")).to("seda:taken");
                from("seda:taken?concurrentConsumers=8")
                        .process(exchange -> exchange.getExchangeExtension().addOnCompletion(meetings))
                        .to("file:" + inbox);
            }
        });
        context.start();
        until("all deleted", () -> names(server.root().resolve("outbound")).isEmpty());
        assertThat(meetings.missed).isEmpty();
        assertThat(meetings.held).hasValue(files / 2);
        assertThat(meetings.threads).hasSizeGreaterThan(1).allMatch(thread -> thread.contains("seda"));
        for (int i = 0; i < files; i++) {
            Content.assertIs(inbox.resolve(Integer.toString(i)), 10_000, i);
        }
    }

    /** Holds an exchange that is about to be committed until another one is. */
    private static final class Meetings extends SynchronizationAdapter {
        private final AtomicInteger held = new AtomicInteger();
        private final CyclicBarrier both = new CyclicBarrier(2, held::incrementAndGet);
        private final Set<String> threads = ConcurrentHashMap.newKeySet();
        private final List<Throwable> missed = new CopyOnWriteArrayList<>();

        @Override
        public int getOrder() {
            return HIGHEST;
        }

        @Override
        public void onComplete(Exchange exchange) {
            threads.add(Thread.currentThread().getName());
            try {
                both.await(LIMIT.toSeconds(), TimeUnit.SECONDS);
            } catch (BrokenBarrierException | TimeoutException e) {
                missed.add(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                missed.add(e);
            }
        }

        @Override
        public void onFailure(Exchange exchange) {
            missed.add(exchange.getException());
        }
    }

    @Test
    void serverThatGoesAwayBetweenPollsIsFoundAgain() throws Exception {
        Path inbox = local.resolve("inbox");
        Files.createDirectories(server.root().resolve("outbound"));
        makeWritable("outbound");
        route(uri("outbound", "delete=true"), "file:" + inbox);
        awaitPolls(2);
        proxy.dropControl();
        remote("outbound/file", 10, 21);
        until("delivered", () -> Files.exists(inbox.resolve("file")));
    }

    /** Real servers act as another user than the test. */
    void makeWritable(String directory) throws IOException {
        Path path = Files.createDirectories(server.root().resolve(directory));
        path.toFile().setWritable(true, false);
    }
}
