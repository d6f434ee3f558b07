package io.ferry.stock;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import java.nio.file.Files;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Test;

/** F20: the route fails twice after the download, and then takes the file. */
class F20RollbackTest extends SideBySide {

    private static final long SIZE = 3 * MB;

    private void pullFailingTwice(Scheme scheme) throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", SIZE, 1);
        AtomicInteger attempts = new AtomicInteger();
        String from = from(scheme, "outbound", "delete=true&localWorkDirectory=" + local.resolve("work"));
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(from)
                        .routeId("test")
                        .process(exchange -> {
                            if (attempts.incrementAndGet() <= 2) {
                                throw new IllegalStateException("made to fail");
                            }
                        })
                        .to("file:" + inbox);
            }
        });
        until("the source is gone", () -> !Files.exists(remote("outbound/file")));
        Content.assertIs(inbox.resolve("file"), SIZE, 1);
    }

    @Test
    void stockDownloadsAllAgainAfterEachRollback() throws Exception {
        pullFailingTwice(Scheme.STOCK);
        assertThat(sent("RETR")).isEqualTo(3);
        assertThat(proxy.bytesDown()).isGreaterThan(3 * SIZE);
    }

    @Test
    void ferryDownloadsOnce() throws Exception {
        pullFailingTwice(Scheme.FERRY);
        assertThat(sent("RETR")).isEqualTo(1);
        assertThat(proxy.bytesDown()).isLessThan(SIZE + MB);
    }
}
