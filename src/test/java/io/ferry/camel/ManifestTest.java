package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.testkit.Vsftpd;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A batch is handed on only when every file of its manifest is there and right. */
class ManifestTest extends ChecksumFixture {

    private static final String PULL = "delete=true&manifest=*.manifest";

    private static String manifest(String... names) {
        return IntStream.range(0, names.length)
                .mapToObj(i -> line(names[i], "content of " + names[i]))
                .collect(Collectors.joining());
    }

    private void file(String name) throws Exception {
        put("outbound/" + name, "content of " + name, OLD);
    }

    @ParameterizedTest
    @ValueSource(strings = {"vsftpd", "apache"})
    void filesOfABatchAreHandedOnInItsOrderOnceAllAreThere(String name) throws Exception {
        server(name);
        file("a");
        file("b");
        file("in no manifest");
        put("outbound/day.manifest", manifest("c", "a", "b"), OLD);
        pull(PULL);
        awaitPolls(3);
        assertThat(got).isEmpty();
        assertThat(sent("RETR outbound/day.manifest")).isNotEmpty();
        assertThat(sent("RETR outbound/a")).isEmpty();
        file("c");
        until("the batch is done", () -> remote("outbound").equals(List.of("in no manifest")));
        assertThat(got).containsExactly("c content of c 0/3", "a content of a 1/3", "b content of b 2/3");
        assertThat(deleted()).containsExactly("c", "a", "b", "day.manifest");
        awaitPolls(2);
        assertThat(got).hasSize(3);
        assertThat(failures).isEmpty();
        until(
                "nothing stays in the work directory",
                () -> workFiles().stream().allMatch(each -> each.matches("test/batches(\\.lock)?")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vsftpd", "apache"})
    void nothingOfABatchIsHandedOnWhileOneFileOfItIsWrong(String name) throws Exception {
        server(name);
        file("a");
        put("outbound/b", "damaged", OLD);
        file("c");
        put("outbound/day.manifest", manifest("a", "b", "c"), OLD);
        pull(PULL);
        awaitPolls(3);
        assertThat(got).isEmpty();
        assertThat(remote("outbound")).hasSize(4);
        proxy.clearCommands();
        awaitPolls(2);
        assertThat(sent("RETR outbound/"))
                .as("only the wrong one comes again")
                .contains("b")
                .doesNotContain("a", "c");
        put("outbound/b", "content of b", OLD.minusHours(1));
        until("the batch is done", () -> remote("outbound").isEmpty());
        assertThat(got).containsExactly("a content of a 0/3", "b content of b 1/3", "c content of c 2/3");
    }

    @Test
    void eachManifestIsABatchOfItsOwn() throws Exception {
        server("vsftpd");
        for (String each : List.of("a", "b", "c")) {
            file(each);
        }
        put("outbound/1.manifest", manifest("a"), OLD);
        put("outbound/2.manifest", manifest("missing", "b"), OLD);
        put("outbound/3.manifest", manifest("b", "c"), OLD);
        pull(PULL);
        until("two are done", () -> remote("outbound").equals(List.of("2.manifest")));
        assertThat(got).containsExactly("a content of a 0/1", "b content of b 0/2", "c content of c 1/2");
    }

    @Test
    void movedFilesAndThenTheirManifest() throws Exception {
        server("vsftpd");
        file("a");
        file("b");
        put("outbound/day.manifest", manifest("a", "b"), OLD);
        pull("move=.done&manifest=*.manifest");
        until("the batch is done", () -> remote("outbound").isEmpty());
        assertThat(tree(server.root().resolve("outbound"))).containsExactly(".done/a", ".done/b", ".done/day.manifest");
        assertThat(sent("RNTO "))
                .containsExactly("outbound/.done/a", "outbound/.done/b", "outbound/.done/day.manifest");
    }

    @Test
    void fileWhoseRouteFailsStaysAndSoDoesTheManifest() throws Exception {
        server("vsftpd");
        for (String each : List.of("a", "b", "c")) {
            file(each);
        }
        put("outbound/day.manifest", manifest("a", "b", "c"), OLD);
        AtomicInteger tries = new AtomicInteger();
        deliver(in("outbound", PULL), exchange -> {
            take(exchange);
            if (text(exchange).endsWith("b") && tries.incrementAndGet() < 3) {
                assertThat(remote("outbound")).contains("b", "day.manifest");
                throw new IllegalStateException("made to fail");
            }
        });
        until("the batch is done", () -> remote("outbound").isEmpty());
        assertThat(got)
                .containsExactly(
                        "a content of a 0/3",
                        "b content of b 1/3",
                        "c content of c 2/3",
                        "b content of b 0/1",
                        "b content of b 0/1");
        assertThat(deleted()).containsExactly("a", "c", "b", "day.manifest");
        assertThat(sent("RETR outbound/b")).as("it is not received again").hasSize(1);
    }

    @Test
    void fileThatIsSetAsideIsNotWaitedFor() throws Exception {
        server("vsftpd");
        file("a");
        file("b");
        put("outbound/day.manifest", manifest("a", "b"), OLD);
        deliver(in("outbound", PULL + "&moveFailed=.bad"), exchange -> {
            take(exchange);
            if (text(exchange).endsWith("a")) {
                throw new IllegalStateException("made to fail");
            }
        });
        until("the batch is done", () -> tree(server.root().resolve("outbound")).equals(List.of(".bad/a")));
        assertThat(got).hasSize(2);
    }

    @Test
    void whereFilesStayEachBatchIsHandedOnOnce() throws Exception {
        server("vsftpd");
        file("a");
        file("b");
        put("outbound/day.manifest", manifest("a", "b"), OLD);
        pull("manifest=*.manifest");
        until("delivered", () -> got.size() == 2);
        awaitPolls(2);
        proxy.clearCommands();
        awaitPolls(3);
        assertThat(got).hasSize(2);
        assertThat(sent("RETR ")).as("nor is its manifest read for ever").isEmpty();
        assertThat(remote("outbound")).hasSize(3);
    }

    @Test
    void manyFilesOnSeveralSessions() throws Exception {
        server("vsftpd");
        String[] names = IntStream.range(0, 60).mapToObj("f%02d"::formatted).toArray(String[]::new);
        for (String each : names) {
            file(each);
        }
        put("outbound/day.manifest", manifest(names), OLD);
        pull(PULL);
        until("the batch is done", () -> remote("outbound").isEmpty());
        assertThat(got).hasSize(60).first().isEqualTo("f00 content of f00 0/60");
        assertThat(got).last().isEqualTo("f59 content of f59 59/60");
        assertThat(sent("RETR outbound/f")).hasSize(60);
        assertThat(proxy.controlConnections()).isGreaterThan(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../secret",
                "/etc/passwd",
                "sub/file",
                "..",
                "a\\nb",
                "a\u0007b",
                "day.manifest",
                ".hidden",
                "a.ferry-part",
                ""
            })
    void namesThatLeadSomewhereElseAreRefused(String name) throws Exception {
        server("vsftpd");
        put("secret", "secret", OLD);
        file("a");
        String digest = sha256("secret");
        String bad = name.equals("a\\nb")
                ? "\\" + digest + "  a\\nb\n"
                : digest + (name.isEmpty() ? "\n" : "  " + name + "\n");
        put("outbound/day.manifest", line("a", "content of a") + bad, OLD);
        pull(PULL);
        awaitPolls(3);
        assertThat(got).isEmpty();
        assertThat(sent("RETR ")).allMatch(each -> each.equals("outbound/day.manifest"));
        assertThat(remote("outbound")).containsExactly("a", "day.manifest");
    }

    @Test
    void sameNameTwiceNoChecksumsTooManyAndTooLargeAreRefused() throws Exception {
        server("vsftpd");
        file("a");
        put("outbound/1.manifest", manifest("a", "a"), OLD);
        put("outbound/2.manifest", "hello", OLD);
        put("outbound/3.manifest", "", OLD);
        String[] many = IntStream.rangeClosed(0, IncomingBatch.MOST_FILES)
                .mapToObj(Integer::toString)
                .toArray(String[]::new);
        put("outbound/4.manifest", manifest(many), OLD);
        put("outbound/5.manifest", "x".repeat((int) IncomingBatch.MOST_BYTES + 1), OLD);
        pull(PULL);
        awaitPolls(3);
        assertThat(got).isEmpty();
        assertThat(sent("RETR outbound/5.manifest")).isEmpty();
        assertThat(failures).isNotEmpty().allMatch(each -> each.contains("5.manifest"));
        put("outbound/6.manifest", manifest("a"), OLD);
        until("a good one is taken all the same", () -> got.contains("a content of a 0/1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "download=false",
                "useList=false&fileName=a",
                "doneFileName=ready",
                "preMove=.work",
                "readLock=changed",
                "inOrder=true",
                "maxMessagesPerPoll=5"
            })
    void optionsThatWouldTearABatchApartAreRefused(String options) throws Exception {
        on(Vsftpd.start());
        try (DefaultCamelContext other = new DefaultCamelContext()) {
            FerryFtpEndpoint endpoint =
                    other.getEndpoint(uri("outbound", PULL + "&" + options), FerryFtpEndpoint.class);
            assertThatThrownBy(() -> endpoint.createConsumer(exchange -> {}))
                    .rootCause()
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("refuses the option manifest with " + options.split("=")[0]);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"vsftpd", "apache"})
    void manifestOfAPollAppearsAfterItsFilesAndBeforeTheDoneFile(String name) throws Exception {
        server(name);
        for (int i = 0; i < 12; i++) {
            drop("f%02d".formatted(i), "content " + i);
        }
        push(uri(
                "inbound",
                "manifest=day-${date:now:yyyy}.manifest&checksumFile=sha256&doneFileName=${file:name}.done"));
        untilCommitted("f00", "f11");
        List<String> appeared = appeared("inbound");
        assertThat(appeared).hasSize(26);
        assertThat(appeared.get(24)).matches("day-\\d{4}\\.manifest");
        assertThat(appeared.get(25)).isEqualTo(appeared.get(24) + ".done");
        String text = content("inbound/" + appeared.get(24));
        assertThat(text.lines()).hasSize(12);
        for (int i = 0; i < 12; i++) {
            assertThat(text).contains(line("f%02d".formatted(i), "content " + i));
        }
        until(
                "nothing stays in the work directory",
                () -> tree(local.resolve("work")).stream()
                        .allMatch(each -> each.matches("installation|outgoing/manifest-[0-9a-f]{16}(\\.lock)?")));
    }

    @Test
    void noManifestWhileOneFileOfThePollHasFailed() throws Exception {
        server("vsftpd");
        proxy.replaceReply("RNTO", "550 No.").containing("inbound/b").times(2);
        for (String each : List.of("a", "b", "c")) {
            drop(each, "content of " + each);
        }
        push(uri("inbound", "manifest=day.manifest"));
        untilCommitted("a", "b", "c");
        assertThat(appeared("inbound")).containsSubsequence("a", "c", "b", "day.manifest");
        assertThat(appeared("inbound").stream().filter("day.manifest"::equals)).hasSize(1);
        assertThat(content("inbound/day.manifest").lines())
                .containsExactlyInAnyOrderElementsOf(
                        manifest("a", "b", "c").lines().toList());
    }

    @Test
    void routeThatTriesAgainItselfIsStillTheSamePoll() throws Exception {
        server("vsftpd");
        proxy.replaceReply("RNTO", "550 No.").containing("inbound/b").times(1);
        for (String each : List.of("a", "b", "c")) {
            drop(each, "content of " + each);
        }
        String from = "file:" + outbox() + "?initialDelay=0&delay=50&sortBy=file:name";
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                errorHandler(defaultErrorHandler().maximumRedeliveries(3).redeliveryDelay(0));
                from(from).routeId("test").to(uri("inbound", "manifest=day.manifest"));
            }
        });
        untilCommitted("a", "b", "c");
        assertThat(appeared("inbound")).last().isEqualTo("day.manifest");
        assertThat(content("inbound/day.manifest").lines()).hasSize(3);
    }

    @Test
    void manifestThatCouldNotBeWrittenComesWithTheNextAttempt() throws Exception {
        server("vsftpd");
        proxy.replaceReply("RNTO", "550 No.").containing("day.manifest").times(1);
        drop("a", "content of a");
        drop("b", "content of b");
        push(uri("inbound", "manifest=day.manifest"));
        untilCommitted("a", "b");
        assertThat(appeared("inbound").stream().filter("day.manifest"::equals)).hasSize(2);
        assertThat(content("inbound/day.manifest").lines())
                .containsExactlyInAnyOrderElementsOf(manifest("a", "b").lines().toList());
        assertThat(sent("STOR inbound/.a.")).hasSize(1);
    }

    @Test
    void messageOfNoPollIsABatchOfItsOwn() throws Exception {
        server("apache");
        context.start();
        send(uri("inbound", "manifest=${file:name}.manifest"), "content of a", "a");
        assertThat(remote("inbound")).containsExactly("a", "a.manifest");
        assertThat(content("inbound/a.manifest")).isEqualTo(manifest("a"));
    }

    @Test
    void roundTrip() throws Exception {
        server("vsftpd");
        for (int i = 0; i < 5; i++) {
            drop("f" + i, "content of f" + i);
        }
        String from = "file:" + outbox() + "?initialDelay=0&delay=50";
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(from).routeId("push").to(uri("inbound", "manifest=${exchangeId}.manifest"));
                from(in("inbound", PULL)).routeId("pull").process(e -> take(e));
            }
        });
        until("there and back", () -> got.size() == 5);
        until("nothing stays", () -> remote("inbound").isEmpty());
        assertThat(got).allMatch(each -> each.endsWith("/5"));
        assertThat(failures).isEmpty();
    }
}
