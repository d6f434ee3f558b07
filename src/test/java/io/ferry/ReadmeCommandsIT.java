package io.ferry;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The README's commands, but for those that build the project, as a shell runs them. Only the partner's name and certificate are
 * the test's, and what the README leaves to the reader.
 */
class ReadmeCommandsIT {

    private static final String PARTNER = "me@ftp.acme.example";

    @TempDir
    Path folder;

    @Test
    void everyCommandDoesWhatItSays() throws Exception {
        try (TestServer plain = ApacheFtp.start();
                TestServer secured = Vsftpd.start(Vsftpd.secured())) {
            for (String each : List.of("outbound/report.csv", "outbound/measurements.bin")) {
                write(secured.root().resolve(each));
            }
            Files.createDirectories(secured.root().resolve("inbound"));
            for (String each : List.of("inbound", "outbound")) {
                // The doctor writes too, as the user that has logged in.
                secured.root().resolve(each).toFile().setWritable(true, false);
            }
            write(plain.root().resolve("absolute/path/big.bin"));
            Files.createDirectories(folder.resolve("inbox"));
            write(folder.resolve("one.csv"));
            write(folder.resolve("two.csv"));
            Files.writeString(folder.resolve("password.txt"), secured.password());
            Files.copy(secured.tls().caPem(), folder.resolve("ca.pem"));
            Files.copy(secured.tls().truststore(), folder.resolve("partner.p12"));
            Files.createSymbolicLink(
                    folder.resolve("ferry-app.jar"),
                    Path.of(System.getProperty("ferry.app.jar")).toAbsolutePath());

            int run = 0;
            for (String each : ReadmeCommands.all()) {
                if (!ReadmeCommands.isOfTheBuild(each)) {
                    bash(each, concrete(each, plain, secured), each.contains(" ftp://") ? plain : secured);
                    run++;
                }
            }

            assertThat(run).isGreaterThan(10);
            for (String each : List.of("report.csv", "inbox/big.bin", "measurements.bin", "mirror/report.csv")) {
                assertThat(folder.resolve(each)).hasContent("some content");
            }
            for (String each : List.of("one.csv", "two.csv")) {
                assertThat(secured.root().resolve("inbound").resolve(each)).hasContent("some content");
            }
            assertThat(folder.resolve("trust.p12")).isNotEmptyFile();
        }
    }

    private static void write(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "some content");
        file.toFile().setReadable(true, false);
    }

    /** The same command with a partner that there is. */
    private static String concrete(String command, TestServer plain, TestServer secured) {
        String url = "ferry-ftps://ferry@localhost:" + secured.port();
        String concrete = command.replace("ferry-ftps://" + PARTNER, url)
                .replace(" ftp://" + PARTNER, " ftp://" + plain.user() + "@127.0.0.1:" + plain.port())
                .replace("localhost:19457", "localhost:" + secured.port())
                .replace("ftp.acme.example:21", "localhost:" + secured.port())
                .replace("/path/to/ferry-app.jar", "ferry-app.jar")
                .replaceFirst("^0 2 \\* \\* \\* ", "")
                .replace("…", "password.txt --trust-store partner.p12 " + url + "/outbound mirror");
        if (concrete.matches("java .*(ferry-app\\.jar|io\\.ferry\\.Ferry)")) {
            return concrete + " version";
        }
        if (concrete.startsWith("java -D") && !concrete.contains("-jar")) {
            return concrete + " -jar ferry-app.jar version";
        }
        boolean trusts = concrete.contains("--trust-store") || !concrete.contains("ferry-ftps://");
        return trusts ? concrete : concrete + " --trust-store partner.p12";
    }

    private void bash(String written, String command, TestServer server) throws Exception {
        String script =
                "set -o pipefail\nshopt -s expand_aliases\nalias ferry='java -jar ferry-app.jar'\n" + command + "\n";
        ProcessBuilder bash = new ProcessBuilder("bash", "-c", script)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile());
        String java = Path.of(System.getProperty("java.home"), "bin").toString();
        bash.environment().merge("PATH", java, (path, first) -> first + File.pathSeparator + path);
        bash.environment().put("FERRY_PASSWORD", server.password());
        bash.environment().put("XDG_STATE_HOME", folder.resolve("state").toString());
        if (server.tls() != null) {
            bash.environment().put("FERRY_TRUST_STORE_PASSWORD", server.tls().truststorePassword());
        }
        Process process = bash.start();
        try (var keyboard = process.outputWriter()) {
            // For keytool: a password, the same again, and that the authority is trusted.
            keyboard.write("not-a-secret\nnot-a-secret\nyes\n");
        } catch (IOException e) {
            // It asks nothing.
        }
        boolean ended = process.waitFor(120, TimeUnit.SECONDS);
        process.destroyForcibly();
        String output = Files.readString(folder.resolve("output"));
        assertThat(ended).as("%s\n%s", written, output).isTrue();
        assertThat(process.exitValue())
                .as("%s, run as %s:\n%s", written, command, output)
                .isZero();
    }
}
