package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.session.RemoteFileFacts;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.commons.net.ftp.FTPClientConfig;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names come across as they are, byte for byte, in both directions and through both doors, or are refused and reported. */
class NamesTest extends RouteFixture {

    private static final String COMPOSED = Normalizer.normalize("Zürich é", Normalizer.Form.NFC);
    private static final String DECOMPOSED = Normalizer.normalize("Zürich é", Normalizer.Form.NFD);

    private static final List<String> NAMES = List.of(
            "plain.txt",
            " leading space",
            "trailing space ",
            "two  spaces",
            "-dash",
            "-la *",
            ".hidden",
            "..two dots",
            "dots...",
            COMPOSED,
            DECOMPOSED,
            "日本語",
            "emoji \uD83D\uDEA2\uD83C\uDFF4\u200D\u2620\uFE0F",
            "100%",
            "a%20b%2Fc",
            "what?",
            "#hash",
            "a&b=c;d",
            "a+b",
            "it's",
            "'quoted'",
            "\"double\"",
            "{{brace}}",
            "${file:name}",
            "$simple{body}",
            "*star [a-z]",
            "~user",
            "226 Transfer complete.",
            "421-goodbye",
            "-rw-r--r--   1 ftp ftp 5 Jan 02  2024 other",
            "type=file;size=5; other",
            "a -> b",
            "NUL",
            "x".repeat(255),
            "é".repeat(127),
            "\uD83D\uDEA2".repeat(63),
            "back\\slash",
            "\\leading",
            "..\\up",
            "C:\\temp");

    private final Map<String, String> taken = new ConcurrentHashMap<>();

    private static String content(String name) {
        return "content of " + name;
    }

    private static boolean hasBackslash(String name) {
        return name.indexOf('\\') >= 0;
    }

    /** Both forms of the same letters are two names, and each came as it went. */
    private static Set<String> listed(Path directory) {
        String[] found = directory.toFile().list();
        return found == null
                ? Set.of()
                : Stream.of(found)
                        .filter(name -> !name.equals(".ferry") && !name.equals(".camel"))
                        .collect(Collectors.toCollection(TreeSet::new));
    }

    private static void assertContents(Path directory) throws IOException {
        for (String name : listed(directory)) {
            assertThat(Files.readString(directory.resolve(name))).isEqualTo(content(name));
        }
    }

    private static TestServer server(String name) {
        return name.equals("vsftpd") ? Vsftpd.start(Vsftpd.plain().set("force_dot_files", "YES")) : ApacheFtp.start();
    }

    /** The names that this server can have: Apache's takes a backslash for a separator, and cuts off spaces at the end. */
    private static List<String> namesAt(String server) {
        return server.equals("vsftpd")
                ? NAMES
                : NAMES.stream()
                        .filter(name -> !hasBackslash(name) && !name.endsWith(" "))
                        .toList();
    }

    private static void untilListed(Path directory, Set<String> expected) {
        try {
            until("all are in " + directory, () -> listed(directory).equals(expected));
        } catch (AssertionError e) {
            assertThat(listed(directory)).as(e.getMessage()).containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    private void take(Exchange exchange) throws IOException {
        File body = exchange.getIn().getBody(File.class);
        assertThat(body.getName()).isEqualTo(exchange.getIn().getHeader(Exchange.FILE_NAME));
        taken.put(body.getName(), Files.readString(body.toPath()));
    }

    /** A drop that file: can take up; what has a backslash or a leading dot is sent from a processor. */
    private static boolean isDroppable(String name) {
        return !hasBackslash(name) && !name.startsWith(".");
    }

    @ParameterizedTest
    @CsvSource({"vsftpd, LIST", "apache, MLSD", "apache, LIST"})
    void thereAndBackByRoutes(String chosen, String listing) throws Exception {
        on(server(chosen));
        List<String> names = namesAt(chosen);
        context.getRegistry().bind("unix", new FTPClientConfig(FTPClientConfig.SYST_UNIX));
        Path remote = directory("box");
        Path outbox = Files.createDirectories(local.resolve("outbox"));
        String listedSo = listing.equals("LIST") && chosen.equals("apache") ? "&ftpClientConfig=#unix" : "";
        String inwards = in("box", "delete=true" + listedSo);
        String outwards = uri("box", "jailStartingDirectory=false");
        for (String name : names) {
            if (isDroppable(name)) {
                Files.writeString(outbox.resolve(name), content(name));
            }
        }
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("file:" + outbox + "?initialDelay=0&delay=100&delete=true").to(outwards);
                from(inwards).routeId("files").autoStartup(false).to("file:" + local.resolve("inbox"));
                from(inwards).routeId("bodies").autoStartup(false).process(NamesTest.this::take);
            }
        });
        context.start();
        Path other = Files.createDirectories(local.resolve("other"));
        for (String name : names) {
            if (!isDroppable(name)) {
                send(
                        outwards,
                        Files.writeString(other.resolve(name), content(name)).toFile(),
                        name);
            }
        }
        until("all are sent", () -> listed(outbox).isEmpty());
        assertThat(listed(remote)).containsExactlyInAnyOrderElementsOf(names);
        assertContents(remote);

