package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Proftpd;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.support.DefaultExchange;
import org.apache.camel.support.service.ServiceHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A tree is made equal to another one, and nothing more is done. */
class MirrorTest extends RouteFixture {

    private static final Duration OLD = Duration.ofDays(2);

    /** What only asks. Everything else might change something. */
    private static final Set<String> READING = Set.of(
            "USER", "PASS", "FEAT", "OPTS", "TYPE", "SYST", "PWD", "CWD", "PASV", "EPSV", "MLSD", "MLST", "LIST",
            "SIZE", "MDTM", "NOOP", "QUIT");

    private final MirrorProcessor mirror = new MirrorProcessor();

    @AfterEach
    void stopMirror() {
        ServiceHelper.stopAndShutdownService(mirror);
    }

    /** One with exact times in its listings, one without, one that replaces files by renaming. */
    static Stream<TestServer> servers() {
        return Stream.of(ApacheFtp.start(), Vsftpd.start(), Proftpd.start());
    }

    private void set(String direction) {
        mirror.setCamelContext(context);
        mirror.setEndpointUri(uri("tree", ""));
        mirror.setLocalDirectory(local.resolve("tree").toString());
        mirror.setDirection(direction);
        context.start();
        ServiceHelper.startService(mirror);
    }

    private List<String> run() throws Exception {
        Exchange exchange = new DefaultExchange(context);
        mirror.process(exchange);
        String text = exchange.getMessage().getBody(String.class);
        return text.isEmpty() ? List.of() : Arrays.asList(text.split("\n"));
    }

    private Path putHere(String name, String content, Instant modified) throws IOException {
        Path file = local.resolve("tree").resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
        return Files.setLastModifiedTime(file, FileTime.from(modified));
    }

    private static Instant old() {
        return Instant.now().minus(OLD);
    }

    private long count(String verb) {
        return server.commands().stream().filter(each -> each.startsWith(verb)).count();
    }

