package io.ferry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Leaks;
import io.ferry.testkit.TestServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Runs commands in this JVM, with the password in a file, and checks that they leave nothing behind. */
abstract class CliFixture {

    private static final List<String> WITHOUT_SERVER = List.of("help", "version", "completion");

    @TempDir
    Path folder;

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private Leaks leaks;

    @BeforeEach
    void takeSnapshot() {
        leaks = Leaks.snapshot();
    }

    @AfterEach
    void closeAll() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
        Leaks.assertNoneSince(leaks);
    }

    <T extends AutoCloseable> T keep(T closeable) {
        opened.push(closeable);
        return closeable;
    }

    /** What a command has come to. */
    record Ran(int code, String out, String err) {

        Ran ended(ExitCode expected) {
            assertThat(code).as("%s%n%s", out, err).isEqualTo(expected.code());
            return this;
        }

        /** It failed with one line, which says this. */
        Ran saying(String... parts) {
            assertThat(err.strip()).contains(parts).doesNotContain("\tat ");
            return this;
        }
    }

    /** Runs a command as it stands. */
    static Ran run(String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Commands.execute(
                List.of(words), () -> 0, () -> "version", new PrintWriter(out, true), new PrintWriter(err, true));
        return new Ran(code, out.toString(), err.toString());
    }

    /** Runs a command with the login of a server. */
    Ran run(TestServer server, String... words) throws Exception {
        return run(server.password(), words);
    }

    private Ran run(String password, String... words) throws Exception {
        Path file = Files.writeString(folder.resolve(".password"), password + "\n");
        List<String> all = new ArrayList<>(Arrays.asList(words));
        if (!WITHOUT_SERVER.contains(words[0])) {
            all.addAll(List.of("--password-file", file.toString(), "-o", "workDirectory=" + folder.resolve(".state")));
        }
        return run(all.toArray(String[]::new));
    }

    Ran runWithPassword(String password, String... words) throws Exception {
        return run(password, words);
    }

    static String url(TestServer server, String path) {
        return "ftp://" + server.user() + "@" + server.host() + ":" + server.port() + "/" + path;
    }

    static String securedUrl(TestServer server, String path) {
        return url(server, path).replace("ftp://", "ftps://");
    }

    String local(String name) {
        return folder.resolve(name).toString();
    }

    Path write(String name, String content) throws Exception {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }

    static Path write(TestServer server, String name, String content) throws Exception {
        Path file = server.root().resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }
}
