package io.ferry;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Await;
import io.ferry.testkit.ChildJvm;
import io.ferry.testkit.Content;
import io.ferry.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ferry as a process of its own, whose routes are edited while it runs. */
class ReloadTest {

    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final int SIZE = 8 << 20;
    private static final int PART = 1 << 20;

    @TempDir
    Path folder;

    private void route(String id, String text) throws IOException {
        Files.createDirectories(folder.resolve("routes"));
        Path draft = Files.writeString(folder.resolve("draft"), text);
        Files.move(draft, folder.resolve("routes/" + id + ".yaml"), StandardCopyOption.REPLACE_EXISTING);
    }

    private static String pull(TestServer server, String option, String said) {
        return """
                - route:
                    id: in
                    from:
                      uri: ferry-ftp:127.0.0.1:%d/outbound
                      parameters:
                        username: %s
                        password: %s
                        delete: true
                        initialDelay: 0
                        delay: 200
                        %s
                      steps:
                        - to: file:in
                        - log:
                            message: "%s: ${header.CamelFileName}"
                            loggingLevel: WARN
                """.formatted(server.port(), server.user(), server.password(), option, said);
    }

    private long partial() {
        Path work = folder.resolve("in/.ferry/in");
        if (!Files.isDirectory(work)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(work)) {
            return files.filter(each -> each.toString().endsWith(".ferry-part"))
                    .mapToLong(each -> each.toFile().length())
                    .sum();
        } catch (IOException | java.io.UncheckedIOException e) {
            // It was published just now.
            return 0;
        }
    }

    @Test
    void anEditedRouteTakesEffectAndTheTransferUnderWayIsContinued() throws Exception {
        try (TestServer server = ApacheFtp.start()) {
            Content.write(
                    Files.createDirectories(server.root().resolve("outbound")).resolve("large.bin"), SIZE, 1);
            // For so many seconds a stop waits for a transfer to end.
            Files.writeString(folder.resolve("application.properties"), "camel.main.shutdownTimeout=1\n");
            route("in", pull(server, "maxRate: 256KB", "first"));
            try (ChildJvm ferry = ChildJvm.of(Ferry.class).directory(folder).start()) {
                Await.until("a part of the file", LIMIT, () -> partial() >= PART);

                route("in", pull(server, "maxRate: 100MB", "second"));

                ferry.awaitLine("second: large.bin", LIMIT);
                assertThat(folder.resolve("in/large.bin")).hasBinaryContent(Content.bytes(SIZE, 1));
                assertThat(ferry.output()).doesNotContain("first: large.bin");
                // The second RETR began where the first one had come to, but for the overlap.
                assertThat(server.commands().stream()
                                .filter(each -> each.startsWith("REST "))
                                .mapToLong(each -> Long.parseLong(each.substring(5))))
                        .anyMatch(offset -> offset >= PART - (64 << 10));

                Content.write(server.root().resolve("outbound/next.bin"), SIZE, 2);
                ferry.awaitLine("second: next.bin", LIMIT);
                assertThat(folder.resolve("in/next.bin")).hasBinaryContent(Content.bytes(SIZE, 2));

                // A route that is new goes as well, and the one in the other file goes on.
                route("hello", """
                        - route:
                            id: hello
                            from:
                              uri: timer:once?repeatCount=1
                              steps:
                                - log:
                                    message: hello from a new file
                                    loggingLevel: WARN
                        """);
                ferry.awaitLine("hello from a new file", LIMIT);
                Content.write(server.root().resolve("outbound/last.bin"), SIZE, 3);
                ferry.awaitLine("second: last.bin", LIMIT);

                // What cannot be read changes nothing.
                route("hello", "- route:\n    frm: nowhere\n");
                ferry.awaitLine("hello.yaml", LIMIT);
                Content.write(server.root().resolve("outbound/after.bin"), SIZE, 4);
                ferry.awaitLine("second: after.bin", LIMIT);
            }
        }
    }

    /** With the log that users see. */
    private ChildJvm.Options ferry() {
        return ChildJvm.of(Ferry.class)
                .directory(folder)
                .property(
                        "logback.configurationFile",
                        Path.of("target/classes/logback.xml").toAbsolutePath());
    }

