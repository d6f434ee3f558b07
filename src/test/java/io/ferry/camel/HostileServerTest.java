package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.testkit.ChildJvm;
import io.ferry.testkit.Content;
import io.ferry.testkit.ScriptedServer;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that means harm writes nothing outside of the target directory, and takes no more than its share of memory. */
class HostileServerTest extends RouteFixture {

    private static final String LIST = "%s 1 a a 5 Jan 02  2024 %s";
    private static final String MLSD = "type=%s;size=5;modify=20240102030405; %s";

    private static final List<String> BAD_NAMES = List.of(
            "../up",
            "../../up",
            "/tmp/ferry-up",
            "sub/../../up",
            "..\\up",
            "\\up",
            "C:\\up",
            "up\u0000",
            "up\u0001",
            "up\u001b[2J",
            "up\rup",
            "up\u007f",
            "..");

    private static String line(String format, boolean directory, String name) {
        return format.equals("MLSD")
                ? String.format(MLSD, directory ? "dir" : "file", name)
                : String.format(LIST, directory ? "drwxr-xr-x" : "-rw-r--r--", name);
    }

    /** All that lies below the test's directory but outside of the inbox and the work directory. */
    private List<String> outside() {
        return tree(local).stream()
                .filter(file -> !file.startsWith("inbox/") && !file.startsWith("work/"))
                .toList();
    }

    private ScriptedServer listing(String format, String... rootLines) {
        ScriptedServer scripted = on(ScriptedServer.start());
        scripted.put("/box/good", "12345".getBytes(StandardCharsets.US_ASCII));
        scripted.put("/box/sub/deep", "12345".getBytes(StandardCharsets.US_ASCII));
        if (format.equals("MLSD")) {
            scripted.features("MLST type*;size*;modify*;", "SIZE", "MDTM", "EPSV");
            scripted.on("MLST", "502 No.");
        }
        scripted.on(format, (session, argument) -> {
            if (argument.endsWith("box")) {
                session.sendLines(List.of(rootLines));
            } else {
                session.sendLines(List.of(line(format, false, "deep"), line(format, false, "../../up")));
            }
            return null;
        });
        return scripted;
    }

