package io.ferry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Proftpd;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One tree made equal to another, on servers with LIST only and with MLSD. */
class SyncTest extends CliFixture {

    static List<Supplier<TestServer>> servers() {
        return List.of(Vsftpd::start, Proftpd::start, ApacheFtp::start);
    }

    private static List<String> tree(Path root) throws Exception {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(each -> !each.equals(root))
                    .map(each -> root.relativize(each) + (Files.isDirectory(each) ? "/" : ""))
                    .sorted()
                    .toList();
        }
    }

    private static void age(Path file) throws Exception {
        Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2024-01-02T03:04:05Z")));
    }

    @ParameterizedTest
    @MethodSource("servers")
    void down(Supplier<TestServer> kind) throws Exception {
        TestServer server = keep(kind.get());
        age(write(server, "tree/a.txt", "a"));
        age(write(server, "tree/sub/deep/b c.txt", "b"));
        Files.createDirectories(server.root().resolve("tree/empty"));
        String[] words = {"sync", url(server, "tree"), local("here")};

        run(server, words).ended(ExitCode.OK);
        assertThat(tree(folder.resolve("here")))
                .containsExactly("a.txt", "empty/", "sub/", "sub/deep/", "sub/deep/b c.txt");
        assertThat(folder.resolve("here/sub/deep/b c.txt")).hasContent("b");

        Ran dry = run(server, "sync", "--dry-run", url(server, "tree"), local("here"))
                .ended(ExitCode.OK);
        assertThat(dry.out()).contains("0 to transfer, 2 the same");

        // The same size, and another time.
        write(server, "tree/a.txt", "A");
        write("here/own.txt", "mine");
        run(server, words).ended(ExitCode.OK);
        assertThat(folder.resolve("here/a.txt")).hasContent("A");
        assertThat(folder.resolve("here/own.txt")).hasContent("mine");

        run(server, "sync", "--delete", url(server, "tree"), local("here")).ended(ExitCode.OK);
        assertThat(folder.resolve("here/own.txt")).doesNotExist();
        assertThat(tree(folder.resolve("here"))).hasSize(5);
    }

    @ParameterizedTest
    @MethodSource("servers")
    void up(Supplier<TestServer> kind) throws Exception {
        TestServer server = keep(kind.get());
        Path root = server.root();
        age(write("here/a.txt", "a"));
        age(write("here/sub/b.txt", "b"));
        Files.createDirectories(folder.resolve("here/empty"));
        String[] words = {"sync", local("here"), url(server, "far/tree")};

        run(server, words).ended(ExitCode.OK);
        assertThat(tree(root.resolve("far/tree"))).containsExactly("a.txt", "empty/", "sub/", "sub/b.txt");

        server.clearCommands();
        run(server, words).ended(ExitCode.OK);
        assertThat(server.commands()).noneMatch(each -> each.startsWith("STOR"));

        age(root.resolve("far/tree/a.txt"));
        write("here/a.txt", "A");
        write(server, "far/tree/old/own.txt", "theirs");
        run(server, words).ended(ExitCode.OK);
        assertThat(root.resolve("far/tree/a.txt")).hasContent("A");
        assertThat(root.resolve("far/tree/old/own.txt")).exists();

        run(server, "sync", "--delete", local("here"), url(server, "far/tree")).ended(ExitCode.OK);
        assertThat(tree(root.resolve("far/tree"))).containsExactly("a.txt", "empty/", "sub/", "sub/b.txt");
    }

    /** Whose clock is ahead does not matter then. */
    @Test
    void upwardsAChangeOlderThanTheCopyIsSeenWhereTheServerKeepsTimes() throws Exception {
        TestServer server = keep(ApacheFtp.start());
        age(write("here/a.txt", "before"));
        String[] words = {"sync", local("here"), url(server, "far")};
        run(server, words).ended(ExitCode.OK);

        Files.setLastModifiedTime(write("here/a.txt", "after!"), FileTime.from(Instant.parse("2024-01-02T04:00:00Z")));
        run(server, words).ended(ExitCode.OK);

        assertThat(server.root().resolve("far/a.txt")).hasContent("after!");
        server.clearCommands();
        run(server, words).ended(ExitCode.OK);
        assertThat(server.commands()).noneMatch(each -> each.startsWith("STOR"));
    }

    @Test
    void aDryRunChangesNothing() throws Exception {
        TestServer server = keep(Vsftpd.start());
        write(server, "tree/a.txt", "a");
        write("here/own.txt", "mine");

        Ran down = run(server, "sync", "-n", "--delete", url(server, "tree"), local("here"))
                .ended(ExitCode.OK);
        assertThat(down.out()).contains("get    a.txt", "delete own.txt", "nothing was done");
        assertThat(tree(folder.resolve("here"))).containsExactly("own.txt");

        Ran up = run(server, "sync", "-n", "--delete", local("here"), url(server, "tree"))
                .ended(ExitCode.OK);
        assertThat(up.out()).contains("put    own.txt", "delete a.txt");
        assertThat(tree(server.root())).containsExactly("tree/", "tree/a.txt");
        assertThat(server.commands()).noneMatch(each -> each.matches("(STOR|DELE|MKD|RMD|RNFR|APPE).*"));
    }

    @Test
    void whatAListingHidesIsNotTakenForDeleted() throws Exception {
        // vsftpd's LIST leaves out names that begin with a dot.
        TestServer server = keep(Vsftpd.start());
        write(server, "tree/.hidden", "theirs");
        write("here/.hidden", "mine");
        write("here/gone.txt", "mine");

        Ran ran = run(server, "sync", "--delete", url(server, "tree"), local("here"))
                .ended(ExitCode.OK);

        assertThat(ran.err()).contains(".hidden: not deleted");
        assertThat(tree(folder.resolve("here"))).containsExactly(".hidden");
    }

    @Test
    void aDirectoryThatIsNotThereEmptiesNothing() throws Exception {
        TestServer server = keep(Vsftpd.start());
        write("here/own.txt", "mine");

        run(server, "sync", "--delete", url(server, "nope"), local("here")).ended(ExitCode.MISSING);

        assertThat(folder.resolve("here/own.txt")).exists();
        run(server, "sync", "--delete", local("nope"), url(server, "")).ended(ExitCode.MISSING);
    }

    @Test
    void whatFailsKeepsEverythingFromBeingDeletedAndHoldsNothingUp() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.put("/a.txt", "a".getBytes()).put("/b.txt", "b".getBytes()).on("RETR", (session, argument) -> {
            return argument.equals("a.txt") ? "550 Not this one." : session.standard("RETR", argument);
        });
        write("here/own.txt", "mine");

        Ran ran = run(server, "sync", "--delete", url(server, ""), local("here"));

        ran.ended(ExitCode.TRANSFER).saying("a.txt", "Nothing is deleted", "1 file or directory failed");
        assertThat(tree(folder.resolve("here"))).contains("b.txt", "own.txt").doesNotContain("a.txt");
    }

    @Test
    void symbolicLinksAreNeitherFollowedNorReplaced() throws Exception {
        TestServer server = keep(Vsftpd.start());
        write(server, "tree/sub/a.txt", "a");
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Files.createDirectory(folder.resolve("here"));
        Files.createSymbolicLink(folder.resolve("here/sub"), elsewhere);

        run(server, "sync", "--delete", url(server, "tree"), local("here"))
                .ended(ExitCode.TRANSFER)
                .saying("sub: left alone", "symbolic link");

        assertThat(elsewhere).isEmptyDirectory();
        assertThat(folder.resolve("here/sub")).isSymbolicLink();
    }

    @Test
    void unfinishedFilesAreNoFiles() throws Exception {
        TestServer server = keep(Vsftpd.start());
        write(server, "tree/a.txt", "a");
        write(server, "tree/b.ferry-part", "b");
        write("here/.c.0123456789abcdef.ferry-part", "c");

        run(server, "sync", "--delete", url(server, "tree"), local("here")).ended(ExitCode.OK);

        assertThat(tree(folder.resolve("here"))).containsExactly(".c.0123456789abcdef.ferry-part", "a.txt");
    }

    @Test
    void severalFilesAreOnTheirWayAtTheSameTime() throws Exception {
        // Each RETR waits until as many have begun as are to be under way at once.
        ScriptedServer server = keep(ScriptedServer.start());
        CountDownLatch begun = new CountDownLatch(3);
        server.on("RETR", (session, argument) -> {
            begun.countDown();
            try {
                return begun.await(30, TimeUnit.SECONDS) ? session.standard("RETR", argument) : "550 Too few.";
            } catch (InterruptedException e) {
                return "550 Interrupted.";
            }
        });
        for (String each : List.of("a", "b", "c", "d", "e")) {
            server.put("/" + each, each.getBytes());
        }

        run(server, "sync", "-j", "3", url(server, ""), local("here")).ended(ExitCode.OK);

        assertThat(tree(folder.resolve("here"))).containsExactly("a", "b", "c", "d", "e");
    }

    @Test
    void aServerThatGoesAwayEndsItAtOnce() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        for (int i = 0; i < 50; i++) {
            server.put("/" + i, new byte[] {1});
        }
        server.on("RETR", (session, argument) -> {
            server.close();
            return null;
        });

        Ran ran = run(server, "sync", "-o", "maximumReconnectAttempts=1", url(server, ""), local("here"));

        ran.ended(ExitCode.CONNECT).saying("cannot connect");
        assertThat(ran.err().lines()).hasSizeLessThan(30);
    }

    @Test
    void namesThatAServerMakesUpMoveNoCursor() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.listing("-rw-r--r-- 1 ferry ferry 5 Jan 02  2024 a\u001b[2Jb");

        Ran dry = run(server, "sync", "-n", url(server, ""), local("here")).ended(ExitCode.OK);
        Ran ran = run(server, "sync", url(server, ""), local("here")).ended(ExitCode.TRANSFER);

        assertThat(dry.out() + dry.err() + ran.out() + ran.err())
                .contains("a?[2Jb")
                .doesNotContain("\u001b");
    }

    @Test
    void namesThatLeadElsewhereAreWrittenNowhere() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.listing(
                "-rw-r--r-- 1 f f 5 Jan 02  2024 ../../evil.txt",
                "drwxr-xr-x 1 f f 5 Jan 02  2024 ../evil",
                "-rw-r--r-- 1 f f 5 Jan 02  2024 /abs/evil.txt");
        server.put("/../../evil.txt", "evil!".getBytes()).put("/abs/evil.txt", "evil!".getBytes());

        Ran dry = run(server, "sync", "-n", url(server, ""), local("a/here")).ended(ExitCode.OK);
        run(server, "sync", url(server, ""), local("a/here")).ended(ExitCode.OK);

        assertThat(dry.out()).contains("skip   ../evil: ");
        assertThat(tree(folder)).filteredOn(each -> each.contains("evil")).isEmpty();
    }

    @Test
    void aTreeWithoutEndIsGivenUp() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.listing("drwxr-xr-x 1 f f 5 Jan 02  2024 " + "deep".repeat(50));

        run(server, "sync", url(server, ""), local("here"))
                .ended(ExitCode.FAILED)
                .saying("too deep");
    }
}
