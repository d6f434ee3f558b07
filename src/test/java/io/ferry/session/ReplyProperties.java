package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.session.FtpException.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** What holds for every reply that a server can send (RFC 959, section 4.2). */
class ReplyProperties {

    private static final Duration ENOUGH = Duration.ofSeconds(20);

    /** What Ferry makes of these bytes, sent in two parts and followed by the end of the connection. */
    private static Reply read(byte[] bytes, int cut) throws IOException {
        Watchdog watchdog = new Watchdog("reply properties");
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Partner partner = new Partner(
                    "127.0.0.1",
                    listening.getLocalPort(),
                    "me",
                    "secret",
                    null,
                    null,
                    Timeouts.DEFAULT,
                    true,
                    Partner.PortRange.ANY,
                    null,
                    List.of(),
                    ListingFormat.AUTO,
                    1);
            try (ControlConnection control = ControlConnection.open(partner, watchdog, connecting -> {});
                    Socket server = listening.accept()) {
                server.setTcpNoDelay(true);
                server.getOutputStream().write(bytes, 0, cut);
                server.getOutputStream().write(bytes, cut, bytes.length - cut);
                server.shutdownOutput();
                return control.reply("TEST", ENOUGH);
            }
        } finally {
            watchdog.close();
        }
    }

    @Provide
    Arbitrary<List<String>> texts() {
        return Arbitraries.strings()
                .withCharRange(' ', '~')
                .withChars("éÜ€")
                .ofMaxLength(60)
                .filter(line -> !line.matches("[0-9]{3}( .*)?"))
                .list()
                .ofMinSize(1)
                .ofMaxSize(8);
    }

    @Property(tries = 300)
    void replyIsReadAsItWasWritten(
            @ForAll @IntRange(min = 100, max = 599) int code,
            @ForAll("texts") List<String> texts,
            @ForAll boolean bareLineFeeds,
            @ForAll @IntRange(max = 100) int percent)
            throws IOException {
        if (code == 421) {
            return;
        }
        String end = bareLineFeeds ? "\n" : "\r\n";
        StringBuilder sent = new StringBuilder();
        for (int i = 0; i < texts.size(); i++) {
            boolean last = i == texts.size() - 1;
            if (i == 0 || last) {
                sent.append(code).append(last ? ' ' : '-');
            }
            sent.append(texts.get(i)).append(end);
        }
        byte[] bytes = sent.append("299 not part of it").append(end).toString().getBytes(StandardCharsets.UTF_8);
        Reply reply = read(bytes, bytes.length * percent / 100);
        assertThat(reply.code()).isEqualTo(code);
        assertThat(reply.lines()).isEqualTo(texts);
        assertThat(reply.isCompletion()).isEqualTo(code / 100 == 2);
        assertThat(reply.isPreliminary()).isEqualTo(code / 100 == 1);
        assertThat(reply.isIntermediate()).isEqualTo(code / 100 == 3);
    }

    @Property(tries = 300)
    void anythingElseIsAReplyOrAnErrorThatSaysWhatItIs(@ForAll byte[] bytes, @ForAll @IntRange(max = 100) int percent)
            throws IOException {
        try {
            Reply reply = read(bytes, bytes.length * percent / 100);
            assertThat(reply.code()).isBetween(100, 999);
        } catch (FtpException e) {
            assertThat(e.kind()).isIn(Kind.UNSAFE, Kind.CONNECTION_LOST, Kind.REFUSED_FOR_NOW);
            assertThat(e.getMessage()).contains("TEST").doesNotContain("secret");
        }
    }
}
