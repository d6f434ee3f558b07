package io.ferry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Ports;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Each command against a real server, and what it ends with. */
class OneOffCommandsTest extends CliFixture {

    private TestServer vsftpd() {
        return keep(Vsftpd.start());
    }

    @Test
    void getWritesTheFileWithItsTimeAndPrintsNothing() throws Exception {
        TestServer server = vsftpd();
        Path source = write(server, "outbound/Zürich report.txt", "hello");
        Files.setLastModifiedTime(source, FileTime.from(Instant.parse("2024-01-02T03:04:05Z")));

        Ran ran = run(server, "get", url(server, "outbound/Z%C3%BCrich%20report.txt"), local("copy.txt"))
                .ended(ExitCode.OK);

        assertThat(ran.out()).isEmpty();
        assertThat(ran.err()).isEmpty();
        assertThat(folder.resolve("copy.txt")).hasContent("hello");
        assertThat(Files.getLastModifiedTime(folder.resolve("copy.txt")).toInstant())
                .isEqualTo("2024-01-02T03:04:05Z");
    }

    @Test
    void getTakesADirectoryAndAnAbsolutePath() throws Exception {
        TestServer server = vsftpd();
        write(server, "outbound/a.txt", "hello");
        Files.createDirectory(folder.resolve("inbox"));

        run(server, "get", url(server, "/outbound/a.txt"), local("inbox")).ended(ExitCode.OK);

        assertThat(folder.resolve("inbox/a.txt")).hasContent("hello");
    }

    @Test
    void getSaysHowItWentWhereThatIsAskedFor() throws Exception {
        TestServer server = vsftpd();
        write(server, "a.txt", "hello");

        Ran ran = run(server, "get", url(server, "a.txt"), local("a.txt"), "--verbose")
                .ended(ExitCode.OK);

        assertThat(ran.err()).contains("a.txt: 5 B in ", "verified: size 5");
    }

    @Test
    void getOfWhatIsNotThereSaysSo() throws Exception {
        TestServer server = vsftpd();
        run(server, "get", url(server, "nope"), local("nope"))
                .ended(ExitCode.MISSING)
                .saying("ferry get: ", "nope", "550");
        assertThat(folder.resolve("nope")).doesNotExist();
    }

    @Test
    void getBeginsAtAnOffsetWhereItFits() throws Exception {
        TestServer server = vsftpd();
        write(server, "a.txt", "hello world");
        write("a.txt", "hello");

        run(server, "get", url(server, "a.txt"), local("a.txt"), "--rest", "5", "-o", "overlap=2")
                .ended(ExitCode.OK);
        assertThat(folder.resolve("a.txt")).hasContent("hello world");
        assertThat(server.commands()).contains("REST 3");

        run(server, "get", url(server, "a.txt"), local("b.txt"), "--rest", "5")
                .ended(ExitCode.TRANSFER)
                .saying("Restart at byte 5");
    }

    @Test
    void textIsConvertedOnRequest() throws Exception {
        TestServer server = keep(Vsftpd.start(Vsftpd.plain().set("ascii_download_enable", "YES")));
        write(server, "a.txt", "one\ntwo\n");

        run(server, "get", url(server, "a.txt"), local("a.txt"), "--ascii").ended(ExitCode.OK);

        assertThat(server.commands()).contains("TYPE A");
        assertThat(folder.resolve("a.txt")).hasContent("one\ntwo\n");
    }

    @Test
    void putSendsSeveralFilesIntoADirectory() throws Exception {
        TestServer server = vsftpd();
        write("a.txt", "a");
        write("b.txt", "b");

        run(server, "put", local("a.txt"), local("b.txt"), url(server, "in/box/"))
                .ended(ExitCode.MISSING)
                .saying("553", "There is no directory in/box", "--make-dirs makes it");
        run(server, "put", "--make-dirs", local("a.txt"), local("b.txt"), url(server, "in/box/"))
                .ended(ExitCode.OK);

        assertThat(server.root().resolve("in/box/a.txt")).hasContent("a");
        assertThat(server.root().resolve("in/box/b.txt")).hasContent("b");
        assertThat(server.root().resolve("in/box")).isDirectoryNotContaining("glob:**.ferry-part");
    }

