package io.ferry;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Await;
import io.ferry.testkit.ChildJvm;
import io.ferry.testkit.Ports;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The one-file application as a process of its own, in a folder of its own. */
class FerryAppIT {

    private static final Duration LONG = Duration.ofMinutes(2);

    /** Camel's shutdown time-out, and what the JVM takes around it. */
    private static final Duration STOP = Duration.ofSeconds(30);

    /** SHA-256 of the demo's two large files, which are functions of their offset and a seed. */
    private static final String MEASUREMENTS = "e624ef5aed0263b16a3f718c015ca1bebeda4583916a6ef34842ccf4cfe272dd";

    private static final String RECORDINGS = "4ae144153460bd49d94667163085c79f0be19d443cb72727912610c159aaf67c";

    private static final String DEMO = """
            ferry.demo.enabled=true
            camel.routeTemplate[in].templateId=pull
            camel.routeTemplate[in].host=127.0.0.1
            camel.routeTemplate[in].port={{ferry.demo.port}}
            camel.routeTemplate[in].username=demo
            camel.routeTemplate[in].password={{ferry.demo.password}}
            camel.routeTemplate[in].remoteDirectory=outbound
            camel.routeTemplate[in].localDirectory=data/inbox
            camel.routeTemplate[in].delay=500
            camel.routeTemplate[out].templateId=push
            camel.routeTemplate[out].host=127.0.0.1
            camel.routeTemplate[out].port={{ferry.demo.port}}
            camel.routeTemplate[out].username=demo
            camel.routeTemplate[out].password={{ferry.demo.password}}
            camel.routeTemplate[out].localDirectory=data/outbox
            camel.routeTemplate[out].remoteDirectory=inbound
            """;

    @TempDir
    Path folder;

    private ChildJvm ferry(String... words) {
        Object[] arguments = new Object[words.length + 1];
        arguments[0] = System.getProperty("ferry.app.jar");
        System.arraycopy(words, 0, arguments, 1, words.length);
        return ChildJvm.of("-jar").arguments(arguments).directory(folder).start();
    }

    private void properties(String text) throws IOException {
        Files.writeString(folder.resolve("application.properties"), text);
    }

    @Test
    void theDemoMovesEverythingAndResumesOnceInEachDirection() throws Exception {
        properties(DEMO);
        try (ChildJvm ferry = ferry()) {
            ferry.awaitLine("All quiet: 6 files pulled, 1 pushed", LONG);

            assertThat(digest("data/inbox/measurements.bin")).isEqualTo(MEASUREMENTS);
            assertThat(digest("data/demo-server/inbound/recordings.bin")).isEqualTo(RECORDINGS);
            assertThat(folder.resolve("data/inbox/end-of-day.flag")).isEmptyFile();
            assertThat(folder.resolve("data/inbox/customers.csv")).isNotEmptyFile();
            assertThat(folder.resolve("data/demo-server/outbound")).isEmptyDirectory();
            for (String what : new String[] {"pull measurements.bin", "push recordings.bin"}) {
                assertThat(ferry.output()).containsOnlyOnce(what + ": line lost");
                Matcher resumed = ferry.awaitLine(what + ": resumed at byte ([0-9,]+), .* not sent again", LONG);
                // About 40 % in, and not at the start.
                assertThat(Long.parseLong(resumed.group(1).replace(",", ""))).isGreaterThan(32L << 20);
                assertThat(ferry.output())
                        .containsPattern(what + ": done, .*saved by resuming; verified: size 134217728");
            }

            drop("later.txt", "a drop while it runs");
            ferry.awaitLine("push later.txt: done", LONG);
            assertThat(folder.resolve("data/demo-server/inbound/later.txt")).hasContent("a drop while it runs");

            ferry.stop();
            assertThat(ferry.awaitExit(STOP)).isEqualTo(128 + 15);
            assertThat(ferry.output()).contains("Stopping.");
        }
        try (ChildJvm again = ferry()) {
            again.awaitLine("All quiet: 0 files pulled, 0 pushed", LONG);
            again.stop();
            again.awaitExit(STOP);
        }
    }

    @Test
    void aRunningTransferDoesNotHoldUpTheEnd() throws Exception {
        properties(DEMO);
        try (ChildJvm ferry = ferry()) {
            ferry.awaitLine("measurements.bin: .* 128.0 MiB", LONG);
            ferry.stop();
            ferry.awaitExit(STOP);
        }
        try (ChildJvm again = ferry()) {
            Await.until(
                    "both large files",
                    LONG,
                    () -> Files.exists(folder.resolve("data/inbox/measurements.bin"))
                            && Files.exists(folder.resolve("data/demo-server/inbound/recordings.bin")));
            assertThat(digest("data/inbox/measurements.bin")).isEqualTo(MEASUREMENTS);
            assertThat(digest("data/demo-server/inbound/recordings.bin")).isEqualTo(RECORDINGS);
        }
    }

    @Test
    void anEmptyFolderGetsAnApplicationPropertiesToPaste() {
        try (ChildJvm ferry = ferry()) {
            assertThat(ferry.awaitExit(LONG)).isEqualTo(2);
            assertThat(ferry.output()).contains("templateId=pull", ".host=", ".remoteDirectory=", "templateId=push");
            assertThat(folder).isEmptyDirectory();
        }
    }

