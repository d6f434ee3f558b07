package io.ferry.camel;

import io.ferry.session.CertificateTrust;
import io.ferry.session.Tls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.apache.camel.CamelContext;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.component.file.remote.FtpsConfiguration;
import org.apache.camel.component.file.remote.FtpsEndpoint;
import org.apache.camel.support.CamelContextHelper;
import org.apache.camel.support.jsse.SSLContextParameters;
import org.jspecify.annotations.Nullable;

/** Reads the TLS settings out of a stock or Ferry {@code ftps} endpoint. Strict unless the options say otherwise. */
final class TlsSettings {

    private static final String PROPERTY = "#property:";
    private static final String BEAN = "#bean:";
    private static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    /** What a certificate is asked for. */
    private enum Check {
        STRICT,
        CHAIN,
        NONE
    }

    private TlsSettings() {}

    /** Equal for endpoints with the same settings, so that they share a pool. */
    private record Stores(
            CamelContext context,
            @Nullable SSLContextParameters parameters,
            @Nullable Map<String, Object> keyStore,
            @Nullable Map<String, Object> trustStore,
            Set<String> pins,
            boolean blindly)
            implements Tls.ContextFactory {

        /** Without the passwords that the settings hold. */
        @Override
        public String toString() {
            return "TLS settings";
        }

        @Override
        public SSLContext create() throws Exception {
            if (parameters != null) {
                return NamingParameters.of(parameters).createSSLContext(context);
            }
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(keyManagers(resolved(keyStore)), new TrustManager[] {trust()}, null);
            return tls;
        }

        /** Camel hands the options of a store on as they are written, such as {@code #property:name} or {@code #bean:name}. */
        private @Nullable Map<String, Object> resolved(@Nullable Map<String, Object> settings) {
            if (settings == null) {
                return null;
            }
            Map<String, Object> values = new HashMap<>();
            for (Map.Entry<String, Object> each : settings.entrySet()) {
                values.put(each.getKey(), resolved(each.getValue()));
            }
            return values;
        }

        /** A password may begin with the sign of a reference: only whole references are followed. */
        private Object resolved(Object value) {
            if (value instanceof String text && text.startsWith(PROPERTY)) {
                return context.resolvePropertyPlaceholders("{{" + text.substring(PROPERTY.length()) + "}}");
            }
            return value instanceof String text && text.startsWith(BEAN)
                    ? CamelContextHelper.mandatoryLookup(context, text.substring(BEAN.length()))
                    : value;
        }

        private TrustManager trust() throws Exception {
            if (!pins.isEmpty()) {
                return CertificateTrust.byPin(pins);
            }
            return blindly ? CertificateTrust.blindly() : byChain(resolved(trustStore));
        }
    }

    /**
     * The TLS settings of an endpoint.
     *
     * @throws IllegalArgumentException for settings that contradict each other
     */
    static Tls of(FtpsEndpoint endpoint, FerryOptions options) {
        FtpsConfiguration configuration = endpoint.getFtpsConfiguration();
        SSLContextParameters parameters = endpoint.getSslContextParameters();
        Check check = OptionValues.choice("certificateCheck", options.getCertificateCheck(), Check.class);
        String pin = options.getCertificatePin();
        if (parameters != null && (pin != null || check == Check.NONE)) {
            throw new IllegalArgumentException("sslContextParameters say themselves which certificates are trusted;"
                    + " certificatePin and certificateCheck=none do not go with them");
        }
        Stores stores = new Stores(
                endpoint.getCamelContext(),
                parameters,
                endpoint.getFtpClientKeyStoreParameters(),
                endpoint.getFtpClientTrustStoreParameters(),
                pin == null ? Set.of() : CertificateTrust.pins(pin),
                check == Check.NONE);
        return new Tls(
                configuration.isImplicit(),
                stores,
                pin == null && check == Check.STRICT,
                parameters != null ? List.of() : protocols(configuration.getSecurityProtocol()),
                List.of(),
                protection(configuration.getExecProt()),
                options.isRequireCloseNotify(),
                options.isClearControlChannel());
    }

    /** What the user's settings leave unprotected, one sentence each; empty by default. */
    static List<String> weaknesses(FtpEndpoint<?> endpoint, FerryOptions options) {
        List<String> found = new ArrayList<>();
        if (!(endpoint instanceof FtpsEndpoint secured)) {
            return found;
        }
        if (options.getCertificatePin() == null && options.getCertificateCheck().equalsIgnoreCase("none")) {
            found.add(
                    "certificateCheck=none: no certificate is checked; whoever is on the line can read the password and"
                            + " the files and change them. certificatePin trusts one self-signed certificate instead");
        }
        if (options.getCertificatePin() == null && options.getCertificateCheck().equalsIgnoreCase("chain")) {
            found.add("certificateCheck=chain: any server with a trusted certificate is taken for this one");
        }
        if (protection(secured.getFtpsConfiguration().getExecProt()).equals("C")) {
            found.add("execProt=C: files and listings cross the line in plain text");
        }
        if (options.isClearControlChannel()) {
            found.add(
                    "clearControlChannel=true: after the login, commands and file names cross the line in plain text");
        }
        return found;
    }

    /**
     * Refuses Ferry's TLS options where there is no TLS.
     *
     * @throws IllegalArgumentException that names the option
     */
    static void refuseWithoutTls(FerryOptions options) {
        String option = options.getCertificatePin() != null
                ? "certificatePin"
                : !options.getCertificateCheck().equalsIgnoreCase("strict")
                        ? "certificateCheck"
                        : options.isClearControlChannel() ? "clearControlChannel" : null;
        if (option != null) {
            throw new IllegalArgumentException("The option " + option + " means something with ferry-ftps only");
        }
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

    private static TrustManager byChain(@Nullable Map<String, Object> settings) throws Exception {
        String algorithm = TrustManagerFactory.getDefaultAlgorithm();
        return settings == null
                ? CertificateTrust.byChain(algorithm, null)
                : CertificateTrust.byChain(text(settings, "algorithm", algorithm), load("trust", settings));
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
