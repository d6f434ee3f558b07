package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.spi.BrowsableEndpoint;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Looking at what an endpoint would poll (the browse console, JMX) leaves no trace in what its route has written down. */
class BrowseTest extends RouteFixture {

    private final List<String> got = new CopyOnWriteArrayList<>();

    private void start(String options) throws Exception {
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(in("outbound", options))
                        .routeId("test")
                        .autoStartup(false)
                        .process(exchange -> got.add(text(exchange) + " "
                                + exchange.getIn().getHeader(FerryHeaders.POSSIBLE_DUPLICATE, Boolean.class)));
            }
        });
    }

    private List<Exchange> browse() {
        return ((BrowsableEndpoint) context.getRoute("test").getEndpoint()).getExchanges();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "noop=true",
                "delete=true",
                "move=.done",
                "preMove=.taken&move=.done",
                "download=false&delete=true"
            })
    void browsingBeforeTheFirstPollOpenedTheRecordsElsewhere(String options) throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", "content", Duration.ofHours(1));
        start(options);
        assertThat(browse()).hasSize(1);
        assertThat(browse()).hasSize(1);
        assertThat(tree(local.resolve("work")))
                .filteredOn(file -> file.matches(".*/(deliveries|open|premoved)"))
                .isEmpty();
        assertThat(tree(server.root())).containsExactly("outbound/file");
        context.getRouteController().startRoute("test");
        until("delivered", () -> got.size() == 1);
        awaitPolls(2);
        assertThat(got).hasSize(1).allMatch(each -> each.endsWith(" false"));
        assertThat(local.resolve("work/test/deliveries")).isRegularFile();
        assertThat(failures).isEmpty();
    }

    @org.junit.jupiter.api.Test
    void browsingWhileTheRouteRunsClosesNoRecord() throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", "content", Duration.ofHours(1));
        start("noop=true");
        context.getRouteController().startRoute("test");
        until("delivered", () -> got.size() == 1);
        awaitPolls(1);
        DeliveryRepository records = (DeliveryRepository)
                ((FerryFtpEndpoint) context.getRoute("test").getEndpoint()).getIdempotentRepository();
        List<String> keys = records.keys();
        browse();
        assertThat(records.keys()).isEqualTo(keys);
        awaitPolls(2);
        assertThat(got).hasSize(1);
        assertThat(failures).isEmpty();
    }
}
