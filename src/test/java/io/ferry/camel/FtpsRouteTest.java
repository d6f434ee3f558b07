package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Await;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.Leaks;
import io.ferry.testkit.Vsftpd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both doors over TLS, against a vsftpd that refuses data connections which do not resume the TLS session. */
class FtpsRouteTest {

    private static final int MB = 1 << 20;

    @TempDir
    Path local;

    private Leaks leaks;
    private Vsftpd server;
    private FaultProxy proxy;
    private DefaultCamelContext context;

    @BeforeEach
    void start() throws Exception {
        leaks = Leaks.snapshot();
        server = Vsftpd.start(Vsftpd.secured().behindProxy());
        proxy = FaultProxy.before(server);
        context = new DefaultCamelContext();
        for (String directory : new String[] {"outbound", "inbound"}) {
            Files.createDirectories(server.root().resolve(directory)).toFile().setWritable(true, false);
        }
    }

    @AfterEach
    void stop() {
        if (context != null) {
            context.stop();
            proxy.close();
            server.close();
            Leaks.assertNoneSince(leaks);
        }
    }

    private String uri(String scheme, String directory, String options) {
        return scheme + ":localhost:" + proxy.port() + "/" + directory + "?username=" + server.user() + "&password=RAW("
                + server.password() + ")&ftpClient.trustStore.file="
                + server.tls().truststore() + "&ftpClient.trustStore.type=PKCS12&ftpClient.trustStore.password="
                + server.tls().truststorePassword() + "&reconnectDelay=20" + options;
    }

    private static void age(Path file) throws Exception {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(3600)));
    }

    private static void until(String what, java.util.function.BooleanSupplier condition) {
        Await.until(what, Duration.ofSeconds(30), condition);
    }

    @Test
    void pullsAndPushesAndResumesBoth() throws Exception {
        Path source = Content.write(server.root().resolve("outbound/down"), 20 * MB, 1);
        age(source);
        Path drop = Content.write(Files.createDirectories(local.resolve("new")).resolve("up"), 20 * MB, 2);
        age(drop);
        proxy.cutDataAfter(8 * MB, Direction.DOWN, Cut.RST);
        proxy.cutDataAfter(8 * MB, Direction.UP, Cut.RST);
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(uri("ferry-ftps", "outbound", "&delete=true&initialDelay=0&delay=200"))
                        .to("file:" + local.resolve("inbox"));
                from("file:" + local.resolve("new") + "?initialDelay=0&delay=200")
                        .to(uri("ferry-ftps", "inbound", ""));
            }
        });
        context.start();
        until("pulled", () -> !Files.exists(source));
        until("pushed", () -> Files.exists(local.resolve("new/.camel/up")));
        Content.assertIs(local.resolve("inbox/down"), 20 * MB, 1);
        Content.assertIs(server.root().resolve("inbound/up"), 20 * MB, 2);
        assertThat(server.commands().stream().filter(command -> command.startsWith("REST ")))
                .hasSizeGreaterThanOrEqualTo(2);
        assertThat(server.log()).doesNotContain("No SSL session reuse");
    }

    @Test
    void processorTakesAStockFtpsEndpoint() throws Exception {
        age(Content.write(server.root().resolve("outbound/down"), MB, 3));
        FtpTransferProcessor processor = new FtpTransferProcessor();
        processor.setEndpointUri(uri("ftps", "", "&binary=true&passiveMode=true"));
        processor.setRemotePath("outbound/down");
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:get").process(processor);
            }
        });
        context.start();
        Path target = local.resolve("down");
        context.createProducerTemplate()
                .sendBodyAndHeader("direct:get", null, FerryHeaders.LOCAL_PATH, target.toString());
        Content.assertIs(target, MB, 3);
    }
}
