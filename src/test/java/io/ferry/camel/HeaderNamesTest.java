package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.TestServer;
import java.util.Map;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Headers of Ferry that are spelled wrong, and values that they do not take. */
class HeaderNamesTest {

    private static final Logger LOG = (Logger) LoggerFactory.getLogger(HeaderNames.class);

    @Test
    void aHeaderThatThereIsNotIsToldOnceForEachRouteAndABadValueNamesItsHeader() throws Exception {
        ListAppender<ILoggingEvent> said = new ListAppender<>();
        said.start();
        LOG.addAppender(said);
        try (TestServer server = ApacheFtp.start();
                DefaultCamelContext context = new DefaultCamelContext()) {
            String uri =
                    "127.0.0.1:" + server.port() + "/d?username=" + server.user() + "&password=" + server.password();
            FtpTransferProcessor processor = new FtpTransferProcessor();
            processor.setEndpointUri("ftp:" + uri);
            context.getRegistry().bind("ferry", processor);
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:one").routeId("one").process("ferry");
                    from("direct:two").routeId("two").to("ferry-ftp:" + uri);
                }
            });
            context.start();
            ProducerTemplate template = context.createProducerTemplate();
            Map<String, Object> misspelled = Map.of(
                    FerryHeaders.OPERATION, "names", "CamelFerryRemotPath", "sesame", "CamelFerryVerified", "size");

            template.sendBodyAndHeaders("direct:one", "", misspelled);
            template.sendBodyAndHeaders("direct:one", "", misspelled);
            template.sendBodyAndHeaders(
                    "direct:two", "x", Map.of("CamelFerryRemotPath", "sesame", "CamelFileName", "a"));

            assertThat(said.list.stream().map(ILoggingEvent::getFormattedMessage))
                    .containsExactly(
                            "route one: there is no header CamelFerryRemotPath, and nothing comes of it. Did you mean"
                                    + " CamelFerryRemotePath?",
                            "route two: there is no header CamelFerryRemotPath, and nothing comes of it. Did you mean"
                                    + " CamelFerryRemotePath?");
            assertThatThrownBy(() ->
                            template.sendBodyAndHeaders("direct:one", "", Map.of(FerryHeaders.OPERATION, "retrive")))
                    .hasStackTraceContaining(
                            "Header CamelFerryOperation: There is no operation \"retrive\"; there are ")
                    .hasStackTraceContaining("Did you mean retrieve?");
            assertThatThrownBy(() -> template.sendBodyAndHeaders(
                            "direct:one",
                            "",
                            Map.of(FerryHeaders.REMOTE_PATH, "a", FerryHeaders.RESTART_OFFSET, "aut")))
                    .hasStackTraceContaining(
                            "Header CamelFerryRestartOffset: restartOffset takes auto or a number of bytes, not \"aut\"");
            assertThatThrownBy(() -> template.sendBodyAndHeaders(
                            "direct:one", "", Map.of(FerryHeaders.REMOTE_PATH, "a", FerryHeaders.BLOCK_SIZE, "lots")))
                    .hasStackTraceContaining("Header CamelFerryBlockSize: ")
                    .hasStackTraceContaining("lots");
        } finally {
            LOG.detachAppender(said);
        }
    }
}
