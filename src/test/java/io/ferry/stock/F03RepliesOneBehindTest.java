package io.ferry.stock;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Content;
import io.ferry.testkit.ScriptedServer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/**
 * F3: the data connection of a download is reset after the server has sent its 226. The route talks to the server itself: a
 * reset on a direct connection always reaches the reader as an error, whereas one that is handed on by a proxy may reach it as
 * the end of the data, which is another defect (F1).
 */
class F03RepliesOneBehindTest extends SideBySide {

    private static final int SIZE = 2 * MB;

    private ScriptedServer pullOnceReset(Scheme scheme) throws Exception {
        ScriptedServer scripted = straightOn(ScriptedServer.start());
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

    private static long received(ScriptedServer scripted, String verb) {
        return scripted.commands().stream()
                .filter(command -> command.equals(verb) || command.startsWith(verb + " "))
                .count();
    }

    @Test
    void stockReadsRepliesOneBehindAndLoops() throws Exception {
        ScriptedServer scripted = pullOnceReset(Scheme.STOCK);
        until("polled again and again", () -> received(scripted, "NOOP") > 20);
        assertThat(received(scripted, "USER")).isEqualTo(1);
        assertThat(received(scripted, "RETR")).isEqualTo(1);
        assertThat(scripted.paths()).isEqualTo(List.of("/outbound/file"));
        assertThat(names(inbox)).isEmpty();
    }

    @Test
    void ferryDropsTheConnectionAndDelivers() throws Exception {
        ScriptedServer scripted = pullOnceReset(Scheme.FERRY);
        until("the source is gone", () -> scripted.paths().isEmpty());
        Content.assertIs(inbox.resolve("file"), SIZE, 1);
        assertThat(received(scripted, "USER")).isGreaterThan(1);
    }
}
