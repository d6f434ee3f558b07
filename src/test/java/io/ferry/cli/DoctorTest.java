package io.ferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ferry.console.Screen;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Await;
import io.ferry.testkit.Ports;
import io.ferry.testkit.Proftpd;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The doctor, with patients that have each ailment. */
class DoctorTest extends CliFixture {

    private static final String SECRET = "ferry.test.trustStore";

    /** Whatever a client may send without changing anything at a server. */
    private static final Set<String> READING = Set.of(
            "USER", "PASS", "AUTH", "PBSZ", "PROT", "FEAT", "OPTS", "TYPE", "SYST", "STAT", "PWD", "CWD", "EPSV",
            "PASV", "LIST", "MLSD", "MLST", "SIZE", "MDTM", "NOOP", "QUIT");

    @AfterEach
    void forget() {
        System.clearProperty(SECRET);
    }

    private static void assertOnlyRead(TestServer server) {
        assertThat(server.commands())
                .isNotEmpty()
                .allSatisfy(each -> assertThat(READING).contains(each.split(" ", 2)[0]));
    }

    private static void assertClean(Path directory) throws Exception {
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left).noneMatch(each -> each.getFileName().toString().contains("doctor"));
        }
    }

    /** The line of a check. */
    private static String line(Ran ran, String status, String name) {
        String start = "%-4s  %-13s  ".formatted(status, name);
        return ran.out()
                .lines()
                .filter(each -> each.startsWith(start))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no \"" + start + "\" in\n" + ran.out()));
    }

    @Test
    void withoutWriteNothingIsWritten() throws Exception {
        TestServer server = keep(Vsftpd.start(Vsftpd.plain().idle(Duration.ofSeconds(77))));
        write(server, "outbound/a.txt", "hello");

        Ran ran = run(server, "doctor", "--sessions", "4", url(server, "outbound"))
                .ended(ExitCode.OK);

        for (String each : new String[] {"DNS", "connect", "login", "FEAT", "EPSV", "PASV"}) {
            line(ran, "ok", each);
        }
        assertThat(line(ran, "warn", "TLS")).contains("plain FTP");
        assertThat(line(ran, "note", "MLSD")).contains("LIST shows 1 entry");
        assertThat(line(ran, "ok", "SIZE")).contains("outbound/a.txt has 5 bytes");
        line(ran, "ok", "MDTM");
        line(ran, "note", "UTF-8");
        assertThat(line(ran, "ok", "idle time-out")).contains("77 seconds");
        assertThat(line(ran, "ok", "sessions")).contains("at least 4");
        assertThat(line(ran, "note", "writing")).contains("--write");
        assertThat(ran.out())
                .contains("- route:", "password: \"{{password}}\"")
                .doesNotContain("\u001b", server.password());
        assertOnlyRead(server);
        try (Stream<Path> all = Files.walk(server.root())) {
            assertThat(all).hasSize(3);
        }
    }

    @Test
    void withWriteItTriesEverythingAndCleansUp() throws Exception {
        TestServer server = keep(Vsftpd.start());
        write(server, "outbound/a.txt", "hello");

        Ran ran = run(server, "doctor", "--write", "--throughput", "1", url(server, "outbound"))
                .ended(ExitCode.OK);

        for (String each : new String[] {"clock", "REST up", "REST down", "cleaning up"}) {
            line(ran, "ok", each);
        }
        assertThat(line(ran, "ok", "rename")).contains("replaces");
        assertThat(line(ran, "ok", "throughput")).contains("64 KiB blocks", "1024 KiB blocks", "up", "down");
        assertClean(server.root().resolve("outbound"));
        assertThat(server.root().resolve("outbound/a.txt")).hasContent("hello");
    }

    @Test
    void tlsItsVersionsItsCertificateAndItsReuseAreLookedAt() throws Exception {
        TestServer server = keep(Vsftpd.start(Vsftpd.secured()));
        System.setProperty(SECRET, server.tls().truststorePassword());

        Ran ran = run(
                        server,
                        "doctor",
                        "--write",
                        "--throughput",
                        "1",
                        "--trust-store",
                        server.tls().truststore().toString(),
                        "-o",
                        "ftpClient.trustStore.password={{sys:" + SECRET + "}}",
                        securedUrl(server, ""))
                .ended(ExitCode.OK);

        assertThat(line(ran, "ok", "TLS")).contains("1.3 and 1.2");
        // The test's certificates are short-lived.
        assertThat(line(ran, "warn", "certificate")).contains("CN=", "valid until", "127.0.0.1", "soon");
        line(ran, "ok", "TLS reuse");
        assertThat(ran.out())
                .contains("{{trustStore.password}}")
                .doesNotContain("\"" + server.tls().truststorePassword() + "\"");
        assertClean(server.root());
    }

    @Test
    void aServerWhoseTicketsAreForOneConnectionIsWrittenToAllTheSame() throws Exception {
        TestServer server = keep(Proftpd.start(Proftpd.secured()));

        Ran ran = run(
                        server,
                        "doctor",
                        "--write",
                        "--throughput",
                        "1",
                        "--certificate-check",
                        "none",
                        securedUrl(server, ""))
                .ended(ExitCode.OK);

        line(ran, "ok", "REST up");
        line(ran, "ok", "MLSD");
        line(ran, "ok", "throughput");
        assertThat(line(ran, "ok", "digest")).contains("verify=digest");
        assertClean(server.root());
    }

    @Test
    void aCertificateThatIsNotTrustedStopsItBeforeThePassword() throws Exception {
        TestServer server = keep(Vsftpd.start(Vsftpd.secured().expiredCertificate()));

        Ran ran = run(server, "doctor", securedUrl(server, "")).ended(ExitCode.TLS);

        assertThat(line(ran, "fail", "certificate")).contains("CN=", "valid until");
        assertThat(ran.out()).contains("It has expired", "No password was sent").doesNotContain("- route:");
        assertThat(server.log()).doesNotContain("USER", "PASS");
    }

    @Test
    void aCertificateForAnotherHostNamesItsFingerprint() throws Exception {
        TestServer server = keep(Vsftpd.start(Vsftpd.secured().certificateFor("dns:other.example")));

        Ran ran = run(server, "doctor", securedUrl(server, "")).ended(ExitCode.TLS);

        assertThat(line(ran, "fail", "certificate")).contains("other.example");
        assertThat(ran.out()).containsPattern("certificatePin=[0-9A-F:]{95}");
    }

    @Test
    void whatCannotBeReachedEndsItWithTheCodeOfTheReason() throws Exception {
        Ran down = runWithPassword("x", "doctor", "ftp://ferry@127.0.0.1:" + Ports.free() + "/");
        line(down.ended(ExitCode.CONNECT), "fail", "connect");

        Ran unknown = runWithPassword("x", "doctor", "ftp://ferry@nobody.invalid/");
        line(unknown.ended(ExitCode.CONNECT), "fail", "DNS");

        TestServer server = keep(Vsftpd.start());
        Ran refused = runWithPassword("wrong-secret", "doctor", url(server, ""));
        line(refused.ended(ExitCode.LOGIN), "fail", "login");
        assertThat(refused.out()).doesNotContain("wrong-secret");

        Ran plain = run(server, "doctor", securedUrl(server, "")).ended(ExitCode.TLS);
        assertThat(line(plain, "fail", "TLS")).contains("AUTH TLS");

        Ran missing = run(server, "doctor", url(server, "nope")).ended(ExitCode.CHECK);
        assertThat(line(missing, "fail", "LIST")).contains("nope");
    }

    @Test
    void aServerThatSaysNothingIsNotWaitedForAgainAndAgain() throws Exception {
        AtomicInteger connections = new AtomicInteger();
        ServerSocket listener = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        List<Socket> silent = new CopyOnWriteArrayList<>();
        Thread accepting = new Thread(() -> {
            while (!listener.isClosed()) {
                try {
                    silent.add(listener.accept());
                    connections.incrementAndGet();
                } catch (IOException e) {
                    return;
                }
            }
        });
        accepting.start();
        try {
            Ran ran = runWithPassword(
                    "x", "doctor", "--connect-timeout", "1", "ftps://ferry@127.0.0.1:" + listener.getLocalPort() + "/");
            line(ran.ended(ExitCode.CONNECT), "fail", "TLS");
        } finally {
            listener.close();
            accepting.join();
            for (Socket each : silent) {
                each.close();
            }
        }
        // The session itself, and one look at the versions.
        assertThat(connections).hasValue(2);
    }

    @Test
    void addressTranslationIsNamed() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("PASV", (session, argument) -> session.standard("PASV", "").replace("127,0,0,1", "10,0,0,5"));

        Ran warned = run(server, "doctor", url(server, "")).ended(ExitCode.OK);
        assertThat(line(warned, "warn", "PASV")).contains("10.0.0.5", "NAT", "EPSV");
        assertThat(warned.out()).contains("skipPassiveAddress: \"true\"");

        server.on("EPSV", "500 What?");
        Ran failed = run(server, "doctor", url(server, "")).ended(ExitCode.CHECK);
        assertThat(line(failed, "fail", "PASV")).contains("10.0.0.5", "NAT");
        assertThat(line(failed, "note", "EPSV")).contains("500 What?");
        assertThat(failed.out()).contains("-> Set skipPassiveAddress=true");

        Ran mended = run(server, "doctor", "-o", "skipPassiveAddress=true", url(server, ""))
                .ended(ExitCode.OK);
        assertThat(line(mended, "ok", "PASV")).contains("10.0.0.5");
        assertOnlyRead(server);
    }

    @Test
    void portsBehindAFirewallAreNamed() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        int dead = Ports.free();
        server.on("EPSV", "229 Passive (|||" + dead + "|)")
                .on("PASV", "227 Passive (127,0,0,1," + dead / 256 + "," + dead % 256 + ").");

        Ran ran = run(server, "doctor", url(server, "")).ended(ExitCode.CHECK);

        assertThat(line(ran, "fail", "EPSV")).contains("port " + dead);
        assertThat(line(ran, "fail", "PASV")).contains("port " + dead);
        assertThat(ran.out()).contains("A firewall blocks");
    }

    @Test
    void aFirewallThatOpensThePortsOfOneCommandOnlyIsToldFromOneThatOpensNone() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("EPSV", "229 Passive (|||" + Ports.free() + "|)");

        Ran ran = run(server, "doctor", url(server, "")).ended(ExitCode.OK);

        assertThat(line(ran, "warn", "EPSV")).contains("cannot be reached", "the other command's can");
        line(ran, "ok", "PASV");
        line(ran, "note", "MLSD");
    }

    @Test
    void fewerSessionsThanFerryWouldOpenAreCounted() throws Exception {
        TestServer server = keep(Vsftpd.start(Vsftpd.plain().maxPerIp(3)));

        Ran ran = run(server, "doctor", url(server, "")).ended(ExitCode.OK);

        assertThat(line(ran, "warn", "sessions")).contains("3 at once", "421");
        assertThat(ran.out()).contains("maxSessions: \"3\"");
        // One session opens no others.
        server.clearCommands();
        run(server, "doctor", "--sessions", "1", url(server, "")).ended(ExitCode.OK);
        assertThat(server.commands().stream().filter(each -> each.startsWith("USER")))
                .hasSize(1);
    }

    @Test
    void whatFailsInTheMiddleLeavesNoFileBehind() throws Exception {
        TestServer server = keep(Vsftpd.start(Vsftpd.plain().set("cmds_denied", "RNFR")));

        Ran ran = run(server, "doctor", "--write", "--throughput", "1", url(server, ""))
                .ended(ExitCode.CHECK);

        assertThat(line(ran, "fail", "rename")).contains("RNFR");
        line(ran, "ok", "cleaning up");
        assertClean(server.root());
    }

    @Test
    void filesThatCannotBeDeletedAreNamed() throws Exception {
        TestServer server = keep(Vsftpd.start(Vsftpd.plain().set("cmds_denied", "DELE")));

        Ran ran = run(server, "doctor", "--write", "--throughput", "1", url(server, ""))
                .ended(ExitCode.CHECK);

        String said = line(ran, "fail", "cleaning up");
        try (Stream<Path> left = Files.list(server.root())) {
            assertThat(left.toList())
                    .isNotEmpty()
                    .allSatisfy(
                            each -> assertThat(said).contains(each.getFileName().toString()));
        }
    }

    @Test
    void aDirectoryThatMayOnlyBeReadFailsAtTheFirstFile() throws Exception {
        TestServer server = keep(Vsftpd.start(Vsftpd.plain().set("write_enable", "NO")));
        Ran ran = run(server, "doctor", "--write", url(server, "")).ended(ExitCode.CHECK);
        assertThat(line(ran, "fail", "STOR")).contains("550");
    }

    @Test
    void restThatIsRefusedOrIgnoredIsToldApart() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("REST", "502 What?");
        Ran refused = run(server, "doctor", "--write", "--throughput", "1", url(server, ""))
                .ended(ExitCode.OK);
        assertThat(line(refused, "ok", "REST up")).contains("APPE");
        assertThat(line(refused, "warn", "REST down")).contains("502");

        server.on("REST", "350 Gladly.");
        Ran ignored = run(server, "doctor", "--write", "--throughput", "1", url(server, ""))
                .ended(ExitCode.OK);
        assertThat(line(ignored, "warn", "REST up")).contains("another");
        assertThat(line(ignored, "warn", "REST down")).contains("something else");
        assertThat(server.paths()).isEmpty();
    }

    @Test
    void aClockThatIsWrongIsNoticed() throws Exception {
        // The scripted server says that everything is from 2024.
        ScriptedServer server = keep(ScriptedServer.start());
        Ran ran = run(server, "doctor", "--write", "--throughput", "1", url(server, ""))
                .ended(ExitCode.OK);
        assertThat(line(ran, "warn", "clock")).contains("behind");
    }

    @Test
    void aServerThatRenamesOverNothingIsNoFailure() throws Exception {
        TestServer server = keep(ApacheFtp.start());
        Ran ran = run(server, "doctor", "--write", "--throughput", "1", url(server, ""))
                .ended(ExitCode.OK);
        assertThat(line(ran, "ok", "rename")).contains("553", "aside");
        assertClean(server.root());
    }

    @Test
    void namesInAnotherEncodingAreNoticed() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("LIST", (session, argument) -> {
            session.reply("150 Here it comes.");
            session.sendData(
                    "-rw-r--r-- 1 f f 5 Jan 02  2024 Z\u00fcrich.txt\r\n".getBytes(StandardCharsets.ISO_8859_1));
            return "226 Done.";
        });
        Ran ran = run(server, "doctor", url(server, ""));
        assertThat(line(ran, "warn", "names")).contains("UTF-8");
        assertThat(ran.out()).contains("ftpClient.controlEncoding");
    }

    @Test
    void jsonIsForMachines() throws Exception {
        TestServer server = keep(Vsftpd.start());
        write(server, "Zürich \"x\".txt", "hello");

        Ran ran = run(server, "doctor", "--json", url(server, "")).ended(ExitCode.OK);

        JsonNode all = new ObjectMapper().readTree(ran.out());
        assertThat(all.get("failed").asBoolean()).isFalse();
        assertThat(all.get("yaml").asText()).startsWith("- route:");
        assertThat(all.get("checks"))
                .anySatisfy(each -> {
                    assertThat(each.get("name").asText()).isEqualTo("SIZE");
                    assertThat(each.get("status").asText()).isEqualTo("ok");
                    assertThat(each.get("finding").asText()).contains("Zürich \"x\".txt");
                })
                .allSatisfy(each -> assertThat(each.get("status").asText()).isIn("ok", "note", "warn", "fail"));

        Ran failed =
                runWithPassword("wrong", "doctor", "--json", url(server, "")).ended(ExitCode.LOGIN);
        JsonNode none = new ObjectMapper().readTree(failed.out());
        assertThat(none.get("failed").asBoolean()).isTrue();
        assertThat(none.get("yaml").isNull()).isTrue();
    }

    @Test
    void theRouteThatItPrintsPullsTheFiles() throws Exception {
        TestServer server = keep(Vsftpd.start());
        write(server, "out bound/a.txt", "hello");
        Ran ran = run(server, "doctor", "-o", "maxSessions=2", url(server, "out%20bound"))
                .ended(ExitCode.OK);
        assertPulls(ran, server);
    }

    @Test
    void theRouteThatItPrintsForTlsNamesTheTrustStore() throws Exception {
        TestServer server = keep(Vsftpd.start(Vsftpd.secured()));
        write(server, "a.txt", "hello");
        System.setProperty(SECRET, server.tls().truststorePassword());
        Ran ran = run(
                        server,
                        "doctor",
                        "--trust-store",
                        server.tls().truststore().toString(),
                        "-o",
                        "ftpClient.trustStore.password={{sys:" + SECRET + "}}",
                        securedUrl(server, ""))
                .ended(ExitCode.OK);
        assertPulls(ran, server);
    }

    private void assertPulls(Ran ran, TestServer server) throws Exception {
        String yaml = ran.out()
                .substring(ran.out().indexOf("- route:"))
                .replace("file:data/inbox", "file:" + folder.resolve("inbox"));
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            Properties secrets = new Properties();
            secrets.setProperty("password", server.password());
            if (server.tls() != null) {
                secrets.setProperty("trustStore.password", server.tls().truststorePassword());
            }
            context.getPropertiesComponent().setInitialProperties(secrets);
            PluginHelper.getRoutesLoader(context).loadRoutes(ResourceHelper.fromString("partner.yaml", yaml));
            context.start();
            Await.until("the file", Duration.ofSeconds(60), () -> Files.exists(folder.resolve("inbox/a.txt")));
        }
        assertThat(folder.resolve("inbox/a.txt")).hasContent("hello");
    }

    @Test
    void coloursAreForTerminals() throws Exception {
        assumeTrue(System.getenv("NO_COLOR") == null);
        TestServer server = keep(Vsftpd.start());
        Path password = Files.writeString(folder.resolve(".password"), server.password());
        Screen terminal = Screen.on(new PrintStream(new ByteArrayOutputStream()));
        StringWriter out = new StringWriter();
        CommandLine line = Commands.line(() -> 0, () -> "version", terminal);
        line.setOut(new PrintWriter(out, true));

        int code = line.execute("doctor", "--password-file", password.toString(), url(server, ""));

        assertThat(code).isZero();
        assertThat(out.toString()).contains("\u001b[32mok  \u001b[0m  login");
    }
}
