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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ferry as a process of its own, whose routes are edited while it runs. */
class ReloadTest {

    private static final Duration LIMIT = Duration.ofMinutes(2);
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
}
