package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.session.FtpException.Kind;
import io.ferry.testkit.Content;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.ScriptedTls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What ends a session before it begins, at explicit and at implicit TLS: a clear error, and then neither user nor password nor a byte
 * of a file on the line.
 */
class RefusedBeforeTheLoginTest extends SessionTestBase {

    /** The server that was meant, and what its client was told to trust. */
    private enum Wrong {
        HOST_NAME(tls -> tls.named("dns:other.example"), "No subject alternative DNS name matching localhost found"),
        DATES(tls -> tls.of(ScriptedTls.Sort.EXPIRED), "expired on 20"),
        SELF_SIGNED(tls -> tls.of(ScriptedTls.Sort.SELF_SIGNED), "unable to find valid certification path"),
        AUTHORITY(tls -> tls, "unable to find valid certification path"),
        CHANGED_PIN(tls -> tls, "certificatePin names another certificate"),
        PBSZ(tls -> tls, "refuses PBSZ 0: 536 Not here"),
        PROT(tls -> tls, "refuses PROT P: 536 Not here");

        private final UnaryOperator<ScriptedTls> server;
        private final String says;

        Wrong(UnaryOperator<ScriptedTls> server, String says) {
            this.server = server;
            this.says = says;
        }

        boolean isCertificate() {
            return this != PBSZ && this != PROT;
        }

        TrustManager trust(ScriptedTls shown) throws Exception {
            if (this == CHANGED_PIN) {
                return CertificateTrust.byPin(CertificateTrust.pins("ab".repeat(32)));
            }
            KeyStore store = null;
            if (this != AUTHORITY) {
                store = KeyStore.getInstance(
                        shown.trust().truststore().toFile(),
                        shown.trust().truststorePassword().toCharArray());
            }
            return CertificateTrust.byChain(TrustManagerFactory.getDefaultAlgorithm(), store);
        }
    }

    static Stream<Arguments> inBothModes() {
        return Stream.of(Wrong.values())
                .flatMap(wrong -> Stream.of(false, true).map(mode -> Arguments.of(wrong, mode)));
    }

    private static Tls tls(boolean implicit, TrustManager trust, boolean verifyHostName) {
        return new Tls(
                implicit,
                () -> {
                    SSLContext context = SSLContext.getInstance("TLS");
                    context.init(null, new TrustManager[] {trust}, null);
                    return context;
                },
                verifyHostName,
                List.of("TLSv1.3", "TLSv1.2"),
                List.of(),
                "P");
    }

    @ParameterizedTest
    @MethodSource("inBothModes")
    void nothingIsSentButTheHandshake(Wrong wrong, boolean implicit) throws Exception {
        ScriptedTls shown = wrong.server.apply(implicit ? ScriptedTls.GOOD.implicitly() : ScriptedTls.GOOD);
        ScriptedServer server = keep(ScriptedServer.start()).secured(shown);
        if (!wrong.isCertificate()) {
            server.on(wrong.name(), "536 Not here.");
        }
        Tls tls = tls(implicit, wrong.trust(shown), wrong != Wrong.CHANGED_PIN);
        SessionPool pool = pool(PartnerSetup.of(server).host("localhost").tls(tls));
        FtpException failure = failure(Kind.TLS, () -> upload(pool));
        assertThat(failure).hasMessageContaining(wrong.says);
        assertThat(failure.isTransient()).isFalse();
        if (wrong.isCertificate()) {
            assertThat(failure).hasMessageContaining(CertificateTrust.fingerprint(shown.certificate()));
        }
        List<String> sent = wrong.isCertificate()
                ? List.of()
                : wrong == Wrong.PBSZ ? List.of("PBSZ 0") : List.of("PBSZ 0", "PROT P");
        assertThat(server.commands())
                .isEqualTo(Stream.concat(implicit ? Stream.empty() : Stream.of("AUTH TLS"), sent.stream())
                        .toList());
        assertThat(server.paths()).isEmpty();
    }

    private static void upload(SessionPool pool) throws IOException {
        try (Lease lease = pool.lease();
                DataConnection data = lease.session().store("/up", 0)) {
            data.write(Content.bytes(100, 1), 100);
            data.finish();
        }
    }

    /** RFC 4346, 7.4.1.3: the server chooses TLS 1.1. */
    private static byte[] helloOfTls11() {
        ByteBuffer hello = ByteBuffer.allocate(47);
        hello.put((byte) 22).putShort((short) 0x0302).putShort((short) 42);
        hello.put((byte) 2).put((byte) 0).putShort((short) 38);
        hello.putShort((short) 0x0302)
                .put(new byte[32])
                .put((byte) 0)
                .putShort((short) 0xc013)
                .put((byte) 0);
        return hello.array();
    }

    /** RFC 4346, 7.2.2: what a server says that knows nothing newer. */
    private static byte[] alertOfTls11() {
        return new byte[] {21, 3, 2, 0, 2, 2, 70};
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello,explicit", "hello,implicit", "alert,explicit", "alert,implicit"})
    void downgradeToTls11EndsTheHandshake(String how) throws Exception {
        boolean implicit = how.endsWith("implicit");
        byte[] answer = how.startsWith("hello") ? helloOfTls11() : alertOfTls11();
        ExecutorService thread = Executors.newSingleThreadExecutor();
        keep((AutoCloseable) () -> {
            thread.shutdown();
            assertThat(thread.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        });
        ServerSocket listener = keep(new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1")));
        Future<byte[]> heard = thread.submit(() -> downgrade(listener, implicit, answer));
        Tls tls = tls(implicit, CertificateTrust.blindly(), false);
        SessionPool pool = pool(PartnerSetup.at(listener.getLocalPort()).tls(tls));
        FtpException failure = failure(Kind.TLS, () -> upload(pool));
        assertThat(failure).hasMessageContaining("TLS must be 1.2 or 1.3");
        assertThat(failure.isTransient()).isFalse();
        // At most a TLS alert, which has the type 21 and two bytes.
        byte[] last = heard.get(10, TimeUnit.SECONDS);
        assertThat(last.length).isIn(0, 7);
        if (last.length > 0) {
            assertThat(last[0]).isEqualTo((byte) 21);
        }
    }

    /** Plays the server, and tells what came behind the client's hello. */
    private static byte[] downgrade(ServerSocket listener, boolean implicit, byte[] answer) throws IOException {
        try (Socket client = listener.accept()) {
            if (!implicit) {
                TlsPeer.say(client, "220 peer");
                byte[] auth = client.getInputStream().readNBytes("AUTH TLS\r\n".length());
                assertThat(new String(auth, StandardCharsets.US_ASCII)).isEqualTo("AUTH TLS\r\n");
                TlsPeer.say(client, "234 Go on.");
            }
            byte[] head = client.getInputStream().readNBytes(5);
            client.getInputStream().readNBytes((head[3] & 0xff) << 8 | (head[4] & 0xff));
            client.getOutputStream().write(answer);
            ByteArrayOutputStream rest = new ByteArrayOutputStream();
            client.getInputStream().transferTo(rest);
            return rest.toByteArray();
        }
    }
}
