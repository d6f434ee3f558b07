package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Content;
import io.ferry.testkit.Fault;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.Vsftpd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several files are sent at the same time by one route, and nothing else changes: not their order, not what a failure does. */
class ConcurrentUploadsTest extends RouteFixture {

    private static final String SORTED = "sortBy=file:name";
    private static final int SIZE = 4096;

    private Path outbox;

    private void vsftpd() throws IOException {
        on(Vsftpd.start());
        prepare();
    }

    private void prepare() throws IOException {
        directory("inbound");
        outbox = Files.createDirectories(local.resolve("outbox"));
    }

    /** Files that are there before the first poll. */
    private void drop(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            drop(name(i), i);
        }
    }

    private static String name(int i) {
        return "f%02d".formatted(i);
    }

    private void drop(String name, int seed) throws IOException {
        Path file = Content.write(local.resolve(name + ".new"), SIZE, seed);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(3600)));
        Files.move(file, outbox.resolve(name));
    }

    private String drops(String options) {
        return "file:" + outbox + "?initialDelay=0&delay=50&" + options;
    }

    private void push(String from, String to) throws Exception {
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(from).routeId("test").to(to);
            }
        });
    }

    private Fault holdUp(String name) {
        return proxy.stallDataAfter(1, Direction.UP).containing("." + name + ".");
    }

    private List<String> sent(String verb) {
        return proxy.commands().stream()
                .filter(command -> command.startsWith(verb + " "))
                .toList();
    }

    private List<String> appeared() {
        return sent("RNTO").stream()
                .map(command -> command.substring("RNTO inbound/".length()))
                .toList();
    }

    private List<String> inbound() {
        return names(server.root().resolve("inbound")).stream()
                .filter(each -> !each.startsWith("."))
                .toList();
    }

    private void allArrive(int count) {
        List<String> all = IntStream.range(0, count).mapToObj(i -> name(i)).toList();
        until("all files are there", () -> inbound().equals(all));
        until("all drops are committed", () -> names(outbox.resolve(".camel")).equals(all));
        for (int i = 0; i < count; i++) {
            Content.assertIs(server.root().resolve("inbound").resolve(name(i)), SIZE, i);
        }
        until("no partial stays", () -> names(server.root().resolve("inbound")).equals(all));
        until("no note stays", () -> tree(local.resolve("work")).equals(List.of("installation")));
    }

    @Test
    void fourFilesAreOnTheLineAtOnce() throws Exception {
        vsftpd();
        drop(10);
        Fault stall = proxy.stallDataAfter(1, Direction.UP).times(4);
        push(drops(SORTED), uri("inbound", ""));
        until("four transfers are held up at once", () -> stall.fired() == 4);
        assertThat(sent("STOR")).hasSize(4);
        assertThat(proxy.openSessions()).isEqualTo(4);
        proxy.release();
        allArrive(10);
        assertThat(sent("STOR")).hasSize(10);
        long ports = proxy.commands().stream().filter("EPSV"::equals).count();
        assertThat(ports)
                .as("each port is used, but for the last of each session")
                .isBetween(10L, 14L);
        assertThat(proxy.controlConnections()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"concurrentUploads=1", "maxSessions=1", "synchronous=true"})
    void oneAfterTheOtherWhereThatIsAskedFor(String option) throws Exception {
        vsftpd();
        drop(3);
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        Fault stall = holdUp(name(0));
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(drops(SORTED))
                        .routeId("test")
                        .process(e -> threads.add(Thread.currentThread()))
                        .to(uri("inbound", option))
                        .process(e -> threads.add(Thread.currentThread()));
            }
        });
        until("the first is held up", () -> stall.fired() == 1);
        // Its file is on the way with its last byte: whatever runs beside it would be there soon.
        TimeUnit.MILLISECONDS.sleep(300);
        assertThat(sent("STOR")).hasSize(1);
        proxy.release();
        allArrive(3);
        assertThat(threads).hasSize(1);
    }

    @Test
    void transactedMessagesAreSentByTheirOwnThread() throws Exception {
        vsftpd();
        drop(3);
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(drops(SORTED))
                        .routeId("test")
                        .process(e -> {
                            e.getExchangeExtension().setTransacted(true);
                            threads.add(Thread.currentThread());
                        })
                        .to(uri("inbound", ""))
                        .process(e -> threads.add(Thread.currentThread()));
            }
        });
        allArrive(3);
        assertThat(threads).hasSize(1);
        assertThat(proxy.controlConnections()).isEqualTo(1);
    }

    /** The bytes of the later ones are there first, and the files appear in the order in which they were sorted all the same. */
    @Test
    void sortedFilesAppearInTheirOrder() throws Exception {
        vsftpd();
        drop(8);
        Fault stall = holdUp(name(0));
        push(drops(SORTED), uri("inbound", "doneFileName=${file:name}.done"));
        until("three others are whole", () -> stall.fired() == 1 && sent("SIZE").size() == 3);
        assertThat(appeared()).isEmpty();
        proxy.release();
        List<String> all = IntStream.range(0, 8)
                .boxed()
                .flatMap(i -> List.of(name(i), name(i) + ".done").stream())
                .toList();
        until("all have appeared", () -> appeared().size() == 16);
        assertThat(appeared()).isEqualTo(all);
        until("all drops are committed", () -> names(outbox.resolve(".camel")).size() == 8);
    }

    @Test
    void unsortedFilesDoNotWaitForEachOther() throws Exception {
        vsftpd();
        drop(8);
        Fault stall = holdUp(name(3));
        push(drops("noop=false"), uri("inbound", ""));
        until(
                "one is held up, and the others have come",
                () -> stall.fired() == 1 && inbound().size() == 7);
        proxy.release();
        allArrive(8);
    }

    /** Those that wait for their turn hold no session, so that one before them finds the only one. */
    @Test
    void serverThatAllowsOneSessionIsEnough() throws Exception {
        on(Vsftpd.start(Vsftpd.plain().maxPerIp(1)));
        prepare();
        drop(12);
        push(drops(SORTED), uri("inbound", ""));
        allArrive(12);
        assertThat(appeared()).isSorted();
        assertThat(sent("STOR")).hasSize(12);
    }

    @Test
    void failureOfOneHoldsNobodyBack() throws Exception {
        vsftpd();
        drop(6);
        proxy.replaceReply("STOR", "553 Not this one.")
                .containing("." + name(1) + ".")
                .always();
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(drops(SORTED + "&moveFailed=failed")).routeId("test").to(uri("inbound", ""));
            }
        });
        until("the bad one is set aside", () -> names(outbox.resolve("failed")).equals(List.of(name(1))));
        until("the others are committed", () -> names(outbox.resolve(".camel")).size() == 5);
        assertThat(inbound()).containsExactly(name(0), name(2), name(3), name(4), name(5));
        assertThat(appeared()).isSorted();
    }

    /** A retry keeps the place: the later ones appear after the file that was cut. */
    @Test
    void fileThatIsCutKeepsItsPlace() throws Exception {
        vsftpd();
        drop(6);
        proxy.cutDataAfter(1000, Direction.UP, io.ferry.testkit.FaultProxy.Cut.RST)
                .containing("." + name(0) + ".");
        push(drops(SORTED), uri("inbound", ""));
        allArrive(6);
        assertThat(appeared()).isSorted();
        assertThat(sent("STOR")).hasSize(7);
    }

    /** As if one came after the other: the second finds what the first has left. */
    @ParameterizedTest
    @ValueSource(strings = {"fileExist=Override", "fileExist=Append", "tempFileName=temp"})
    void sameNameTwiceIsSentOneAfterTheOther(String options) throws Exception {
        vsftpd();
        String to = uri("inbound", options + "&maximumReconnectAttempts=1");
        context.start();
        Fault stall = proxy.stallDataAfter(1, Direction.UP);
        var template = context.createProducerTemplate();
        List<CompletableFuture<Object>> answers = new ArrayList<>();
        answers.add(template.asyncRequestBodyAndHeader(to, "first", Exchange.FILE_NAME, "same"));
        until("the first is held up", () -> stall.fired() == 1);
        String second = options.startsWith("temp") ? "other" : "same";
        answers.add(template.asyncRequestBodyAndHeader(to, "second", Exchange.FILE_NAME, second));
        TimeUnit.MILLISECONDS.sleep(300);
        assertThat(sent("STOR").size() + sent("APPE").size()).isEqualTo(1);
        proxy.release();
        for (CompletableFuture<Object> answer : answers) {
            answer.get(30, TimeUnit.SECONDS);
        }
        template.stop();
        String expected = options.contains("Append") ? "firstsecond" : "second";
        assertThat(server.root().resolve("inbound").resolve(second)).hasContent(expected);
    }

    /** Two messages with one and the same file for one and the same path do not fail for each other. */
    @Test
    void sameFileTwiceAtOnce() throws Exception {
        vsftpd();
        drop(1);
        String to = uri("inbound", "maximumReconnectAttempts=1");
        context.start();
        Fault stall = proxy.stallDataAfter(1, Direction.UP);
        var template = context.createProducerTemplate();
        List<CompletableFuture<Object>> answers = new ArrayList<>();
        Object body = outbox.resolve(name(0)).toFile();
        for (int i = 0; i < 2; i++) {
            answers.add(template.asyncRequestBodyAndHeader(to, body, Exchange.FILE_NAME, "same"));
        }
        until("one is held up", () -> stall.fired() == 1);
        proxy.release();
        for (CompletableFuture<Object> answer : answers) {
            answer.get(30, TimeUnit.SECONDS);
        }
        template.stop();
        Content.assertIs(server.root().resolve("inbound/same"), SIZE, 0);
    }

    /** One name for the done file of all: it comes again with each, and last. */
    @Test
    void oneDoneFileForAll() throws Exception {
        vsftpd();
        drop(8);
        push(drops("noop=false"), uri("inbound", "doneFileName=ready&maximumReconnectAttempts=1"));
        until("all drops are committed", () -> names(outbox.resolve(".camel")).size() == 8);
        assertThat(inbound()).hasSize(9).contains("ready");
        assertThat(appeared()).filteredOn(each -> each.equals("ready")).hasSize(8);
    }

    /** What is in memory is what is under way, and the one that waits. */
    @Test
    void pollWaitsWhereAllAreBusy() throws Exception {
        vsftpd();
        drop(10);
        AtomicInteger begun = new AtomicInteger();
        Fault stall = proxy.stallDataAfter(1, Direction.UP).times(4);
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(drops(SORTED))
                        .routeId("test")
                        .process(e -> begun.incrementAndGet())
                        .to(uri("inbound", ""));
            }
        });
        until("four are held up", () -> stall.fired() == 4);
        until("the fifth waits", () -> begun.get() == 5);
        TimeUnit.MILLISECONDS.sleep(300);
        assertThat(begun).hasValue(5);
        proxy.release();
        allArrive(10);
    }

    /** The rest of a route may send to the same endpoint: its threads do not wait for themselves. */
    @Test
    void partsOfOneMessageAreSentInTheirOrder() throws Exception {
        vsftpd();
        context.getShutdownStrategy().setTimeout(10);
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:in")
                        .split(body())
                        .setHeader(Exchange.FILE_NAME, body())
                        .to(uri("inbound", "concurrentUploads=2"))
                        .to("direct:again")
                        .end();
                from("direct:again")
                        .setHeader(Exchange.FILE_NAME, simple("${body}-again"))
                        .toD(uri("inbound", "concurrentUploads=2"));
            }
        });
        var template = context.createProducerTemplate();
        List<CompletableFuture<Object>> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int number = i;
            all.add(template.asyncRequestBody(
                    "direct:in",
                    IntStream.range(0, 5).mapToObj(each -> number + "-" + each).toList()));
        }
        for (CompletableFuture<Object> each : all) {
            each.get(30, TimeUnit.SECONDS);
        }
        template.stop();
        assertThat(inbound()).hasSize(40);
        for (int i = 0; i < 4; i++) {
            String number = i + "-";
            assertThat(appeared())
                    .filteredOn(each -> each.startsWith(number))
                    .isSorted()
                    .hasSize(10);
        }
    }

    /** Forced to stop, with all places taken by transfers that hear nothing from the server. */
    @Test
    void stopInTheMiddleEndsAndLeavesPartials() throws Exception {
        vsftpd();
        for (int i = 0; i < 6; i++) {
            Path file = Content.write(local.resolve("new"), 2 * MB, i);
            Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(3600)));
            Files.move(file, outbox.resolve(name(i)));
        }
        context.getShutdownStrategy().setTimeout(1);
        Fault stall = proxy.stallDataAfter(MB, Direction.UP).times(4);
        push(drops(SORTED), uri("inbound", ""));
        until("four are held up", () -> stall.fired() == 4);
        context.stop();
        until(
                "no thread that sends is left",
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().contains("FerryUpload")));
        assertThat(names(outbox)).contains(name(0), name(5));
        assertThat(inbound()).isEmpty();
        List<String> partials = names(server.root().resolve("inbound"));
        assertThat(partials).hasSize(4);
        proxy.clearFaults();

        context = new org.apache.camel.impl.DefaultCamelContext();
        proxy.clearCommands();
        push(drops(SORTED), uri("inbound", ""));
        until("all drops are committed", () -> names(outbox.resolve(".camel")).size() == 6);
        for (int i = 0; i < 6; i++) {
            Content.assertIs(server.root().resolve("inbound").resolve(name(i)), 2 * MB, i);
        }
        assertThat(names(server.root().resolve("inbound"))).hasSize(6);
        assertThat(sent("REST")).isNotEmpty();
    }

    @Test
    void badNumberIsRefusedAtStart() throws Exception {
        vsftpd();
        assertThat(org.assertj.core.api.Assertions.catchThrowable(
                        () -> push(drops("noop=false"), uri("inbound", "concurrentUploads=0"))))
                .hasStackTraceContaining("concurrentUploads must be at least 1, not 0");
    }
}
