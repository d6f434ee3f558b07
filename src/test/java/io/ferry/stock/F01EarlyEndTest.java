package io.ferry.stock;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** F1: the data connection of a download ends after 2 MB of 5, and the server says 226. */
class F01EarlyEndTest extends SideBySide {

    private static final long SIZE = 5 * MB;
    private static final long CUT = 2 * MB;
    private final List<Object> stated = new CopyOnWriteArrayList<>();

    /** Polls one file whose first download ends early; returns once the source is gone. */
    private void pullOnceCut(Scheme scheme, String options) throws Exception {
        on(ApacheFtp.start());
        Path source = put("outbound/file", SIZE, 1);
        proxy.cutDataAfter(CUT, Direction.DOWN, Cut.SILENT);
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(F01EarlyEndTest.this.from(scheme, "outbound", "delete=true" + options))
                        .routeId("test")
                        .process(exchange -> stated.add(exchange.getIn().getHeader("CamelFileLength")))
                        .to("file:" + inbox);
            }
        });
        until("the source is gone", () -> !Files.exists(source));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "&localWorkDirectory={work}", "&streamDownload=true"})
    void stockDeletesTheSourceAfterHalfAFile(String how) throws Exception {
        pullOnceCut(Scheme.STOCK, how.replace("{work}", local.resolve("work").toString()));
        until("delivered", () -> Files.exists(inbox.resolve("file")));
        Content.assertIs(inbox.resolve("file"), CUT, 1);
        assertThat(stated).containsExactly(SIZE);
        assertThat(sent("RETR")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "&localWorkDirectory={work}"})
    void ferryFetchesTheRestBeforeTheRouteSeesTheFile(String how) throws Exception {
        pullOnceCut(Scheme.FERRY, how.replace("{work}", local.resolve("work").toString()));
        Content.assertIs(inbox.resolve("file"), SIZE, 1);
        assertThat(stated).containsExactly(SIZE);
        assertThat(sent("RETR")).isEqualTo(2);
    }
}
