package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.session.FtpException.Kind;
import io.ferry.testkit.Content;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.ScriptedTls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server, or someone on the line, that speaks TLS and means no good. */
class HostileTlsTest extends SessionTestBase {

    private static final byte[] CONTENT = Content.bytes(100_000, 3);

    @TempDir
    Path directory;

    private ScriptedServer server(ScriptedTls tls) {
        return keep(ScriptedServer.start()).secured(tls).put("/file", CONTENT);
    }

    private static PartnerSetup partner(ScriptedServer server) {
        return partner(server, TlsTest.trusting(server.tls()));
    }

    private static PartnerSetup partner(ScriptedServer server, Tls tls) {
        return PartnerSetup.of(server).host("localhost").tls(tls);
    }

    private static Tls tls(TrustManager trust, boolean requireCloseNotify, boolean clearControl) {
        return new Tls(
                false,
                () -> {
                    SSLContext context = SSLContext.getInstance("TLS");
                    context.init(null, new TrustManager[] {trust}, null);
                    return context;
                },
                false,
                List.of(),
                List.of(),
                "P",
                requireCloseNotify,
                clearControl);
    }

    private static Tls pinned(String pin) {
        return tls(CertificateTrust.byPin(CertificateTrust.pins(pin)), true, false);
    }

    private static String fingerprint() {
        return CertificateTrust.fingerprint(ScriptedTls.GOOD.certificate());
    }

    @Test
    void listsDownloadsAndUploadsUnderTls() throws Exception {
        ScriptedServer server = server(ScriptedTls.GOOD);
        FtpSession session = session(partner(server));
        assertThat(namesOf(session.list(""))).containsExactly("file");
        assertThat(readAll(session.retrieve("/file", 0))).isEqualTo(CONTENT);
        try (DataConnection data = session.store("/up", 0)) {
            data.write(CONTENT, 1000);
            data.finish();
        }
        assertThat(server.get("/up")).hasSize(1000);
    }

    @Test
    void dataConnectionThatShowsAnotherCertificateIsRefused() throws Exception {
        ScriptedServer server = server(ScriptedTls.GOOD.otherCertificateForData());
        SessionPool pool = pool(partner(server));
        Lease lease = keep(pool.lease());
        FtpException failure =
                failure(Kind.UNSAFE, () -> lease.session().retrieve("/file", 0).close());
        assertThat(failure)
                .hasMessageContaining("the data connection shows another certificate")
                .hasMessageContaining(fingerprint());
        assertNotLentAgain(pool, lease);
    }

    @Test
    void refusalBehindAnotherCertificateDoesNotMakeItAMatterOfTryingAgain() throws Exception {
        ScriptedServer server = server(ScriptedTls.GOOD.otherCertificateForData())
                .on("RETR", (session, argument) -> {
                    session.reply("150 Here it comes.");
                    try {
                        session.sendData(CONTENT);
                    } catch (IOException e) {
                        return "425 The data connection broke.";
                    }
                    return "425 The data connection broke.";
                });
        FtpSession session = session(partner(server));
        FtpException failure =
                failure(Kind.UNSAFE, () -> session.retrieve("/file", 0).close());
        assertThat(failure.isTransient()).isFalse();
        assertThat(session.isBroken()).isTrue();
    }

    @Test
    void untrustedCertificateOnADataConnectionIsNotTriedAgain() throws Exception {
        AtomicInteger received = new AtomicInteger();
        ScriptedServer server = server(ScriptedTls.GOOD.otherCertificateForData())
                .on("STOR", (session, argument) -> {
                    session.reply("150 Send it.");
                    try {
                        received.addAndGet(session.receiveData().length);
                    } catch (IOException e) {
                        return "426 The data connection broke.";
                    }
                    return "426 The data connection broke.";
                });
        FtpSession session = session(partner(server, pinned(fingerprint())));
        FtpException failure = failure(Kind.TLS, () -> session.store("/up", 0).close());
        assertThat(failure).hasMessageContaining("certificatePin names another certificate");
        assertThat(failure.isTransient()).isFalse();
        assertThat(received.get()).isZero();
    }

