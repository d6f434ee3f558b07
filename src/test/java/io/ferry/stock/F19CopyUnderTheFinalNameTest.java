package io.ferry.stock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * F19: the inbox lies on a file system of its own. A rename shows the whole file at once; a copy under the final name shows it
 * growing.
 */
class F19CopyUnderTheFinalNameTest extends SideBySide {

    private static final long SIZE = 256 * MB;
    private Path disk;

    /** A file system of its own; only root can make one. */
    @BeforeEach
    void mount() throws Exception {
        Path point = Files.createDirectories(local.resolve("disk"));
        if (!"root".equals(System.getProperty("user.name"))
                || !run("mount", "-t", "tmpfs", "-o", "size=" + SIZE * 2, "ferry", point.toString())) {
            System.err.println("##### TEST NOT RUN: a small tmpfs cannot be mounted here #####");
            Assumptions.abort("a small tmpfs cannot be mounted here");
        }
        disk = point;
        inbox = disk.resolve("inbox");
    }

    @AfterEach
    void unmount() throws Exception {
        if (disk != null) {
            context.stop();
            assertThat(run("umount", disk.toString())).isTrue();
        }
    }

    private static boolean run(String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        process.getOutputStream().close();
        return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    private String pull(Scheme scheme, String options) throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", SIZE, 1);
        return from(scheme, "outbound", "delete=true" + options);
    }

    /** The sizes below the whole that the file shows under its final name, until the source is gone. */
    private Set<Long> sizesSeen() {
        Set<Long> sizes = new HashSet<>();
        until("the source is gone", () -> {
            // Many looks at the file for each look at the source: a copy takes a few hundred milliseconds.
            for (int i = 0; i < 200; i++) {
                sizes.add(sizeOf(inbox.resolve("file")));
                Thread.onSpinWait();
            }
            return !Files.exists(remote("outbound/file"));
        });
        sizes.removeAll(Set.of(-1L, SIZE));
        return sizes;
    }

    @Test
    void stockCopiesUnderTheFinalNameToAnotherFileSystem() throws Exception {
        route(pull(Scheme.STOCK, "&localWorkDirectory=" + local.resolve("work")), "file:" + inbox);
        assertThat(sizesSeen()).isNotEmpty();
        Content.assertIs(inbox.resolve("file"), SIZE, 1);
    }

    @Test
    void ferryRefusesToCopyToAnotherFileSystemUnderTheFinalName() throws Exception {
        String from = pull(Scheme.FERRY, "&localWorkDirectory=" + local.resolve("work"));
        assertThatThrownBy(() -> route(from, "file:" + inbox))
                .hasStackTraceContaining("it lies on another file system");
        assertThat(names(inbox)).isEmpty();
    }

    @Test
    void ferryWorksBesideTheInboxByDefaultSoThatTheFileAppearsWhole() throws Exception {
        route(pull(Scheme.FERRY, ""), "file:" + inbox);
        assertThat(sizesSeen()).isEmpty();
        Content.assertIs(inbox.resolve("file"), SIZE, 1);
    }

    /** There is room for the work file, and for half its copy. */
    private String pullText(Scheme scheme) throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", "text ".repeat(300_000));
        assertThat(run("mount", "-o", "remount,size=2m", disk.toString())).isTrue();
        return from(scheme, "outbound", "delete=true&localWorkDirectory=" + inbox.resolve(".ferry"));
    }

    @Test
    void stockCopiesUnderTheFinalNameWhenThereIsACharset() throws Exception {
        route(pullText(Scheme.STOCK), "file:" + inbox + "?charset=ISO-8859-1");
        until("the copy has stopped half-way", () -> sent("RETR") > 1);
        assertThat(inbox.resolve("file")).exists();
        assertThat(Files.size(inbox.resolve("file"))).isLessThan(1_500_000);
    }

    @Test
    void ferryRefusesACharsetThatWouldCopy() throws Exception {
        String from = pullText(Scheme.FERRY);
        assertThatThrownBy(() -> route(from, "file:" + inbox + "?charset=ISO-8859-1"))
                .hasStackTraceContaining("its option charset rewrites the file");
        assertThat(names(inbox)).isEmpty();
    }
}
