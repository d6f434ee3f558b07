package io.ferry.stock;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ScriptedServer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** F8: of two files the first is still being written: it has grown at each listing until told to stop. */
class F08StillWrittenTest extends SideBySide {

    private final AtomicBoolean growing = new AtomicBoolean(true);
    private final AtomicInteger size = new AtomicInteger(100);

    private ScriptedServer pull(Scheme scheme, String waitForWriters) throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        scripted.put("/outbound/a", new byte[size.get()]).put("/outbound/b", new byte[10]);
        scripted.intercept((session, line) -> {
            if (line.startsWith("LIST") && growing.get() && scripted.get("/outbound/a") != null) {
                scripted.put("/outbound/a", new byte[size.incrementAndGet()]);
            }
            return false;
        });
        route(from(scheme, "outbound", "delete=true&sortBy=file:name&" + waitForWriters), "file:" + inbox);
        return scripted;
    }

    @Test
    void stockWaitsForOneFileAndLooksAtNoOther() throws Exception {
        ScriptedServer scripted =
                pull(Scheme.STOCK, "readLock=changed&readLockTimeout=600000&readLockCheckInterval=20");
        until("looked at the first file again and again", () -> sent("LIST") > 30);
        assertThat(sent("RETR")).isZero();
        growing.set(false);
        until("both are gone", () -> scripted.paths().isEmpty());
        assertThat(proxy.commands().stream().filter(command -> command.startsWith("RETR")))
                .containsExactly("RETR outbound/a", "RETR outbound/b");
    }

    @Test
    void ferryDeliversTheOthersMeanwhile() throws Exception {
        ScriptedServer scripted = pull(Scheme.FERRY, "stableFor=2");
        until("the second file is gone", () -> !scripted.paths().contains("/outbound/b"));
        awaitPolls(5);
        assertThat(scripted.paths()).containsExactly("/outbound/a");
        growing.set(false);
        until("both are gone", () -> scripted.paths().isEmpty());
        assertThat(inbox.resolve("a")).hasSize(size.get());
    }
}
