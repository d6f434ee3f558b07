package io.ferry.stock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import io.ferry.testkit.ScriptedServer;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Test;

/** F6: a user asks for checksums. The server computes MD5, and spoils one byte of the first download. */
class F06ChecksumTest extends SideBySide {

    private static final int SIZE = 100_000;

    private ScriptedServer pullOnceSpoilt(Scheme scheme, String checksum) throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        byte[] content = Content.bytes(SIZE, 1);
        scripted.put("/outbound/file", content).features("SIZE", "MDTM", "REST STREAM", "EPSV", "MD5");
        String digest =
                HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(content));
        scripted.on("MD5", (session, argument) -> "251 " + argument + " " + digest);
        AtomicBoolean spoilt = new AtomicBoolean();
        scripted.on("RETR", (session, argument) -> {
            if (spoilt.getAndSet(true)) {
                return session.standard("RETR", argument);
            }
            byte[] wrong = content.clone();
            wrong[SIZE / 2] ^= 1;
            session.reply("150 Here it comes.");
            session.sendData(wrong);
            return "226 Transfer complete.";
        });
        route(from(scheme, "outbound", "delete=true&" + checksum), "file:" + inbox);
        until("the source is gone", () -> scripted.paths().isEmpty());
        return scripted;
    }

    @Test
    void stockAcceptsTheChecksumOptionAndDeliversASpoiltFile() throws Exception {
        pullOnceSpoilt(Scheme.STOCK, "checksumFileAlgorithm=MD5");
        byte[] delivered = Files.readAllBytes(inbox.resolve("file"));
        assertThat(delivered).hasSize(SIZE).isNotEqualTo(Content.bytes(SIZE, 1));
        assertThat(sent("MD5")).isZero();
    }

    @Test
    void ferryComparesTheServersDigestAndFetchesAgain() throws Exception {
        pullOnceSpoilt(Scheme.FERRY, "verify=digest");
        Content.assertIs(inbox.resolve("file"), SIZE, 1);
        assertThat(sent("MD5")).isPositive();
        assertThat(sent("RETR")).isEqualTo(2);
    }

    /** Sends one file and returns the headers that it then has. */
    private Map<String, Object> send(String to) throws Exception {
        List<Map<String, Object>> headers = new CopyOnWriteArrayList<>();
        drop("file", SIZE, 2);
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(outbox())
                        .routeId("test")
                        .to(to)
                        .process(exchange -> headers.add(exchange.getIn().getHeaders()));
            }
        });
        until("sent", () -> !headers.isEmpty());
        return headers.get(0);
    }

    @Test
    void stockWritesNoChecksumOfAnUpload() throws Exception {
        on(ApacheFtp.start());
        Map<String, Object> headers =
                send(to(Scheme.STOCK, "inbound", "checksumFileAlgorithm=MD5&checksumWriteFile=true"));
        assertThat(names(remote("inbound"))).containsExactly("file");
        assertThat(headers).containsKey("CamelFileNameProduced").doesNotContainKey("CamelFileChecksum");
        assertThat(proxy.commands()).noneMatch(command -> command.contains("MD5"));
    }

    @Test
    void ferryRefusesTheChecksumOptionAndNamesTheOneThatWorks() {
        on(ApacheFtp.start());
        assertThatThrownBy(() -> route(outbox(), to(Scheme.FERRY, "inbound", "checksumFileAlgorithm=MD5")))
                .hasStackTraceContaining("Use verify=digest");
    }

    @Test
    void ferryAsksTheServerForTheDigestOfAnUpload() throws Exception {
        on(ApacheFtp.start());
        Map<String, Object> headers =
                send(to(Scheme.FERRY, "inbound", "verify=digest&workDirectory=" + local.resolve("work")));
        assertThat(String.valueOf(headers.get("CamelFerryVerified"))).contains("MD5");
        assertThat(proxy.commands()).anyMatch(command -> command.contains("MD5 "));
    }
}
