package io.ferry.stock;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * F2: a download is cut, the route stops, the remote file is replaced, and the route starts again with what the first attempt
 * left. Ferry resumes without the option.
 */
class F02StaleInProgressTest extends SideBySide {

    private static final int CUT = 6 * MB;
    private static final long OLD = 32 * MB;

    private String endpoint(Scheme scheme, String options) {
        String resume = scheme == Scheme.STOCK ? "&resumeDownload=true" : "";
        return to(scheme, "outbound", "delete=true&initialDelay=0&localWorkDirectory=" + local.resolve("work"))
                + resume
                + options;
    }

    /** Leaves 6 MB of a file of 32 MB (more than all buffers on the way hold) in the work directory. */
    private Path cutAtSixMegabytes(Scheme scheme) throws Exception {
        on(ApacheFtp.start());
        Path source = put("outbound/file", OLD, 1);
        var cut = proxy.cutDataAfter(CUT, Direction.DOWN, Cut.FIN);
        route(endpoint(scheme, "&delay=600000&maximumReconnectAttempts=1"), "file:" + inbox);
        until("cut", () -> cut.fired() == 1);
        until("the partial has what came", () -> partialSize() == CUT);
        restart();
        assertThat(names(inbox)).isEmpty();
        proxy.clearCommands();
        return source;
    }

    /** The largest file in the work directory: what is noted beside the partial is small. */
    private long partialSize() {
        try (var files = Files.walk(local.resolve("work"))) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(SideBySide::sizeOf)
                    .max()
                    .orElse(-1);
        } catch (java.io.IOException | java.io.UncheckedIOException e) {
            return -1;
        }
    }

    private void pullReplaced(Scheme scheme, long size) throws Exception {
        Path source = cutAtSixMegabytes(scheme);
        put("outbound/file", size, 2);
        route(endpoint(scheme, "&delay=50"), "file:" + inbox);
        until("the source is gone", () -> !Files.exists(source));
        until("delivered", () -> Files.exists(inbox.resolve("file")));
    }

    @Test
    void stockDeliversTheOldPartialWhenTheSourceBecameShorter() throws Exception {
        pullReplaced(Scheme.STOCK, 5 * MB);
        Content.assertIs(inbox.resolve("file"), CUT, 1);
        assertThat(proxy.commands()).contains("REST " + CUT);
    }

    @Test
    void ferryBeginsAgainWhenTheSourceBecameShorter() throws Exception {
        pullReplaced(Scheme.FERRY, 5 * MB);
        Content.assertIs(inbox.resolve("file"), 5 * MB, 2);
        assertThat(sent("REST")).isZero();
    }

    @Test
    void stockSplicesTwoVersionsOfAFile() throws Exception {
        pullReplaced(Scheme.STOCK, 9 * MB);
        byte[] delivered = Files.readAllBytes(inbox.resolve("file"));
        assertThat(delivered).hasSize(9 * MB);
        Content.assertIs(Arrays.copyOf(delivered, CUT), CUT, 1);
        assertThat(Arrays.copyOfRange(delivered, CUT, 9 * MB)).isEqualTo(Content.bytes(CUT, 3 * MB, 2));
    }

    @Test
    void ferryDoesNotSpliceTwoVersionsOfAFile() throws Exception {
        pullReplaced(Scheme.FERRY, 9 * MB);
        Content.assertIs(inbox.resolve("file"), 9 * MB, 2);
    }

    @Test
    void stockIsStuckForEverWhenRestIsRefused() throws Exception {
        Path source = cutAtSixMegabytes(Scheme.STOCK);
        proxy.replaceReply("REST", "502 Not implemented.").always();
        route(endpoint(Scheme.STOCK, "&delay=50"), "file:" + inbox);
        until("tried again and again", () -> sent("REST") > 10);
        assertThat(sent("RETR")).isZero();
        assertThat(source).exists();
        assertThat(names(inbox)).isEmpty();
    }

    @Test
    void ferryBeginsAgainWhenRestIsRefused() throws Exception {
        Path source = cutAtSixMegabytes(Scheme.FERRY);
        proxy.replaceReply("REST", "502 Not implemented.").always();
        route(endpoint(Scheme.FERRY, "&delay=50"), "file:" + inbox);
        until("the source is gone", () -> !Files.exists(source));
        Content.assertIs(inbox.resolve("file"), OLD, 1);
        assertThat(proxy.commands()).anyMatch(command -> command.startsWith("REST "));
    }
}