    @Test
    void dataConnectionThatStaysInPlainTextGetsNoByte() throws Exception {
        AtomicReference<byte[]> received = new AtomicReference<>(new byte[0]);
        ScriptedServer server = server(ScriptedTls.GOOD)
                // It agrees, and does otherwise.
                .on("PROT", "200 Protected.")
                .on("STOR", (session, argument) -> {
                    session.reply("150 Send it.");
                    var data = session.openData();
                    data.getOutputStream().write("220 plain\r\n".getBytes(StandardCharsets.US_ASCII));
                    received.set(data.getInputStream().readAllBytes());
                    session.closeData();
                    return "226 Done.";
                });
        FtpSession session = session(partner(server));
        assertThat(failure(Kind.TLS, () -> {
                    try (DataConnection data = session.store("/up", 0)) {
                        data.write(CONTENT, 1000);
                        data.finish();
                    }
                }))
                .hasMessageContaining("TLS on the data connection failed");
        assertThat(new String(received.get(), StandardCharsets.ISO_8859_1))
                .isNotEmpty()
                .doesNotContain(new String(CONTENT, 0, 16, StandardCharsets.ISO_8859_1));
    }

    @Test
    void subjectOfACertificateWritesNoLinesOfItsOwn() throws Exception {
        ScriptedTls misleading = ScriptedTls.GOOD.of(ScriptedTls.Sort.MISLEADING);
        ScriptedServer server = server(misleading);
        SessionPool pool = pool(partner(server, pinned("ab".repeat(32))));
        FtpException failure = failure(Kind.TLS, pool::lease);
        assertThat(failure).hasMessageContaining(CertificateTrust.fingerprint(misleading.certificate()));
        for (Throwable each = failure; each != null; each = each.getCause()) {
            assertThat(each.getMessage())
                    .doesNotContainPattern("[\\p{Cc}\u202e]")
                    .hasSizeLessThan(1000);
        }
    }

    @Test
    void ticketsThatAreKeptAreFew() throws Exception {
        AtomicReference<SSLContext> used = new AtomicReference<>();
        ScriptedServer server = server(ScriptedTls.GOOD);
        Tls trusting = TlsTest.trusting(server.tls());
        Tls tls = new Tls(
                false,
                () -> {
                    used.set(trusting.contexts().create());
                    return used.get();
                },
                true,
                List.of(),
                List.of(),
                "P");
        assertThat(namesOf(session(partner(server, tls)).list(""))).containsExactly("file");
        assertThat(used.get().getClientSessionContext().getSessionCacheSize()).isBetween(4, 64);
    }

    @Test
    void listingThatIsCutWithoutCloseNotifyIsNoListing() throws Exception {
        ScriptedServer server = server(ScriptedTls.GOOD.endingAbruptly());
        FtpSession session = session(partner(server));
        assertThat(failure(Kind.CONNECTION_LOST, () -> namesOf(session.list(""))))
                .hasMessageContaining("LIST")
                .hasMessageContaining("close_notify")
                .hasMessageContaining("requireCloseNotify=false");
    }

    @Test
    void listingWithoutCloseNotifyIsBelievedWhereTheUserSaysSo() throws Exception {
        ScriptedServer server = server(ScriptedTls.GOOD.endingAbruptly());
        FtpSession session = session(partner(server, tls(CertificateTrust.blindly(), false, false)));
        assertThat(namesOf(session.list(""))).containsExactly("file");
    }

    @Test
    void fileThatIsCutWithoutCloseNotifyIsWholeOnlyWhereItsLengthSaysSo() throws Exception {
        ScriptedServer server = server(ScriptedTls.GOOD.endingAbruptly());
        FtpSession unknown = session(partner(server));
        assertThat(failure(Kind.CONNECTION_LOST, () -> readAll(unknown.retrieve("/file", 0))))
                .hasMessageContaining("close_notify");
        FtpSession known = session(partner(server));
        try (DataConnection data = known.retrieve("/file", 0)) {
            byte[] block = new byte[4096];
            long count = 0;
            for (int read = data.read(block); read >= 0; read = data.read(block)) {
                count += read;
            }
            data.finish(count == CONTENT.length);
        }
        assertThat(known.workingDirectory()).isEqualTo("/");
    }

    @Test
    void selfSignedCertificateIsTrustedByItsPin() throws Exception {
        TlsPeer peer = keep(TlsPeer.explicit(directory)).on("PWD", "257 \"/home\"");
        Tls pinned = pinned(CertificateTrust.fingerprint(peer.certificate()));
        assertThat(session(PartnerSetup.at(peer.port()).host("localhost").tls(pinned))
                        .workingDirectory())
                .isEqualTo("/home");
    }