    private List<String> writing() {
        return server.commands().stream()
                .filter(each -> !READING.contains(each.split("[ _]", 2)[0]))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("servers")
    void downwardsWhatDiffersIsFetchedAndNothingElse(TestServer chosen) throws Exception {
        on(chosen);
        put("tree/same.txt", "same", old());
        put("tree/other size.txt", "longer", old());
        put("tree/other time.txt", "after!", old());
        put("tree/sub/deep/z\u00fcrich.txt", "new", old());
        put("tree/.hidden", "not for anybody", old());
        putHere("other size.txt", "short", old());
        putHere("other time.txt", "before", old().minusSeconds(500));
        putHere("only here.txt", "mine", old());
        set("pull");

        assertThat(run()).hasSize(4).allMatch(each -> each.startsWith("copy "));

        assertThat(tree(local.resolve("tree")))
                .containsExactly(
                        "only here.txt", "other size.txt", "other time.txt", "same.txt", "sub/deep/z\u00fcrich.txt");
        for (String each : List.of("other size.txt", "other time.txt", "same.txt", "sub/deep/z\u00fcrich.txt")) {
            assertThat(local.resolve("tree").resolve(each))
                    .hasSameBinaryContentAs(server.root().resolve("tree").resolve(each));
        }
        assertThat(run()).isEmpty();
        assertThat(count("RETR")).isEqualTo(4);

        // The same size, and another time.
        put("tree/same.txt", "SAME", old().plusSeconds(3600));
        assertThat(run()).singleElement().asString().startsWith("copy same.txt (modified ");
        assertThat(local.resolve("tree/same.txt")).hasContent("SAME");
        assertThat(local.resolve("tree/only here.txt")).exists();
    }

    @ParameterizedTest
    @MethodSource("servers")
    void upwardsWhatDiffersIsSentAndNothingElse(TestServer chosen) throws Exception {
        on(chosen);
        putHere("same.txt", "same", old());
        putHere("other size.txt", "longer", old());
        putHere("newer.txt", "after!", old());
        putHere("sub/deep/new.txt", "new", old());
        putHere(".hidden", "not for anybody", old());
        put("tree/same.txt", "same", old().plusSeconds(60));
        put("tree/other size.txt", "short", old());
        put("tree/newer.txt", "before", old().minusSeconds(7200));
        put("tree/only there.txt", "theirs", old());
        set("push");

        assertThat(run()).hasSize(3).allMatch(each -> each.startsWith("copy "));

        assertThat(tree(server.root().resolve("tree")))
                .containsExactly("newer.txt", "only there.txt", "other size.txt", "same.txt", "sub/deep/new.txt");
        for (String each : List.of("newer.txt", "other size.txt", "same.txt", "sub/deep/new.txt")) {
            assertThat(server.root().resolve("tree").resolve(each))
                    .hasSameBinaryContentAs(local.resolve("tree").resolve(each));
        }
        server.clearCommands();
        assertThat(run()).isEmpty();
        assertThat(writing()).isEmpty();

        // What the server has lost comes back, although it was sent once.
        Files.delete(server.root().resolve("tree/sub/deep/new.txt"));
        assertThat(run()).singleElement().asString().startsWith("copy sub/deep/new.txt (3 bytes");
        assertThat(server.root().resolve("tree/sub/deep/new.txt")).hasContent("new");
    }

    /** Whose clock is ahead does not matter then. */
    @Test
    void upwardsAChangeOlderThanTheCopyIsSeenWhereTheServerKeepsTimes() throws Exception {
        on(Proftpd.start());
        directory("tree");
        putHere("a.txt", "before", old());
        set("push");
        run();

        putHere("a.txt", "after!", old().plusSeconds(60));
        assertThat(run()).singleElement().asString().startsWith("copy a.txt (modified ");

        assertThat(server.root().resolve("tree/a.txt")).hasContent("after!");
        assertThat(run()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("servers")
    void aDryRunOnlyAsks(TestServer chosen) throws Exception {
        on(chosen);
        putHere("new.txt", "new", old());
        putHere("sub/changed.txt", "after!", old());
        put("tree/sub/changed.txt", "before", old().minusSeconds(7200));
        put("tree/gone/a.txt", "a", old());
        mirror.setDelete(true);
        mirror.setDryRun(true);
        set("push");

        assertThat(run())
                .satisfiesExactly(
                        each -> assertThat(each).startsWith("copy new.txt (3 bytes"),
                        each -> assertThat(each).startsWith("copy sub/changed.txt (modified "),
                        each -> assertThat(each).startsWith("delete gone/a.txt ("),
                        each -> assertThat(each).startsWith("remove directory gone ("));
        assertThat(server.commands()).isNotEmpty();
        assertThat(writing()).isEmpty();

        mirror.setDirection("pull");
        assertThat(run()).hasSize(3);
        assertThat(writing()).isEmpty();
        assertThat(tree(local.resolve("tree"))).containsExactly("new.txt", "sub/changed.txt");
        assertThat(local.resolve("tree/sub/changed.txt")).hasContent("after!");
    }

    @ParameterizedTest
    @MethodSource("servers")
    void whatTheSourceHasNotIsDeletedOnRequestOnly(TestServer chosen) throws Exception {
        on(chosen);
        putHere("kept.txt", "kept", old());
        put("tree/kept.txt", "kept", old());
        for (String each : List.of("gone.txt", "old/a.txt", "old/deep/b.txt", "guarded/.secret")) {
            put("tree/" + each, "x", old());
        }
        set("push");
        assertThat(run()).isEmpty();
        assertThat(writing()).isEmpty();

        mirror.setDelete(true);
        run();

        assertThat(tree(server.root().resolve("tree"))).containsExactly("guarded/.secret", "kept.txt");
        assertThat(server.root().resolve("tree/old")).doesNotExist();

        putHere("more.txt", "x", old());
        putHere("stale/deep/c.txt", "x", old());
        mirror.setDirection("pull");
        run();
        assertThat(tree(local.resolve("tree"))).containsExactly("kept.txt");
        assertThat(local.resolve("tree/stale")).doesNotExist();
    }

    /** An unmounted disk, or a directory that may not be read, looks like an empty one. */
    @ParameterizedTest
    @MethodSource("servers")
    void anEmptySourceDeletesNothing(TestServer chosen) throws Exception {
        on(chosen);
        directory("tree");
        directory("tree/sub");
        putHere("a.txt", "a", old());
        putHere("sub/b.txt", "b", old());
        mirror.setDelete(true);
        set("pull");

        // The uppermost directory has something in it, "sub" has not.
        assertThat(run()).singleElement().asString().startsWith("delete a.txt");
        Files.delete(server.root().resolve("tree/sub"));
        assertThat(run()).isEmpty();
        Files.delete(server.root().resolve("tree"));
        assertThatThrownBy(this::run).hasMessageContaining("no directory tree");

        assertThat(tree(local.resolve("tree"))).containsExactly("sub/b.txt");
    }

    @Test
    void aFileThatCannotBeCopiedHoldsUpEachDeletion() throws Exception {
        on(ApacheFtp.start());
        put("tree/a.txt", "a", old());
        put("tree/b.txt", "b", old());
        putHere("gone.txt", "x", old());
        Files.createDirectories(local.resolve("elsewhere"));
        Files.createSymbolicLink(local.resolve("tree/sub"), local.resolve("elsewhere"));
        put("tree/sub/c.txt", "c", old());
        mirror.setDelete(true);
        set("pull");

        assertThatThrownBy(this::run).hasMessageContaining("1 failed").hasMessageContaining("symbolic link");

        assertThat(local.resolve("tree/a.txt")).exists();
        assertThat(local.resolve("tree/b.txt")).exists();
        assertThat(local.resolve("tree/gone.txt")).exists();
        assertThat(local.resolve("elsewhere")).isEmptyDirectory();
    }

    @Test
    void aFileThatIsYoungIsFetchedAgainByTheNextRun() throws Exception {
        on(ApacheFtp.start());
        Instant later = Instant.now().plusSeconds(3600);
        put("tree/young.txt", "before", later);
        set("pull");
        run();

        // Nothing but the content tells the two apart.
        put("tree/young.txt", "after!", later);
        assertThat(run()).hasSize(1);

        assertThat(local.resolve("tree/young.txt")).hasContent("after!");
    }

    @Test
    void aFileInThePlaceOfADirectoryStopsItBeforeItBegins() throws Exception {
        on(ApacheFtp.start());
        put("tree/a/file.txt", "a", old());
        put("tree/b.txt", "b", old());
        putHere("a", "a file", old());
        set("pull");

        assertThatThrownBy(this::run).hasMessageContaining("a is a directory at the source, and a file at the target");

        assertThat(tree(local.resolve("tree"))).containsExactly("a");
    }
}
