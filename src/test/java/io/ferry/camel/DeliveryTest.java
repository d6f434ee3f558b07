package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Vsftpd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.Exchange;
import org.apache.camel.support.processor.idempotent.MemoryIdempotentRepository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a consumer keeps in mind of its deliveries, and what it leaves at the source. */
class DeliveryTest extends RouteFixture {

    private static final Duration OLD = Duration.ofHours(3);

    private final List<String> got = new CopyOnWriteArrayList<>();
    private final List<String> ids = new CopyOnWriteArrayList<>();
    private final List<Boolean> repeats = new CopyOnWriteArrayList<>();

    private void take(Exchange exchange) {
        ids.add(exchange.getIn().getHeader(FerryHeaders.DELIVERY_ID, String.class));
        repeats.add(exchange.getIn().getHeader(FerryHeaders.POSSIBLE_DUPLICATE, Boolean.class));
        got.add(text(exchange));
    }

    private void on(String name) {
        on(name.equals("vsftpd") ? Vsftpd.start() : ApacheFtp.start());
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void failedRouteGetsTheSameDeliveryAgainMarkedAsARepeat(String name) throws Exception {
        on(name);
        put("outbound/file", "content", OLD);
        deliver(in("outbound", "delete=true"), exchange -> {
            take(exchange);
            if (got.size() < 3) {
                throw new IllegalStateException("made to fail");
            }
        });
        until("deleted", () -> tree(server.root()).isEmpty());
        assertThat(got).containsExactly("content", "content", "content");
        assertThat(repeats).containsExactly(false, true, true);
        assertThat(ids.stream().distinct()).hasSize(1);
        assertThat(ids.get(0)).matches("[0-9a-f]{32}");
    }

    @Test
    void anotherVersionIsAnotherDelivery() throws Exception {
        on("apache");
        put("outbound/file", "first", OLD);
        deliver(in("outbound", "delete=true"), this::take);
        until("deleted", () -> tree(server.root()).isEmpty());
        put("outbound/file", "second", Duration.ofHours(1));
        until("deleted", () -> got.size() == 2 && tree(server.root()).isEmpty());
        assertThat(got).containsExactly("first", "second");
        assertThat(repeats).containsExactly(false, false);
        assertThat(ids.get(0)).isNotEqualTo(ids.get(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"delete=true", "move=.done"})
    void commitThatIsRefusedIsTriedAgainWithoutASecondDelivery(String option) throws Exception {
        on("vsftpd");
        put("outbound/file", "content", OLD);
        String verb = option.startsWith("delete") ? "DELE" : "RNFR";
        proxy.replaceReply(verb, "550 Not now.").times(3);
        deliver(in("outbound", option), this::take);
        until("committed", () -> !Files.exists(server.root().resolve("outbound/file")));
        awaitPolls(2);
        assertThat(got).containsExactly("content");
        assertThat(failures).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void moveKeepsWhatTheArchiveHolds(String name) throws Exception {
        on(name);
        directory("outbound/.done");
        deliver(in("outbound", "move=.done&charset=UTF-8"), this::take);
        for (String day : List.of("monday", "tuesday", "wednesday")) {
            put("outbound/report.csv", day, OLD);
            until(day + " moved", () -> !Files.exists(server.root().resolve("outbound/report.csv")));
        }
        Path archive = server.root().resolve("outbound/.done");
        assertThat(archive.resolve("report.csv")).hasContent("monday");
        assertThat(archive.resolve("report-1.csv")).hasContent("tuesday");
        assertThat(archive.resolve("report-2.csv")).hasContent("wednesday");
        assertThat(got).containsExactly("monday", "tuesday", "wednesday");
    }

    @Test
    void moveFailedKeepsWhatLiesThere() throws Exception {
        on("vsftpd");
        put("outbound/.failed/file", "earlier", OLD);
        put("outbound/file", "content", OLD);
        deliver(in("outbound", "delete=true&moveFailed=.failed"), exchange -> {
            take(exchange);
            throw new IllegalStateException("made to fail");
        });
        until("moved", () -> Files.exists(server.root().resolve("outbound/.failed/file-1")));
        assertThat(server.root().resolve("outbound/.failed/file")).hasContent("earlier");
        assertThat(server.root().resolve("outbound/.failed/file-1")).hasContent("content");
    }

    @Test
    void fileThatCannotBeReadIsSetAsideAndDoesNotStopTheOthers() throws Exception {
        on("vsftpd");
        put("outbound/bad", "never seen", OLD);
        put("outbound/good", "content", OLD);
        proxy.replaceReply("RETR", "550 Failed to open file.").containing("bad").always();
        deliver(in("outbound", "delete=true&moveFailed=.failed"), this::take);
        until("set aside", () -> Files.exists(server.root().resolve("outbound/.failed/bad")));
        until("deleted", () -> !Files.exists(server.root().resolve("outbound/good")));
        assertThat(got).containsExactly("content");
        // The third refusal is not one more failure: it is what sets the file aside.
        assertThat(failures.stream().filter(failure -> failure.contains("bad"))).hasSize(2);
    }

    @Test
    void preMovedFileGetsItsNameBackWhenTheRouteFails() throws Exception {
        on("vsftpd");
        put("outbound/file", "content", OLD);
        List<Boolean> renamed = new CopyOnWriteArrayList<>();
        deliver(in("outbound", "delete=true&preMove=.work"), exchange -> {
            renamed.add(Files.exists(server.root().resolve("outbound/.work/file")));
            take(exchange);
            if (got.size() == 1) {
                throw new IllegalStateException("made to fail");
            }
        });
        until("deleted", () -> tree(server.root()).isEmpty());
        assertThat(got).containsExactly("content", "content");
        assertThat(renamed).containsExactly(true, true);
        assertThat(repeats).containsExactly(false, true);
    }

    @Test
    void preMoveLeavesWhatIsInTheWay() throws Exception {
        on("vsftpd");
        put("outbound/.work/file", "stranded", OLD);
        put("outbound/file", "content", OLD);
        deliver(in("outbound", "delete=true&preMove=.work"), this::take);
        awaitPolls(3);
        assertThat(got).isEmpty();
        assertThat(server.root().resolve("outbound/.work/file")).hasContent("stranded");
        assertThat(server.root().resolve("outbound/file")).hasContent("content");
        assertThat(failures.get(0)).contains("preMove").contains("outbound/.work/file");
    }

    @Test
    void doneFileStaysUntilTheCommitHasSucceeded() throws Exception {
        on("vsftpd");
        put("outbound/file", "content", OLD);
        put("outbound/file.done", "", OLD);
        proxy.replaceReply("DELE", "550 Not now.").times(2);
        deliver(in("outbound", "delete=true&doneFileName=${file:name}.done"), this::take);
        until("deleted", () -> tree(server.root()).isEmpty());
        assertThat(got).containsExactly("content");
    }

    @Test
    void doneFileOfABatchStaysWhileOneOfItsFilesFails() throws Exception {
        on("vsftpd");
        put("outbound/a", "a", OLD);
        put("outbound/b", "b", OLD);
        put("outbound/ready", "", OLD);
        deliver(in("outbound", "delete=true&doneFileName=ready&sortBy=file:name"), exchange -> {
            take(exchange);
            if (text(exchange).equals("a") && got.stream().filter("a"::equals).count() < 3) {
                throw new IllegalStateException("made to fail");
            }
        });
        until("deleted", () -> tree(server.root()).isEmpty());
        assertThat(got).containsExactly("a", "b", "a", "a");
    }

    @Test
    void idempotentConsumerCommitsWhatACrashHasLeft() throws Exception {
        on("vsftpd");
        put("outbound/file", "content", OLD);
        MemoryIdempotentRepository repository = new MemoryIdempotentRepository();
        repository.start();
        context.getRegistry().bind("seen", repository);
        // The state after a crash between the idempotent key and the commit: both keys are there, the source too.
        proxy.replaceReply("DELE", "421 Crash.").times(4);
        deliver(
                in("outbound", "delete=true&idempotent=true&idempotentKey=${file:name}&idempotentRepository=#seen"),
                this::take);
        until("deleted", () -> tree(server.root()).isEmpty());
        assertThat(got).containsExactly("content");
        put("outbound/file", "another with the same key", OLD);
        awaitPolls(4);
        assertThat(got).containsExactly("content");
        assertThat(server.root().resolve("outbound/file")).hasContent("another with the same key");
    }

    @Test
    void recordThatIsForgottenMakesTheFileNewAgain() throws Exception {
        on("apache");
        put("outbound/file", "content", OLD);
        DeliveryRepository repository = new DeliveryRepository();
        context.getRegistry().bind("records", repository);
        deliver(in("outbound", "noop=true&idempotentRepository=#records"), this::take);
        until("delivered", () -> got.size() == 1);
        awaitPolls(3);
        assertThat(got).hasSize(1);
        assertThat(repository.forget("outbound/file")).isEqualTo(1);
        until("delivered again", () -> got.size() == 2);
        assertThat(ids.get(0)).isEqualTo(ids.get(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10", "4s"})
    void growingFileIsLeftAloneUntilItRests(String stableFor) throws Exception {
        on("vsftpd");
        Path growing = put("outbound/growing", "begin", Instant.now());
        put("outbound/empty", "", OLD);
        put("outbound/other", "content", OLD);
        deliver(in("outbound", "delete=true&stableFor=" + stableFor), this::take);
        for (int i = 0; i < 5; i++) {
            Files.writeString(growing, " more", StandardOpenOption.APPEND);
            awaitPolls(1);
        }
        assertThat(got).doesNotContain("begin");
        Files.writeString(growing, " end", StandardOpenOption.APPEND);
        until("deleted", () -> tree(server.root()).isEmpty());
        assertThat(got).containsExactlyInAnyOrder("", "content", "begin more more more more more end");
    }

    @Test
    void filesOfADirectoryComeInOrderAlsoWhenOneFails() throws Exception {
        on("vsftpd");
        put("outbound/a/second", "2", Duration.ofHours(2));
        put("outbound/a/first", "1", Duration.ofHours(3));
        put("outbound/a/third", "3", Duration.ofHours(1));
        put("outbound/b/other", "b", Duration.ofMinutes(30));
        deliver(in("outbound", "delete=true&recursive=true&inOrder=true"), exchange -> {
            take(exchange);
            if (text(exchange).equals("1") && got.stream().filter("1"::equals).count() < 3) {
                throw new IllegalStateException("made to fail");
            }
        });
        until("deleted", () -> tree(server.root()).isEmpty());
        assertThat(got.stream().filter(text -> !text.equals("b"))).containsExactly("1", "1", "1", "2", "3");
        assertThat(got.indexOf("b")).isLessThan(got.lastIndexOf("1"));
    }

    @Test
    void secondConsumerWithTheSameWorkDirectoryWaitsForTheFirst() throws Exception {
        on("apache");
        put("outbound/file", "content", OLD);
        deliver(in("outbound", "noop=true"), this::take);
        until("delivered", () -> got.size() == 1);
        KeyLogTest.assertInUse(local.resolve("work/test/deliveries"));
        context.getRouteController().stopRoute("test");
        context.removeRoute("test");
        KeyLogTest.assertFree(local.resolve("work/test/deliveries"));
    }

    @Test
    void youngFileThatIsReplacedUnderTheSameFingerprintIsNotDeletedOnARecordAlone() throws Exception {
        on("vsftpd");
        Instant now = Instant.now().plusSeconds(3600);
        put("outbound/file", "first.", now);
        Path swapped = Files.writeString(local.resolve("swapped"), "second");
        Files.setLastModifiedTime(swapped, FileTime.from(now));
        deliver(in("outbound", "delete=true"), exchange -> {
            take(exchange);
            if (got.size() == 1) {
                throw new IllegalStateException("made to fail");
            }
        });
        until("deleted", () -> tree(server.root()).isEmpty());
        Files.move(swapped, server.root().resolve("outbound/file"), StandardCopyOption.REPLACE_EXISTING);
        until("deleted", () -> got.size() == 3 && tree(server.root()).isEmpty());
        assertThat(got).containsExactly("first.", "first.", "second");
    }
}