        context.getRouteController().startRoute("files");
        Path inbox = local.resolve("inbox");
        Set<String> expected = names.stream().filter(NamesTest::isDroppable).collect(Collectors.toSet());
        untilListed(inbox, expected);
        awaitPolls(2);
        untilListed(inbox, expected);
        assertContents(inbox);
        context.getRouteController().stopRoute("files");
        // Camel never polls names with a leading dot; file: would give the others another name.
        assertThat(listed(remote)).allMatch(name -> !isDroppable(name));

        context.getRouteController().startRoute("bodies");
        until("all are taken", () -> listed(remote).stream().allMatch(name -> name.startsWith(".")));
        Map<String, String> wanted = new HashMap<>();
        names.stream()
                .filter(name -> hasBackslash(name) && !name.startsWith("."))
                .forEach(name -> wanted.put(name, content(name)));
        assertThat(taken).isEqualTo(wanted);
        assertThat(failures).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"vsftpd", "apache"})
    void thereAndBackThroughTheProcessor(String chosen) throws Exception {
        on(server(chosen));
        List<String> names = namesAt(chosen);
        directory("box");
        Path back = Files.createDirectories(local.resolve("back"));
        Path outgoing = Files.createDirectories(local.resolve("outgoing"));
        FtpTransferProcessor ferry = new FtpTransferProcessor();
        ferry.setCamelContext(context);
        ferry.setEndpointUri("ftp:127.0.0.1:" + proxy.port() + "?username=" + server.user() + "&password=RAW("
                + server.password() + ")&passiveMode=true&binary=true");
        ferry.setLocalDirectory(back.toString());
        ferry.getOptions().setWorkDirectory(local.resolve("work").toString());
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:ferry").process(ferry);
            }
        });
        for (String name : names) {
            Files.writeString(outgoing.resolve(name), content(name));
            operate("store", name, outgoing.resolve(name).toFile());
        }
        assertThat(listed(server.root().resolve("box"))).containsExactlyInAnyOrderElementsOf(names);
        @SuppressWarnings("unchecked")
        List<RemoteFileFacts> facts = (List<RemoteFileFacts>) operate("list", "", null);
        // Apache's lists no names with a leading dot.
        List<String> seen = names.stream()
                .filter(name -> chosen.equals("vsftpd") || !name.startsWith("."))
                .toList();
        assertThat(facts).extracting(RemoteFileFacts::name).containsExactlyInAnyOrderElementsOf(seen);
        assertThat((List<?>) operate("names", "", null)).hasSize(seen.size());
        for (String name : names) {
            operate("retrieve", name, null);
            operate("rename", name, null);
            operate("delete", "renamed", null);
        }
        assertThat(listed(back)).containsExactlyInAnyOrderElementsOf(names);
        assertContents(back);
        assertThat(listed(server.root().resolve("box"))).isEmpty();
        ferry.stop();
    }

    private Object operate(String operation, String name, Object body) {
        Exchange done = context.createProducerTemplate().request("direct:ferry", exchange -> {
            exchange.getIn().setBody(body);
            exchange.getIn().setHeader(FerryHeaders.OPERATION, operation);
            exchange.getIn().setHeader(FerryHeaders.REMOTE_PATH, name.isEmpty() ? "box" : "box/" + name);
            exchange.getIn().setHeader(FerryHeaders.RENAME_TO, "box/renamed");
        });
        assertThat(done.getException()).as(operation + " " + name).isNull();
        return done.getMessage().getBody();
    }

    /** The bytes of the names in a directory, as the kernel has them. */
    private static List<String> bytes(Path directory) throws Exception {
        Process find = new ProcessBuilder(
                        "find", directory.toString(), "-mindepth", "1", "-name", "[!.]*", "-printf", "%f\n")
                .start();
        find.getOutputStream().close();
        String names = new String(find.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        assertThat(find.waitFor()).isZero();
        return names.lines().sorted().toList();
    }

    @Test
    void serverWithNamesInLatin1() throws Exception {
        on(Vsftpd.start());
        Path remote = directory("box");
        // 0xFF is an escape in Telnet, by whose rules control connections go.
        List<String> names = List.of("Zürich.txt", "pla\u00ffin", "\u00ff\u00ff two", "\u00f1\u00ff");
        String latin = "ftpClient.controlEncoding=ISO-8859-1";
        String polled = in("box", "delete=true&" + latin);
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(polled).routeId("in").autoStartup(false).to("file:" + local.resolve("inbox"));
            }
        });
        for (String name : names) {
            send(uri("box", latin), content(name), name);
        }
        assertThat(bytes(remote)).containsExactlyInAnyOrderElementsOf(names);
        context.getRouteController().startRoute("in");
        until("all are taken", () -> listed(local.resolve("inbox")).size() == names.size());
        assertThat(listed(local.resolve("inbox"))).containsExactlyInAnyOrderElementsOf(names);
        assertContents(local.resolve("inbox"));
        until("all are deleted", () -> {
            try {
                return bytes(remote).isEmpty();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"with\rreturn", "with\nnewline", "x\r\nDELE precious", "with\u0000nul", "with\u007fdel", "\tx"})
    void nameWithControlCharactersIsNeverSent(String name) throws Exception {
        on(ScriptedServer.start());
        context.start();
        assertThatThrownBy(() -> send(uri("box", ""), "x", name)).rootCause().hasMessageContaining("control character");
        assertThat(server.commands())
                .noneMatch(command -> command.matches("(STOR|APPE|RNTO|RNFR|DELE|MKD|SIZE|MLST|RETR) .*"));
        assertThat(((ScriptedServer) server).paths()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../up",
                "sub/../../up",
                "..\\up",
                "sub\\..\\..\\up",
                "..",
                "\\..\\..\\up",
                "../box2/up",
                "..\\box2"
            })
    void nameThatLeadsOutOfTheTargetDirectoryIsNeverSent(String name) {
        on(ScriptedServer.start());
        context.start();
        assertThatThrownBy(() -> send(uri("box", ""), "x", name)).isNotNull();
        assertThat(server.commands()).isEmpty();
    }

    @Test
    void listedNamesThatMustNotBeWrittenAreReportedAndLeft() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        scripted.put("/box/good", new byte[] {1});
        scripted.listing(
                "-rw-r--r-- 1 a a 5 Jan 02  2024 ../up",
                "-rw-r--r-- 1 a a 5 Jan 02  2024 /etc/up",
                "-rw-r--r-- 1 a a 5 Jan 02  2024 a\u0000b",
                "-rw-r--r-- 1 a a 5 Jan 02  2024 a\rb",
                "-rw-r--r-- 1 a a 5 Jan 02  2024 a\u0001b",
                "-rw-r--r-- 1 a a 5 Jan 02  2024 back\\slash",
                "-rw-r--r-- 1 a a 1 Jan 02  2024 good");
        String polled = in("box", "noop=true");
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(polled).to("file:" + local.resolve("inbox"));
            }
        });
        until("the good one is taken", () -> listed(local.resolve("inbox")).contains("good"));
        awaitPolls(2);
        assertThat(listed(local.resolve("inbox"))).containsExactly("good");
        assertThat(scripted.commands())
                .filteredOn(command -> command.startsWith("RETR"))
                .containsOnly("RETR box/good");
    }

    @Test
    void namesAreWrittenInUtf8HereAtAll() {
        // Elsewhere the other tests would test the file system's encoding.
        Assumptions.assumeTrue("UTF-8".equals(System.getProperty("sun.jnu.encoding")), "names here are not in UTF-8");
        assertThat(NAMES).doesNotHaveDuplicates().contains(COMPOSED, DECOMPOSED);
        assertThat(COMPOSED).isNotEqualTo(DECOMPOSED);
    }
}
