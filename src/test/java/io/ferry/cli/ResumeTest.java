package io.ferry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.Vsftpd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The same command goes on where a cut one stopped. */
class ResumeTest extends CliFixture {

    private static final int SIZE = 4 << 20;

    private final Instant yesterday = Instant.now().minusSeconds(86_400);

    private FaultProxy proxy() {
        return keep(FaultProxy.before(keep(Vsftpd.start())));
    }

    private Path content(Path file) throws Exception {
        Content.write(file, SIZE, 7);
        return Files.setLastModifiedTime(file, FileTime.from(yesterday));
    }

    @Test
    void get() throws Exception {
        FaultProxy server = proxy();
        content(server.root().resolve("a.bin"));
        server.cutDataAfter(SIZE / 2, Direction.DOWN, Cut.FIN);
        String[] words = {"get", "-v", "-o", "maximumReconnectAttempts=1", url(server, "a.bin"), local("a.bin")};

        run(server, words).ended(ExitCode.TRANSFER);
        assertThat(folder.resolve("a.bin")).doesNotExist();

        Ran again = run(server, words).ended(ExitCode.OK);
        assertThat(again.err()).contains("a.bin: resumed at byte ", "saved by resuming");
        Content.assertIs(folder.resolve("a.bin"), SIZE, 7);
    }

    @Test
    void put() throws Exception {
        FaultProxy server = proxy();
        content(folder.resolve("a.bin"));
        server.cutDataAfter(SIZE / 2, Direction.UP, Cut.FIN);
        String[] words = {"put", "-v", "-o", "maximumReconnectAttempts=1", local("a.bin"), url(server, "a.bin")};

        run(server, words).ended(ExitCode.TRANSFER);
        assertThat(server.root().resolve("a.bin")).doesNotExist();

        Ran again = run(server, words).ended(ExitCode.OK);
        assertThat(again.err()).contains("a.bin: resumed at byte ");
        Content.assertIs(server.root().resolve("a.bin"), SIZE, 7);
        try (Stream<Path> left = Files.list(server.root())) {
            assertThat(left).hasSize(1);
        }
    }

    @Test
    void withoutResumeItBeginsAnew() throws Exception {
        FaultProxy server = proxy();
        content(server.root().resolve("a.bin"));
        server.cutDataAfter(SIZE / 2, Direction.DOWN, Cut.FIN);
        String[] words = {
            "get", "-v", "--resume", "off", "-o", "maximumReconnectAttempts=1", url(server, "a.bin"), local("a.bin")
        };

        run(server, words).ended(ExitCode.TRANSFER);
        Ran again = run(server, words).ended(ExitCode.OK);

        assertThat(again.err()).doesNotContain("resumed at");
        Content.assertIs(folder.resolve("a.bin"), SIZE, 7);
    }
}
