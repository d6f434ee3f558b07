package io.ferry.campaign.kill;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.Leaks;
import io.ferry.testkit.Vsftpd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The windows around the record of deliveries, one by one: a process is killed in each, and what the next one does is read from
 * the journal that the route keeps. With Ferry's own record, and with Camel's JDBC repository on a database in a file.
 */
class CrashWindowTest {

    private static final String NAME = "a file.bin";
    private static final int SIZE = 100_000;
    /** Enough for whatever would be done twice to be done. */
    private static final int POLLS = 4;

    /** What the process remembers deliveries in. */
    enum Record {
        OWN(""),
        JDBC(
                "&idempotentRepository=#bean:deliveries",
                "camel.beans.base=#class:org.h2.jdbcx.JdbcDataSource",
                "camel.beans.base.url=jdbc:h2:file:./deliveries",
                "camel.beans.deliveries=#class:org.apache.camel.processor.idempotent.jdbc.JdbcMessageIdRepository('#bean:base',"
                        + " 'pull')");

        private final String option;
        private final String[] beans;

        Record(String option, String... beans) {
            this.option = option;
            this.beans = beans;
        }
    }

    @TempDir
    Path folder;

    private Leaks before;
    private Vsftpd server;
    private FaultProxy proxy;
    private Site site;

    @BeforeEach
    void start() throws IOException {
        before = Leaks.snapshot();
        server = Vsftpd.start();
        proxy = FaultProxy.before(server);
        site = new Site(folder, server, proxy);
    }

    @AfterEach
    void stop() {
        if (proxy != null) {
            proxy.close();
            server.close();
            Leaks.assertNoneSince(before);
        }
    }

    private void configure(String options, Record record) throws IOException {
        site.configure(true, false, options + record.option, record.beans);
    }

    /** Lets a process run until it is killed by a fault in the proxy, or until it stands still at a step of the route. */
    private void runUntilKilled(Victim victim, String stopAt) {
        victim.start(folder, stopAt);
        victim.await("the moment to kill it", () -> victim.hasSaid(Journal.STOPPED));
        victim.kill();
        proxy.clearFaults();
        proxy.dropControl();
    }

    private void killAt(Journal.Step step, int visit) {
        try (Victim victim = new Victim()) {
            runUntilKilled(victim, Journal.at(step, visit));
        }
    }

    private void killWhenAsked(String command) {
        try (Victim victim = new Victim()) {
            proxy.cutControlOn(command).then(victim::kill);
            runUntilKilled(victim, "");
        }
    }

    private void killWhenDone(String command) {
        try (Victim victim = new Victim()) {
            proxy.cutControlOnReplyTo(command).then(victim::kill);
            runUntilKilled(victim, "");
        }
    }

    /** Lets the next process poll a few times. */
    private void takeOver() {
        takeOver(() -> {});
    }

    private interface Step {
        void run() throws IOException;
    }