    @Test
    void pinIsAllThatCountsForACertificateOfAnotherHost() throws Exception {
        ScriptedTls other = new ScriptedTls(false, "dns:other.example", "dns:other.example", false);
        FtpSession session = session(partner(server(other), pinned(CertificateTrust.fingerprint(other.certificate()))));
        assertThat(readAll(session.retrieve("/file", 0))).isEqualTo(CONTENT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "lower", "sha256:", "SHA-256:", "several"})
    void pinIsReadInEachNotation(String notation) throws Exception {
        ScriptedServer server = server(ScriptedTls.GOOD);
        String pin = switch (notation) {
            case "" -> fingerprint();
            case "lower" -> fingerprint().replace(":", "").toLowerCase(Locale.ROOT);
            case "several" -> "00".repeat(32) + ", " + fingerprint();
            default -> notation + fingerprint();
        };
        assertThat(readAll(session(partner(server, pinned(pin))).retrieve("/file", 0)))
                .isEqualTo(CONTENT);
    }

    @Test
    void anotherPinIsRefusedBeforeTheLoginAndTheErrorNamesTheFingerprint() {
        ScriptedServer server = server(ScriptedTls.GOOD);
        SessionPool pool = pool(partner(server, pinned("ab".repeat(32))));
        assertThat(failure(Kind.TLS, pool::lease))
                .hasMessageContaining("certificatePin names another certificate")
                .hasMessageContaining(fingerprint());
        assertThat(verbs(server)).contains("AUTH").doesNotContain("USER", "PASS");
    }

    @Test
    void unknownAuthorityIsRefusedAndTheErrorNamesTheFingerprintToPin() throws Exception {
        ScriptedServer server = server(ScriptedTls.GOOD);
        TrustManager publicOnes = CertificateTrust.byChain(TrustManagerFactory.getDefaultAlgorithm(), (KeyStore) null);
        SessionPool pool = pool(partner(server, tls(publicOnes, true, false)));
        assertThat(failure(Kind.TLS, pool::lease))
                .hasMessageContaining("unable to find valid certification path")
                .hasMessageContaining(fingerprint());
        assertThat(verbs(server)).contains("AUTH").doesNotContain("USER", "PASS");
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc", "12:34", "zz", ""})
    void pinThatIsNoFingerprintIsRefused(String text) {
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> CertificateTrust.pins(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("certificatePin")
                .hasMessageContaining("64 hexadecimal digits");
    }

    @Test
    void tlsOlderThan12IsRefusedBeforeTheLogin() {
        ScriptedServer server = server(ScriptedTls.GOOD.only("TLSv1.1"));
        SessionPool pool = pool(partner(server));
        assertThat(failure(pool::lease).kind()).isIn(Kind.TLS, Kind.CONNECTION_LOST);
        assertThat(verbs(server)).contains("AUTH").doesNotContain("USER", "PASS");
    }

    @Test
    void handshakeThatBreaksIsALostConnectionAndMayBeTriedAgain() {
        ScriptedServer server = keep(ScriptedServer.start()).on("AUTH", (session, argument) -> {
            session.reply("234 Go on.");
            session.drop();
            return null;
        });
        SessionPool pool = pool(partner(server, TlsTest.trusting(ScriptedTls.GOOD.trust())));
        assertThat(failure(Kind.CONNECTION_LOST, pool::lease).isTransient()).isTrue();
    }

    @Test
    void controlConnectionGoesBackToPlainTextAfterTheLoginAndDataStaysEncrypted() throws Exception {
        ScriptedServer server = server(ScriptedTls.GOOD);
        FtpSession session = session(partner(server, tls(CertificateTrust.blindly(), true, true)));
        assertThat(verbs(server)).containsSubsequence("AUTH", "PROT", "USER", "PASS", "CCC");
        assertThat(readAll(session.retrieve("/file", 0))).isEqualTo(CONTENT);
        assertThat(namesOf(session.list(""))).containsExactly("file");
        assertThat(session.workingDirectory()).isEqualTo("/");
    }

    @Test
    void refusedClearingOfTheControlConnectionIsAnError() {
        ScriptedServer server = server(ScriptedTls.GOOD).on("CCC", "534 Policy.");
        SessionPool pool = pool(partner(server, tls(CertificateTrust.blindly(), true, true)));
        assertThat(failure(Kind.REFUSED, pool::lease))
                .hasMessageContaining("CCC")
                .hasMessageContaining("534 Policy.");
    }

    @Test
    void wordsUnderTlsBehindTheReplyToCccAreRefused() {
        ScriptedServer server = server(ScriptedTls.GOOD).on("CCC", "200 Fine.\r\n230 Injected.");
        SessionPool pool = pool(partner(server, tls(CertificateTrust.blindly(), true, true)));
        assertThat(failure(Kind.UNSAFE, pool::lease)).hasMessageContaining("goes on under TLS after CCC");
    }
}