    @Test
    void putSendsTheSameFileAgainOnPurpose() throws Exception {
        TestServer server = vsftpd();
        write("a.txt", "a");
        run(server, "put", local("a.txt"), url(server, "a.txt")).ended(ExitCode.OK);
        Files.delete(server.root().resolve("a.txt"));

        run(server, "put", local("a.txt"), url(server, "a.txt")).ended(ExitCode.OK);

        assertThat(server.root().resolve("a.txt")).hasContent("a");
    }

    @Test
    void putLeavesAnExistingFileAloneOrFailsOrAddsToIt() throws Exception {
        TestServer server = vsftpd();
        write("new.txt", "new");
        Path there = write(server, "a.txt", "old");

        run(server, "put", "--if-exists", "ignore", local("new.txt"), url(server, "a.txt"))
                .ended(ExitCode.OK);
        assertThat(there).hasContent("old");
        run(server, "put", "--if-exists", "fail", local("new.txt"), url(server, "a.txt"))
                .ended(ExitCode.TRANSFER)
                .saying("a.txt");
        assertThat(there).hasContent("old");
        run(server, "put", "--append", local("new.txt"), url(server, "a.txt")).ended(ExitCode.OK);
        assertThat(there).hasContent("oldnew");
        run(server, "put", local("new.txt"), url(server, "a.txt")).ended(ExitCode.OK);
        assertThat(there).hasContent("new");
    }

    @Test
    void putIntoADirectoryThatIsThereAndMayNotBeWrittenSpeaksOfNoMissingOne() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        write("a.txt", "a");
        server.put("/box/b.txt", "b".getBytes()).on("STOR", (session, argument) -> "553 Could not create file.");

        Ran ran = run(server, "put", local("a.txt"), url(server, "box/a.txt")).ended(ExitCode.TRANSFER);