    @Test
    void anUnknownWordIsWrongUse() {
        try (ChildJvm ferry = ferry("fetch")) {
            assertThat(ferry.awaitExit(LONG)).isEqualTo(2);
            assertThat(ferry.output()).contains("run", "version", "help");
        }
    }

    @Test
    void theFolderWinsByKeyAndByRouteId() throws Exception {
        // The bundled default of camel.main.name is "ferry"; the bundled template "pull" reads from a server.
        properties(
                "camel.main.name=of-the-folder\ngreeting=gr\u00fc\u00df dich\ncamel.routeTemplate[a].templateId=pull\n");
        Files.createDirectory(folder.resolve("routes"));
        Files.writeString(folder.resolve("routes/mine.yaml"), """
                - routeTemplate:
                    id: pull
                    from:
                      uri: timer:once?repeatCount=1
                      steps:
                        - log: "{{greeting}} from ${camelContext.name}"
                """);
        try (ChildJvm ferry = ferry()) {
            ferry.awaitLine("gr\u00fc\u00df dich from of-the-folder", LONG);
        }
    }

    @Test
    void kameletsAndTheLinterAreInTheApplication() throws Exception {
        properties("ferry.demo.enabled=true\n");
        Files.createDirectory(folder.resolve("routes"));
        Files.writeString(folder.resolve("routes/mine.yaml"), """
                - route:
                    id: welcome
                    from:
                      uri: kamelet:ferry-ftp-source/demo
                      parameters:
                        connectionHost: 127.0.0.1
                        connectionPort: "{{ferry.demo.port}}"
                        username: demo
                        password: "{{ferry.demo.password}}"
                        directoryName: outbound
                        include: "welcome.*"
                        deleet: true
                      steps:
                        - to: file:in
                """);
        try (ChildJvm ferry = ferry()) {
            ferry.awaitLine("no parameter deleet, and ignores it. Did you mean delete\\?", LONG);
            ferry.awaitLine("pull welcome.txt: done", LONG);
            Await.until("the file", LONG, () -> Files.exists(folder.resolve("in/welcome.txt")));
        }
    }

    @Test
    void anUnreachableServerDoesNotStopTheStart() throws Exception {
        properties(DEMO.replace("ferry.demo.enabled=true", "ferry.demo.password=x\nferry.demo.port=" + Ports.free()));
        try (ChildJvm ferry = ferry()) {
            ferry.awaitLine("route in: ", LONG);
            ferry.awaitLine("WARN.*127.0.0.1", LONG);
            assertThat(ferry.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "camel.main.nosuch=1 | no option camel.main.nosuch",
                "camel.component.ferry-ftp.nosuch=1 | nosuch",
                "camel.component.ferry-ftp.blockSize=large | large",
                "camel.routeTemplate[in].scheme=nosuch | no component for nosuch:",
                "camel.component.ferry-ftp.blokSize=1MB | Did you mean blockSize?",
                "camel.routeTemplate[in].password={{env:FERRY_NO_SUCH}} | variable FERRY_NO_SUCH is not set",
                "camel.routeTemplate[in].password={{my.secret}} | Put a line my.secret=\u2026 into /",
                "camel.routeTemplate[in].host={{no.such.key}} | no.such.key",
                "camel.routeTemplate[in].templateId=nosuch | nosuch",
                "camel.routeTemplate[in].templateId=pul | Did you mean pull?",
                "camel.main.routesIncludePattern=file:routes/nosuch.yaml | nosuch.yaml",
                "ferry.demo.port=1048577 | 1048577",
            })
    void aMistakeEndsTheStartWithOneParagraph(String line, String said) throws Exception {
        properties(DEMO + line + "\n");
        // Its samples exist already as far as the demo is concerned: making them would only take time.
        Files.createFile(
                Files.createDirectories(folder.resolve("data/demo-server")).resolve(".samples-made"));
        try (ChildJvm ferry = ferry()) {
            assertThat(ferry.awaitExit(LONG)).isEqualTo(1);
            assertThat(ferry.output())
                    .contains("Ferry cannot start")
                    .contains(said)
                    .doesNotContain("\tat ");
        }
    }

    @Test
    void aYamlMistakeNamesTheFile() throws Exception {
        Files.createDirectory(folder.resolve("routes"));
        Files.writeString(folder.resolve("routes/broken.yaml"), "- route:\n    frm: direct:a\n");
        try (ChildJvm ferry = ferry()) {
            assertThat(ferry.awaitExit(LONG)).isEqualTo(1);
            assertThat(ferry.output())
                    .contains("Ferry cannot start", "broken.yaml", "frm")
                    .doesNotContain("\tat ");
        }
    }

    private void drop(String name, String content) throws IOException {
        Path hidden = Files.writeString(folder.resolve("data/outbox/." + name), content);
        Files.move(hidden, folder.resolve("data/outbox").resolve(name));
    }

    private String digest(String file) throws Exception {
        MessageDigest sha = MessageDigest.getInstance("SHA-256");
        try (InputStream in = new DigestInputStream(Files.newInputStream(folder.resolve(file)), sha)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(sha.digest());
    }
}
