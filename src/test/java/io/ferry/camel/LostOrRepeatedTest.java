package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.session.FtpException;
import io.ferry.session.Lease;
import io.ferry.session.SessionPool;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.support.processor.idempotent.MemoryIdempotentRepository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that a review found lost, stranded, or delivered more than once. */
class LostOrRepeatedTest extends RouteFixture {

    private static final Duration OLD = Duration.ofHours(3);
    private static final Duration YOUNGER = Duration.ofHours(2);
    private static final Duration RECENT = Duration.ofMinutes(20);

    private final List<String> got = new CopyOnWriteArrayList<>();

    private TestServer server(String name) {
        return name.equals("vsftpd") ? Vsftpd.start() : ApacheFtp.start();
    }

    /** Some servers put a file back under its name when a lost upload of it ends at last. */
    @Test
    void fileWhosePartialTheServerPutBackWasSentAgain() throws Exception {
        on(ApacheFtp.start());
        Path inbound = directory("inbound");
        Path drop = Files.writeString(
                Files.createDirectories(local.resolve("outbox")).resolve("file"), "content");
        String from = "file:" + drop.getParent() + "?delete=true&initialDelay=0&delay=50&exceptionHandler=#failures";
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(from).routeId("test").to(uri("inbound", "")).process(exchange -> {
                    got.add(text(exchange));
                    if (got.size() == 1) {
                        Files.delete(inbound.resolve("file"));
                        String partial = sent("RNFR ");
                        Files.writeString(server.root().resolve(partial), "content");
                        throw new IllegalStateException("made to fail");
                    }
                });
            }
        });
        until("committed", () -> !Files.exists(drop));
        assertThat(got).hasSize(2);
        assertThat(proxy.commands()).filteredOn(line -> line.startsWith("STOR")).hasSize(1);
        assertThat(inbound.resolve("file")).doesNotExist();
    }

    private String sent(String command) {
        return proxy.commands().stream()
                .filter(line -> line.startsWith(command))
                .findFirst()
                .orElseThrow()
                .substring(command.length());
    }

    /** A server that says the size of what a cut has left would be believed; its own listing has said another. */
    @Test
    void sizeThatContradictsTheListingWasBelieved() throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", "content", OLD);
        proxy.lieAboutSize(-3).times(2);
        deliver(in("outbound", "delete=true"), exchange -> got.add(text(exchange)));
        until("delivered", () -> !got.isEmpty());
        assertThat(got).containsExactly("content");
        assertThat(failures)
                .hasSize(2)
                .allSatisfy(
                        failure -> assertThat(failure)
                                .contains(
                                        "outbound/file was listed with 7 bytes, and now has 4 with the same modification time"));
        assertThat(proxy.commands()).filteredOn(line -> line.startsWith("RETR")).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"apache,delete=true", "apache,move=.done", "vsftpd,delete=true", "vsftpd,move=.done"})
    void versionThatReplacedTheFileDuringTheRouteWasCommittedUnseen(String name, String commit) throws Exception {
        on(server(name));
        put("outbound/file", "version 1", OLD);
        deliver(in("outbound", commit + "&onCompletionExceptionHandler=#failures"), exchange -> {
            got.add(text(exchange));
            if (got.size() == 1) {
                put("outbound/file", "version 2", YOUNGER);
            }
        });
        until("committed", () -> !Files.exists(server.root().resolve("outbound/file")));
        assertThat(got).containsExactly("version 1", "version 2");
        assertThat(failures).singleElement().asString().contains("was replaced while its earlier version");
        until("work files gone", () -> workFiles().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"cut", "refused"})
    void preMovedFileWasStrandedWhenItsTransferFailed(String how) throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", "x".repeat(MB), OLD);
        if (how.equals("cut")) {
            proxy.cutDataAfter(1000, Direction.DOWN, Cut.RST).containing("RETR");
        } else {
            proxy.replaceReply("RETR", "550 not now");
        }
        deliver(
                in("outbound", "delete=true&preMove=moved&maximumReconnectAttempts=1"),
                exchange -> got.add(text(exchange)));
        until("delivered", () -> !got.isEmpty());
        until("deleted", () -> tree(server.root()).isEmpty());
        assertThat(got).containsExactly("x".repeat(MB));
        assertThat(failures).hasSize(1);
        assertThat(proxy.commands()).contains("RNTO outbound/file");
    }

    @Test
    void versionOfTheSameSizeAndMinuteWasTakenForTheOldOne() throws Exception {
        on(Vsftpd.start());
        Instant minute = Instant.now().minus(RECENT).truncatedTo(ChronoUnit.MINUTES);
        put("outbound/file", "AAAA", minute.plusSeconds(5));
        deliver(in("outbound", "noop=true"), exchange -> got.add(text(exchange)));
        until("delivered", () -> got.size() == 1);
        awaitPolls(2);
        put("outbound/file", "BBBB", minute.plusSeconds(45));
        until("new version delivered", () -> got.size() == 2);
        awaitPolls(2);
        assertThat(got).containsExactly("AAAA", "BBBB");
    }

    @ParameterizedTest
    @CsvSource({"apache,1200", "apache,7200", "vsftpd,1200", "vsftpd,7200"})
    void fileTakenByNameWasDeliveredAtEachPoll(String name, int seconds) throws Exception {
        on(server(name));
        put("outbound/file", "once", Duration.ofSeconds(seconds));
        deliver(in("outbound", "noop=true&useList=false&fileName=file"), exchange -> got.add(text(exchange)));
        until("delivered", () -> !got.isEmpty());
        awaitPolls(3);
        assertThat(got).containsExactly("once");
    }

    @Test
    void newVersionOfAFileTakenByNameIsDelivered() throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", "first", RECENT);
        deliver(in("outbound", "noop=true&useList=false&fileName=file"), exchange -> got.add(text(exchange)));
        until("delivered", () -> got.size() == 1);
        put("outbound/file", "second", Duration.ofMinutes(2));
        until("new version delivered", () -> got.size() == 2);
        awaitPolls(2);
        assertThat(got).containsExactly("first", "second");
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void fileThatChangedBetweenListingAndTransferWasDeliveredTwice(String name) throws Exception {
        on(server(name));
        put("outbound/a", "a1", OLD);
        put("outbound/b", "b1", OLD);
        deliver(in("outbound", "noop=true&preSort=true&concurrentTransfers=1"), exchange -> {
            got.add(text(exchange));
            if (got.size() == 1) {
                put("outbound/b", "b2 is longer", YOUNGER);
            }
        });
        until("both delivered", () -> got.size() == 2);
        awaitPolls(3);
        assertThat(got).containsExactly("a1", "b2 is longer");
    }

    @Test
    void routesWithOneRepositoryTookEachOthersFiles() throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", "1", OLD);
        context.getRegistry().bind("repository", new MemoryIdempotentRepository());
        String options = "noop=true&idempotentRepository=#repository&greedy=";
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(in("outbound", options + "false")).routeId("A").process(exchange -> got.add("A"));
                from(in("outbound", options + "true")).routeId("B").process(exchange -> got.add("B"));
            }
        });
        until("delivered to both", () -> got.size() >= 2);
        awaitPolls(6);
        assertThat(got).containsExactlyInAnyOrder("A", "B");
    }

    @Test
    void routesWithOneWorkDirectoryDeletedEachOthersBody() throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", "content", OLD);
        AtomicBoolean otherDone = new AtomicBoolean();
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(in("outbound", "noop=true&greedy=false")).routeId("slow").process(exchange -> {
                    File body = exchange.getIn().getBody(File.class);
                    got.add("slow began");
                    until("the other route is done", otherDone::get);
                    got.add("slow " + Files.readString(body.toPath()));
                });
                from(in("outbound", "noop=true&greedy=true"))
                        .routeId("quick")
                        .autoStartup(false)
                        .process(exchange -> got.add("quick " + text(exchange)));
            }
        });
        until("the slow route has its body", () -> got.contains("slow began"));
        context.getRouteController().startRoute("quick");
        until("the quick route has it too", () -> got.contains("quick content"));
        context.getRouteController().stopRoute("quick");
        otherDone.set(true);
        until("both delivered", () -> got.size() == 3);
        assertThat(got).containsExactly("slow began", "quick content", "slow content");
        until("work files gone", () -> workFiles().isEmpty());
    }

    @Test
    void moveFailedLeftTheWorkFile() throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", "bad", OLD);
        deliver(in("outbound", "delete=true&moveFailed=.failed"), exchange -> {
            throw new IllegalStateException("made to fail");
        });
        until("moved", () -> Files.exists(server.root().resolve("outbound/.failed/file")));
        assertThat(workFiles()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "off"})
    void finishedWorkFileWasUsedAlthoughResumeIsOff(String resume) throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", "content", OLD);
        deliver(in("outbound", "delete=true&resume=" + resume), exchange -> {
            got.add(exchange.getIn().getHeader(FerryHeaders.OUTCOME) + " " + text(exchange));
            if (got.size() == 1) {
                throw new IllegalStateException("made to fail");
            }
        });
        until("deleted", () -> tree(server.root()).isEmpty());
        String second = resume.equals("off") ? "TRANSFERRED content" : "ALREADY_COMPLETE content";
        assertThat(got).containsExactly("TRANSFERRED content", second);
    }

    @Test
    void missingFileTakenByNameWasAFailureAtEachPoll() throws Exception {
        on(ApacheFtp.start());
        directory("outbound");
        deliver(
                in("outbound", "delete=true&useList=false&fileName=file&ignoreFileNotFoundOrPermissionError=true"),
                exchange -> got.add(text(exchange)));
        awaitPolls(3);
        assertThat(got).isEmpty();
        assertThat(workFiles()).isEmpty();
        put("outbound/file", "here", OLD);
        until("deleted", () -> tree(server.root()).isEmpty());
        assertThat(got).containsExactly("here");
        assertThat(failures).isEmpty();
    }

    @Test
    void cutListOfNamesWasTakenForTheWhole() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        scripted.on("NLST", (session, argument) -> {
            session.reply("150 Here it comes.");
            session.sendData("a\r\nb\r\n".getBytes(StandardCharsets.UTF_8));
            return "450 Error while reading the directory.";
        });
        try (SessionPool pool = new SessionPool(partner(scripted.port(), 1, LIMIT))) {
            try (Lease lease = pool.lease()) {
                assertThatThrownBy(() -> lease.session().names(""))
                        .isInstanceOf(FtpException.class)
                        .hasMessageContaining("450");
            }
            scripted.on("NLST", "450 No files.");
            try (Lease lease = pool.lease()) {
                assertThat(lease.session().names("")).isEmpty();
            }
        }
    }

    @Test
    void sessionLeftTheLoginDirectoryWhenPwdFailed() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        AtomicInteger asked = new AtomicInteger();
        scripted.on(
                "PWD",
                (session, argument) -> asked.incrementAndGet() == 2 ? "550 No." : session.standard("PWD", argument));
        try (SessionPool pool = new SessionPool(partner(scripted.port(), 1, LIMIT))) {
            try (Lease lease = pool.lease()) {
                assertThatThrownBy(() -> lease.session().directory("/archive")).hasMessageContaining("PWD");
            }
            try (Lease lease = pool.lease()) {
                assertThat(lease.session().workingDirectory()).isEqualTo("/");
            }
        }
        assertThat(asked).hasValue(3);
    }

    @Test
    void sessionThatCannotGoBackWasLentAgain() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        scripted.on("CWD", (session, argument) -> argument.equals("/") ? "550 No." : session.standard("CWD", argument));
        try (SessionPool pool = new SessionPool(partner(scripted.port(), 1, LIMIT))) {
            try (Lease lease = pool.lease()) {
                assertThat(lease.session().directory("/archive")).contains("/archive");
            }
            try (Lease lease = pool.lease()) {
                assertThat(lease.session().workingDirectory()).isEqualTo("/");
            }
        }
    }
}
