package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.component.file.GenericFileFilter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a poll finds as the last one left it is not looked at again; whatever is new in it is. */
class KnownLinesTest extends RouteFixture {

    private static final Duration OLD = Duration.ofDays(3);

    private final List<String> got = new CopyOnWriteArrayList<>();
    private final Map<String, Integer> looks = new ConcurrentHashMap<>();
    private final DeliveryRepository records = new DeliveryRepository();

    enum Kind {
        LIST,
        MLSD;

        TestServer start() {
            return this == LIST ? Vsftpd.start() : ApacheFtp.start();
        }
    }

    private void poll(Kind kind) throws Exception {
        poll(kind, "noop=true&");
    }

    private void poll(Kind kind, String what) throws Exception {
        on(kind.start());
        GenericFileFilter<Object> counting = new GenericFileFilter<>() {
            @Override
            public boolean accept(GenericFile<Object> file) {
                looks.merge(file.getFileName(), 1, Integer::sum);
                return true;
            }
        };
        context.getRegistry().bind("counting", counting);
        context.getRegistry().bind("records", records);
        put("outbound/old", "old", OLD);
        put("outbound/deep/old", "deep", OLD);
        deliver(
                in("outbound", what + "recursive=true&filter=#counting&idempotentRepository=#records"),
                exchange -> got.add(text(exchange)));
        until("both", () -> got.size() == 2);
        awaitPolls(3);
        looks.clear();
        awaitPolls(3);
        assertThat(looks).doesNotContainKeys("old", "deep/old");
    }

    @ParameterizedTest
    @EnumSource
    void alsoWhereNothingIsSaidOfWhatBecomesOfTheSource(Kind kind) throws Exception {
        poll(kind, "");
        put("outbound/deep/new", "new", OLD);
        until("the new one", () -> got.contains("new"));
    }

    @ParameterizedTest
    @EnumSource
    void newFilesAndVersionsAreSeenAmongTheOld(Kind kind) throws Exception {
        poll(kind);
        put("outbound/deep/new", "new", OLD);
        until("the new one", () -> got.contains("new"));
        put("outbound/old", "another", OLD.plusHours(5));
        until("the new version", () -> got.contains("another"));
        put("outbound/deep/old", "longer", OLD);
        until("the longer version", () -> got.contains("longer"));
        awaitPolls(3);
        assertThat(got).containsExactly("old", "deep", "new", "another", "longer");
        assertThat(failures).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void whatIsForgottenIsSeenAgain(Kind kind) throws Exception {
        poll(kind);
        assertThat(records.forget("outbound/old")).isEqualTo(1);
        until("delivered again", () -> got.size() == 3);
        // Its record is written once the route has had it.
        awaitPolls(1);
        records.clear();
        until("both delivered again", () -> got.size() == 5);
        assertThat(got).containsExactlyInAnyOrder("old", "deep", "old", "old", "deep");
    }

    /** The record is of the version, wherever it has been in the meantime. */
    @ParameterizedTest
    @EnumSource
    void fileThatGoesAndComesBackIsKnown(Kind kind) throws Exception {
        poll(kind);
        var away = Files.move(server.root().resolve("outbound/old"), local.resolve("away"));
        awaitPolls(3);
        Files.move(away, server.root().resolve("outbound/old"));
        awaitPolls(3);
        assertThat(got).hasSize(2);
        assertThat(looks).containsKey("old").doesNotContainKey("deep/old");
    }

    /** The next version may be of the same minute; that there was a version long ago does not make this one settled. */
    @Test
    void versionOfTheSameMinuteIsSeenThoughAnOlderOneWasSettled() throws Exception {
        poll(Kind.LIST);
        Instant minute = Instant.now().truncatedTo(ChronoUnit.MINUTES).minus(Duration.ofMinutes(2));
        put("outbound/old", "first", minute.plusSeconds(10));
        until("the new version", () -> got.contains("first"));
        awaitPolls(5);
        put("outbound/old", "again", minute.plusSeconds(40));
        awaitPolls(10);
        assertThat(got).containsExactly("old", "deep", "first", "again");
    }

    /** While a file is away, nobody can tell what becomes of it: the minute and the size of its line prove nothing then. */
    @Test
    void anotherVersionThatComesBackInTheSameMinuteIsSeen() throws Exception {
        poll(Kind.LIST);
        Path file = server.root().resolve("outbound/old");
        Instant time = Files.getLastModifiedTime(file).toInstant();
        Instant minute = time.truncatedTo(ChronoUnit.MINUTES);
        Files.delete(file);
        awaitPolls(3);
        put(
                "outbound/old",
                "new",
                minute.plusSeconds((Duration.between(minute, time).getSeconds() + 30) % 60));
        awaitPolls(10);
        assertThat(got).containsExactly("old", "deep", "new");
    }

    /** Whoever had the file in the meantime may have taken keys out of it; a disk that refuses does not bring them back. */
    @Test
    void recordsThatAreOpenedAnewOrHalfClearedCountAsLost() throws Exception {
        Path file = local.resolve("records");
        records.setFile(file.toString());
        records.start();
        records.add("key");
        long before = records.lost();
        records.stop();
        Files.delete(file);
        records.start();
        assertThat(records.contains("key")).isFalse();
        assertThat(records.lost()).isNotEqualTo(before);
        records.add("key");
        long then = records.lost();
        Files.createDirectory(local.resolve("records.new"));
        assertThatThrownBy(records::clear).isInstanceOf(UncheckedIOException.class);
        assertThat(records.contains("key")).isFalse();
        assertThat(records.lost()).isNotEqualTo(then);
        records.stop();
    }
}
