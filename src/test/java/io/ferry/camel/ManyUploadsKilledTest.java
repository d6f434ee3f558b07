package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ChildJvm;
import io.ferry.testkit.Content;
import io.ferry.testkit.Fault;
import io.ferry.testkit.Vsftpd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process that sends several files at once is killed; the receiver takes each file as soon as it is there. */
class ManyUploadsKilledTest extends RouteFixture {

    private static final int FILES = 24;
    private static final int SIZE = 4096;

    private final List<String> taken = new ArrayList<>();
    private Path outbox;

    /** What the receiver does. */
    private void take() {
        for (String name : names(server.root().resolve("inbound"))) {
            if (!name.startsWith(".")) {
                Path file = server.root().resolve("inbound").resolve(name);
                Content.assertIs(file, SIZE, Integer.parseInt(name.substring(1)));
                taken.add(name);
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    private ChildJvm child(String order) {
        return ChildJvm.of(RouteMain.class)
                .directory(local)
                .arguments("file:" + outbox + "?initialDelay=0&delay=100&" + order, uri("inbound", ""))
                .start();
    }

    @ParameterizedTest
    @ValueSource(strings = {"STOR", "SIZE", "RNFR", "RNTO"})
    void eachFileArrivesOnce(String command) throws Exception {
        on(Vsftpd.start());
        directory("inbound");
        outbox = Files.createDirectories(local.resolve("outbox"));
        for (int i = 0; i < FILES; i++) {
            Path file = Content.write(local.resolve("new"), SIZE, i);
            Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofHours(1))));
            Files.move(file, outbox.resolve("f%02d".formatted(i)));
        }
        // Three at once have said it and hear no answer, when the process dies.
        Fault silence = proxy.delayReply(command, Duration.ofHours(1).toMillis())
                .skip(5)
                .times(3);
        try (ChildJvm child = child("noop=false")) {
            until("three are held up", () -> {
                take();
                return silence.fired() == 3;
            });
            child.kill9();
        }
        proxy.clearFaults();
        proxy.dropControl();
        try (ChildJvm child = child("noop=false")) {
            until("all drops are committed", () -> {
                take();
                return names(outbox.resolve(".camel")).size() == FILES;
            });
        }
        take();
        assertThat(taken)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, FILES).mapToObj("f%02d"::formatted).toList());
        assertThat(names(server.root().resolve("inbound"))).isEmpty();
    }
}
