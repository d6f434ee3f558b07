package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.session.FtpException.Kind;
import io.ferry.testkit.Content;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.TunnelProxy;
import io.ferry.testkit.Vsftpd;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Control and data connections through a proxy, TLS included. */
class ProxyServerTest extends SessionTestBase {

    private TunnelProxy proxy(String scheme, boolean login) {
        String user = login ? "clerk" : null;
        return keep(scheme.equals("http") ? TunnelProxy.http(user, "s3 cret") : TunnelProxy.socks(user, "s3 cret"));
    }

    private static ProxyServer at(TunnelProxy proxy, String scheme, String user, String password) {
        return ProxyServer.of(scheme + "://127.0.0.1:" + proxy.port(), user, password);
    }

    @ParameterizedTest
    @CsvSource({"http,false", "http,true", "socks5,false", "socks5,true"})
    void allConnectionsGoThroughTheProxyByName(String scheme, boolean login) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/file", Content.bytes(50_000, 1));
        TunnelProxy proxy = proxy(scheme, login);
        // This name means nothing here: only the proxy can look it up.
        FtpSession session = session(PartnerSetup.of(server)
                .host("partner.example")
                .through(at(proxy, scheme, login ? "clerk" : null, "s3 cret")));
        assertThat(readAll(session.retrieve("/file", 0))).isEqualTo(Content.bytes(50_000, 1));
        assertThat(namesOf(session.list(""))).containsExactly("file");
        assertThat(proxy.targets()).hasSize(3).allMatch(target -> target.startsWith("partner.example:"));
        assertThat(proxy.targets().get(0)).isEqualTo("partner.example:" + server.port());
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "socks5"})
    void tlsReachesThroughTheProxyAndSessionsAreReused(String scheme) throws Exception {
        TestServer server = keep(Vsftpd.start(Vsftpd.secured()));
        TunnelProxy proxy = proxy(scheme, true);
        FtpSession session = session(PartnerSetup.of(server)
                .host("localhost")
                .tls(TlsTest.trusting(server.tls()))
                .through(at(proxy, scheme, "clerk", "s3 cret")));
        for (int i = 0; i < 3; i++) {
            try (DataConnection data = session.store("up", 0)) {
                data.write(Content.bytes(1000, 2), 1000);
                data.finish();
            }
        }
        Content.assertIs(server.root().resolve("up"), 1000, 2);
        assertThat(proxy.targets()).hasSize(4);
    }

    @ParameterizedTest
    @CsvSource({"http,clerk,wrong", "http,,", "socks5,clerk,wrong", "socks5,,"})
    void refusedLoginAtTheProxyIsNotTriedAgain(String scheme, String user, String password) {
        ScriptedServer server = keep(ScriptedServer.start());
        TunnelProxy proxy = proxy(scheme, true);
        SessionPool pool = pool(PartnerSetup.of(server).through(at(proxy, scheme, user, password)));
        FtpException failure = failure(Kind.LOGIN_REFUSED, pool::lease);
        assertThat(failure)
                .hasMessageContaining("the proxy " + scheme + "://127.0.0.1:" + proxy.port())
                .message()
                .doesNotContain("wrong");
        assertThat(failure.isTransient()).isFalse();
        assertThat(server.commands()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "http,SSH-2.0-OpenSSH,CONNECTION_LOST",
        "http,HTTP/1.1 503 Busy,CONNECTION_LOST",
        "socks5,HTTP/1.1 400 What,UNSAFE"
    })
    void whatIsNoProxyOrRefusesIsNamed(String scheme, String answer, Kind kind) {
        ScriptedServer server = keep(ScriptedServer.start());
        TunnelProxy proxy = proxy(scheme, false).answering((answer + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        SessionPool pool = pool(PartnerSetup.of(server).through(at(proxy, scheme, null, null)));
        assertThat(failure(kind, pool::lease)).hasMessageContaining("the proxy " + scheme);
        assertThat(server.commands()).isEmpty();
    }

    @Test
    void whatAProxySaysWritesNoLinesOfItsOwn() {
        ScriptedServer server = keep(ScriptedServer.start());
        byte[] answer = ("HTTP/1.1 503 Busy\u001b[2J\u009b2J" + "x".repeat(9000) + "\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
        TunnelProxy proxy = proxy("http", false).answering(answer);
        SessionPool pool = pool(PartnerSetup.of(server).through(at(proxy, "http", null, null)));
        assertThat(failure(Kind.CONNECTION_LOST, pool::lease).getMessage())
                .contains("503 Busy?[2J?2J")
                .doesNotContainPattern("\\p{Cc}")
                .hasSizeLessThan(2000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "socks5"})
    void proxyThatSaysNothingIsGivenUpInTime(String scheme) {
        ScriptedServer server = keep(ScriptedServer.start());
        TunnelProxy proxy = proxy(scheme, false).answering(new byte[0]);
        SessionPool pool = pool(PartnerSetup.of(server).connect(500).through(at(proxy, scheme, null, null)));
        failure(Kind.TIMED_OUT, pool::lease);
    }

    @Test
    void answerWithoutEndIsBounded() {
        ScriptedServer server = keep(ScriptedServer.start());
        TunnelProxy proxy = proxy("http", false).answering(new byte[1 << 20]);
        SessionPool pool = pool(PartnerSetup.of(server).through(at(proxy, "http", null, null)));
        assertThat(failure(Kind.UNSAFE, pool::lease)).hasMessageContaining("without end");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "proxy.example:3128",
                "ftp://proxy.example:21",
                "http://proxy.example",
                "http://user:secret@proxy.example:3128",
                "http://proxy.example:3128/path",
                "http://proxy.example:99999",
                "http://pro xy:1",
                ""
            })
    void whatIsNoProxyAddressIsRefusedWithoutRepeatingIt(String text) {
        assertThatThrownBy(() -> ProxyServer.of(text, null, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("http://host:port or socks5://host:port")
                .message()
                .doesNotContain("secret");
    }

    @Test
    void activeModeDoesNotGoWithAProxy() {
        ScriptedServer server = keep(ScriptedServer.start());
        assertThatThrownBy(() -> PartnerSetup.of(server)
                        .active()
                        .through(ProxyServer.of("http://127.0.0.1:1", null, null))
                        .get())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("passiveMode=false");
    }

    @Test
    void addressOfPasvIsPassedOverWhereTheUserSaysSo() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/file", Content.bytes(500, 1));
        server.on("EPSV", "502 No.")
                .on(
                        "PASV",
                        (session, argument) ->
                                session.standard("PASV", argument).replace("127,0,0,1", "192,168,7,7"));
        assertThat(failure(Kind.UNSAFE, () -> session(PartnerSetup.of(server)).retrieve("/file", 0)))
                .hasMessageContaining("192.168.7.7")
                .hasMessageContaining("skipPassiveAddress=true");
        assertThat(readAll(session(PartnerSetup.of(server).skipPassiveAddress()).retrieve("/file", 0)))
                .isEqualTo(Content.bytes(500, 1));
    }
}
