package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A transfer begins with what MLSD has said about the file; what has changed since is found out before anything is delivered. */
class ListedFactsTest extends RouteFixture {

    private static final Instant OLD = Instant.parse("2024-05-06T07:08:09Z");

    private final List<String> got = new CopyOnWriteArrayList<>();

    @BeforeEach
    void twoFiles() throws Exception {
        on(ApacheFtp.start());
        put("outbound/a", "first", OLD);
        put("outbound/b", "second", OLD);
    }

    private interface Change {
        void make(Path file) throws Exception;
    }

    /** Both are listed at once; the second is transferred only after the route has had the first and the change was made. */
    private void deliverAfter(Change change) throws Exception {
        deliver(in("outbound", "delete=true&sortBy=file:name&concurrentTransfers=1"), exchange -> {
            if (got.isEmpty()) {
                proxy.clearCommands();
                change.make(server.root().resolve("outbound/b"));
            }
            got.add(text(exchange));
        });
        until("all", () -> names(server.root().resolve("outbound")).isEmpty());
    }

    @Test
    void fileIsAskedAboutAtTheEndAlone() throws Exception {
        deliverAfter(file -> {});
        assertThat(got).containsExactly("first", "second");
        assertThat(proxy.commands().stream().filter(each -> each.endsWith("outbound/b")))
                .as("the last two are the commit's")
                .extracting(each -> each.split(" ", 2)[0])
                .containsExactly("RETR", "MLST", "MLST", "DELE");
        assertThat(failures).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"short", "longer than it was", "SECOND"})
    void otherVersionThanTheListedIsDeliveredWholeAndOnce(String content) throws Exception {
        deliverAfter(file -> put("outbound/b", content, OLD.plus(Duration.ofDays(1))));
        assertThat(got).containsExactly("first", content);
        assertThat(failures).isEmpty();
    }

    @Test
    void fileThatIsGoneIsNoFile() throws Exception {
        deliverAfter(Files::delete);
        assertThat(got).containsExactly("first");
        assertThat(failures).allSatisfy(each -> assertThat(each).contains("there is no file"));
    }

    /** The beginning of the old version lies there, and must not become the beginning of the new one. */
    @Test
    void partialOfTheListedVersionIsNotContinuedWithAnother() throws Exception {
        byte[] after = Content.bytes(3 * MB, 2);
        Path file = server.root().resolve("outbound/b");
        Files.delete(server.root().resolve("outbound/a"));
        Files.write(file, Content.bytes(3 * MB, 1));
        Files.setLastModifiedTime(file, FileTime.from(OLD));
        proxy.cutDataAfter(MB, Direction.DOWN, Cut.RST).containing("outbound/b").always();
        List<byte[]> bodies = new CopyOnWriteArrayList<>();
        String options = "delete=true&sortBy=file:name&concurrentTransfers=1&maximumReconnectAttempts=1";
        deliver(in("outbound", options), exchange -> {
            if (bodies.isEmpty()) {
                Files.write(file, after);
                Files.setLastModifiedTime(file, FileTime.from(OLD.plusSeconds(60)));
                proxy.clearFaults();
            }
            bodies.add(exchange.getIn().getBody(byte[].class));
        });
        until("a partial", () -> workFiles().stream().anyMatch(each -> each.endsWith(".ferry-part")));
        put("outbound/a", "first", OLD);
        until("all", () -> names(server.root().resolve("outbound")).isEmpty());
        assertThat(bodies).hasSize(2);
        assertThat(bodies.get(1)).isEqualTo(after);
    }
}
