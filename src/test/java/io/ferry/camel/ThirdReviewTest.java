package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.processor.idempotent.MemoryIdempotentRepository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a third look found: routes that end in another way than by an exception, and repositories that are shared or fail. */
class ThirdReviewTest extends RouteFixture {

    private static final Duration OLD = Duration.ofHours(3);
    private final List<String> got = new CopyOnWriteArrayList<>();

    private void note(Exchange exchange) {
        got.add(exchange.getIn().getHeader(Exchange.FILE_NAME, String.class) + " "
                + exchange.getIn().getHeader(FerryHeaders.POSSIBLE_DUPLICATE) + " " + text(exchange));
    }

    @ParameterizedTest
    @ValueSource(strings = {"delete=true", "move=.done", "noop=true"})
    void routeThatOnlyMarkedARollbackLostItsFile(String commit) throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", "content", OLD);
        AtomicInteger times = new AtomicInteger();
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                onException(IllegalStateException.class).handled(true).markRollbackOnly();
                from(in("outbound", commit)).routeId("test").process(exchange -> {
                    note(exchange);
                    if (times.incrementAndGet() == 1) {
                        throw new IllegalStateException("the transaction cannot be committed");
                    }
                });
            }
        });
        until("delivered again", () -> got.size() >= 2);
        awaitPolls(3);
        assertThat(got).containsExactly("file false content", "file true content");
        assertThat(tree(server.root().resolve("outbound")))
                .isEqualTo(
                        commit.startsWith("noop")
                                ? List.of("file")
                                : commit.startsWith("move") ? List.of(".done/file") : List.of());
    }

    @Test
    void versionThatReplacedTheFileDuringAFailingRouteWasSetAsideUnseen() throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", "first", OLD);
        AtomicInteger times = new AtomicInteger();
        deliver(in("outbound", "delete=true&moveFailed=.failed"), exchange -> {
            note(exchange);
            if (times.incrementAndGet() == 1) {
                put("outbound/file", "second", Duration.ofMinutes(2));
                throw new IllegalStateException("fails");
            }
        });
        until("delivered", () -> got.size() >= 2 || Files.exists(server.root().resolve("outbound/.failed/file")));
        awaitPolls(3);
        assertThat(got).containsExactly("file false first", "file false second");
    }

    @Test
    void fileWasRenamedByTheNoteOfItsReadLock() throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", "content", OLD);
        AtomicInteger times = new AtomicInteger();
        deliver(in("outbound", "delete=true&preMove=.work/${file:name}&readLock=rename"), exchange -> {
            note(exchange);
            if (times.incrementAndGet() < 3) {
                throw new IllegalStateException("fails");
            }
        });
        until("delivered", () -> times.get() >= 3);
        awaitPolls(3);
        assertThat(got).allMatch(each -> each.contains("file ") && !each.contains("camelExclusiveReadLock"));
        assertThat(tree(server.root().resolve("outbound"))).isEmpty();
    }

    @Test
    void killBetweenTheTwoRenamesOfAReadLockLeftAFileUnderAnotherName() throws Exception {
        on(ApacheFtp.start());
        put("outbound/file.camelExclusiveReadLock", "content", OLD);
        try (KeyLog left = KeyLog.open(local.resolve("work/test/premoved"), "the killed process")) {
            left.add("outbound/file\noutbound/file.camelExclusiveReadLock", true);
        }
        deliver(in("outbound", "delete=true&readLock=rename"), this::note);
        until("delivered", () -> !got.isEmpty());
        awaitPolls(3);
        assertThat(got).containsExactly("file false content");
        assertThat(tree(server.root().resolve("outbound"))).isEmpty();
    }

    @Test
    void fileStayedInProgressForEverWhenTheRepositoryFailed() throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", "content", OLD);
        AtomicBoolean down = new AtomicBoolean();
        AtomicInteger refused = new AtomicInteger();
        context.getRegistry().bind("records", new MemoryIdempotentRepository() {
            private void check() {
                if (down.get()) {
                    refused.incrementAndGet();
                    throw new IllegalStateException("the database cannot be reached");
                }
            }

            @Override
            public boolean add(String key) {
                check();
                return super.add(key);
            }

            @Override
            public boolean contains(String key) {
                check();
                return super.contains(key);
            }

            @Override
            public boolean remove(String key) {
                check();
                return super.remove(key);
            }
        });
        deliver(in("outbound", "noop=true&idempotentRepository=#records"), exchange -> {
            note(exchange);
            down.set(got.size() == 1);
        });
        until("delivered", () -> got.size() == 1);
        until("the completion broke off", () -> refused.get() == 2);
        down.set(false);
        awaitPolls(10);
        assertThat(got).containsExactly("file false content", "file true content");
    }

    @Test
    void fileThatNothingTakesAwayWasDeliveredAtEachPoll() throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", "content", OLD);
        deliver(in("outbound", "recursive=false"), this::note);
        until("delivered", () -> !got.isEmpty());
        awaitPolls(5);
        assertThat(got).containsExactly("file false content");
    }

    @Test
    void secondPolledEndpointFoundItsRecordsInUse() throws Exception {
        on(ApacheFtp.start());
        put("a/file", "of a", OLD);
        put("b/file", "of b", OLD);
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:a").pollEnrich(uri("a", "delete=true"), 5000).process(ThirdReviewTest.this::note);
                from("direct:b").pollEnrich(uri("b", "delete=true"), 5000).process(ThirdReviewTest.this::note);
            }
        });
        context.createProducerTemplate().sendBody("direct:a", "");
        context.createProducerTemplate().sendBody("direct:b", "");
        assertThat(got).containsExactly("file false of a", "file false of b");
    }

    @Test
    void laterFileOvertookOneThatWasStillAtWork() throws Exception {
        on(ApacheFtp.start());
        put("outbound/1", "one", OLD);
        put("outbound/2", "two", Duration.ofHours(2));
        CountDownLatch go = new CountDownLatch(1);
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(in("outbound", "delete=true&inOrder=true")).routeId("test").to("seda:next");
                from("seda:next?concurrentConsumers=2").process(exchange -> {
                    note(exchange);
                    go.await(20, TimeUnit.SECONDS);
                });
            }
        });
        until("the first", () -> got.size() == 1);
        awaitPolls(5);
        assertThat(got).hasSize(1);
        go.countDown();
        until("the second", () -> got.size() == 2);
        assertThat(got).containsExactly("1 false one", "2 false two");
    }

    @Test
    void repositoryThatForgetsHidThatADeliveryWasBegun() throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", "content", OLD);
        for (int i = 0; i < 2; i++) {
            boolean last = i == 1;
            try (DefaultCamelContext each = new DefaultCamelContext()) {
                each.getRegistry().bind("records", new MemoryIdempotentRepository());
                CountDownLatch once = new CountDownLatch(1);
                each.addRoutes(new RouteBuilder() {
                    @Override
                    public void configure() {
                        from(uri("outbound", "delete=true&initialDelay=0&delay=50000&idempotentRepository=#records"))
                                .routeId("test")
                                .process(exchange -> {
                                    note(exchange);
                                    once.countDown();
                                    if (!last) {
                                        throw new IllegalStateException("fails");
                                    }
                                });
                    }
                });
                each.start();
                assertThat(once.await(20, TimeUnit.SECONDS)).isTrue();
            }
        }
        assertThat(got).containsExactly("file false content", "file true content");
    }

    @Test
    void routeWithASharedRepositoryClosedTheRecordsOfTheOther() throws Exception {
        on(ApacheFtp.start());
        put("a/file", "of a", OLD);
        directory("b");
        DeliveryRepository shared = new DeliveryRepository();
        shared.setFile(local.resolve("shared").toString());
        context.getRegistry().bind("records", shared);
        AtomicInteger times = new AtomicInteger();
        CountDownLatch failed = new CountDownLatch(1);
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(in("a", "delete=true&idempotentRepository=#records"))
                        .routeId("a")
                        .process(exchange -> {
                            note(exchange);
                            if (times.incrementAndGet() == 1) {
                                throw new IllegalStateException("fails");
                            }
                            if (times.get() == 2) {
                                failed.countDown();
                                // While it is at work, another route of the same repository begins and ends.
                                context.addRoutes(new RouteBuilder() {
                                    @Override
                                    public void configure() {
                                        from(in("b", "delete=true&idempotentRepository=#records"))
                                                .routeId("b")
                                                .process(e -> {});
                                    }
                                });
                                awaitPolls(3);
                                context.getRouteController().stopRoute("b");
                                context.removeRoute("b");
                                throw new IllegalStateException("fails again");
                            }
                        });
            }
        });
        until("committed", () -> names(server.root().resolve("a")).isEmpty());
        assertThat(got).containsExactly("file false of a", "file true of a", "file true of a");
    }

    @Test
    void partOfAMulticastKeptItsNoteAfterTheDropWasCommitted() throws Exception {
        on(ApacheFtp.start());
        directory("x");
        directory("y");
        Path outbox = Files.createDirectories(local.resolve("outbox"));
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from("file:" + outbox + "?initialDelay=0&delay=50&move=" + local.resolve("sent") + "/${file:name}")
                        .routeId("test")
                        .multicast()
                        .to(uri("x", ""), uri("y", ""));
            }
        });
        Path file = Files.writeString(local.resolve("new"), "content");
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(OLD)));
        for (int i = 0; i < 2; i++) {
            Files.move(file, outbox.resolve("file"));
            file = local.resolve("sent/file");
            Path sent = file;
            until("committed", () -> Files.exists(sent));
            until("no notes", () -> tree(local.resolve("work")).stream().noneMatch(each -> each.endsWith(".note")));
            for (String each : List.of("x", "y")) {
                assertThat(server.root().resolve(each + "/file")).hasContent("content");
                Files.delete(server.root().resolve(each + "/file"));
            }
        }
    }
}
