package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.session.CertificateTrust;
import io.ferry.testkit.Leaks;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.ScriptedTls;
import io.ferry.testkit.TunnelProxy;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.X509TrustManager;
import org.apache.camel.ResolveEndpointFailedException;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.jsse.SSLContextParameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which servers a ferry-ftps endpoint trusts, and what lies between, as its options say. */
class TlsOptionsTest {

    private final Leaks leaks = Leaks.snapshot();
    private final DefaultCamelContext context = new DefaultCamelContext();
    private ScriptedServer server;

    @BeforeEach
    void start() {
        server = ScriptedServer.start().secured(ScriptedTls.GOOD);
        context.start();
    }

    @AfterEach
    void stop() {
        context.stop();
        server.close();
        Leaks.assertNoneSince(leaks);
    }

    private String uri(String options) {
        return uri("ferry-ftps", "localhost", options);
    }

    private String uri(String scheme, String host, String options) {
        return scheme + ":" + host + ":" + server.port()
                + "/in?username=ferry&password=sesame&maximumReconnectAttempts=1" + options;
    }

    private void send(String uri) {
        context.createProducerTemplate().sendBodyAndHeader(uri, "content", "CamelFileName", "file.txt");
    }

    private void assertArrived() {
        assertThat(new String(server.get("/in/file.txt"), StandardCharsets.UTF_8))
                .isEqualTo("content");
        assertThat(verbs()).contains("AUTH", "PROT");
    }

    private List<String> verbs() {
        return server.commands().stream().map(each -> each.split(" ", 2)[0]).toList();
    }

    private static String pin() {
        return CertificateTrust.fingerprint(ScriptedTls.GOOD.certificate());
    }

    private String trustStore() {
        return "&ftpClient.trustStore.file=" + server.tls().truststore()
                + "&ftpClient.trustStore.type=PKCS12&ftpClient.trustStore.password="
                + server.tls().truststorePassword();
    }

    @Test
    void unknownServerIsRefusedAndItsPinThenTrusts() {
        assertThatThrownBy(() -> send(uri(""))).hasStackTraceContaining(pin());
        assertThat(verbs()).contains("AUTH").doesNotContain("USER", "PASS");
        send(uri("&certificatePin=" + pin()));
        assertArrived();
    }

    @Test
    void otherHostIsRefusedUnlessOnlyTheChainCounts() {
        ScriptedTls other = new ScriptedTls(false, "dns:other.example", "dns:other.example", false);
        server.secured(other);
        assertThatThrownBy(() -> send(uri(trustStore()))).hasStackTraceContaining("localhost");
        assertThat(verbs()).doesNotContain("USER");
        send(uri(trustStore() + "&certificateCheck=chain"));
        assertArrived();
    }

    @Test
    void nothingIsCheckedOnlyOnTheUsersWord() {
        send(uri("&certificateCheck=none"));
        assertArrived();
    }

    @Test
    void implicitTlsAndClearedControlChannelGoWithThePin() {
        server.secured(ScriptedTls.GOOD.implicitly());
        send(uri("&implicit=true&clearControlChannel=true&certificatePin=" + pin()));
        assertThat(verbs()).contains("CCC", "STOR").doesNotContain("AUTH");
    }

    @Test
    void camelsOwnTlsParametersAreUsedAndCheckedByName() {
        SSLContextParameters parameters = new SSLContextParameters();
        var trust = new org.apache.camel.support.jsse.TrustManagersParameters();
        var store = new org.apache.camel.support.jsse.KeyStoreParameters();
        store.setResource("file:" + server.tls().truststore());
        store.setPassword(server.tls().truststorePassword());
        trust.setKeyStore(store);
        parameters.setTrustManagers(trust);
        context.getRegistry().bind("tls", parameters);
        send(uri("&sslContextParameters=#tls"));
        assertArrived();
        assertThatThrownBy(() -> send(uri("&sslContextParameters=#tls&certificatePin=" + pin())))
                .hasStackTraceContaining("do not go with them");
    }

    @Test
    void refusalByCamelsOwnTlsParametersNamesTheFingerprint() {
        context.getRegistry().bind("tls", new SSLContextParameters());
        assertThatThrownBy(() -> send(uri("&sslContextParameters=#tls")))
                .hasStackTraceContaining("unable to find valid certification path")
                .hasStackTraceContaining("SHA-256 " + pin());
        assertThat(verbs()).contains("AUTH").doesNotContain("USER", "PASS");
    }

