package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The part of the contract for which the proxy must read and change the control connection. */
abstract class PlainTransferContract extends TransferContract {

    @Test
    void downloadBeginsAgainWhereRestIsRefused() throws Exception {
        remote("file", 10 * MB, 7);
        proxy.cutDataAfter(4 * MB, Direction.DOWN, Cut.FIN);
        proxy.replaceReply("REST", "502 Not implemented").always();
        Download download = download("file");
        download.run();
        Content.assertIs(download.file(), 10 * MB, 7);
        assertThat(recorder.events).anyMatch(event -> event.startsWith("restarted"));
    }

    @Test
    void downloadCatchesAServerThatIgnoresRest() throws Exception {
        remote("file", 10 * MB, 8);
        proxy.cutDataAfter(4 * MB, Direction.DOWN, Cut.FIN);
        // The proxy agrees to REST, and the server, which never hears of it, sends from its first byte.
        proxy.replaceReply("REST", "350 Restarting").always();
        Download download = download("file");
        download.run();
        Content.assertIs(download.file(), 10 * MB, 8);
        assertThat(recorder.events).anyMatch(event -> event.contains("is not the one that was received"));
    }

    @Test
    void uploadAppendsWhereRestIsRefused() throws Exception {
        Path file = aged(Content.write(local.resolve("drop"), 10 * MB, 15));
        proxy.cutDataAfter(4 * MB, Direction.UP, Cut.FIN);
        // The first REST is the one of the overlap's RETR.
        proxy.replaceReply("REST", "502 Not implemented").skip(1).always();
        upload(file, RemoteTarget.replacing("file")).run();
        Content.assertIs(server.root().resolve("file"), 10 * MB, 15);
        if (restarts()) {
            assertThat(proxy.commands()).anyMatch(command -> command.startsWith("APPE"));
        }
    }

    @Test
    void lostReplyToTheRenameIsSettled() throws Exception {
        Path file = aged(Content.write(local.resolve("drop"), MB, 20));
        proxy.cutControlOnReplyTo("RNTO");
        upload(file, RemoteTarget.replacing("file")).run();
        Content.assertIs(server.root().resolve("file"), MB, 20);
        assertThat(remoteNames()).containsExactly("file");
    }

    @Test
    void renameThatNeverArrivedIsDoneAgain() throws Exception {
        Path file = aged(Content.write(local.resolve("drop"), MB, 21));
        proxy.cutControlOn("RNTO");
        upload(file, RemoteTarget.replacing("file")).run();
        Content.assertIs(server.root().resolve("file"), MB, 21);
        assertThat(remoteNames()).containsExactly("file");
    }

    /** What the server says, as the client hears it, when a RETR broke and the proxy has hidden its error. */
    String hiddenError() {
        return "(226)";
    }

    @Test
    void downloadIsNotFooledByA226AfterHalfTheFile() throws Exception {
        remote("file", 10 * MB, 5);
        proxy.cutDataAfter(4 * MB, Direction.DOWN, Cut.FIN).hideError226();
        Download download = download("file");
        TransferResult result = download.run();
        Content.assertIs(download.file(), 10 * MB, 5);
        assertThat(result.attempts()).isEqualTo(restarts() ? 2 : 3);
        assertThat(recorder.events).anyMatch(event -> event.contains(hiddenError()));
    }
}
