package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ScriptedServer;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Test;

/** Sources that are moved to one archive, at a server whose RNTO replaces what exists. */
class ArchiveTest extends RouteFixture {

    @Test
    void commitsAtTheSameTimeReplacedOneAnother() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        scripted.put("/outbound/1.csv", new byte[] {1});
        scripted.put("/outbound/2.csv", new byte[] {2});
        CyclicBarrier both = new CyclicBarrier(2);
        scripted.on("RNFR", (session, argument) -> {
            // Both have looked at what exists by then.
            try {
                both.await(LIMIT.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                throw new IOException(e);
            }
            return session.standard("RNFR", argument);
        });
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(in("outbound", "move=.done/report.${file:ext}")).to("seda:taken");
                from("seda:taken?concurrentConsumers=2").log("taken");
            }
        });
        until("both moved", () -> scripted.paths().stream().allMatch(path -> path.contains("/.done/")));
        assertThat(scripted.paths())
                .containsExactlyInAnyOrder("/outbound/.done/report.csv", "/outbound/.done/report-1.csv");
        assertThat(List.of(
                        scripted.get("/outbound/.done/report.csv")[0], scripted.get("/outbound/.done/report-1.csv")[0]))
                .containsExactlyInAnyOrder((byte) 1, (byte) 2);
        assertThat(failures).isEmpty();
    }
}
