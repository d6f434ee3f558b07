package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.Vsftpd;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lines of text in TYPE A, and the ways of z/OS, on the user's word that nothing has to be proven. */
class TextTest extends RouteFixture {

    private static final String TEXT = "binary=false&resume=off&verify=none";
    private static final String LINES = "first\nsecond\n\nfourth: \u00e9\n" + "filler line\n".repeat(30_000) + "no end";

    private final Map<String, String> taken = new ConcurrentHashMap<>();

    private void take(Exchange exchange) throws Exception {
        taken.put(
                exchange.getIn().getHeader(Exchange.FILE_NAME, String.class),
                Files.readString(exchange.getIn().getBody(java.io.File.class).toPath()));
    }

    private static List<String> types(List<String> commands) {
        return commands.stream()
                .filter(command -> command.matches("(TYPE|RETR|STOR|LIST|MLSD|RNTO) .*"))
                .map(command -> command.startsWith("TYPE") ? command : command.split(" ")[0])
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"vsftpd", "apache"})
    void linesThereAndBack(String chosen) throws Exception {
        on(
                chosen.equals("vsftpd")
                        ? Vsftpd.start(Vsftpd.plain()
                                .set("ascii_download_enable", "YES")
                                .set("ascii_upload_enable", "YES"))
                        : ApacheFtp.start());
        directory("box");
        context.start();
        send(uri("box", TEXT), LINES, "up.txt");
        assertThat(Files.readString(server.root().resolve("box/up.txt"))).isEqualTo(LINES);
        assertThat(types(server.commands())).containsSubsequence("TYPE A", "STOR", "TYPE I", "RNTO");
        put("box/down.txt", LINES + "lone\rreturn\n", Duration.ofHours(1));
        server.clearCommands();
        deliver(in("box", "delete=true&concurrentTransfers=1&" + TEXT), this::take);
        until("both are taken", () -> taken.size() == 2);
        assertThat(taken.get("up.txt")).isEqualTo(LINES);
        assertThat(taken.get("down.txt")).isEqualTo(LINES + "lone\rreturn\n");
        until("both are deleted", () -> names(server.root().resolve("box")).isEmpty());
        assertThat(types(server.commands()))
                .containsSubsequence("TYPE A", "RETR", "TYPE I", "TYPE A", "RETR", "TYPE I");
        assertThat(failures).isEmpty();
    }

    @Test
    void whatCrossesTheLineEndsWithReturnAndFeed() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        scripted.put("/box/down.txt", "one\r\ntwo\r\n".getBytes(StandardCharsets.US_ASCII));
        context.start();
        send(uri("box", TEXT), "one\ntwo\r\nthree", "up.txt");
        assertThat(new String(scripted.get("/box/up.txt"), StandardCharsets.US_ASCII))
                .isEqualTo("one\r\ntwo\r\nthree");
        deliver(in("box", "noop=true&include=down.*&" + TEXT), this::take);
        until("taken", () -> taken.containsKey("down.txt"));
        assertThat(taken.get("down.txt")).isEqualTo("one\ntwo\n");
    }

    @Test
    void refusedTransferLeavesTheSessionInBytes() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        scripted.put("/box/file", new byte[3]).on("RETR", "550 Not now.");
        deliver(in("box", "noop=true&" + TEXT), this::take);
        until("refused", () -> !failures.isEmpty());
        assertThat(types(scripted.commands())).containsSubsequence("TYPE A", "RETR", "TYPE I");
    }

    @ParameterizedTest
    @CsvSource({
        "binary=false",
        "binary=false&resume=off",
        "binary=false&verify=none",
        "binary=false&resume=auto&verify=none",
        "binary=false&resume=off&verify=size",
        "binary=false&resume=off&verify=digest",
        "configuration.binary=false",
    })
    void textThatWouldHaveToBeProvenIsRefusedAtStart(String options) {
        on(ScriptedServer.start());
        assertThatThrownBy(() -> deliver(in("box", options), this::take))
                .rootCause()
                .hasMessageContaining("ferry-ftp refuses the option binary=false")
                .hasMessageContaining("add resume=off and verify=none");
        assertThat(server.commands()).isEmpty();
    }

    /** No sizes, no times, no FEAT, no EPSV; data sets in quotes that no listing shows under the name they are asked for with. */
    private ScriptedServer mainframe() {
        ScriptedServer scripted = on(ScriptedServer.start()).features();
        scripted.on("SYST", "215 MVS is the operating system of this server. FTP Server is running on z/OS.");
        for (String verb : List.of("SIZE", "MDTM", "EPSV", "OPTS", "REST", "MLST")) {
            scripted.on(verb, "500 unknown command " + verb);
        }
        scripted.on("SITE", "200 SITE command was accepted");
        scripted.on("LIST", "550 No data sets found.");
        return scripted;
    }

    @Test
    void dataSetOfAMainframeIsFetchedByItsQuotedName() throws Exception {
        ScriptedServer scripted = mainframe();
        scripted.put("/'PAYROLL.MONTH(0)'", "one\r\ntwo\r\n".getBytes(StandardCharsets.US_ASCII));
        deliver(in("", "useList=false&fileName='PAYROLL.MONTH(0)'&noop=true&siteCommand=RDW&" + TEXT), this::take);
        until("taken", () -> !taken.isEmpty());
        assertThat(taken).containsEntry("'PAYROLL.MONTH(0)'", "one\ntwo\n");
        assertThat(scripted.commands()).contains("SITE RDW", "RETR 'PAYROLL.MONTH(0)'", "PASV");
    }

    @Test
    void dataSetOfAMainframeIsStoredUnderItsQuotedName() throws Exception {
        ScriptedServer scripted = mainframe();
        context.start();
        String options = "jailStartingDirectory=false&tempFileName=RAW('PAYROLL.PART')&autoCreate=false&" + TEXT;
        send(uri("", options), "one\ntwo\n", "'PAYROLL.NEXT'");
        assertThat(scripted.commands()).contains("STOR 'PAYROLL.PART'", "RNFR 'PAYROLL.PART'", "RNTO 'PAYROLL.NEXT'");
        assertThat(new String(scripted.get("/'PAYROLL.NEXT'"), StandardCharsets.US_ASCII))
                .isEqualTo("one\r\ntwo\r\n");
    }

    /** A drop must not choose any data set of the mainframe by its name. */
    @Test
    void quotedNameDoesNotLeadOutOfTheLoginDirectory() {
        ScriptedServer scripted = mainframe();
        context.start();
        assertThatThrownBy(() -> send(uri("", TEXT), "x", "'SYS1.PARMLIB(X)'"))
                .cause()
                .hasMessageContaining("jailStartingDirectory=false");
        assertThat(scripted.commands()).isEmpty();
    }

    /** The whole route on a server that knows nothing but RFC 959. */
    @Test
    void serverWithoutAnyExtension() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start()).features();
        for (String verb : List.of("FEAT", "MDTM", "MLST", "MLSD", "REST", "EPSV", "OPTS")) {
            scripted.on(verb, "500 " + verb + " not understood.");
        }
        scripted.put("/box/file", "content".getBytes(StandardCharsets.US_ASCII));
        Path inbox = local.resolve("inbox");
        context.start();
        send(uri("box", ""), "sent", "up");
        assertThat(scripted.get("/box/up")).asString(StandardCharsets.US_ASCII).isEqualTo("sent");
        deliver(in("box", "delete=true"), this::take);
        until("all are taken", () -> taken.size() == 2);
        assertThat(taken).containsEntry("file", "content").containsEntry("up", "sent");
        until("all are deleted", () -> scripted.paths().isEmpty());
        assertThat(inbox).doesNotExist();
    }
}
