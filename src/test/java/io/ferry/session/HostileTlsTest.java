package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.session.FtpException.Kind;
import io.ferry.testkit.Content;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.ScriptedTls;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Locale;
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
