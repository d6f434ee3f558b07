package io.ferry.stock;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Content;
import io.ferry.testkit.ScriptedServer;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** F3: the data connection of a download is reset after the server has sent its 226. */
class F03RepliesOneBehindTest extends SideBySide {

    private static final int SIZE = 2 * MB;

    private ScriptedServer pullOnceReset(Scheme scheme) throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        scripted.put("/outbound/file", Content.bytes(SIZE, 1));
        AtomicBoolean reset = new AtomicBoolean();
        scripted.on("RETR", (session, argument) -> {
            if (reset.getAndSet(true)) {
                return session.standard("RETR", argument);
            }
            session.reply("150 Here it comes.");
            var data = session.openData();
            data.getOutputStream().write(Arrays.copyOf(scripted.get("/outbound/file"), SIZE / 2));
            session.reply("226 Transfer complete.");
            session.resetData();
            return null;
        });
        route(from(scheme, "outbound", "delete=true"), "file:" + inbox);
        return scripted;
    }

    @Test
    void stockReadsRepliesOneBehindAndLoops() throws Exception {
        ScriptedServer scripted = pullOnceReset(Scheme.STOCK);
        until("polled again and again", () -> sent("NOOP") > 20);
        assertThat(proxy.controlConnections()).isEqualTo(1);
        assertThat(sent("RETR")).isEqualTo(1);
        // Where the reset reaches it as an end of the data, it takes half the file for the whole (as in F1).
        boolean stuck = scripted.paths().equals(List.of("/outbound/file"))
                && names(inbox).isEmpty();
        boolean halved = scripted.paths().isEmpty() && Files.size(inbox.resolve("file")) < SIZE;
        assertThat(stuck || halved).isTrue();
    }

    @Test
    void ferryDropsTheConnectionAndDelivers() throws Exception {
        ScriptedServer scripted = pullOnceReset(Scheme.FERRY);
        until("the source is gone", () -> scripted.paths().isEmpty());
        Content.assertIs(inbox.resolve("file"), SIZE, 1);
        assertThat(proxy.controlConnections()).isGreaterThan(1);
    }
}
