package io.ferry.stock;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** F5: uploads, with the line cut, stalled or ended early. */
class F05UploadTest extends SideBySide {

    private static final long SIZE = 40 * MB;
    private static final long CUT = 16 * MB;

    private void push(Scheme scheme, String options) throws Exception {
        drop("file", SIZE, 2);
        route(outbox(), to(scheme, "inbound", options));
    }

    private void untilCommitted() {
        until("committed here", () -> Files.exists(local.resolve("outbox/.camel/file")));
    }

    /** While the new file is on its way, and the line stands still, what do readers of the old one find? */
    private void replaceStalled(Scheme scheme) throws Exception {
        on(ApacheFtp.start());
        put("inbound/file", 1000, 1);
        proxy.stallDataAfter(CUT, Direction.UP);
        push(scheme, "tempPrefix=up-");
        until("on its way", () -> proxy.bytesUp() >= CUT);
    }

    @Test
    void stockDeletesTheTargetBeforeTheUploadBegins() throws Exception {
        replaceStalled(Scheme.STOCK);
        assertThat(remote("inbound/file")).doesNotExist();
        List<String> commands = proxy.commands();
        assertThat(commands.indexOf("DELE inbound/file"))
                .isNotNegative()
                .isLessThan(commands.indexOf("STOR inbound/up-file"));
        proxy.release();
        untilCommitted();
    }

    @Test
    void ferryKeepsTheTargetUntilTheUploadIsVerified() throws Exception {
        replaceStalled(Scheme.FERRY);
        Content.assertIs(remote("inbound/file"), 1000, 1);
        proxy.release();
        untilCommitted();
        Content.assertIs(remote("inbound/file"), SIZE, 2);
    }

    /** Nobody is left to finish it: the line is cut and the context stops. */
    private void replaceCutForGood(Scheme scheme) throws Exception {
        on(ApacheFtp.start());
        put("inbound/file", 1000, 1);
        proxy.cutDataAfter(CUT, Direction.UP, Cut.RST).always();
        push(scheme, "tempPrefix=up-&maximumReconnectAttempts=1");
        until("cut", () -> proxy.bytesUp() >= CUT);
        restart();
    }

    @Test
    void stockLosesTheTargetWhenTheUploadIsCut() throws Exception {
        replaceCutForGood(Scheme.STOCK);
        assertThat(remote("inbound/file")).doesNotExist();
    }

    @Test
    void ferryKeepsTheTargetWhenTheUploadIsCut() throws Exception {
        replaceCutForGood(Scheme.FERRY);
        Content.assertIs(remote("inbound/file"), 1000, 1);
    }

    private void pushOnceCut(Scheme scheme) throws Exception {
        on(ApacheFtp.start());
        proxy.cutDataAfter(CUT, Direction.UP, Cut.FIN);
        push(scheme, "tempPrefix=up-");
        untilCommitted();
        Content.assertIs(remote("inbound/file"), SIZE, 2);
    }

    @Test
    void stockDeletesThePartialAndSendsAllAgain() throws Exception {
        pushOnceCut(Scheme.STOCK);
        assertThat(proxy.bytesUp()).isEqualTo(CUT + SIZE);
        assertThat(sent("REST")).isZero();
        assertThat(proxy.commands()).contains("DELE inbound/up-file");
    }

    @Test
    void ferryContinuesThePartial() throws Exception {
        pushOnceCut(Scheme.FERRY);
        // What the server had not read yet when the line was cut is sent again.
        assertThat(proxy.bytesUp()).isLessThan(SIZE + CUT / 2);
        assertThat(sent("REST")).isPositive();
    }

    private void pushOnceEndedEarly(Scheme scheme, String options) throws Exception {
        on(ApacheFtp.start());
        proxy.cutDataAfter(CUT, Direction.UP, Cut.SILENT);
        push(scheme, options);
        untilCommitted();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tempPrefix=up-"})
    void stockPublishesHalfAFileAndCommitsTheSource(String options) throws Exception {
        pushOnceEndedEarly(Scheme.STOCK, options);
        Content.assertIs(remote("inbound/file"), CUT, 2);
        assertThat(sent("STOR")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tempPrefix=up-"})
    void ferrySendsTheRestBeforeItPublishes(String options) throws Exception {
        pushOnceEndedEarly(Scheme.FERRY, options);
        Content.assertIs(remote("inbound/file"), SIZE, 2);
        assertThat(proxy.bytesUp()).isLessThan(2 * SIZE);
    }
}
