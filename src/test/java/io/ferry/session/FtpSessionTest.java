package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.ferry.session.FtpException.Kind;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.commons.net.ftp.FTPFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each operation of a session, at real servers, and what odd replies make of it. */
class FtpSessionTest extends SessionTestBase {

    private static final Instant THEN = Instant.parse("2024-01-02T03:04:05Z");
    private static final String MD5_OF_NOTHING = "d41d8cd98f00b204e9800998ecf8427e";

    private TestServer real(String name) {
        return keep(name.equals("apache") ? ApacheFtp.start() : Vsftpd.start());
    }

    private ScriptedServer scripted() {
        return keep(ScriptedServer.start());
    }

    private static Path file(TestServer server, String name, int size) throws Exception {
        Path file = server.root().resolve(name);
        Files.createDirectories(file.getParent());
        Content.write(file, size, 1);
        Files.setLastModifiedTime(file, FileTime.from(THEN));
        return file;
    }

    private static List<FTPFile> entriesOf(Listing listing) throws Exception {
        try (listing) {
            List<FTPFile> entries = new ArrayList<>();
            for (FTPFile entry = listing.next(); entry != null; entry = listing.next()) {
                entries.add(entry);
            }
            return entries;
        }
    }

    // Size, time and facts of one file

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void sizeTimeAndFactsOfAFile(String name) throws Exception {
        TestServer server = real(name);
        file(server, "sub/two words \u00e9.bin", 1234);
        FtpSession session = session(server);
        for (String path : List.of("sub/two words \u00e9.bin", "/sub/two words \u00e9.bin")) {
            assertThat(session.size(path)).contains(1234L);
            assertThat(session.modified(path)).contains(THEN);
            assertThat(session.facts(path)).hasValueSatisfying(facts -> {
                assertThat(facts.name()).isEqualTo("two words \u00e9.bin");
                assertThat(facts.size()).isEqualTo(1234);
                assertThat(facts.modified()).isEqualTo(THEN);
                assertThat(facts.directory()).isFalse();
            });
        }
        assertThat(session.size("missing")).isEmpty();
        assertThat(session.modified("missing")).isEmpty();
        assertThat(session.facts("missing")).isEmpty();
        assertThat(session.facts("no/such/directory/file")).isEmpty();
        assertThat(session.isBroken()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "20240102030405,2024-01-02T03:04:05Z",
        "20240102030405.5,2024-01-02T03:04:05.5Z",
        "20240102030405.123,2024-01-02T03:04:05.123Z",
        "20240102030405.000001,2024-01-02T03:04:05.000001Z",
        "20240102030405.123456789012,2024-01-02T03:04:05.123456789Z",
        "20240229235960,",
        "19700101000000,1970-01-01T00:00:00Z",
    })
    void timeWithFractions(String stamp, Instant expected) throws Exception {
        ScriptedServer server = scripted().put("/file", new byte[3]).time("/file", stamp);
        FtpSession session = session(server);
        if (expected == null) {
            failure(Kind.UNSAFE, () -> session.modified("file"));
        } else {
            assertThat(session.modified("file")).contains(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "yesterday",
                "",
                "2024010203040",
                "191010102030405",
                "20241302030405",
                "20240102030405.x",
                "20240102030405.-5",
                "20240102030405.+5",
                "20240102 030405",
            })
    void timeThatMakesNoSenseIsAnError(String stamp) throws Exception {
        ScriptedServer server = scripted().on("MDTM", "213 " + stamp);
        FtpSession session = session(server);
        assertThat(failure(Kind.UNSAFE, () -> session.modified("file")))
                .hasMessageContaining("MDTM file")
                .hasMessageContaining("makes no sense");
        assertThat(session.isBroken()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-1",
                "-9223372036854775808",
                "9223372036854775808",
                "99999999999999999999999",
                "",
                "12 34",
                "0x10",
                "12.5",
                "many"
            })
    void sizeThatMakesNoSenseIsAnError(String size) throws Exception {
        ScriptedServer server = scripted().on("SIZE", "213 " + size);
        FtpSession session = session(server);
        assertThat(failure(Kind.UNSAFE, () -> session.size("file")))
                .hasMessageContaining("SIZE file")
                .hasMessageContaining("makes no sense");
        assertThat(session.isBroken()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"213 0,0", "213 9223372036854775807,9223372036854775807", "213  42 ,42"})
    void sizeAtItsLimits(String reply, long expected) throws Exception {
        ScriptedServer server = scripted().on("SIZE", reply);
        assertThat(session(server).size("file")).contains(expected);
    }

    @Test
    void temporaryRefusalIsNotTakenForAMissingFile() throws Exception {
        ScriptedServer server = scripted().on("SIZE", "450 Busy.").on("MDTM", "451 Busy.");
        FtpSession session = session(server);
        failure(Kind.REFUSED_FOR_NOW, () -> session.size("file"));
        failure(Kind.REFUSED_FOR_NOW, () -> session.modified("file"));
        failure(Kind.REFUSED_FOR_NOW, () -> session.facts("file"));
    }

    @Test
    void factsComeFromMlstWhereItIsOffered() throws Exception {
        ScriptedServer server = scripted();
        server.features("MLST type*;size*;modify*;unique*;", "SIZE", "MDTM");
        server.on(
                "MLST",
                "250-Begin\r\n Type=file;Size=77;Modify=20240102030405.250;UNIQUE=801U2f; /a/two words.bin\r\n250 End");
        assertThat(session(server).facts("/a/two words.bin"))
                .contains(new RemoteFileFacts("two words.bin", false, 77, THEN.plusMillis(250), "801U2f"));
        assertThat(verbs(server)).doesNotContain("SIZE", "MDTM", "LIST");
    }

    @Test
    void factsTellADirectory() throws Exception {
        ScriptedServer server = scripted();
        server.features("MLST type*;modify*;")
                .on("MLST", "250-Begin\r\n type=dir;modify=20240102030405; /a\r\n250 End");
        assertThat(session(server).facts("/a"))
                .hasValueSatisfying(facts -> assertThat(facts.directory()).isTrue());
    }

    @ParameterizedTest
    @ValueSource(strings = {"550 No such file.", "501 What?", "250 nothing", "250-Begin\r\n250 End"})
    void factsWithoutAUsefulMlst(String reply) throws Exception {
        ScriptedServer server = scripted().put("/file", new byte[5]).on("MLST", reply);
        server.features("MLST type*;size*;modify*;", "SIZE", "MDTM");
        var facts = session(server).facts("file");
        if (reply.startsWith("550")) {
            assertThat(facts).isEmpty();
        } else {
            assertThat(facts).contains(new RemoteFileFacts("file", false, 5, THEN, null));
        }
    }

    /** What cannot be read must not pass for a fact, and must not end a route with a Java error. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "type=file;size=many;modify=20240102030405; file",
                "type=file;size=99999999999999999999;modify=20240102030405; file",
                "type=file;size=5;modify=yesterday; file",
                "rubbish",
            })
    void factsOfAnMlstLineThatMakesNoSense(String line) throws Exception {
        ScriptedServer server = scripted().put("/file", new byte[5]);
        server.features("MLST type*;size*;modify*;", "SIZE", "MDTM");
        server.on("MLST", "250-Begin\r\n " + line + "\r\n250 End");
        // SIZE and MDTM tell what MLST does not.
        assertThat(session(server).facts("file")).contains(new RemoteFileFacts("file", false, 5, THEN, null));
    }

    @Test
    void factsOfMlstWithAFineTime() throws Exception {
        ScriptedServer server = scripted();
        server.features("MLST type*;size*;modify*;");
        server.on("MLST", "250-Begin\r\n type=file;size=5;modify=20240102030405.5; file\r\n250 End");
        FtpSession session = session(server);
        assertThat(session.facts("file"))
                .hasValueSatisfying(facts -> assertThat(facts.modified()).isEqualTo(THEN.plusMillis(500)));
        server.on("MLST", "250-Begin\r\n type=file;size=5;modify=20240102030405.123456; file\r\n250 End");
        assertThat(session.facts("file")).hasValueSatisfying(facts -> {
            assertThat(facts.size()).isEqualTo(5);
            assertThat(facts.modified()).isBetween(THEN.plusMillis(123), THEN.plusMillis(124));
        });
    }

    @Test
    void factsComeFromSizeAndMdtmOtherwise() throws Exception {
        ScriptedServer server = scripted().put("/file", new byte[5]);
        assertThat(session(server).facts("file")).contains(new RemoteFileFacts("file", false, 5, THEN, null));
        assertThat(verbs(server)).doesNotContain("MLST", "LIST");
    }

    @Test
    void factsComeFromAListingWhereNothingElseIsKnown() throws Exception {
        ScriptedServer server = scripted().on("SIZE", "502 No.").on("MDTM", "502 No.");
        server.listing("total 3", "-rw-r--r-- 1 a a 55 Jan 02  2024 file", "-rw-r--r-- 1 a a 66 Jan 02  2024 file2");
        FtpSession session = session(server);
        assertThat(session.facts("/in/file")).hasValueSatisfying(facts -> {
            assertThat(facts.size()).isEqualTo(55);
            assertThat(facts.modified()).isNotNull();
        });
        server.listing();
        assertThat(session.facts("/in/file")).isEmpty();
        server.on("LIST", "550 No such file.");
        assertThat(session.facts("/in/file")).isEmpty();
        assertThat(session.isBroken()).isFalse();
    }

    @Test
    void factsWithoutATimeHoldTheSizeAllTheSame() throws Exception {
        ScriptedServer server =
                scripted().put("/file", new byte[5]).on("MDTM", "502 No.").on("LIST", "502 No.");
        assertThat(session(server).facts("file")).contains(new RemoteFileFacts("file", false, 5, null, null));
    }

    // Listings

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void listingOfADirectory(String name) throws Exception {
        TestServer server = real(name);
        file(server, "in/plain", 10);
        file(server, "in/two  words", 20);
        file(server, "in/\u00fcml\u00e4ut \u4f60\u597d.csv", 30);
        file(server, "in/.hidden", 40);
        Files.createDirectories(server.root().resolve("in/directory"));
        for (PartnerSetup partner :
                List.of(PartnerSetup.of(server), PartnerSetup.of(server).withoutMachineListing())) {
            FtpSession session = session(partner);
            for (String path : List.of("in", "/in", "in/")) {
                List<FTPFile> entries = entriesOf(session.list(path));
                assertThat(entries)
                        .extracting(FTPFile::getName)
                        .contains("plain", "two  words", "\u00fcml\u00e4ut \u4f60\u597d.csv", "directory")
                        .doesNotContain(".", "..");
                assertThat(entries)
                        .filteredOn(FTPFile::isFile)
                        .filteredOn(entry -> entry.getName().equals("two  words"))
                        .singleElement()
                        .satisfies(entry -> assertThat(entry.getSize()).isEqualTo(20));
                assertThat(entries)
                        .filteredOn(FTPFile::isDirectory)
                        .extracting(FTPFile::getName)
                        .containsExactly("directory");
            }
            assertThat(namesOf(session.list("in/directory"))).isEmpty();
            assertThat(session.isBroken()).isFalse();
        }
    }

    @Test
    void mlsdIsUsedWhereItIsOfferedUnlessToldOtherwise() throws Exception {
        ApacheFtp server = keep(ApacheFtp.start());
        session(server).list("").next();
        assertThat(verbs(server)).contains("MLSD").doesNotContain("LIST");
        server.clearCommands();
        session(PartnerSetup.of(server).withoutMachineListing()).list("").next();
        assertThat(verbs(server)).contains("LIST").doesNotContain("MLSD");
    }

    private ScriptedServer mlsd(String... lines) {
        ScriptedServer server = scripted();
        server.features("MLST type*;size*;modify*;").listing(lines);
        server.on("MLSD", (session, argument) -> {
            session.sendLines(List.of(lines));
            return null;
        });
        return server;
    }

    @Test
    void machineListingLeavesOutTheDirectoryItselfAndItsParentWhateverTheirNames() throws Exception {
        ScriptedServer server = mlsd(
                "Type=cdir;Modify=20240102030405; inbox",
                "type=cdir;modify=20240102030405; /home/inbox",
                "type=pdir;modify=20240102030405; /home",
                "type=pdir;modify=20240102030405; ..",
                "type=cdir;modify=20240102030405; .",
                "type=dir;modify=20240102030405; sub",
                "type=file;size=5;modify=20240102030405; a file");
        assertThat(namesOf(session(server).list("inbox"))).containsExactly("sub", "a file");
    }

    @Test
    void fileWithAFineTimeIsListed() throws Exception {
        ScriptedServer server = mlsd(
                "type=file;size=5;modify=20240102030405.1; a",
                "type=file;size=5;modify=20240102030405.123; b",
                "type=file;size=5;modify=20240102030405.123456789; c");
        List<FTPFile> entries = entriesOf(session(server).list(""));
        assertThat(entries).extracting(FTPFile::getName).containsExactly("a", "b", "c");
        assertThat(entries)
                .extracting(FTPFile::getTimestampInstant)
                .containsExactly(THEN.plusMillis(100), THEN.plusMillis(123), THEN.plusMillis(123));
    }

    @Test
    void lineThatMakesNoSenseDoesNotHideTheOthers() throws Exception {
        ScriptedServer server = mlsd(
                "rubbish",
                "",
                "type=file;size=many; bad",
                "type=file;size=99999999999999999999; huge",
                ";;;; odd",
                "type=file;size=5;modify=20240102030405; good");
        FtpSession session = session(server);
        assertThat(namesOf(session.list(""))).contains("good").doesNotContain("rubbish");
        assertThat(session.isBroken()).isFalse();
    }

    @Test
    void listingOfASystemThatIsNotKnownIsReadAsUnix() throws Exception {
        for (String reply : List.of("215 KLINGON", "215", "500 What?")) {
            ScriptedServer server = scripted().on("SYST", reply);
            server.listing("-rw-r--r-- 1 a a 55 Jan 02  2024 file");
            assertThat(namesOf(session(server).list(""))).containsExactly("file");
        }
    }

    @Test
    void listingOfWindows() throws Exception {
        ScriptedServer server = scripted().on("SYST", "215 Windows_NT");
        server.listing(
                "01-02-24  03:04AM                   55 a file.txt", "01-02-24  03:04AM       <DIR>          sub");
        assertThat(namesOf(session(server).list(""))).containsExactly("a file.txt", "sub");
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void listingOfAMissingDirectory(String name) throws Exception {
        TestServer server = real(name);
        FtpSession session = session(server);
        Throwable thrown = catchThrowable(
                () -> assertThat(namesOf(session.list("missing"))).isEmpty());
        if (thrown != null) {
            assertThat(thrown).isInstanceOf(FtpException.class).hasMessageContaining("missing");
        }
        assertThat(session.isBroken()).isFalse();
    }

    @Test
    void listingThatIsCutShortIsAnErrorAndNotAShortListing() throws Exception {
        ScriptedServer server = scripted();
        server.on("LIST", (session, argument) -> {
            session.reply("150 Here it comes.");
            session.sendData("-rw-r--r-- 1 a a 55 Jan 02  2024 one\r\n".getBytes(StandardCharsets.UTF_8));
            return "426 Connection lost.";
        });
        SessionPool pool = pool(PartnerSetup.of(server));
        Lease lease = pool.lease();
        assertThat(failure(Kind.REFUSED_FOR_NOW, () -> namesOf(lease.session().list(""))))
                .hasMessageContaining("426");
        assertNotLentAgain(pool, lease);
    }

    @Test
    void namesInAnotherEncoding() throws Exception {
        ScriptedServer server = scripted();
        server.on("LIST", (session, argument) -> {
            session.reply("150 Here it comes.");
            session.sendData("-rw-r--r-- 1 a a 55 Jan 02  2024 \u00fcber\r\n".getBytes(StandardCharsets.ISO_8859_1));
            return "226 Done.";
        });
        assertThat(namesOf(
                        session(PartnerSetup.of(server).encoding("ISO-8859-1")).list("")))
                .containsExactly("\u00fcber");
        assertThat(namesOf(session(server).list(""))).containsExactly("\ufffdber");
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void namesOfADirectory(String name) throws Exception {
        TestServer server = real(name);
        file(server, "in/two words", 1);
        file(server, "in/\u00fcml\u00e4ut", 1);
        Files.createDirectories(server.root().resolve("empty"));
        FtpSession session = session(server);
        assertThat(session.names("in"))
                .extracting(path -> path.substring(path.lastIndexOf('/') + 1))
                .containsExactlyInAnyOrder("two words", "\u00fcml\u00e4ut");
        assertThat(session.names("empty")).isEmpty();
        assertThat(session.names("missing")).isEmpty();
        assertThat(session.isBroken()).isFalse();
    }

    @Test
    void namesThatCannotBeListedAreAnError() throws Exception {
        ScriptedServer server = scripted().on("NLST", "530 Not logged in.");
        FtpSession session = session(server);
        failure(Kind.REFUSED, () -> session.names("in"));
        server.on("NLST", "425 No data connection.");
        failure(Kind.REFUSED_FOR_NOW, () -> session.names("in"));
    }

    // Directories

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "257 \"/\",/",
                "257 \"/home/a b\" is the current directory.,/home/a b",
                "257 \"/a \"\"b\"\" c\",/a \"b\" c",
                "257 \"/x\"\"\",/x\"",
                "257 \"/home\" belongs to \"ferry\".,/home",
                "257 \"/a\"\"b\" is \"current\",/a\"b",
            })
    void workingDirectoryWithQuotes(String reply, String expected) throws Exception {
        ScriptedServer server = scripted().on("PWD", reply);
        assertThat(session(server).workingDirectory()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"257 /home", "257 \"", "257 \"/home", "257"})
    void workingDirectoryThatMakesNoSenseIsAnError(String reply) throws Exception {
        ScriptedServer server = scripted().on("PWD", reply);
        FtpSession session = session(server);
        assertThat(failure(Kind.UNSAFE, session::workingDirectory)).hasMessageContaining("PWD");
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void directoryTellsItsPathAndTheSessionStaysWhereItIs(String name) throws Exception {
        TestServer server = real(name);
        file(server, "a b/c/file", 7);
        file(server, "file", 9);
        FtpSession session = session(server);
        assertThat(session.directory("a b/c")).contains("/a b/c");
        assertThat(session.directory("/a b/c")).contains("/a b/c");
        assertThat(session.directory("missing")).isEmpty();
        assertThat(session.directory("file")).isEmpty();
        assertThat(session.workingDirectory()).isEqualTo("/");
        assertThat(session.size("file")).contains(9L);
    }

    @Test
    void sessionThatCouldNotReturnHomeIsNotLentAgain() throws Exception {
        ScriptedServer server = scripted();
        SessionPool pool = pool(PartnerSetup.of(server));
        Lease lease = pool.lease();
        server.onNext("CWD", "250 Done.", "550 No way back.");
        assertThat(lease.session().directory("in")).isPresent();
        assertNotLentAgain(pool, lease);
    }

    /** Otherwise its next user would find, and replace, the files of another directory. */
    @Test
    void sessionThatDoesNotKnowWhereItIsIsNotLentAgain() throws Exception {
        ScriptedServer server = scripted().put("/in/file", new byte[1]).put("/file", new byte[2]);
        SessionPool pool = pool(PartnerSetup.of(server));
        Lease lease = pool.lease();
        FtpSession session = lease.session();
        server.onNext("PWD", "257 \"/\"", "550 The directory has been removed.");
        failure(Kind.REFUSED, () -> session.directory("in"));
        lease.close();
        try (Lease next = pool.lease()) {
            assertThat(next.session().size("file")).contains(2L);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void directoriesAndFilesAreMadeRenamedAndRemoved(String name) throws Exception {
        TestServer server = real(name);
        file(server, "file", 5);
        FtpSession session = session(server);
        session.makeDirectory("one");
        session.makeDirectories("a b/c/d");
        session.makeDirectories("/a b/c/e/");
        session.makeDirectories("a b/c/d");
        session.makeDirectories("");
        session.makeDirectories("/");
        assertThat(server.root().resolve("a b/c/d")).isDirectory();
        assertThat(server.root().resolve("a b/c/e")).isDirectory();
        session.rename("file", "a b/c/new name");
        assertThat(server.root().resolve("file")).doesNotExist();
        Content.assertIs(server.root().resolve("a b/c/new name"), 5, 1);
        session.delete("a b/c/new name");
        assertThat(server.root().resolve("a b/c/new name")).doesNotExist();
        session.removeDirectory("one");
        assertThat(server.root().resolve("one")).doesNotExist();
        assertThat(session.workingDirectory()).isEqualTo("/");
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void whatIsNotThereCannotBeChanged(String name) throws Exception {
        TestServer server = real(name);
        file(server, "full/file", 5);
        FtpSession session = session(server);
        // 550 from most, 450 from some.
        assertThat(failure(() -> session.delete("missing")).refuses("DELE")).isTrue();
        FtpException rename = failure(Kind.REFUSED, () -> session.rename("missing", "other"));
        assertThat(rename.refuses("RNFR") || rename.refuses("RNTO")).isTrue();
        FtpException onto = failure(Kind.REFUSED, () -> session.rename("full/file", "no/such/directory/file"));
        assertThat(onto.refuses("RNTO")).isTrue();
        assertThat(failure(() -> session.removeDirectory("full"))).hasMessageContaining("RMD full");
        assertThat(failure(Kind.REFUSED, () -> session.makeDirectory("full"))).hasMessageContaining("MKD full");
        Content.assertIs(server.root().resolve("full/file"), 5, 1);
        assertThat(session.isBroken()).isFalse();
    }

    @Test
    void directoryThatAnotherHasJustMadeIsThere() throws Exception {
        ScriptedServer server = scripted();
        server.onNext("CWD", "550 No such directory.").on("MKD", "550 Exists already.");
        session(server).makeDirectories("new");
        server.on("CWD", "550 No such directory.");
        FtpSession session = session(server);
        assertThat(failure(Kind.REFUSED, () -> session.makeDirectories("new")))
                .hasMessageContaining("550 Exists already.");
    }

    @Test
    void manyMakeTheSameDirectoriesAtOnce() throws Exception {
        TestServer server = real("apache");
        SessionPool pool = pool(PartnerSetup.of(server).maxSessions(4));
        ExecutorService executor = Executors.newFixedThreadPool(4);
        keep(() -> {
            executor.shutdownNow();
            assertThat(executor.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        });
        CyclicBarrier together = new CyclicBarrier(4);
        for (int round = 0; round < 10; round++) {
            String path = "r" + round + "/a/b";
            List<Future<?>> makers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                makers.add(executor.submit(() -> {
                    try (Lease lease = pool.lease()) {
                        together.await(20, TimeUnit.SECONDS);
                        lease.session().makeDirectories(path);
                    }
                    return null;
                }));
            }
            for (Future<?> maker : makers) {
                maker.get(FOR_EVER.toSeconds(), TimeUnit.SECONDS);
            }
            assertThat(server.root().resolve(path)).isDirectory();
        }
    }

    // Digests

    @Test
    void digestOfARealServer() throws Exception {
        TestServer server = real("apache");
        Path file = file(server, "two words.bin", 300_000);
        FtpSession session = session(server);
        assertThat(session.digestAlgorithm()).contains("MD5");
        String expected =
                HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(Files.readAllBytes(file)));
        assertThat(session.digest("two words.bin")).isEqualTo(expected);
        assertThat(failure(Kind.REFUSED, () -> session.digest("missing"))).hasMessageContaining("missing");
    }

    @Test
    void nameThatLooksLikeADigestIsNotTakenForOne() throws Exception {
        TestServer server = real("apache");
        Path file = file(server, MD5_OF_NOTHING, 10);
        String expected =
                HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(Files.readAllBytes(file)));
        assertThat(session(server).digest(MD5_OF_NOTHING)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "HASH SHA-256;SHA-512*;MD5,SHA-512",
        "HASH SHA-1;SHA-256;MD5*,SHA-256",
        "hash md5*,MD5",
        "XMD5,MD5",
        "XSHA1,SHA-1",
        "XSHA256,SHA-256",
        "XSHA512 filename;start;end,SHA-512",
        "MD5,MD5",
        "HASH CRC32*,",
        "SIZE,",
    })
    void digestAlgorithmIsTheStrongestOffered(String feature, String expected) throws Exception {
        ScriptedServer server = scripted();
        server.features("SIZE", feature);
        assertThat(session(server).digestAlgorithm().orElse(null)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "HASH MD5*,HASH,213 MD5 0-0 {} file",
        "HASH MD5*,HASH,213 MD5 0-0 {} 900150983cd24fb0d6963f7d28e17f72",
        "XMD5,XMD5,250 {}",
        "XMD5,XMD5,250-Computing|250 {}",
        "XMD5,XMD5,200 XMD5 {}",
        "MD5,MD5,251 \"file\" {}",
        "MD5,MD5,251 900150983cd24fb0d6963f7d28e17f72 {}",
        "MD5,MD5,251 900150983cd24fb0d6963f7d28e17f72aa {}",
    })
    void digestIsFoundInTheReply(String feature, String verb, String reply) throws Exception {
        ScriptedServer server = scripted();
        server.features(feature)
                .on(verb, reply.replace("|", "\r\n").replace("{}", MD5_OF_NOTHING.toUpperCase(Locale.ROOT)));
        assertThat(session(server).digest("file")).isEqualTo(MD5_OF_NOTHING);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"250 done", "250 d41d8cd98f00b204e9800998ecf8427", "250 da39a3ee5e6b4b0d3255bfef95601890afd80709"
            })
    void replyWithoutADigestOfTheAlgorithmIsAnError(String reply) throws Exception {
        ScriptedServer server = scripted();
        server.features("XMD5").on("XMD5", reply);
        FtpSession session = session(server);
        assertThat(failure(Kind.UNSAFE, () -> session.digest("file"))).hasMessageContaining("XMD5 file");
    }

    @Test
    void digestThatIsRefused() throws Exception {
        ScriptedServer server = scripted();
        FtpSession session = session(server);
        assertThat(failure(Kind.REFUSED, () -> session.digest("file"))).hasMessageContaining("offers no digest");
        server.features("HASH SHA-256").on("OPTS", "501 No.");
        FtpSession other = session(server);
        assertThat(failure(Kind.REFUSED, () -> other.digest("file"))).hasMessageContaining("OPTS HASH SHA-256");
        assertThat(verbs(server)).doesNotContain("HASH");
    }

    @Test
    void digestThatIsAnnouncedFirstDoesNotAnswerTheNextCommand() throws Exception {
        ScriptedServer server = scripted();
        server.features("XMD5")
                .on("XMD5", "150 Computing.\r\n250 " + MD5_OF_NOTHING)
                .on("DELE", "550 No.");
        FtpSession session = session(server);
        String digest = null;
        try {
            digest = session.digest("file");
        } catch (FtpException e) {
            assertThat(session.isBroken()).isTrue();
        }
        if (digest != null) {
            assertThat(digest).isEqualTo(MD5_OF_NOTHING);
            failure(Kind.REFUSED, () -> session.delete("file"));
        }
    }
}
