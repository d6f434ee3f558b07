package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Await;
import io.ferry.testkit.Content;
import io.ferry.testkit.Leaks;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What goes wrong outside says so in clear words, loses nothing, and is over once its cause is. */
class BadInputTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int SIZE = 300_000;

    @TempDir
    Path local;

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private Leaks leaks;
    private CamelContext context;
    private Ears ears;

    /** What is said at WARN and above, with the messages of all causes. */
    private static final class Ears extends AppenderBase<ILoggingEvent> implements AutoCloseable {
        private final List<String> lines = new CopyOnWriteArrayList<>();
        private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

        Ears() {
            start();
            root.addAppender(this);
        }

        @Override
        protected void append(ILoggingEvent event) {
            if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
                StringBuilder line = new StringBuilder(event.getFormattedMessage());
                for (IThrowableProxy each = event.getThrowableProxy(); each != null; each = each.getCause()) {
                    line.append(" | ").append(each.getMessage());
                }
                lines.add(line.toString());
            }
        }

        boolean heard(String... words) {
            return lines.stream().anyMatch(line -> List.of(words).stream().allMatch(line::contains));
        }

        String text() {
            return String.join("\n", lines);
        }

        @Override
        public void close() {
            root.detachAppender(this);
        }
    }

    @BeforeEach
    void begin() {
        leaks = Leaks.snapshot();
        ears = keep(new Ears());
        context = new DefaultCamelContext();
        context.getShutdownStrategy().setTimeout(10);
    }

    @AfterEach
    void end() throws Exception {
        context.stop();
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
        Leaks.assertNoneSince(leaks);
    }

    private <T extends AutoCloseable> T keep(T closeable) {
        opened.push(closeable);
        return closeable;
    }

    private static String uri(TestServer server, String directory, String options) {
        return uri("ferry-ftp:127.0.0.1:" + server.port(), server.password(), directory, options);
    }

    private static String uri(String address, String password, String directory, String options) {
        return address + "/" + directory + "?username=ferry&password=RAW(" + password
                + ")&reconnectDelay=20&maximumReconnectAttempts=2&initialDelay=0&delay=100"
                + (options.isEmpty() ? "" : "&" + options);
    }

    private Path inbox() {
        return local.resolve("inbox");
    }

    private String outbox() {
        return "file:" + local.resolve("outbox") + "?initialDelay=0&delay=100";
    }

    private void route(String from, String to) throws Exception {
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(from).routeId("test").to(to);
            }
        });
        context.start();
    }

    /** All messages of the failure to start this route. */
    private String refusal(String from, String to) {
        Throwable thrown = catchThrowable(() -> route(from, to));
        assertThat(thrown).as(from + " -> " + to + " starts").isNotNull();
        StringBuilder text = new StringBuilder();
        for (Throwable each = thrown; each != null; each = each.getCause()) {
            text.append(each.getMessage()).append('\n');
        }
        return text.toString();
    }

    private void untilHeard(String... words) {
        try {
            until(String.join(" … ", words), () -> ears.heard(words));
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; heard was:\n" + ears.text(), e);
        }
    }

    private void until(String what, BooleanSupplier condition) {
        Await.until(what, LIMIT, condition);
    }

    private static Path write(Path file, int size, long seed) throws IOException {
        Files.createDirectories(file.getParent());
        Path draft = file.resolveSibling(".draft");
        Content.write(draft, size, seed);
        Files.setLastModifiedTime(draft, FileTime.from(Instant.now().minusSeconds(3600)));
        return Files.move(draft, file);
    }

    private Path drop(String name) throws IOException {
        return write(local.resolve("outbox").resolve(name), SIZE, 7);
    }

    private static List<String> names(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (var files = Files.list(directory)) {
            return files.map(each -> each.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void assertArrived(String name) {
        until(name + " arrives", () -> Files.exists(inbox().resolve(name)));
        Content.assertIs(inbox().resolve(name), SIZE, 1);
        assertThat(names(inbox())).containsExactly(name);
    }

    // The server

    @Test
    void serverThatIsDownIsNamedAndFoundOnceItIsUp() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        Path source = write(server.root().resolve("outbound/file"), SIZE, 1);
        server.crash();
        route(uri(server, "outbound", "delete=true"), "file:" + inbox());
        untilHeard("127.0.0.1:" + server.port(), "cannot connect", "Check host and port");
        assertThat(source).exists();
        server.restart();
        assertArrived("file");
        until("deleted", () -> !Files.exists(source));
    }

    @Test
    void pushToAServerThatIsDownKeepsTheDropUntilItIsUp() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        server.crash();
        Path drop = drop("file");
        route(outbox(), uri(server, "inbound", ""));
        untilHeard("127.0.0.1:" + server.port(), "cannot connect");
        assertThat(drop).exists();
        server.restart();
        until("sent", () -> !Files.exists(drop));
        Content.assertIs(server.root().resolve("inbound/file"), SIZE, 7);
    }

    @Test
    void hostThatDoesNotExist() throws Exception {
        route(uri("ferry-ftp:no-such-host.invalid", "sesame", "outbound", ""), "file:" + inbox());
        untilHeard("unknown host no-such-host.invalid");
    }

    @Test
    void wrongPasswordIsNamedAndNotShownAndTheRouteGoesOnOnceItIsRight() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.put("/outbound/file", Content.bytes(SIZE, 1)).on("PASS", "530 Login incorrect.");
        route(uri(server, "outbound", "delete=true"), "file:" + inbox());
        untilHeard("login refused. Check user, password and account", "530 Login incorrect.", "ferry@127.0.0.1");
        assertThat(ears.text()).doesNotContain(server.password());
        assertThat(server.get("/outbound/file")).isNotNull();
        server.standard("PASS");
        assertArrived("file");
        until("deleted", () -> server.get("/outbound/file") == null);
    }

    /** Servers lock out who tries too often. */
    @Test
    void wrongPasswordIsTriedOnceAPoll() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).on("PASS", "530 Login incorrect.");
        route(uri(server, "outbound", "delete=true&repeatCount=1"), "file:" + inbox());
        untilHeard("login refused");
        context.stop();
        assertThat(server.commands())
                .filteredOn(each -> each.startsWith("PASS"))
                .hasSize(1);
    }

    @Test
    void pushWithTheWrongPasswordKeepsTheDrop() throws Exception {
        ApacheFtp server = keep(ApacheFtp.start());
        Path drop = drop("file");
        route(outbox(), uri("ferry-ftp:127.0.0.1:" + server.port(), "open-barley", "inbound", ""));
        untilHeard("login refused", "530");
        assertThat(drop).exists();
        assertThat(server.root()).isEmptyDirectory();
        assertThat(ears.text()).doesNotContain("open-barley");
    }

    // Directories and permissions

    @Test
    void missingDirectoryIsNamedAndPolledOnceItIsThere() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        route(uri(server, "outbound", "autoCreate=false&delete=true"), "file:" + inbox());
        untilHeard("there is no directory outbound", "autoCreate=true");
        assertThat(server.root()).isEmptyDirectory();
        write(server.root().resolve("outbound/file"), SIZE, 1);
        assertArrived("file");
    }

    @Test
    void directoryThatIsMadeIsSaid() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        route(uri(server, "outbund", "delete=true"), "file:" + inbox());
        untilHeard("there was no directory outbund", "Is the path right?");
        assertThat(server.root().resolve("outbund")).isEmptyDirectory();
    }

    @Test
    void pushIntoAMissingDirectoryKeepsTheDrop() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        Path drop = drop("file");
        route(outbox(), uri(server, "inbound", "autoCreate=false"));
        untilHeard("inbound/", "553");
        assertThat(drop).exists();
        assertThat(server.root()).isEmptyDirectory();
        Files.createDirectories(server.root().resolve("inbound"));
        until("sent", () -> !Files.exists(drop));
        Content.assertIs(server.root().resolve("inbound/file"), SIZE, 7);
    }

    @Test
    void fileThatMayNotBeReadStaysAndIsTakenOnceItMay() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.put("/outbound/file", Content.bytes(SIZE, 1)).on("RETR", "550 Permission denied.");
        route(uri(server, "outbound", "delete=true"), "file:" + inbox());
        untilHeard("RETR outbound/file", "550 Permission denied.");
        assertThat(names(inbox())).isEmpty();
        assertThat(server.get("/outbound/file")).isNotNull();
        server.standard("RETR");
        assertArrived("file");
    }

    @Test
    void oneFileThatMayNotBeReadDoesNotHoldUpTheOthers() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.put("/outbound/a", Content.bytes(10, 1));
        server.put("/outbound/file", Content.bytes(SIZE, 1));
        server.on(
                "RETR",
                (session, argument) ->
                        argument.endsWith("/a") ? "550 Permission denied." : session.standard("RETR", argument));
        route(uri(server, "outbound", "delete=true"), "file:" + inbox());
        assertArrived("file");
        untilHeard("RETR outbound/a", "550 Permission denied.");
        assertThat(server.get("/outbound/a")).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"RETR", "LIST"})
    void whatARealServerDeniesIsNamed(String verb) throws Exception {
        Vsftpd server = keep(Vsftpd.start(Vsftpd.plain().set("cmds_denied", verb)));
        Path source = write(server.root().resolve("outbound/file"), SIZE, 1);
        route(uri(server, "outbound", "delete=true"), "file:" + inbox());
        untilHeard(verb + " outbound", "550 Permission denied.");
        assertThat(source).exists();
        assertThat(names(inbox())).isEmpty();
    }

    @Test
    void fileThatMayNotBeDeletedIsDeliveredAndTheRefusalIsNamed() throws Exception {
        Vsftpd server = keep(Vsftpd.start(Vsftpd.plain().set("cmds_denied", "DELE")));
        Path source = write(server.root().resolve("outbound/file"), SIZE, 1);
        route(uri(server, "outbound", "delete=true"), "file:" + inbox());
        assertArrived("file");
        untilHeard("outbound/file", "550 Permission denied.");
        assertThat(source).exists();
    }

    @Test
    void fileThatMayNotBeMovedIsDeliveredAndTheRefusalIsNamed() throws Exception {
        Vsftpd server = keep(Vsftpd.start(Vsftpd.plain().set("cmds_denied", "RNFR")));
        Path source = write(server.root().resolve("outbound/file"), SIZE, 1);
        route(uri(server, "outbound", "move=.done"), "file:" + inbox());
        assertArrived("file");
        untilHeard("outbound/file", "550 Permission denied.");
        assertThat(source).exists();
    }

    @Test
    void serverThatTakesNoFilesKeepsTheDrop() throws Exception {
        Vsftpd server = keep(Vsftpd.start(Vsftpd.plain().set("write_enable", "NO")));
        Files.createDirectories(server.root().resolve("inbound"));
        Path drop = drop("file");
        route(outbox(), uri(server, "inbound", ""));
        untilHeard("STOR inbound/", "550 Permission denied.");
        assertThat(drop).exists();
        assertThat(names(server.root().resolve("inbound"))).isEmpty();
    }

    @Test
    void partialThatMayNotBeRenamedIsNeverSeenUnderTheFinalName() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).on("RNTO", "553 Rename denied.");
        Path drop = drop("file");
        route(outbox(), uri(server, "inbound", ""));
        untilHeard("RNTO inbound/file", "553 Rename denied.");
        assertThat(drop).exists();
        assertThat(server.paths()).isNotEmpty().doesNotContain("/inbound/file");
        server.standard("RNTO");
        until("sent", () -> !Files.exists(drop));
        Content.assertIs(server.get("/inbound/file"), SIZE, 7);
        assertThat(server.paths()).containsExactly("/inbound/file");
    }

    @Test
    void diskOfTheServerThatIsFullKeepsTheDrop() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("STOR", (session, argument) -> {
            session.reply("150 Send it.");
            session.receiveData();
            return "452 Disk full.";
        });
        Path drop = drop("file");
        route(outbox(), uri(server, "inbound", ""));
        untilHeard("STOR inbound/", "452 Disk full.");
        assertThat(drop).exists();
        assertThat(server.paths()).doesNotContain("/inbound/file");
        server.standard("STOR");
        until("sent", () -> !Files.exists(drop));
        Content.assertIs(server.get("/inbound/file"), SIZE, 7);
    }

    @Test
    void namesThatLeadElsewhereAreReportedAndLeftWhereTheyAre() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/outbound/file", Content.bytes(SIZE, 1));
        server.features("MLST type*;size*;modify*;", "SIZE", "MDTM");
        List<String> lines = List.of(
                "type=file;size=5;modify=20240102030405; ../../escaped",
                "type=file;size=5;modify=20240102030405; /etc/escaped",
                "type=file;size=5;modify=20240102030405; ..\\escaped",
                "type=dir;modify=20240102030405; ..",
                "type=file;size=" + SIZE + ";modify=20240102030405; file");
        server.on("MLSD", (session, argument) -> {
            session.sendLines(lines);
            return null;
        });
        server.on("MLST", "502 No.");
        route(uri(server, "outbound", "noop=true&recursive=true"), "file:" + inbox());
        assertArrived("file");
        untilHeard("Refused: \"../../escaped\"");
        untilHeard("Refused: \"/etc/escaped\"");
        untilHeard("Refused: \"..\\escaped\"");
        assertThat(server.commands()).noneMatch(command -> command.startsWith("RETR") && command.contains("escaped"));
    }

    // Options

    @ParameterizedTest
    @ValueSource(strings = {"blokSize=1MB", "resumeDownloads=true"})
    void unknownOptionIsNamed(String option) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        String name = option.substring(0, option.indexOf('='));
        assertThat(refusal(uri(server, "outbound", option), "file:" + inbox()))
                .contains("ferry-ftp has no option " + name + ". Did you mean ");
        assertThat(server.commands()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "binary=false,SIZE and REST count bytes only in TYPE I",
        "stepwise=true,sessions are shared and never change directory",
        "streamDownload=true,The body is a file on disk already",
        "ftpClient=#myClient,one client shared by all consumers and producers is not safe",
        "readLock=markerFile,it locks nothing on FTP. Use readLock=changed",
        "readLock=idempotent,it locks nothing on FTP. Use readLock=changed",
        "readLock=fileLock,it locks nothing on FTP. Use readLock=changed",
        "checksumFileAlgorithm=MD5,Use verify=digest",
        "bufferSize=4096,Use blockSize",
        "eagerDeleteTargetFile=true,only once the new file is verified",
        "separator=Windows,remote paths are sent as they are written",
        "transferLoggingLevel=INFO,use a TransferListener",
    })
    void stockOptionThatCannotBeHonouredIsRefusedWithTheReason(String option, String reason) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        assertThat(refusal(uri(server, "outbound", option), "file:" + inbox()))
                .contains("ferry-ftp refuses the option " + option, reason)
                .doesNotContain(server.password());
        assertThat(server.commands()).isEmpty();
    }

    @Test
    void optionOfTheStockClientIsRefusedWithThoseThatWork() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        assertThat(refusal(uri(server, "outbound", "ftpClient.bufferSize=1"), "file:" + inbox()))
                .contains("refuses the option ftpClient.bufferSize", "it takes connectTimeout, controlEncoding");
    }

    @ParameterizedTest
    @CsvSource({
        "blockSize=huge,The option blockSize takes bytes such as 4096",
        "blockSize=0,block",
        "blockSize=-1,The option blockSize takes bytes",
        "blockSize=1GB,at most 64MB",
        "overlap=some,The option overlap takes bytes",
        "verify=foo,'The option verify takes one of none, size, digest, not \"foo\"'",
        "resume=maybe,'The option resume takes one of auto, off, not \"maybe\"'",
        "maxSessions=0,maxSessions must be at least 1",
        "concurrentTransfers=0,concurrentTransfers must be at least 1",
        "maxRate=fast,'The option maxRate takes bytes per second'",
        "maxTotalRate=18:00=1MB,The option maxTotalRate takes bytes per second",
        "maxSessions=many,maxSessions",
        "activePortRange=5,'The option activePortRange takes min-max, not \"5\"'",
        "activePortRange=9000-8000,The option activePortRange takes min-max",
        "ftpClient.controlEncoding=klingon,klingon",
        "ftpClient.connectTimeout=soon,soon",
        "passiveMode=maybe,passiveMode",
        "connectTimeout=soon,connectTimeout",
    })
    void badValueIsRefusedAtStartAndTheOptionIsNamed(String option, String words) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        assertThat(refusal(uri(server, "outbound", option), "file:" + inbox()))
                .contains(words)
                .doesNotContain(server.password());
        assertThat(server.commands()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "blockSize=huge,The option blockSize takes bytes such as 4096",
        "verify=foo,The option verify takes one of",
        "maxSessions=0,maxSessions must be at least 1",
        "stepwise=true,sessions are shared",
        "ftpClient.controlEncoding=klingon,klingon",
    })
    void badOptionOfAProducerIsRefusedAtStart(String option, String words) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        assertThat(refusal(outbox(), uri(server, "inbound", option))).contains(words);
        assertThat(server.commands()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "securityProtocol=SSLv3,The option securityProtocol takes TLSv1.3",
        "execProt=X,The option execProt takes P",
        "disableSecureDataChannelDefaults=true,data connections are protected",
        "execPbsz=1024,RFC 4217 allows only 0",
    })
    void badTlsOptionIsRefusedAtStart(String option, String words) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        String address = "ferry-ftps:127.0.0.1:" + server.port();
        assertThat(refusal(uri(address, "sesame", "outbound", option), "file:" + inbox()))
                .contains(words);
        assertThat(server.commands()).isEmpty();
    }

    // TLS

    @Test
    void serverOfAnUnknownAuthorityGetsNoPasswordThroughARoute() throws Exception {
        ApacheFtp server = keep(ApacheFtp.start(ApacheFtp.secured()));
        write(server.root().resolve("outbound/file"), SIZE, 1);
        route(uri("ferry-ftps:localhost:" + server.port(), server.password(), "outbound", ""), "file:" + inbox());
        untilHeard("TLS on the control connection failed", "trusted (trust store)", "localhost");
        assertThat(server.commands()).contains("AUTH TLS").noneMatch(command -> command.startsWith("USER"));
    }

    @Test
    void serverWithoutTlsGetsNoPasswordThroughARoute() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        Path drop = drop("file");
        route(outbox(), uri("ferry-ftps:127.0.0.1:" + server.port(), server.password(), "inbound", ""));
        untilHeard("refuses AUTH TLS. Nothing is sent in plain text", "line is safe: 502");
        assertThat(server.commands()).containsOnly("AUTH TLS");
        assertThat(drop).exists();
    }

    @Test
    void trustStoreThatIsMissingOrHasAnotherPasswordIsNamed() throws Exception {
        ApacheFtp server = keep(ApacheFtp.start(ApacheFtp.secured()));
        String address = "ferry-ftps:localhost:" + server.port();
        String missing = "ftpClient.trustStore.file=" + local.resolve("no-such.p12");
        route(uri(address, server.password(), "outbound", missing), "file:" + inbox());
        untilHeard("there is no trust store", "no-such.p12");
        context.stop();
        context = new DefaultCamelContext();
        String locked = "ftpClient.trustStore.file=" + server.tls().truststore()
                + "&ftpClient.trustStore.password=abracadabra&ftpClient.trustStore.type=PKCS12";
        route(uri(address, server.password(), "outbound", locked), "file:" + inbox());
        untilHeard("cannot read the trust store", "password");
        assertThat(ears.text()).doesNotContain("abracadabra");
        assertThat(server.commands()).isEmpty();
    }

    // The local disk

    @Test
    void workDirectoryThatCannotBeMadeIsNamedAndTheSourceStays() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/outbound/file", Content.bytes(SIZE, 1));
        Path blocked = Files.writeString(local.resolve("blocked"), "a regular file");
        Path work = blocked.resolve("work");
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(uri(server, "outbound", "delete=true&workDirectory=" + work))
                        .routeId("blocked-route")
                        .to("file:" + inbox() + "?tempPrefix=.");
            }
        });
        context.start();
        untilHeard("blocked-route", "local disk", blocked.toString());
        assertThat(server.get("/outbound/file")).isNotNull();
        assertThat(names(inbox())).isEmpty();
        Files.delete(blocked);
        assertArrived("file");
        until("deleted", () -> server.get("/outbound/file") == null);
    }

    @Test
    void localDiskThatIsFullIsNamedAndTheSourceStaysUntilThereIsRoom() throws Exception {
        Path disk = smallDisk();
        ScriptedServer server = keep(ScriptedServer.start()).put("/outbound/file", Content.bytes(3 << 20, 1));
        route(uri(server, "outbound", "delete=true"), "file:" + disk.resolve("inbox"));
        untilHeard("Download of outbound/file", "local disk", "has room for");
        assertThat(server.get("/outbound/file")).isNotNull();
        assertThat(names(disk.resolve("inbox"))).isEmpty();
        mount("-o", "remount,size=16m", disk.toString());
        until("arrived", () -> Files.exists(disk.resolve("inbox/file")));
        Content.assertIs(disk.resolve("inbox/file"), 3 << 20, 1);
        until("deleted", () -> server.get("/outbound/file") == null);
        context.stop();
    }

    /** A file system of its own with 1 MB; only root can make one. */
    private Path smallDisk() throws Exception {
        Path disk = Files.createDirectories(local.resolve("disk"));
        if (!"root".equals(System.getProperty("user.name"))
                || !mount("-t", "tmpfs", "-o", "size=1m", "ferry", disk.toString())) {
            System.err.println("##### TEST NOT RUN: a small tmpfs cannot be mounted here #####");
            Assumptions.abort("a small tmpfs cannot be mounted here");
        }
        keep(() -> assertThat(run("umount", disk.toString())).isTrue());
        return disk;
    }

    private static boolean mount(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("mount"));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    private static boolean run(String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        process.getOutputStream().close();
        return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    @Test
    void inboxThatIsNoDirectoryIsNamedAndTheSourceStays() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/outbound/file", Content.bytes(SIZE, 1));
        Files.writeString(inbox(), "a regular file");
        Throwable thrown = catchThrowable(() -> route(uri(server, "outbound", "delete=true"), "file:" + inbox()));
        if (thrown == null) {
            untilHeard(inbox().toString());
        }
        assertThat(server.get("/outbound/file")).isNotNull();
        assertThat(inbox()).hasContent("a regular file");
    }

    @Test
    void directoryUnderTheFinalNameIsNotReplacedAndTheSourceStays() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/outbound/file", Content.bytes(SIZE, 1));
        Path taken = Files.createDirectories(inbox().resolve("file/kept"));
        route(uri(server, "outbound", "delete=true"), "file:" + inbox());
        untilHeard(inbox().resolve("file").toString());
        assertThat(taken).isDirectory();
        assertThat(server.get("/outbound/file")).isNotNull();
        Files.delete(taken);
        Files.delete(taken.getParent());
        assertArrived("file");
        until("deleted", () -> server.get("/outbound/file") == null);
    }
}
