package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.Vsftpd;
import io.ferry.transfer.Transfer;
import io.ferry.transfer.TransferListener;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Test;

/** With {@code maxRate} files cross in slices, and are as whole, resumed and verified as ever. */
class MaxRateTest extends RouteFixture {

    private static final int SIZE = 700_000;

    @Test
    void downInSlicesAndAgainAfterACut() throws Exception {
        on(Vsftpd.start());
        Path remote = Content.write(directory("outbound").resolve("file"), SIZE, 1);
        Files.setLastModifiedTime(remote, FileTime.from(Instant.now().minusSeconds(3600)));
        remote.toFile().setReadable(true, false);
        proxy.cutDataAfter(300_000, Direction.DOWN, Cut.FIN);
        List<String> verified = new CopyOnWriteArrayList<>();
        deliver(in("outbound", "noop=true&maxRate=2MB&maxTotalRate=00:00-12:00=3MB,3MB"), exchange -> {
            Content.assertIs(exchange.getIn().getBody(File.class).toPath(), SIZE, 1);
            verified.add(exchange.getIn().getHeader(FerryHeaders.RESTARTED_AT, String.class));
        });
        until("delivered", () -> !verified.isEmpty());
        assertThat(Long.parseLong(verified.get(0))).isBetween(1L, 300_000L);
    }

    @Test
    void up() throws Exception {
        on(Vsftpd.start());
        directory("inbound");
        context.start();
        Path file = Content.write(local.resolve("file"), SIZE, 2);
        context.createProducerTemplate()
                .sendBodyAndHeaders(uri("inbound", "maxRate=2MB"), file.toFile(), Map.of(Exchange.FILE_NAME, "file"));
        Content.assertIs(server.root().resolve("inbound/file"), SIZE, 2);
    }

    /** A slice is the eighth part of what may cross in a second: what comes at once shows whether anything bounds it. */
    @Test
    void processorCarriesNoMoreAtOnceThanItsRateAllows() throws Exception {
        on(Vsftpd.start());
        Content.write(directory("outbound").resolve("file"), 100_000, 3);
        FtpTransferProcessor processor = new FtpTransferProcessor();
        processor.setEndpointUri(
                uri("outbound", "").replaceFirst("^ferry-", "").replaceAll("&workDirectory=[^&]*", ""));
        processor.setRemotePath("outbound/file");
        processor.setLocalDirectory(local.resolve("here").toString());
        processor.getOptions().setMaxRate("200KB");
        List<Long> reached = new CopyOnWriteArrayList<>(List.of(0L));
        processor.setListener(new TransferListener() {
            @Override
            public void progressed(Transfer transfer, long offset) {
                reached.add(offset);
            }
        });
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:go").process(processor);
            }
        });
        context.createProducerTemplate().sendBody("direct:go", "");
        Content.assertIs(local.resolve("here/file"), 100_000, 3);
        for (int i = 1; i < reached.size(); i++) {
            assertThat(reached.get(i) - reached.get(i - 1)).isBetween(1L, (200L << 10) / 8);
        }
    }

    /** All partners share one rate: they take it slice by slice, so that a large file holds no small one up. */
    @Test
    void largeFileOfOnePartnerDoesNotStarveTheSmallOnesOfAnother() throws Exception {
        on(Vsftpd.start());
        Content.write(directory("outbound").resolve("large"), 16 << 20, 4);
        try (ApacheFtp other = ApacheFtp.start()) {
            for (int i = 0; i < 20; i++) {
                Content.write(
                        Files.createDirectories(other.root().resolve("outbound"))
                                .resolve("small" + i),
                        4096,
                        i);
            }
            List<String> got = new CopyOnWriteArrayList<>();
            String shared = "noop=true&maxTotalRate=4MB";
            String small = in("outbound", shared)
                    .replace("initialDelay=0", "initialDelay=500")
                    .replaceFirst("127.0.0.1:[0-9]+", "127.0.0.1:" + other.port())
                    .replaceFirst("username=[^&]*", "username=" + other.user())
                    .replaceFirst("RAW\\([^)]*\\)", "RAW(" + other.password() + ")");
            routes(new RouteBuilder() {
                @Override
                public void configure() {
                    from(in("outbound", shared)).routeId("large").process(exchange -> got.add("large"));
                    from(small).routeId("small").process(exchange -> got.add("small"));
                }
            });
            until("all", () -> got.size() == 21);
            assertThat(got).endsWith("large");
            assertThat(failures).isEmpty();
        }
    }
}
