package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** With {@code compress=true} a route's files cross deflated, and its listings do not. */
class CompressTest extends RouteFixture {

    @Test
    void aRouteTakesItsFilesDeflated() throws Exception {
        on(ApacheFtp.start());
        String text = "order;customer;amount\n".repeat(10_000);
        put("outbound/1.csv", text, Duration.ofHours(1));
        put("outbound/2.csv", text, Duration.ofHours(1));
        List<String> taken = new CopyOnWriteArrayList<>();
        deliver(in("outbound", "delete=true&compress=true"), exchange -> taken.add(text(exchange)));
        until("both are delivered", () -> taken.size() == 2);
        assertThat(taken).containsOnly(text);
        assertThat(proxy.bytesDown()).isLessThan(text.length());
        until("they are deleted", () -> names(server.root().resolve("outbound")).isEmpty());
        assertThat(proxy.commands()).contains("MODE Z");
    }
}