        assertThat(ran.err()).contains("553").doesNotContain("There is no directory", "--make-dirs");
    }

    @Test
    void putOfWhatIsNotHereConnectsToNobody() throws Exception {
        run("put", local("nope"), "ftp://nobody.invalid/x")
                .ended(ExitCode.MISSING)
                .saying("nope");
    }

    @Test
    void lsListsADirectoryAndAFile() throws Exception {
        TestServer server = vsftpd();
        Path file = write(server, "d/a.txt", "hello");
        Files.createDirectory(server.root().resolve("d/sub"));
        Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2024-01-02T03:04:05Z")));

        assertThat(run(server, "ls", url(server, "d")).ended(ExitCode.OK).out().lines())
                .containsExactlyInAnyOrder("a.txt", "sub/");
        assertThat(run(server, "ls", "-l", url(server, "d/a.txt"))
                        .ended(ExitCode.OK)
                        .out())
                .isEqualToIgnoringNewLines("2024-01-02T03:04:05Z               5  a.txt");
        // vsftpd lists a directory that there is not as an empty one.
        run(server, "ls", url(server, "nope")).ended(ExitCode.MISSING).saying("nope");
    }

    @Test
    void rmMkdirRmdirAndMvDoWhatTheySay() throws Exception {
        TestServer server = vsftpd();
        Path root = server.root();
        write(server, "a.txt", "a");
        write(server, "b.txt", "b");

        run(server, "mkdir", url(server, "d/e")).ended(ExitCode.REFUSED).saying("MKD d/e", "550", "--parents");
        run(server, "mkdir", "-p", url(server, "d/e")).ended(ExitCode.OK);
        assertThat(root.resolve("d/e")).isDirectory();

        run(server, "mv", url(server, "a.txt"), "d/").ended(ExitCode.OK);
        assertThat(root.resolve("d/a.txt")).hasContent("a");
        run(server, "mv", url(server, "d/a.txt"), "c.txt").ended(ExitCode.OK);
        assertThat(root.resolve("d/c.txt")).hasContent("a");
        run(server, "mv", url(server, "b.txt"), "d/c.txt")
                .ended(ExitCode.FAILED)
                .saying("exists", "--force");
        assertThat(root.resolve("d/c.txt")).hasContent("a");
        run(server, "mv", "--force", url(server, "b.txt"), url(server, "d/c.txt"))
                .ended(ExitCode.OK);
        assertThat(root.resolve("d/c.txt")).hasContent("b");
        run(server, "mv", url(server, "nope"), "x").ended(ExitCode.MISSING).saying("nope");

        run(server, "rmdir", url(server, "d")).ended(ExitCode.REFUSED).saying("RMD d", "550", "Is it empty");
        run(server, "rmdir", url(server, "d/e")).ended(ExitCode.OK);
        assertThat(root.resolve("d/e")).doesNotExist();
        run(server, "rmdir", url(server, "d/e")).ended(ExitCode.MISSING).saying("d/e");
        run(server, "rm", url(server, "d/c.txt")).ended(ExitCode.OK);
        assertThat(root.resolve("d/c.txt")).doesNotExist();
        run(server, "rm", url(server, "d/c.txt")).ended(ExitCode.MISSING).saying("d/c.txt");
    }

    @Test
    void aRefusalThatIsNoMissingFileIsARefusal() throws Exception {
        TestServer server = keep(Vsftpd.start(Vsftpd.plain().set("cmds_denied", "DELE")));
        write(server, "a.txt", "a");
        run(server, "rm", url(server, "a.txt")).ended(ExitCode.REFUSED).saying("DELE a.txt");
        assertThat(server.root().resolve("a.txt")).exists();
    }

    @Test
    void aWrongPasswordIsToldFromAServerThatIsDown() throws Exception {
        TestServer server = vsftpd();
        Ran refused = runWithPassword("wrong-secret", "ls", url(server, ""));
        refused.ended(ExitCode.LOGIN).saying("login refused", "530");
        assertThat(refused.err()).doesNotContain("wrong-secret");

        String down = "ftp://ferry@127.0.0.1:" + Ports.free() + "/a";
        run(server, "get", down, local("a")).ended(ExitCode.CONNECT).saying("cannot connect");
        run(server, "sync", down, local("tree")).ended(ExitCode.CONNECT).saying("cannot connect");
    }

    @Test
    void aServerThatSendsHalfAFileAndSaysThatItWasAllIsCaught() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.put("/a.txt", "hello world".getBytes()).on("RETR", (session, argument) -> {
            session.takeRest();
            session.reply("150 Here it comes.");
            session.sendData("hello".getBytes());
            return "226 Transfer complete.";
        });
        run(server, "get", url(server, "a.txt"), local("a.txt"), "-o", "reconnectDelay=1")
                .ended(ExitCode.TRANSFER)
                .saying("a.txt");
        assertThat(folder.resolve("a.txt")).doesNotExist();
    }

    @Test
    void namesThatAServerMakesUpMoveNoCursor() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.listing("-rw-r--r-- 1 ferry ferry 5 Jan 02  2024 a\u001b[2Jb");
        assertThat(run(server, "ls", url(server, "")).ended(ExitCode.OK).out()).isEqualToIgnoringNewLines("a?[2Jb");
    }

    @Test
    void activeModeAndEveryOptionOfTheEndpointsCanBeSet() throws Exception {
        TestServer server = vsftpd();
        write(server, "a.txt", "a");

        run(server, "ls", "--active", url(server, "")).ended(ExitCode.OK);
        assertThat(server.commands()).anyMatch(each -> each.startsWith("PORT "));
        server.clearCommands();
        run(server, "ls", url(server, "?siteCommand=HELP")).ended(ExitCode.OK);
        assertThat(server.commands()).contains("SITE HELP");

        run(server, "ls", "-o", "nosuch=1", url(server, ""))
                .ended(ExitCode.USAGE)
                .saying("no option nosuch");
        run(server, "ls", "-o", "blockSize=huge", url(server, ""))
                .ended(ExitCode.USAGE)
                .saying("blockSize", "huge");
        run(server, "ls", "-o", "stepwise=true", url(server, ""))
                .ended(ExitCode.USAGE)
                .saying("stepwise");
        run(server, "ls", "-o", "maxSessions=many", url(server, ""))
                .ended(ExitCode.USAGE)
                .saying("maxSessions");
    }

    @Test
    void aPasswordOnTheCommandLineIsRefusedAndNotRepeated() throws Exception {
        for (String[] words : new String[][] {
            {"ls", "ftp://ferry:open-sesame@127.0.0.1/"},
            {"ls", "ftp://ferry@127.0.0.1/?password=open-sesame"},
            {"ls", "-o", "password=open-sesame", "ftp://ferry@127.0.0.1/"},
            {"ls", "-o", "proxyPassword=open-sesame", "ftp://ferry@127.0.0.1/"},
            {"doctor", "-o", "ftpClient.keyStore.keyPassword=open-sesame", "ftps://ferry@127.0.0.1/"},
            {"ls", "ftp:/ferry:open-sesame@127.0.0.1/"},
        }) {
            Ran ran = runWithPassword("x", words);
            ran.ended(ExitCode.USAGE);
            assertThat(ran.out() + ran.err()).doesNotContain("open-sesame");
        }
    }

    @Test
    void aFileWhoseNameBeginsWithADashIsNoOption() throws Exception {
        // Only the directory of the process tells: one of its files is named so for the length of the test.
        Path dash = Files.writeString(Path.of("-dash-for-a-test"), "x");
        try {
            runWithPassword("x", "put", dash.toString(), "ftp://host/x")
                    .ended(ExitCode.USAGE)
                    .saying("-dash-for-a-test was taken for an option", "is written ./-dash-for-a-test");
        } finally {
            Files.delete(dash);
        }
    }

    @Test
    void aTrustStoreWithoutItsPasswordNamesTheVariable() throws Exception {
        Path store = Path.of(local("trust.p12"));
        java.security.KeyStore keys = java.security.KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        try (java.io.OutputStream out = Files.newOutputStream(store)) {
            keys.store(out, "secret".toCharArray());
        }
        for (String command : new String[] {"ls", "doctor"}) {
            runWithPassword("x", command, "--trust-store", store.toString(), "ferry-ftps://me@127.0.0.1:1/x")
                    .ended(ExitCode.USAGE)
                    .saying("trust.p12", "Set the environment variable FERRY_TRUST_STORE_PASSWORD");
        }
    }

    @Test
    void wrongUseIsToldBeforeAnybodyConnects() throws Exception {
        run("get").ended(ExitCode.USAGE).saying("URL", "ferry get --help");
        run("get", "http://host/x").ended(ExitCode.USAGE).saying("ferry-ftp://");
        run("get", "ftp://host/dir/").ended(ExitCode.USAGE).saying("sync");
        run("put", local("a")).ended(ExitCode.USAGE);
        run("sync", "a", "b").ended(ExitCode.USAGE).saying("one URL");
        run("mv", "ftp://host/a", "ftp://other/a").ended(ExitCode.USAGE).saying("one server");
        run("ls", "ftp://host/50%").ended(ExitCode.USAGE).saying("%25");
        run("ls", "--implicit", "ftp://host/").ended(ExitCode.USAGE).saying("ferry-ftps");
        run("ls", "ftp://ferry@host/").ended(ExitCode.USAGE).saying("FERRY_PASSWORD", "--password-file");
        run("get", "--blok-size", "1", "ftp://host/x").ended(ExitCode.USAGE).saying("--block-size");
        run("put", "--hlep").ended(ExitCode.USAGE).saying("--hlep", "Did you mean --help?");
        run("put", "--make-dir", local("a")).ended(ExitCode.USAGE).saying("--make-dir", "Did you mean --make-dirs?");
        run("put", local("a"), "ftp://host/x", "--no-such-thing")
                .ended(ExitCode.USAGE)
                .saying("--no-such-thing");
        run("fetch").ended(ExitCode.USAGE).saying("\"fetch\"", "get", "doctor");
    }
}
