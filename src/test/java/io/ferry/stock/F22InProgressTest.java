package io.ferry.stock;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.spi.IdempotentRepository;
import org.apache.camel.support.processor.idempotent.MemoryIdempotentRepository;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** F22: more files at work than the memory of them holds, and files that end in another order than they began. */
class F22InProgressTest extends SideBySide {

    private static final int STOCKS_LIMIT = 50_000;

    private final List<String> got = new CopyOnWriteArrayList<>();
    private final CountDownLatch gate = new CountDownLatch(1);

    /** Lets go of what the routes hold, before the context stops. */
    @AfterEach
    void open() {
        gate.countDown();
    }

    private IdempotentRepository filled(Scheme scheme) {
        on(ApacheFtp.start());
        context.start();
        IdempotentRepository inProgress = context.getEndpoint(from(scheme, "outbound", ""), GenericFileEndpoint.class)
                .getInProgressRepository();
        for (int i = 0; i <= STOCKS_LIMIT; i++) {
            inProgress.add("outbound/" + i);
        }
        return inProgress;
    }

    @Test
    void stockForgetsAFileInProgressWhenThereAreMany() {
        assertThat(filled(Scheme.STOCK).contains("outbound/0")).isFalse();
    }

    @Test
    void ferryForgetsNoFileInProgress() {
        assertThat(filled(Scheme.FERRY).contains("outbound/0")).isTrue();
    }

    /** What forgetting means: stock's kind of memory, with room for two files, and three at work. */
    @Test
    void stockDeliversAForgottenFileASecondTimeWhileItIsAtWork() throws Exception {
        on(ApacheFtp.start());
        context.getRegistry().bind("small", MemoryIdempotentRepository.memoryIdempotentRepository(2));
        pullHeld(from(Scheme.STOCK, "outbound", "delete=true&inProgressRepository=#small"));
        until("one came twice", () -> got.size() > 3);
        assertThat(got).contains("a", "b", "c");
        assertThat(got.stream().distinct()).hasSize(3);
    }

    @Test
    void ferryDeliversEachFileOnceWhileItIsAtWork() throws Exception {
        on(ApacheFtp.start());
        pullHeld(from(Scheme.FERRY, "outbound", "delete=true&workDirectory=" + local.resolve("work")));
        until("all came", () -> got.size() >= 3);
        awaitPolls(5);
        assertThat(got).containsExactlyInAnyOrder("a", "b", "c");
    }

    private void pullHeld(String from) throws Exception {
        for (String name : List.of("a", "b", "c")) {
            put("outbound/" + name, "content of " + name);
        }
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(from).routeId("test").to("seda:work?concurrentConsumers=8");
                from("seda:work?concurrentConsumers=8").process(exchange -> {
                    got.add(exchange.getIn().getHeader("CamelFileName", String.class));
                    gate.await();
                });
            }
        });
    }

    /** The second and last of two files is done first; the first one fails, and would succeed later. */
    private void pullFirstFailingLast(Scheme scheme) throws Exception {
        on(ApacheFtp.start());
        put("outbound/a", "content of a");
        put("outbound/b", "content of b");
        put("outbound/ready", "");
        String from = from(
                scheme,
                "outbound",
                "delete=true&doneFileName=ready&sortBy=file:name&localWorkDirectory=" + local.resolve("work"));
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(from).routeId("test").to("seda:work?concurrentConsumers=2");
                from("seda:work?concurrentConsumers=2").process(exchange -> {
                    String name = exchange.getIn().getHeader("CamelFileName", String.class);
                    got.add(name);
                    if (name.equals("a") && got.indexOf(name) == got.lastIndexOf(name)) {
                        gate.await();
                        throw new IllegalStateException("made to fail");
                    }
                });
            }
        });
        until("both are at work", () -> got.size() >= 2);
        until("the last one is done", () -> !Files.exists(remote("outbound/b")));
    }

    @Test
    void ferryKeepsTheDoneFileUntilAllFilesAreDone() throws Exception {
        pullFirstFailingLast(Scheme.FERRY);
        assertThat(remote("outbound/ready")).exists();
        gate.countDown();
        until("the first one is done too", () -> !Files.exists(remote("outbound/a")));
        assertThat(got).containsExactlyInAnyOrder("a", "b", "a");
        until("the done file is gone", () -> !Files.exists(remote("outbound/ready")));
    }

    @Test
    void stockDeletesTheDoneFileWhileAnotherFileIsAtWork() throws Exception {
        pullFirstFailingLast(Scheme.STOCK);
        assertThat(remote("outbound/ready")).doesNotExist();
        gate.countDown();
        awaitPolls(10);
        assertThat(remote("outbound/a")).exists();
        assertThat(got).containsExactlyInAnyOrder("a", "b");
    }
}
