package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import io.ferry.testkit.Fault;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.ScriptedServer;
import io.ferry.transfer.TransferOptions.Verify;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is tried again, how often, and over which connection. */
class RetryTest extends DownloadFixture {

    private void remote(long size, long seed) {
        TransferContract.aged(Content.write(server.root().resolve("file"), size, seed));
    }

    private long interruptions() {
        return recorder.events.stream()
                .filter(event -> event.startsWith("interrupted"))
                .count();
    }

    @ParameterizedTest
    @EnumSource(Cut.class)
    void progressResetsTheCountAndNoControlConnectionIsUsedAfterADataError(Cut cut) throws Exception {
        on(ApacheFtp.start());
        remote(30 * MB, 1);
        Fault fault = proxy.cutDataAfter(6 * MB, Direction.DOWN, cut).always();
        Download download = download("file", options(2, Verify.SIZE, true));
        TransferResult result = download.run();
        Content.assertIs(download.file(), 30 * MB, 1);
        assertThat(result.attempts()).isGreaterThan(3).isEqualTo(fault.fired() + 1);
        assertThat(proxy.controlConnections()).isEqualTo(result.attempts());
        assertThat(recorder.resumes()).isEqualTo(fault.fired());
    }

    @Test
    void attemptsWithoutProgressAreCounted() throws Exception {
        on(ApacheFtp.start());
        remote(MB, 2);
        Fault fault = proxy.cutDataAfter(0, Direction.DOWN, Cut.RST).always();
        assertThatThrownBy(() -> download("file", options(3, Verify.SIZE, true)).run())
                .isInstanceOf(TransferException.class)
                .hasMessageContaining("after 3 attempts");
        assertThat(fault.fired()).isEqualTo(3);
        assertThat(proxy.controlConnections()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"530 Not logged in.", "550 No permission.", "553 Not allowed.", "501 What?"})
    void permanentRefusalIsNotTriedAgain(String reply) throws Exception {
        on(ApacheFtp.start());
        remote(MB, 3);
        proxy.replaceReply("RETR", reply).always();
        assertThatThrownBy(() -> download("file", options(3, Verify.SIZE, true)).run())
                .isInstanceOfSatisfying(
                        TransferException.class,
                        failure -> assertThat(failure.replyCode()).isEqualTo(Integer.parseInt(reply.substring(0, 3))));
        assertThat(sent("RETR")).hasSize(1);
        assertThat(interruptions()).isZero();
        assertThat(files("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"421 Too busy.", "425 No data connection.", "426 Cut.", "450 Busy.", "451 Error.", "452 Full."})
    void passingRefusalIsTriedAgain(String reply) throws Exception {
        on(ApacheFtp.start());
        remote(MB, 4);
        proxy.replaceReply("RETR", reply).times(2);
        Download download = download("file", options(3, Verify.SIZE, true));
        download.run();
        Content.assertIs(download.file(), MB, 4);
        assertThat(sent("RETR")).hasSize(3);
        assertThat(interruptions()).isEqualTo(2);
    }

    @Test
    void shortFileWithAGood226IsNotBelieved() throws Exception {
        on(ApacheFtp.start());
        remote(10 * MB, 5);
        proxy.cutDataAfter(4 * MB, Direction.DOWN, Cut.FIN).hideError226();
        Download download = download("file", options(3, Verify.SIZE, true));
        download.run();
        Content.assertIs(download.file(), 10 * MB, 5);
        assertThat(proxy.controlConnections()).isEqualTo(2);
        assertThat(recorder.events).anyMatch(event -> event.contains("confirmed RETR (226) after"));
    }

    @Test
    void stalledLineEndsTheAttemptAndTheNextContinues() throws Exception {
        on(ApacheFtp.start());
        remote(10 * MB, 6);
        proxy.stallDataAfter(4 * MB, Direction.DOWN);
        Download download = download("file", options(2, Verify.SIZE, true));
        assertThat(download.run().saved()).isPositive();
        Content.assertIs(download.file(), 10 * MB, 6);
        assertThat(recorder.events)
                .anyMatch(event -> event.contains("stood still for " + TransferContract.TIMEOUTS.stall()));
        assertThat(proxy.controlConnections()).isEqualTo(2);
        assertThat(sent("REST")).hasSize(1).isNotEqualTo(List.of("REST 0"));
    }

    /** A server that takes REST and refuses RETR after it (ProFTPD with AllowRetrieveRestart off says 451) never gave the file. */
    @ParameterizedTest
    @ValueSource(strings = {"451 Restart not permitted.", "503 Not with REST.", "550 Restart not permitted."})
    void retrRefusedAfterRestBeginsAgainAtZero(String reply) throws Exception {
        on(ScriptedServer.start()).put("/file", Content.bytes(4 * MB, 7)).on("RETR", (session, argument) -> {
            if (session.takeRest() > 0) {
                return reply;
            }
            return session.standard("RETR", argument);
        });
        proxy.cutDataAfter(2 * MB, Direction.DOWN, Cut.RST);
        Download download = download("file", options(3, Verify.SIZE, true));
        assertThat(download.run().restartOffset()).isZero();
        Content.assertIs(download.file(), 4 * MB, 7);
        assertThat(recorder.events).anyMatch(event -> event.startsWith("restarted: the server refuses to restart"));
    }

    /** What has come is not thrown away for a beginning that the server does not grant. */
    @Test
    void partialStaysWhereTheBeginningIsRefusedToo() throws Exception {
        on(ScriptedServer.start()).put("/file", Content.bytes(4 * MB, 8));
        proxy.cutDataAfter(2 * MB, Direction.DOWN, Cut.RST);
        assertThatThrownBy(() -> download("file", options(1, Verify.SIZE, true)).run())
                .isInstanceOf(TransferException.class);
        proxy.replaceReply("RETR", "550 Locked.").always();
        assertThatThrownBy(() -> download("file", options(3, Verify.SIZE, true)).run())
                .isInstanceOf(TransferException.class)
                .hasMessageContaining("550 Locked.");
        long kept = Files.size(only(SUFFIX));
        assertThat(kept).isPositive();
        proxy.clearFaults();
        Download next = download("file", options(3, Verify.SIZE, true));
        assertThat(next.run().restartOffset()).isEqualTo(kept);
        Content.assertIs(next.file(), 4 * MB, 8);
    }
}