    /** Each is a mistake of its own, in a route that is called as the running one is. */
    private static Map<String, String> mistakes(TestServer server) {
        String good = pull(server, "maxRate: 100MB", "mistaken");
        Map<String, String> all = new LinkedHashMap<>();
        all.put("ferry-ftp has no option maxrat. Did you mean maxRate", pull(server, "maxrat: 100MB", "mistaken"));
        all.put("there is no component for ftpp: on the class path", good.replace("ferry-ftp:", "ftpp:"));
        all.put("There is no property no.such.one", good.replace("file:in", "file:{{no.such.one}}"));
        all.put(
                "route \"in\": expected symbol functionEnd",
                good.replace("${header.CamelFileName}", "${header.CamelFileName"));
        all.put("there is a route \"other\" already, from .*other.yaml", good.replace("id: in", "id: other"));
        all.put("a route has no id", good.replace("    id: in\n", ""));
        all.put("concurrentTransfers must be at least 1", pull(server, "concurrentTransfers: 0", "mistaken"));
        all.put(
                "route \"in\": concurrentUploads must be at least 1",
                good.replace("file:in", "ferry-ftp:127.0.0.1/inbound?concurrentUploads=0"));
        all.put("it has no option passwrod", good.replace("file:in", "file:in?passwrod=sesame"));
        all.put(
                "route \"in\", .*cron=0 2 . . . .*six fields, seconds first: 0 0 2 . . [?]",
                pull(server, "scheduler: quartz\n        scheduler.cron: 0 2 * * *", "mistaken"));
        all.put("line 2, column", good.replace("    from:", "    frm:"));
        all.put("line 5, column", good.replace("      uri: ", "      uri: [sesame"));
        all.put("the following mandatory parameters must be provided: host", """
                - templatedRoute:
                    routeTemplateRef: pull
                    routeId: in
                    parameters:
                      - {name: noSuchParameter, value: 1}
                """);
        return all;
    }

    @Test
    void aMistakeInAnEditedFileStopsNothing() throws Exception {
        try (TestServer server = ApacheFtp.start()) {
            Files.createDirectories(server.root().resolve("outbound"));
            Files.writeString(folder.resolve("application.properties"), "camel.main.shutdownTimeout=1\n");
            route("in", pull(server, "maxRate: 100MB", "first"));
            route("other", hello("other"));
            try (ChildJvm ferry = ferry().start()) {
                ferry.awaitLine("hello from other", LIMIT);
                int count = 0;
                for (Map.Entry<String, String> each : mistakes(server).entrySet()) {
                    route("in", each.getValue());
                    String said = ferry.awaitLine("ERROR routes/in.yaml: .*(" + each.getKey() + ").*", LIMIT)
                            .group();
                    assertThat(said).endsWith("The routes that were there run on; mend the file, and it takes effect.");
                    String name = "file" + count++ + ".txt";
                    Files.writeString(server.root().resolve("outbound").resolve(name), "good");
                    ferry.awaitLine("first: " + name, LIMIT);
                }
                // Another file is not concerned.
                route("other", hello("other again"));
                ferry.awaitLine("hello from other again", LIMIT);
                assertThat(ferry.output().lines().filter(each -> each.contains("ERROR")))
                        .hasSize(count);
                assertThat(ferry.output()).doesNotContain("mistaken", "sesame", "\tat ");

                route("in", pull(server, "maxRate: 100MB", "mended"));
                ferry.awaitLine("routes/in.yaml is in effect: in", LIMIT);
                Files.writeString(server.root().resolve("outbound/last.txt"), "good");
                ferry.awaitLine("mended: last.txt", LIMIT);
            }
        }
    }

    @Test
    void routesOfATemplateInAFileAreReplacedAsWell() throws Exception {
        try (TestServer server = ApacheFtp.start()) {
            Files.writeString(
                    Files.createDirectories(server.root().resolve("outbound")).resolve("a.txt"), "a");
            Files.writeString(folder.resolve("application.properties"), "camel.main.shutdownTimeout=1\n");
            route("in", templated(server, "one"));
            try (ChildJvm ferry = ferry().start()) {
                Await.until("the first file", LIMIT, () -> Files.exists(folder.resolve("one/a.txt")));
                route("in", templated(server, "two"));
                ferry.awaitLine("routes/in.yaml is in effect: in", LIMIT);
                Files.writeString(server.root().resolve("outbound/b.txt"), "b");
                Await.until("the second file", LIMIT, () -> Files.exists(folder.resolve("two/b.txt")));
                assertThat(folder.resolve("one/b.txt")).doesNotExist();
            }
        }
    }

    private static String templated(TestServer server, String directory) {
        return """
                - templatedRoute:
                    routeTemplateRef: pull
                    routeId: in
                    parameters:
                      - {name: host, value: 127.0.0.1}
                      - {name: port, value: "%d"}
                      - {name: username, value: %s}
                      - {name: password, value: %s}
                      - {name: remoteDirectory, value: outbound}
                      - {name: localDirectory, value: %s}
                      - {name: delay, value: "200"}
                """.formatted(server.port(), server.user(), server.password(), directory);
    }

    private static String hello(String name) {
        return """
                - route:
                    id: other
                    from:
                      uri: timer:once?repeatCount=1
                      steps:
                        - log:
                            message: hello from %s
                            loggingLevel: WARN
                """.formatted(name);
    }
}