    /** A trust manager that is told no connection: JSSE itself then asks for the host name. */
    @Test
    void ownTrustManagerIsAskedAndTheHostNameToo() {
        var manager = new X509TrustManager() {
            private boolean believes;

            @Override
            public void checkServerTrusted(X509Certificate[] shown, String type) throws CertificateException {
                if (!believes) {
                    throw new CertificateException("not mine");
                }
            }

            @Override
            public void checkClientTrusted(X509Certificate[] shown, String type) throws CertificateException {
                throw new CertificateException("a client");
            }

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        };
        var trust = new org.apache.camel.support.jsse.TrustManagersParameters();
        trust.setTrustManager(manager);
        SSLContextParameters parameters = new SSLContextParameters();
        parameters.setTrustManagers(trust);
        context.getRegistry().bind("tls", parameters);
        assertThatThrownBy(() -> send(uri("&sslContextParameters=#tls")))
                .hasStackTraceContaining("not mine; the server shows")
                .hasStackTraceContaining("SHA-256 " + pin());
        manager.believes = true;
        ScriptedTls other = ScriptedTls.GOOD.named("dns:other.example");
        server.secured(other);
        assertThatThrownBy(() -> send(uri("&sslContextParameters=#tls"))).hasStackTraceContaining("localhost");
        assertThat(verbs()).doesNotContain("USER", "PASS");
        server.secured(ScriptedTls.GOOD);
        send(uri("&sslContextParameters=#tls"));
        assertArrived();
        assertThat(parameters.getTrustManagers()).isSameAs(trust);
    }

    @Test
    void camelsOwnTlsParametersAreTakenAsAWhole() throws Exception {
        SSLContextParameters given = new SSLContextParameters();
        for (Class<?> type = given.getClass(); type != Object.class; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers()) && !Modifier.isFinal(field.getModifiers())) {
                    field.setAccessible(true);
                    field.set(given, sample(field.getType()));
                }
            }
        }
        assertThat(NamingParameters.of(given))
                .usingRecursiveComparison()
                .ignoringFields("trustManagers", "camelContext")
                .isEqualTo(given);
        assertThat(NamingParameters.of(given).getTrustManagers()).isNotNull();
        assertThat(NamingParameters.of(given).getCamelContext()).isSameAs(context);
        SSLContextParameters special = new SSLContextParameters() {};
        assertThat(NamingParameters.of(special)).isSameAs(special);
    }

    private Object sample(Class<?> type) throws Exception {
        if (type == String.class) {
            return "sample";
        }
        return type.isInstance(context) ? context : type.getConstructor().newInstance();
    }

    @ParameterizedTest
    @ValueSource(strings = {"certificatePin=" + "ab", "certificateCheck=perhaps", "proxy=nowhere"})
    void valuesThatMeanNothingAreRefusedBeforeAnythingConnects(String option) {
        String name = option.substring(0, option.indexOf('='));
        assertThatThrownBy(() -> send(uri("&" + option))).hasStackTraceContaining("The option " + name);
        assertThat(server.commands()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"certificateCheck=none", "clearControlChannel=true", "certificatePin=ab"})
    void optionsOfTlsAreRefusedWithoutTls(String option) {
        String name = option.substring(0, option.indexOf('='));
        assertThatThrownBy(() -> send(uri("ferry-ftp", "localhost", "&" + option)))
                .hasStackTraceContaining("The option " + name + " means something with ferry-ftps only");
        assertThat(server.commands()).isEmpty();
    }

    @Test
    void proxyWithALoginLeadsToTheServer() throws ResolveEndpointFailedException {
        try (TunnelProxy proxy = TunnelProxy.socks("clerk", "s3cret")) {
            send(uri(
                    "ferry-ftps",
                    "localhost",
                    trustStore() + "&proxy=socks5://127.0.0.1:" + proxy.port()
                            + "&proxyUser=clerk&proxyPassword=s3cret"));
            assertArrived();
            assertThat(proxy.targets()).hasSizeGreaterThanOrEqualTo(2);
            assertThat(context.getEndpoints().toString()).doesNotContain("s3cret");
        }
    }
}
