package io.ferry.camel;

import io.ferry.session.Tls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.apache.camel.CamelContext;
import org.apache.camel.component.file.remote.FtpsConfiguration;
import org.apache.camel.component.file.remote.FtpsEndpoint;
import org.apache.camel.support.jsse.SSLContextParameters;
import org.jspecify.annotations.Nullable;

/** Reads the TLS settings out of a stock or Ferry {@code ftps} endpoint. Strict unless the options say otherwise. */
final class TlsSettings {

    private static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    private TlsSettings() {}

    /** Equal for endpoints with the same settings, so that they share a pool. */
    private record Stores(
            CamelContext context,
            @Nullable SSLContextParameters parameters,
            @Nullable Map<String, Object> keyStore,
            @Nullable Map<String, Object> trustStore)
            implements Tls.ContextFactory {

        /** Without the passwords that the settings hold. */
        @Override
        public String toString() {
            return "TLS settings";
        }

        @Override
        public SSLContext create() throws Exception {
            if (parameters != null) {
                return parameters.createSSLContext(context);
            }
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(keyManagers(keyStore), trustManagers(trustStore), null);
            return tls;
        }
    }

    static Tls of(FtpsEndpoint endpoint) {
        FtpsConfiguration configuration = endpoint.getFtpsConfiguration();
        CamelContext context = endpoint.getCamelContext();
        Stores stores = new Stores(
                context,
                endpoint.getSslContextParameters(),
                endpoint.getFtpClientKeyStoreParameters(),
                endpoint.getFtpClientTrustStoreParameters());
        return new Tls(
                configuration.isImplicit(),
                stores,
                true,
                endpoint.getSslContextParameters() != null ? List.of() : protocols(configuration.getSecurityProtocol()),
                List.of(),
                protection(configuration.getExecProt()));
    }

    /** TLS 1.3 with 1.2 to fall back on; 1.2 alone where the option asks for it. */
    private static List<String> protocols(@Nullable String securityProtocol) {
        if (securityProtocol == null || securityProtocol.equals("TLS") || securityProtocol.equals("TLSv1.3")) {
            return PROTOCOLS;
        }
        if (securityProtocol.equals("TLSv1.2")) {
            return List.of("TLSv1.2");
        }
        throw new IllegalArgumentException(
                "The option securityProtocol takes TLSv1.3 (which includes 1.2) or TLSv1.2, not " + securityProtocol);
    }

    private static String protection(@Nullable String execProt) {
        String level = execProt == null ? "P" : execProt.toUpperCase(Locale.ROOT);
        if (!level.equals("P") && !level.equals("C")) {
            throw new IllegalArgumentException(
                    "The option execProt takes P (data encrypted) or C (in plain text), not " + execProt);
        }
        return level;
    }

    private static KeyManager @Nullable [] keyManagers(@Nullable Map<String, Object> settings) throws Exception {
        if (settings == null) {
            return null;
        }
        KeyManagerFactory factory =
                KeyManagerFactory.getInstance(text(settings, "algorithm", KeyManagerFactory.getDefaultAlgorithm()));
        String password = text(settings, "password", "");
        factory.init(
                load("key", settings), text(settings, "keyPassword", password).toCharArray());
        return factory.getKeyManagers();
    }

    private static TrustManager @Nullable [] trustManagers(@Nullable Map<String, Object> settings) throws Exception {
        if (settings == null) {
            return null;
        }
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(text(settings, "algorithm", TrustManagerFactory.getDefaultAlgorithm()));
        factory.init(load("trust", settings));
        return factory.getTrustManagers();
    }

    private static KeyStore load(String which, Map<String, Object> settings)
            throws IOException, GeneralSecurityException {
        Path file = Path.of(text(settings, "file", ""));
        KeyStore store = KeyStore.getInstance(text(settings, "type", KeyStore.getDefaultType()));
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, text(settings, "password", "").toCharArray());
        } catch (NoSuchFileException e) {
            throw new IOException("there is no " + which + " store " + file, e);
        } catch (IOException e) {
            throw new IOException("cannot read the " + which + " store " + file + ": " + e.getMessage(), e);
        }
        return store;
    }

    private static String text(Map<String, Object> settings, String key, String otherwise) {
        return Objects.toString(settings.get(key), otherwise);
    }
}
