package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.session.ListingFormat;
import io.ferry.session.Partner;
import io.ferry.session.SessionPool;
import io.ferry.testkit.Content;
import io.ferry.testkit.Leaks;
import io.ferry.testkit.ScriptedServer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replies that belong to another command. */
class OutOfStepTest {

    private static final int SIZE = 10_000;

    @TempDir
    Path local;

    /** The reply to RNFR came twice, its second copy was taken for a refusal of RNTO, and the file was sent again. */
    @Test
    void aReplyThatComesTwiceDoesNotPublishTwice() throws Exception {
        Leaks leaks = Leaks.snapshot();
        Path file = TransferContract.aged(Content.write(local.resolve("drop"), SIZE, 3));
        AtomicBoolean again = new AtomicBoolean(true);
        try (ScriptedServer server = ScriptedServer.start();
                SessionPool pool = new SessionPool(new Partner(
                        server.host(),
                        server.port(),
                        server.user(),
                        server.password(),
                        null,
                        null,
                        TransferContract.TIMEOUTS,
                        true,
                        Partner.PortRange.ANY,
                        null,
                        List.of(),
                        ListingFormat.AUTO,
                        1))) {
            server.on("RNTO", (session, argument) -> {
                if (again.getAndSet(false)) {
                    session.reply("350 And to?");
                }
                return session.standard("RNTO", argument);
            });
            Recorder recorder = new Recorder();
            new Upload(
                            pool,
                            LocalSource.of(file),
                            RemoteTarget.replacing("/file"),
                            TransferContract.OPTIONS,
                            recorder,
                            () -> false)
                    .run();
            Content.assertIs(server.get("/file"), SIZE, 3);
            assertThat(server.paths()).containsExactly("/file");
            assertThat(server.commands())
                    .filteredOn(command -> command.startsWith("RNTO ") || command.startsWith("STOR "))
                    .hasSize(2);
            assertThat(recorder.events).anyMatch(event -> event.contains("out of step"));
        }
        Leaks.assertNoneSince(leaks);
    }
}
