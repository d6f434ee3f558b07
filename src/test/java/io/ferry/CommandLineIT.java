package io.ferry;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ChildJvm;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The one-file application's commands as processes of their own: what only the environment and the jar decide. */
class CommandLineIT {

    private static final Duration LONG = Duration.ofMinutes(2);

    private static final int SIZE = 4 << 20;

    @TempDir
    Path folder;

    private record Ran(int code, String output) {}

    private Ran ferry(TestServer server, String... words) {
        List<Object> arguments = new ArrayList<>(List.of(System.getProperty("ferry.app.jar")));
        arguments.addAll(Arrays.asList(words));
        try (ChildJvm ferry = ChildJvm.of("-jar")
                .arguments(arguments.toArray())
                .environment("FERRY_PASSWORD", server.password())
                .environment(
                        "FERRY_TRUST_STORE_PASSWORD",
                        server.tls() == null ? "" : server.tls().truststorePassword())
                .environment("XDG_STATE_HOME", folder.resolve("state").toString())
                .directory(folder)
                .start()) {
            return new Ran(ferry.awaitExit(LONG), ferry.output());
        }
    }

    @Test
    void getPutAndDoctorWorkFromTheJar() throws Exception {
        try (TestServer server = Vsftpd.start(Vsftpd.secured())) {
            String trust = server.tls().truststore().toString();
            String url = "ferry-ftps://ferry@" + server.host() + ":" + server.port() + "/";
            Files.writeString(server.root().resolve("a.txt"), "hello");

            Ran get = ferry(server, "get", "--trust-store", trust, url + "a.txt");
            assertThat(get.output()).isEmpty();
            assertThat(get.code()).isZero();
            assertThat(folder.resolve("a.txt")).hasContent("hello");

            Ran put = ferry(server, "put", "--trust-store", trust, "a.txt", url + "b.txt");
            assertThat(put.output()).isEmpty();
            assertThat(put.code()).isZero();
            assertThat(server.root().resolve("b.txt")).hasContent("hello");

            Ran doctor = ferry(server, "doctor", "--json", "--trust-store", trust, url);
            assertThat(doctor.code()).isZero();
            assertThat(doctor.output()).startsWith("{").endsWith("}").contains("\"TLS reuse\",\"status\":\"ok\"");

            Ran verbose = ferry(server, "ls", "-v", url);
            assertThat(verbose.code()).isEqualTo(7);
            assertThat(verbose.output()).contains("> AUTH TLS", "\tat ").doesNotContain(server.password());
        }
    }

    @Test
    void anotherProcessGoesOnWithWhatAnUploadLeft() throws Exception {
        try (TestServer vsftpd = Vsftpd.start();
                FaultProxy server = FaultProxy.before(vsftpd)) {
            Path file = Content.write(folder.resolve("a.bin"), SIZE, 7);
            Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2024-01-02T03:04:05Z")));
            server.cutDataAfter(SIZE / 2, Direction.UP, Cut.FIN);
            String[] words = {
                "put",
                "-v",
                "-o",
                "maximumReconnectAttempts=1",
                "a.bin",
                "ferry-ftp://ferry@" + server.host() + ":" + server.port() + "/a.bin"
            };

            assertThat(ferry(server, words).code()).isEqualTo(6);
            Ran again = ferry(server, words);

            assertThat(again.code()).as(again.output()).isZero();
            assertThat(again.output()).contains("a.bin: resumed at byte ");
            Content.assertIs(server.root().resolve("a.bin"), SIZE, 7);
        }
    }
}