    /** Lets the next process poll a few times, then something happens, and it polls a few times again. */
    private void takeOver(Step meanwhile) {
        try (Victim next = new Victim()) {
            next.start(folder, "");
            awaitPolls(next);
            meanwhile.run();
            awaitPolls(next);
            next.kill();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        proxy.dropControl();
    }

    private void awaitPolls(Victim process) {
        proxy.clearCommands();
        process.await(
                POLLS + " polls",
                () -> proxy.commands().stream()
                                .filter(line -> line.startsWith("LIST"))
                                .count()
                        > POLLS);
    }

    private List<Journal.Line> journal() throws IOException {
        return Journal.read(folder);
    }

    private void assertCommitted(String options) {
        if (options.contains("noop")) {
            assertThat(site.outbound.resolve(NAME)).exists();
        } else {
            assertThat(site.outbound.resolve(NAME)).doesNotExist();
        }
        if (options.contains("move")) {
            assertThat(Site.files(site.outbound, 3)).containsExactly(".done/" + NAME);
        }
        assertThat(Site.files(site.inbox, 1)).containsExactly(NAME);
        assertThat(Content.sha256(site.inbox.resolve(NAME)))
                .isEqualTo(site.pulled.get(NAME).sha256());
    }

    @Test
    void theReadmeHoldsTheLinesForTheDatabase() throws Exception {
        assertThat(Files.readString(Path.of("README.md"))).contains(String.join("\n", Record.JDBC.beans));
    }

    private static Stream<Arguments> commits() {
        return Stream.of(
                Arguments.of("delete=true", Record.OWN),
                Arguments.of("move=.done", Record.OWN),
                Arguments.of("noop=true&idempotent=true", Record.OWN),
                Arguments.of("delete=true", Record.JDBC),
                Arguments.of("noop=true&idempotent=true", Record.JDBC));
    }

    /** The route has had the file, and nothing durable says that it succeeded. */
    @ParameterizedTest
    @MethodSource("commits")
    void killedAfterTheRouteAndBeforeTheRecordItIsDeliveredAgainAndMarked(String options, Record record)
            throws Exception {
        site.addRemote(NAME, SIZE);
        configure(options, record);
        killAt(Journal.Step.JOURNALED, 1);
        assertThat(journal()).hasSize(1);

        takeOver();

        assertThat(journal()).extracting(Journal.Line::possibleDuplicate).containsExactly(false, true);
        assertThat(journal().get(1).deliveryId())
                .isEqualTo(journal().get(0).deliveryId())
                .matches("[0-9a-f]{32}");
        assertCommitted(options);
    }

    /** Camel's table has room for 100 characters in a key. */
    @ParameterizedTest
    @ValueSource(strings = {"delete=true", "noop=true&idempotent=true"})
    void aLongNameFitsIntoTheTableOfTheJdbcRepository(String options) throws Exception {
        String first = "a".repeat(120) + "1.bin";
        String second = "a".repeat(120) + "2.bin";
        site.addRemote(first, 10);
        site.addRemote(second, 10);
        configure(options, Record.JDBC);
        killAt(Journal.Step.JOURNALED, 2);

        takeOver();

        assertThat(journal()).extracting(Journal.Line::name).containsExactly(first, second, second);
        assertThat(journal()).extracting(Journal.Line::possibleDuplicate).containsExactly(false, false, true);
    }

    /** Handed to a route that did not get far: whether it had the file nobody knows, so the next delivery says so. */
    @ParameterizedTest
    @EnumSource(Record.class)
    void killedInsideTheRouteItIsDeliveredAndMarked(Record record) throws Exception {
        site.addRemote(NAME, SIZE);
        configure("delete=true", record);
        killAt(Journal.Step.BEGUN, 1);
        assertThat(journal()).isEmpty();

        takeOver();

        assertThat(journal()).extracting(Journal.Line::possibleDuplicate).containsExactly(true);
        assertCommitted("delete=true");
    }

    /** The record is there and the source as well: the next poll does what is left, without the route. */
    @ParameterizedTest
    @CsvSource({
        "delete=true, OWN, DELE",
        "move=.done, OWN, RNFR",
        "move=.done, OWN, RNTO",
        "delete=true, JDBC, DELE",
        "move=.done, JDBC, RNFR"
    })
    void killedAfterTheRecordAndBeforeTheCommitOnlyTheCommitIsMadeUpFor(String options, Record record, String command)
            throws Exception {
        site.addRemote(NAME, SIZE);
        configure(options, record);
        killWhenAsked(command);
        assertThat(journal()).hasSize(1);
        assertThat(site.outbound.resolve(NAME)).exists();
        server.clearCommands();

        takeOver();

        assertThat(journal()).extracting(Journal.Line::possibleDuplicate).containsExactly(false);
        assertThat(server.commands()).noneMatch(line -> line.startsWith("RETR"));
        assertCommitted(options);
        assertDeliveredAnew(options);
    }

    /** The commit happened and Ferry never heard so. */
    @ParameterizedTest
    @CsvSource({"delete=true, OWN, DELE", "move=.done, OWN, RNTO", "delete=true, JDBC, DELE"})
    void killedBeforeTheReplyToTheCommitNothingIsDeliveredAgain(String options, Record record, String command)
            throws Exception {
        site.addRemote(NAME, SIZE);
        configure(options, record);
        killWhenDone(command);
        assertThat(journal()).hasSize(1);
        assertThat(site.outbound.resolve(NAME)).doesNotExist();

        takeOver();

        assertThat(journal()).extracting(Journal.Line::possibleDuplicate).containsExactly(false);
        assertCommitted(options);
        assertDeliveredAnew(options);
    }

    /** Closed records hide nothing: the very same file, sent a second time, is a new delivery. */
    private void assertDeliveredAnew(String options) throws IOException {
        takeOver(() -> {
            if (options.contains("move")) {
                Files.delete(site.outbound.resolve(".done").resolve(NAME));
            }
            Files.delete(site.inbox.resolve(NAME));
            site.addRemote(NAME, SIZE);
        });
        assertThat(journal()).extracting(Journal.Line::possibleDuplicate).containsExactly(false, false);
        assertCommitted(options);
    }

    /** Without a commit the record is all there is. */
    @ParameterizedTest
    @EnumSource(Record.class)
    void aFileThatStaysAtTheSourceIsNotDeliveredByTheNextProcess(Record record) throws Exception {
        site.addRemote(NAME, SIZE);
        site.addRemote("b file.bin", SIZE);
        configure("noop=true&idempotent=true", record);
        killAt(Journal.Step.BEGUN, 2);
        assertThat(journal()).extracting(Journal.Line::name).containsExactly(NAME);

        takeOver();

        assertThat(journal()).extracting(Journal.Line::name).containsExactly(NAME, "b file.bin");
        assertThat(journal()).extracting(Journal.Line::possibleDuplicate).containsExactly(false, true);
    }

    @ParameterizedTest
    @EnumSource(Site.Commit.class)
    void killedAfterTheRenameOfPreMoveTheFileIsTakenUpAtTheNextStart(Site.Commit commit) throws Exception {
        site.addRemote(NAME, SIZE);
        configure(commit.option + "&preMove=.work", Record.OWN);
        killWhenDone("RNTO");
        assertThat(Site.files(site.outbound, 2)).containsExactly(".work/" + NAME);

        takeOver();

        assertThat(journal()).extracting(Journal.Line::name).containsExactly(NAME);
        // A relative archive is beside where the file lies then, as with the stock component.
        assertThat(Site.files(site.outbound, 3))
                .isEqualTo(commit == Site.Commit.MOVE ? List.of(".work/.done/" + NAME) : List.of());
        Content.assertIs(site.inbox.resolve(NAME), SIZE, NAME.hashCode());
    }

    @Test
    void killedWhileThePreMovedFileIsTransferredItIsTakenUpAtTheNextStart() throws Exception {
        site.addRemote(NAME, SIZE);
        configure("delete=true&preMove=.work", Record.OWN);
        killWhenAsked("RETR");

        takeOver();

        assertThat(journal()).extracting(Journal.Line::name).containsExactly(NAME);
        assertCommitted("delete=true");
        assertThat(Site.files(site.outbound, 3)).isEmpty();
    }

    /** The route had it, its record says so, and the name that is left to delete is the one that preMove gave it. */
    @Test
    void killedBeforeTheCommitOfAPreMovedFileOnlyTheCommitIsMadeUpFor() throws Exception {
        site.addRemote(NAME, SIZE);
        configure("delete=true&preMove=.work", Record.OWN);
        killWhenAsked("DELE");
        assertThat(journal()).hasSize(1);

        takeOver();

        assertThat(journal()).hasSize(1);
        assertCommitted("delete=true");
        assertThat(Site.files(site.outbound, 3)).isEmpty();
    }
}