    @ParameterizedTest
    @ValueSource(strings = {"LIST", "MLSD"})
    void filesAndDirectoriesOfBadNamesLeadNowhere(String format) throws Exception {
        String[] lines = Stream.concat(
                        BAD_NAMES.stream()
                                .flatMap(name -> Stream.of(line(format, false, name), line(format, true, name))),
                        Stream.of(line(format, false, "good"), line(format, true, "sub")))
                .toArray(String[]::new);
        ScriptedServer scripted = listing(format, lines);
        String polled = in("box", "recursive=true&move=done/${file:name}");
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(polled).to("file:" + local.resolve("inbox"));
            }
        });
        until(
                "both are taken",
                () -> scripted.paths().stream()
                        .noneMatch(path -> path.startsWith("/box/good") || path.equals("/box/sub/deep")));
        awaitPolls(2);
        assertThat(tree(local.resolve("inbox"))).containsExactly("good", "sub/deep");
        assertThat(outside()).isEmpty();
        assertThat(Path.of("/tmp/ferry-up")).doesNotExist();
        // Whatever is sent names the polled directory, one below it, or where files are moved to.
        assertThat(scripted.commands())
                .filteredOn(command -> command.matches("(RETR|RNFR|RNTO|DELE|SIZE|MDTM|MLST|MKD|LIST|MLSD) .*"))
                .allMatch(command -> command.matches("[A-Z]+ box(/done)?(/sub)?((/good|/deep)(-\\d)?)?"))
                .noneMatch(command -> command.contains("up"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../good.done", "/tmp/good.done", "..\\good.done"})
    void doneFileOfABadNameIsNone(String name) throws Exception {
        ScriptedServer scripted = listing("LIST", line("LIST", false, "good"), line("LIST", false, name));
        String polled = in("box", "doneFileName=${file:name}.done");
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(polled).to("file:" + local.resolve("inbox"));
            }
        });
        awaitPolls(3);
        assertThat(tree(local.resolve("inbox"))).isEmpty();
        assertThat(scripted.commands()).noneMatch(command -> command.startsWith("DELE") || command.startsWith("RETR"));
    }

    @Test
    void namesOfNlstAreToldAndNothingIsWritten() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        scripted.listing("good", "../up", "/etc/up");
        FtpTransferProcessor ferry = new FtpTransferProcessor();
        ferry.setCamelContext(context);
        ferry.setEndpointUri("ftp:127.0.0.1:" + proxy.port() + "?username=ferry&password=RAW(" + server.password()
                + ")&passiveMode=true&binary=true");
        ferry.setLocalDirectory(local.resolve("back").toString());
        ferry.getOptions().setWorkDirectory(local.resolve("work").toString());
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:names")
                        .setHeader(FerryHeaders.OPERATION, constant("names"))
                        .setHeader(FerryHeaders.REMOTE_PATH, constant("box"))
                        .process(ferry);
            }
        });
        assertThat(context.createProducerTemplate().requestBody("direct:names", (Object) null, List.class))
                .asList()
                .containsExactly("good", "../up", "/etc/up");
        assertThat(outside()).isEmpty();
        ferry.stop();
    }

    @Test
    void directoryThatALinkLeadsOutOfTheTargetIsNotWrittenInto() throws Exception {
        ScriptedServer scripted = listing("LIST", line("LIST", false, "good"), line("LIST", true, "sub"));
        Path elsewhere = Files.createDirectories(local.resolve("elsewhere"));
        Path real = Files.createDirectories(local.resolve("real"));
        // The directory that the user names may be a link.
        Path inbox = Files.createSymbolicLink(local.resolve("inbox"), real);
        Files.createSymbolicLink(real.resolve("sub"), elsewhere);
        String polled = in("box", "recursive=true&delete=true");
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(polled).to("file:" + inbox);
            }
        });
        until("the good one is taken", () -> Files.exists(real.resolve("good")));
        awaitPolls(2);
        assertThat(elsewhere).isEmptyDirectory();
        assertThat(scripted.get("/box/sub/deep")).isNotNull();
        Files.delete(real.resolve("sub"));
        until("the deep one is taken", () -> Files.exists(real.resolve("sub/deep")));
    }

    @Test
    void linkUnderTheFinalNameIsReplacedAndNotWrittenThrough() throws Exception {
        ScriptedServer scripted = listing("LIST", line("LIST", false, "good"));
        Path victim = Files.writeString(local.resolve("victim"), "untouched");
        Path inbox = Files.createDirectories(local.resolve("inbox"));
        Files.createSymbolicLink(inbox.resolve("good"), victim);
        String polled = in("box", "delete=true");
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(polled).to("file:" + inbox);
            }
        });
        until("taken", () -> scripted.get("/box/good") == null);
        assertThat(victim).hasContent("untouched");
        assertThat(inbox.resolve("good")).isRegularFile().hasContent("12345");
        assertThat(Files.isSymbolicLink(inbox.resolve("good"))).isFalse();
    }

    @Test
    void workDirectoryOfARouteThatIsALinkIsRefusedAtTheStart() throws Exception {
        on(ScriptedServer.start());
        Path elsewhere = Files.createDirectories(local.resolve("elsewhere"));
        Files.createDirectories(local.resolve("work"));
        Files.createSymbolicLink(local.resolve("work/test"), elsewhere);
        assertThatThrownBy(() -> deliver(in("box", "noop=true"), exchange -> {}))
                .rootCause()
                .hasMessageContaining("work/test")
                .hasMessageContaining("symbolic link");
        assertThat(elsewhere).isEmptyDirectory();
    }

    @ParameterizedTest
    @CsvSource({"log", "log.lock", "log.new"})
    void linkInThePlaceOfARecordIsNotWrittenThrough(String name) throws Exception {
        Path victim = Files.writeString(local.resolve("victim"), "untouched");
        Path home = Files.createDirectories(local.resolve("records"));
        Files.createSymbolicLink(home.resolve(name), victim);
        assertThatThrownBy(() -> {
                    try (KeyLog log = KeyLog.open(home.resolve("log"), "this test")) {
                        log.add("key", true);
                        log.clear();
                    }
                })
                .isInstanceOf(IOException.class)
                .hasMessageContaining(name)
                .hasMessageContaining("symbolic link");
        assertThat(victim).hasContent("untouched");
    }

    /** Polls a directory with a million files, a hundred at a time, in 64 MB. */
    public static final class MillionMain {
        private MillionMain() {}

        public static void main(String[] args) throws Exception {
            try (var context = new org.apache.camel.impl.DefaultCamelContext()) {
                context.addRoutes(new RouteBuilder() {
                    @Override
                    public void configure() {
                        from("ferry-ftp:127.0.0.1:" + args[0] + "/box?username=ferry&password=RAW(" + args[1]
                                        + ")&initialDelay=0&delay=100&noop=true&maxMessagesPerPoll=3&workDirectory="
                                        + args[2])
                                .process(exchange -> System.out.println(
                                        "got " + exchange.getIn().getHeader("CamelFileName")));
                    }
                });
                context.start();
                Thread.sleep(Long.MAX_VALUE);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"MLSD", "LIST"})
    void millionEntriesFitIntoASmallHeap(String format) throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        if (format.equals("MLSD")) {
            scripted.features("MLST type*;size*;modify*;", "SIZE", "MDTM", "EPSV");
            scripted.on("MLST", "502 No.");
        }
        int million = 1_000_000;
        scripted.on(format, (session, argument) -> {
            session.reply("150 Here it comes.");
            OutputStream out = new BufferedOutputStream(session.openData().getOutputStream(), 1 << 16);
            for (int i = 0; i < million; i++) {
                String text = line(format, false, String.format("a-file-with-number-%07d", i)) + "\r\n";
                out.write(text.getBytes(StandardCharsets.US_ASCII));
            }
            out.flush();
            session.closeData();
            return "226 Done.";
        });
        for (int i = 0; i < 3; i++) {
            scripted.put("/box/a-file-with-number-000000" + i, Content.bytes(5, i));
        }
        Path work = local.resolve("work");
        try (ChildJvm child = ChildJvm.of(MillionMain.class)
                .heap("64m")
                .jvmArgument("-XX:+ExitOnOutOfMemoryError")
                .arguments(server.port(), server.password(), work)
                .start()) {
            child.awaitLine("got a-file-with-number-0000002", LIMIT.multipliedBy(8));
            assertThat(child.output()).doesNotContain("OutOfMemory");
            assertThat(child.isAlive()).isTrue();
        }
        assertThat(workFiles()).allMatch(file -> !file.contains(".listing"));
    }
}
