package io.ferry.session;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a server's certificate is believed: by its chain, by its fingerprint (a pin), or, on the user's explicit word,
 * always. A refusal names the fingerprint that was seen.
 */
public final class CertificateTrust {

    private static final HexFormat COLONS = HexFormat.ofDelimiter(":").withUpperCase();
    /** What a message shows of a certificate's subject, in characters: whoever is on the line decides what it says. */
    private static final int SHOWN = 200;

    private static final Pattern PIN = Pattern.compile("(?i)(?:sha-?256:)?([0-9a-f]{64})");

    private CertificateTrust() {}

    /**
     * Believes what chains to an authority of a trust store, and, where the connection asks for it, names the host.
     *
     * @param algorithm of the trust manager factory
     * @param authorities the trust store, or null for the JDK's
     */
    public static TrustManager byChain(String algorithm, @Nullable KeyStore authorities)
            throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(algorithm);
        factory.init(authorities);
        return Arrays.stream(factory.getTrustManagers())
                .filter(X509ExtendedTrustManager.class::isInstance)
                .findFirst()
                .map(CertificateTrust::naming)
                .orElseThrow(() -> new GeneralSecurityException(algorithm + " gives no trust manager for X.509"));
    }

    /**
     * Asks another trust manager, and adds to its refusal what was seen. One that is told no connection stays one: JSSE then looks at
     * the host name itself.
     *
     * @return what to use in its place; itself where it is not about X.509
     */
    public static TrustManager naming(TrustManager decides) {
        if (decides instanceof X509ExtendedTrustManager chain) {
            return new Named(chain);
        }
        return decides instanceof X509TrustManager chain ? new NamedWithoutConnection(chain) : decides;
    }

    /**
     * Believes the certificates with these fingerprints and no others. Chain, host name and dates are not asked: the pin says
     * which certificate it must be.
     *
     * @param fingerprints SHA-256 over the certificate, as {@link #pins} reads them
     */
    public static TrustManager byPin(Set<String> fingerprints) {
        return new Deciding() {
            @Override
            void decide(X509Certificate shown) throws CertificateException {
                if (!fingerprints.contains(fingerprint(shown))) {
                    throw new CertificateException("certificatePin names another certificate; " + seen(shown));
                }
            }
        };
    }

    /** Believes everything: whoever is on the line can read and change what crosses it. */
    public static TrustManager blindly() {
        return new Deciding() {
            @Override
            void decide(X509Certificate shown) {
                // The user has said that nothing is to be checked.
            }
        };
    }

    /**
     * Reads fingerprints, separated by commas: 64 hexadecimal digits, with or without colons and the prefix {@code sha256:}.
     *
     * @throws IllegalArgumentException for anything else
     */
    public static Set<String> pins(String text) {
        return Arrays.stream(text.split(","))
                .map(each -> {
                    var matcher = PIN.matcher(
                            each.strip().replaceFirst("(?i)^sha-?256:", "").replace(":", ""));
                    if (!matcher.matches()) {
                        throw new IllegalArgumentException(
                                "The option certificatePin takes the SHA-256 fingerprint of a certificate,"
                                        + " 64 hexadecimal digits, not \"" + each.strip() + "\"");
                    }
                    return COLONS.formatHex(
                            HexFormat.of().parseHex(matcher.group(1).toLowerCase(Locale.ROOT)));
                })
                .collect(Collectors.toUnmodifiableSet());
    }

    /** SHA-256 over the whole certificate, in the notation of {@code openssl x509 -fingerprint -sha256}. */
    public static String fingerprint(Certificate certificate) {
        try {
            return COLONS.formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a certificate that was read cannot be written", e);
        }
    }

    private static String seen(X509Certificate shown) {
        String subject = shown.getSubjectX500Principal().getName();
        String cut = subject.length() > SHOWN ? subject.substring(0, SHOWN) + "…" : subject;
        return "the server shows " + Reply.shown(cut) + dates(shown) + ", SHA-256 " + fingerprint(shown);
    }

    private static String dates(X509Certificate shown) {
        try {
            shown.checkValidity();
            return "";
        } catch (CertificateExpiredException e) {
            return ", expired on " + shown.getNotAfter().toInstant();
        } catch (CertificateNotYetValidException e) {
            return ", not valid before " + shown.getNotBefore().toInstant();
        }
    }

    private static CertificateException refusal(CertificateException refusal, X509Certificate[] shown) {
        return new CertificateException(refusal.getMessage() + "; " + seen(shown[0]), refusal);
    }

    /** Asks a trust manager that is not told the connection. */
    private record NamedWithoutConnection(X509TrustManager chain) implements X509TrustManager {
        @Override
        public void checkServerTrusted(X509Certificate[] shown, String type) throws CertificateException {
            try {
                chain.checkServerTrusted(shown, type);
            } catch (CertificateException e) {
                throw refusal(e, shown);
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] shown, String type) throws CertificateException {
            chain.checkClientTrusted(shown, type);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return chain.getAcceptedIssuers();
        }
    }

    /** Asks a trust manager, such as the JDK's own, and adds to its refusal what was seen. */
    private static final class Named extends Deciding {
        private final X509ExtendedTrustManager chain;

        Named(X509ExtendedTrustManager chain) {
            this.chain = chain;
        }

        @Override
        void decide(X509Certificate shown) {
            // The chain decides, in the method that is told the socket.
        }

        @Override
        public void checkServerTrusted(X509Certificate[] shown, String type, Socket socket)
                throws CertificateException {
            try {
                chain.checkServerTrusted(shown, type, socket);
            } catch (CertificateException e) {
                throw refusal(e, shown);
            }
        }

        @Override
        public void checkServerTrusted(X509Certificate[] shown, String type, SSLEngine engine)
                throws CertificateException {
            chain.checkServerTrusted(shown, type, engine);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] shown, String type) throws CertificateException {
            chain.checkServerTrusted(shown, type);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return chain.getAcceptedIssuers();
        }
    }

    /** Looks at the server's own certificate only; is no server, so that it believes no client. */
    private abstract static class Deciding extends X509ExtendedTrustManager {

        abstract void decide(X509Certificate shown) throws CertificateException;

        @Override
        public void checkServerTrusted(X509Certificate[] shown, String type, Socket socket)
                throws CertificateException {
            decide(shown[0]);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] shown, String type, SSLEngine engine)
                throws CertificateException {
            decide(shown[0]);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] shown, String type) throws CertificateException {
            decide(shown[0]);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] shown, String type, Socket socket)
                throws CertificateException {
            throw new CertificateException("a client connects here");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] shown, String type, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("a client connects here");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] shown, String type) throws CertificateException {
            throw new CertificateException("a client connects here");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
