package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.component.file.GenericFileFilter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches, where something comes in between. */
class BatchesMeanwhileTest extends ChecksumFixture {

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
    void whereFilesStayOneThatTwoManifestsNameIsHandedOnOnce(String name) throws Exception {
        server(name);
        file("a");
        file("b");
        put("outbound/1.manifest", manifest("a"), OLD);
        put("outbound/2.manifest", manifest("a", "b"), OLD);
        pull("manifest=*.manifest&sortBy=file:name");
        until("delivered", () -> got.stream().anyMatch(each -> each.startsWith("b")));
        awaitPolls(2);
        assertThat(got).containsExactly("a content of a 0/1", "b content of b 0/1");
    }

    @Test
    void fileThatComesToItsEndWhileTheDirectoryIsLookedThroughIsNotHandedOnAgain() throws Exception {
        server("vsftpd");
        file("0");
        file("a");
        CountDownLatch isUnderWay = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        context.getRegistry().bind("look", GenericFileFilter.class, (GenericFileFilter<?>) each -> {
            if (each.getFileNameOnly().equals("a") && isUnderWay.getCount() == 0 && mayEnd.getCount() > 0) {
                mayEnd.countDown();
                GenericFileEndpoint<?> endpoint =
                        (GenericFileEndpoint<?>) context.getRoute("test").getEndpoint();
                until(
                        "the exchange has ended",
                        () -> !endpoint.getInProgressRepository().contains(each.getAbsoluteFilePath()));
            }
            return true;
        });
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(in("outbound", "filter=#look"))
                        .routeId("test")
                        .process(e -> take(e))
                        .filter(header(Exchange.FILE_NAME).isEqualTo("a"))
                        .to("seda:slow?waitForTaskToComplete=Never");
                from("seda:slow").process(e -> {
                    isUnderWay.countDown();
                    assertThat(mayEnd.await(30, TimeUnit.SECONDS)).isTrue();
                });
            }
        });
        until("it may end", () -> mayEnd.getCount() == 0);
        awaitPolls(3);
        assertThat(got).hasSize(2);
    }

    @Test
    void pollOfWhichOneFileDidNotComeDoesNotTakeOneOfTheNext() throws Exception {
        server("vsftpd");
        for (String each : List.of("a", "b", "c")) {
            drop(each, "content of " + each);
        }
        String from = "file:" + outbox() + "?initialDelay=0&delay=50&sortBy=file:name";
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(from)
                        .routeId("test")
                        .filter(simple("${header.CamelFileName} != 'a'"))
                        .to(uri("inbound", "manifest=${exchangeId}.manifest"));
            }
        });
        untilCommitted("a", "b", "c");
        context.getRouteController().suspendRoute("test");
        for (String each : List.of("d", "e", "f")) {
            drop(each, "content of " + each);
        }
        context.getRouteController().resumeRoute("test");
        untilCommitted("d", "e", "f");
        List<String> manifests = remote("inbound").stream()
                .filter(each -> each.endsWith(".manifest"))
                .toList();
        assertThat(manifests).hasSize(1);
        assertThat(content("inbound/" + manifests.get(0)).lines())
                .containsExactlyInAnyOrderElementsOf(
                        manifest("b", "c", "d", "e", "f").lines().toList());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void fewSessions(int sessions) throws Exception {
        server("vsftpd");
        for (int i = 0; i < 8; i++) {
            drop("f" + i, "content of f" + i);
        }
        String from = "file:" + outbox() + "?initialDelay=0&delay=50&sortBy=file:name";
        String options =
                "maxSessions=" + sessions + "&concurrentUploads=4&checksumFile=sha256&doneFileName=${file:name}.done";
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(from).routeId("push").to(uri("inbound", options + "&manifest=${exchangeId}.manifest"));
            }
        });
        untilCommitted("f0", "f7");
        until("all", () -> remote("inbound").size() == 18);
        context.getRouteController().stopRoute("push");
        String pull = in(
                "inbound",
                "maxSessions=" + sessions + "&concurrentTransfers=4&delete=true&checksumFile=sha256&include=f[0-9]");
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(pull).routeId("pull").process(e -> take(e));
            }
        });
        until("there and back", () -> remote("inbound").size() == 2);
        assertThat(got).hasSize(8);
        assertThat(failures).isEmpty();
    }

    @Test
    void oneAfterTheOtherIsAskedFor() throws Exception {
        server("vsftpd");
        for (String each : List.of("a", "b", "c")) {
            file(each);
        }
        put("outbound/day.manifest", manifest("a", "b", "c"), OLD);
        String from = uri("outbound", PULL);
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:go").pollEnrich(from, 2000).process(e -> take(e));
            }
        });
        var template = context.createProducerTemplate();
        for (int i = 0; i < 4; i++) {
            template.sendBody("direct:go", "");
        }
        assertThat(got).hasSize(4);
    }

    @Test
    void directoriesWithin() throws Exception {
        server("vsftpd");
        put("outbound/sub/a b", "content of a b", OLD);
        put("outbound/sub/ü", "content of ü", OLD);
        put("outbound/day.manifest", manifest("ü"), OLD);
        put(
                "outbound/sub/day.manifest",
                manifest("a b")
                                .replaceAll("  ", " *")
                                .toUpperCase()
                                .replace("A B", "./a b")
                                .replace("\n", "\r\n")
                        + manifest("ü"),
                OLD);
        pull("delete=true&recursive=true&manifest=*.manifest");
        until("delivered", () -> got.size() == 2);
        until("done", () -> remote("outbound").equals(List.of("day.manifest")));
        assertThat(got).containsExactly("sub/a b content of a b 0/2", "sub/ü content of ü 1/2");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void newVersionsOfEverythingWhileTheBatchIsUnderWay(boolean sameManifest) throws Exception {
        server("vsftpd");
        for (String each : List.of("a", "b", "c")) {
            file(each);
        }
        put("outbound/day.manifest", manifest("a", "b", "c"), OLD);
        AtomicBoolean once = new AtomicBoolean();
        deliver(in("outbound", PULL), exchange -> {
            take(exchange);
            if (text(exchange).endsWith("b") && !once.getAndSet(true)) {
                StringBuilder text = new StringBuilder();
                for (String each : List.of("a", "b", "c")) {
                    put("outbound/" + each, "new " + each, OLD.minusHours(1));
                    text.append(line(each, "new " + each));
                }
                put("outbound/" + (sameManifest ? "day" : "next") + ".manifest", text.toString(), OLD.minusHours(1));
            }
        });
        until("all is done", () -> remote("outbound").isEmpty());
        assertThat(got)
                .containsExactlyInAnyOrder(
                        "a content of a 0/3",
                        "b content of b 1/3",
                        "c content of c 2/3",
                        "a new a 0/3",
                        "b new b 1/3",
                        "c new c 2/3");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "idempotent=false&delete=true",
                "idempotent=true&delete=true",
                "move=.done&idempotent=false",
                "delete=true&moveFailed=.bad/${file:name}",
                "noop=true&moveFailed=.bad/${file:name}"
            })
    void otherCommits(String options) throws Exception {
        server("vsftpd");
        for (String each : List.of("a", "b", "c")) {
            file(each);
        }
        put("outbound/day.manifest", manifest("a", "b", "c"), OLD);
        AtomicBoolean once = new AtomicBoolean();
        deliver(in("outbound", "manifest=*.manifest&" + options), exchange -> {
            take(exchange);
            if (text(exchange).endsWith("b") && !once.getAndSet(true)) {
                throw new IllegalStateException("made to fail");
            }
        });
        if (options.contains("noop")) {
            until("b", () -> got.size() == 3);
        } else {
            until("all is done", () -> remote("outbound").isEmpty());
        }
        awaitPolls(3);
        assertThat(got).hasSize(options.contains("Failed") ? 3 : 4);
    }
}
