package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.session.FtpException.Kind;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Await;
import io.ferry.testkit.Content;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.ScriptedTls;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Before a password crosses the line, the line is encrypted and the server is the one that was meant. */
class TlsTest extends SessionTestBase {

    @TempDir
    Path directory;

    static Tls trusting(TestServer.Tls trust) {
        return tls(() -> context(trust));
    }

    /** Knows the public authorities only. */
    private static Tls trustingNobodyHere() {
        return tls(() -> {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, null, null);
            return context;
        });
    }

    private static Tls tls(Tls.ContextFactory contexts) {
        return new Tls(false, contexts, true, List.of("TLSv1.3", "TLSv1.2"), List.of(), "P");
    }

    private static SSLContext context(TestServer.Tls trust) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(trust.truststore())) {
            store.load(in, trust.truststorePassword().toCharArray());
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }

    private enum Certificate {
        GOOD,
        FOR_ANOTHER_HOST,
        EXPIRED
    }

    private TestServer server(String name, Certificate certificate) {
        if (name.equals("apache")) {
            ApacheFtp.Options options = ApacheFtp.secured();
            return keep(ApacheFtp.start(
                    switch (certificate) {
                        case GOOD -> options;
                        case FOR_ANOTHER_HOST -> options.certificateFor("dns:other.example");
                        case EXPIRED -> options.expiredCertificate();
                    }));
        }
        Vsftpd.Options options = Vsftpd.secured();
        return keep(Vsftpd.start(
                switch (certificate) {
                    case GOOD -> options;
                    case FOR_ANOTHER_HOST -> options.certificateFor("dns:other.example");
                    case EXPIRED -> options.expiredCertificate();
                }));
    }

    private static void assertNoLoginWasTried(TestServer server) {
        assertThat(verbs(server)).contains("AUTH").doesNotContain("USER", "PASS", "PROT");
    }

    @ParameterizedTest
    @CsvSource({"apache,localhost", "apache,127.0.0.1", "vsftpd,localhost", "vsftpd,127.0.0.1"})
    void trustedServerIsUsedForControlAndData(String name, String host) throws Exception {
        TestServer server = server(name, Certificate.GOOD);
        Content.write(server.root().resolve("file"), 300_000, 1);
        FtpSession session = session(PartnerSetup.of(server).host(host).tls(trusting(server.tls())));
        Content.assertIs(readAll(session.retrieve("file", 0)), 300_000, 1);
        assertThat(namesOf(session.list(""))).containsExactly("file");
        try (DataConnection data = session.store("up", 0)) {
            data.write(Content.bytes(100, 2), 100);
            data.finish();
        }
        Content.assertIs(server.root().resolve("up"), 100, 2);
        List<String> verbs = verbs(server);
        assertThat(verbs).containsSubsequence("AUTH", "PBSZ", "PROT", "USER", "PASS");
        assertThat(server.commands()).contains("PROT P");
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void certificateOfAnUnknownAuthorityIsRefusedBeforeTheLogin(String name) {
        TestServer server = server(name, Certificate.GOOD);
        SessionPool pool = pool(PartnerSetup.of(server).host("localhost").tls(trustingNobodyHere()));
        assertThat(failure(Kind.TLS, pool::lease))
                .hasMessageContaining("TLS on the control connection failed")
                .hasMessageContaining("unable to find valid certification path")
                .hasMessageContaining("trusted (trust store)");
        assertNoLoginWasTried(server);
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void certificateForAnotherHostIsRefusedBeforeTheLogin(String name) {
        TestServer server = server(name, Certificate.FOR_ANOTHER_HOST);
        SessionPool pool = pool(PartnerSetup.of(server).host("localhost").tls(trusting(server.tls())));
        assertThat(failure(Kind.TLS, pool::lease))
                .hasMessageContaining("name localhost")
                .hasMessageContaining("No subject alternative DNS name matching localhost found");
        assertNoLoginWasTried(server);
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void expiredCertificateIsRefusedBeforeTheLogin(String name) {
        TestServer server = server(name, Certificate.EXPIRED);
        SessionPool pool = pool(PartnerSetup.of(server).host("localhost").tls(trusting(server.tls())));
        assertThat(failure(Kind.TLS, pool::lease))
                .hasMessageContaining("must be valid")
                .satisfies(failure -> assertThat(causes(failure)).contains("NotAfter"));
        assertNoLoginWasTried(server);
    }

    private static String causes(Throwable failure) {
        StringBuilder text = new StringBuilder();
        for (Throwable each = failure; each != null; each = each.getCause()) {
            text.append(each).append('\n');
        }
        return text.toString();
    }

    @Test
    void selfSignedCertificateIsRefusedBeforeTheLogin() throws Exception {
        TlsPeer peer = keep(TlsPeer.explicit(directory));
        SessionPool pool = pool(PartnerSetup.at(peer.port()).tls(trustingNobodyHere()));
        assertThat(failure(Kind.TLS, pool::lease)).hasMessageContaining("trusted (trust store)");
        assertThat(peer.commands()).containsExactly("AUTH TLS");
    }

    @Test
    void hostNameIsNotAskedForWhereTheUserSaysSo() throws Exception {
        TestServer server = server("apache", Certificate.FOR_ANOTHER_HOST);
        TestServer.Tls trust = server.tls();
        Tls lenient = new Tls(false, () -> context(trust), false, List.of(), List.of(), "P");
        assertThat(session(PartnerSetup.of(server).tls(lenient)).workingDirectory())
                .isEqualTo("/");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"500 Unknown command.", "534 Policy.", "431 No certificate.", "200 Fine.", "334 More, please."})
    void refusedAuthIsAnErrorAndNothingIsSentInPlain(String reply) {
        ScriptedServer server = keep(ScriptedServer.start()).on("AUTH", reply);
        SessionPool pool = pool(PartnerSetup.of(server).tls(trustingNobodyHere()));
        assertThat(failure(Kind.TLS, pool::lease))
                .hasMessageContaining("refuses AUTH TLS. ")
                .hasMessageEndingWith(": " + reply.strip())
                .hasMessageContaining("Nothing is sent in plain text");
        assertThat(server.commands()).containsExactly("AUTH TLS");
    }

    @ParameterizedTest
    @CsvSource({"PBSZ,503 No.", "PROT,536 Not supported.", "PROT,431 Later."})
    void refusedProtectionOfDataIsAnErrorBeforeTheLogin(String verb, String reply) throws Exception {
        TlsPeer peer = keep(TlsPeer.explicit(directory)).on(verb, reply);
        SessionPool pool = pool(PartnerSetup.at(peer.port()).tls(peer.trusted()));
        assertThat(failure(Kind.TLS, pool::lease))
                .hasMessageContaining("refuses " + verb)
                .hasMessageContaining(reply)
                .hasMessageContaining("plain text");
        assertThat(peer.commands()).noneMatch(command -> command.startsWith("USER") || command.startsWith("PASS"));
    }

    @Test
    void plainTextInjectedBehindTheReplyToAuthIsRefused() {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("AUTH", "234 Go on.\r\n230 You are logged in, send me your files.");
        SessionPool pool = pool(PartnerSetup.of(server).tls(trustingNobodyHere()));
        assertThat(failure(Kind.UNSAFE, pool::lease)).hasMessageContaining("plain text follow the reply to AUTH TLS");
        assertThat(server.commands()).containsExactly("AUTH TLS");
    }

    @Test
    void plainTextInjectedLateBreaksTheHandshake() {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("AUTH", "234 Go on.");
        server.intercept((session, line) -> {
            if (line.startsWith("AUTH")) {
                return false;
            }
            // The client's hello is here, so the client has read the reply and looked for bytes behind it.
            session.raw("230 You are logged in.\r\n".getBytes(StandardCharsets.US_ASCII));
            session.drop();
            return true;
        });
        SessionPool pool = pool(PartnerSetup.of(server).connect(2_000).tls(trustingNobodyHere()));
        FtpException failure = failure(pool::lease);
        assertThat(failure.kind()).isIn(Kind.TLS, Kind.TIMED_OUT, Kind.CONNECTION_LOST, Kind.UNSAFE);
        assertThat(verbs(server)).doesNotContain("USER", "PASS");
    }

    @Test
    void implicitTlsBeginsWithTheHandshake() throws Exception {
        TlsPeer peer = keep(TlsPeer.implicit(directory)).on("PWD", "257 \"/home\"");
        FtpSession session =
                session(PartnerSetup.at(peer.port()).host("localhost").tls(peer.trusted()));
        assertThat(session.workingDirectory()).isEqualTo("/home");
        assertThat(peer.commands())
                .doesNotContain("AUTH TLS")
                .containsSubsequence("PBSZ 0", "PROT P", "USER ferry", "PASS sesame", "TYPE I");
    }

    @Test
    void implicitTlsWithAnUnknownCertificateIsRefusedBeforeTheLogin() throws Exception {
        TlsPeer peer = keep(TlsPeer.implicit(directory));
        Tls untrusting = new Tls(true, trustingNobodyHere().contexts(), true, List.of(), List.of(), "P");
        SessionPool pool = pool(PartnerSetup.at(peer.port()).tls(untrusting));
        assertThat(failure(Kind.TLS, pool::lease)).hasMessageContaining("trusted (trust store)");
        assertThat(peer.commands()).isEmpty();
    }

    @Test
    void goodbyeThatWaitsUnderTlsIsSeenBeforeTheSessionIsLentAgain() throws Exception {
        TlsPeer peer = keep(TlsPeer.explicit(directory)).on("PWD", "257 \"/\"");
        AtomicReference<Socket> client = new AtomicReference<>();
        peer.after("PWD", client::set);
        SessionPool pool = pool(PartnerSetup.at(peer.port()).tls(peer.trusted()));
        Lease lease = pool.lease();
        assertThat(lease.session().workingDirectory()).isEqualTo("/");
        Await.until("the peer is idle", FOR_EVER, () -> client.get() != null);
        TlsPeer.say(client.get(), "421 Too long idle.");
        Await.until("the goodbye is noticed", FOR_EVER, () -> !lease.session().isQuiet());
        assertNotLentAgain(pool, lease);
    }

    @Test
    void serverThatSpeaksNoTlsIsReportedAsSuch() {
        ScriptedServer server = keep(ScriptedServer.start());
        Tls implicit = new Tls(true, trustingNobodyHere().contexts(), true, List.of(), List.of(), "P");
        SessionPool pool = pool(PartnerSetup.of(server).connect(5_000).tls(implicit));
        assertThat(failure(Kind.TLS, pool::lease)).hasMessageContaining("TLS on the control connection failed");
        assertThat(server.commands()).noneMatch(command -> command.startsWith("USER"));
    }

    @Test
    void trustStoreThatCannotBeReadIsAClearError() {
        ScriptedServer server = keep(ScriptedServer.start()).on("AUTH", "234 Go on.");
        Tls broken = tls(() -> {
            throw new FileNotFoundException("no-such.p12");
        });
        SessionPool pool = pool(PartnerSetup.of(server).tls(broken));
        assertThat(failure(Kind.TLS, pool::lease))
                .hasMessageContaining("the TLS settings cannot be used (no-such.p12)");
        assertThat(server.commands()).isEmpty();
    }

    @Test
    void dataInPlainTextIsRefusedByTheServerInItsOwnWords() throws Exception {
        TestServer server = server("vsftpd", Certificate.GOOD);
        Content.write(server.root().resolve("file"), 1000, 1);
        FtpSession session = session(PartnerSetup.of(server)
                .host("localhost")
                .tls(new Tls(false, () -> context(server.tls()), true, List.of("TLSv1.3"), List.of(), "C")));
        FtpException failure = failure(() -> session.retrieve("file", 0));
        assertThat(failure.replyCode()).isEqualTo(522);
        assertThat(failure.isTransient()).isFalse();
    }

    /** A round trip less: the handshake begins while the server makes up its reply to RETR, and is given up where that is a refusal. */
    @Test
    void handshakeOfADataConnectionDoesNotWaitForTheReply() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start().secured(ScriptedTls.GOOD));
        server.put("/file", "12345".getBytes(StandardCharsets.UTF_8));
        server.on("RETR", (session, argument) -> {
            InputStream hello = session.acceptData().getInputStream();
            Await.until("a ClientHello", FOR_EVER, () -> isThere(hello));
            return argument.equals("none") ? "550 No such file." : session.standard("RETR", argument);
        });
        FtpSession session = session(PartnerSetup.of(server)
                .host("localhost")
                .tls(trusting(server.tls()))
                .reply(5_000));
        for (int i = 0; i < 2; i++) {
            FtpException refused = failure(Kind.REFUSED, () -> session.retrieve("none", 0));
            assertThat(refused.refuses("RETR")).isTrue();
            assertThat(refused.replyCode()).isEqualTo(550);
            assertThat(session.isBroken()).isFalse();
            try (DataConnection data = session.retrieve("file", 0)) {
                assertThat(readAll(data)).asString(StandardCharsets.UTF_8).isEqualTo("12345");
            }
        }
    }

    private static boolean isThere(InputStream bytes) {
        try {
            return bytes.available() > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
