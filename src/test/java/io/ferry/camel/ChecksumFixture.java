package io.ferry.camel;

import io.ferry.stream.ChecksumLines;
import io.ferry.stream.FileDigest;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Vsftpd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.builder.RouteBuilder;

/** Files with checksums, both ways. */
abstract class ChecksumFixture extends RouteFixture {

    static final Duration OLD = Duration.ofHours(3);

    /** What the route got: name, content, index of size. */
    final List<String> got = new CopyOnWriteArrayList<>();

    void server(String name) throws IOException {
        if (name.equals("vsftpd")) {
            on(Vsftpd.start());
        } else {
            on(ApacheFtp.start());
        }
        directory("outbound");
        directory("inbound");
    }

    static String sha256(String content) {
        return HexFormat.of().formatHex(FileDigest.named("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8)));
    }

    static String line(String name, String content) {
        return ChecksumLines.line(sha256(content), name);
    }

    void sidecar(String name, String content) throws IOException {
        put("outbound/" + name + ".sha256", line(name, content), OLD);
    }

    void take(Exchange exchange) {
        got.add(exchange.getIn().getHeader(Exchange.FILE_NAME) + " " + text(exchange) + " "
                + exchange.getProperty(ExchangePropertyKey.BATCH_INDEX) + "/"
                + exchange.getProperty(ExchangePropertyKey.BATCH_SIZE));
    }

    void pull(String options) throws Exception {
        deliver(in("outbound", options), this::take);
    }

    /** The files at the server, without those that are hidden. */
    List<String> remote(String directory) {
        return tree(server.root().resolve(directory)).stream()
                .filter(each -> !each.startsWith("."))
                .toList();
    }

    /** The names that appeared in a directory of the server, in their order. */
    List<String> appeared(String directory) {
        return sent("RNTO " + directory + "/");
    }

    List<String> deleted() {
        return sent("DELE outbound/");
    }

    List<String> sent(String command) {
        return proxy.commands().stream()
                .filter(each -> each.startsWith(command))
                .map(each -> each.substring(command.length()))
                .toList();
    }

    String content(String path) {
        try {
            return Files.readString(server.root().resolve(path));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    Path outbox() throws IOException {
        return Files.createDirectories(local.resolve("outbox"));
    }

    void drop(String name, String content) throws IOException {
        Path file = Files.writeString(local.resolve("new-drop"), content);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(OLD)));
        Files.move(file, outbox().resolve(name));
    }

    void push(String to) throws Exception {
        String from = "file:" + outbox() + "?initialDelay=0&delay=50&sortBy=file:name&exceptionHandler=#failures";
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(from).routeId("test").to(to);
            }
        });
    }

    void untilCommitted(String... names) throws IOException {
        Path committed = outbox().resolve(".camel");
        until("the drops are committed", () -> names(committed).containsAll(List.of(names)));
    }
}
