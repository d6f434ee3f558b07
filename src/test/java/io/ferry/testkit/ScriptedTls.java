package io.ferry.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * How a {@link ScriptedServer} speaks TLS, and how it misbehaves under it.
 *
 * @param implicit TLS from the first byte instead of AUTH TLS
 * @param names the names in the certificate, in keytool's notation
 * @param dataNames the names in the certificate of data connections
 * @param endsAbruptly data connections end without close_notify
 * @param sort the sort of certificate
 * @param protocols the versions offered; none for the JDK's
 */
public record ScriptedTls(
        boolean implicit, String names, String dataNames, boolean endsAbruptly, Sort sort, String... protocols) {

    /** What is wrong with a certificate, but for its names. */
    public enum Sort {
        /** Nothing. */
        GOOD,
        /** Its time is over. */
        EXPIRED,
        /** No authority has signed it. */
        SELF_SIGNED,
        /** Its subject is made to be read by people, and is very long. */
        MISLEADING;

        /** As keytool takes it. */
        String subject() {
            return this == MISLEADING
                    ? "CN=evil\\0A23:59:59 INFO all is well\\1B[2J\\E2\\80\\AE, OU=" + "long".repeat(2000)
                    : "CN=Ferry test server";
        }
    }

    /** With a certificate of the usual sort. */
    public ScriptedTls(boolean implicit, String names, String dataNames, boolean endsAbruptly, String... protocols) {
        this(implicit, names, dataNames, endsAbruptly, Sort.GOOD, protocols);
    }

    /** Behaves well, with a certificate for this host. */
    public static final ScriptedTls GOOD = new ScriptedTls(false, Certs.OWN_NAMES, Certs.OWN_NAMES, false);

    /** TLS from the first byte. */
    public ScriptedTls implicitly() {
        return new ScriptedTls(true, names, dataNames, endsAbruptly, sort, protocols);
    }

    /** Shows, on data connections, another certificate of the same authority for the same host. */
    public ScriptedTls otherCertificateForData() {
        return new ScriptedTls(implicit, names, names + ",dns:other.example", endsAbruptly, sort, protocols);
    }

    /** Ends data connections as someone on the line would who cuts them. */
    public ScriptedTls endingAbruptly() {
        return new ScriptedTls(implicit, names, dataNames, true, sort, protocols);
    }

    /** Offers these versions only. */
    public ScriptedTls only(String... versions) {
        return new ScriptedTls(implicit, names, dataNames, endsAbruptly, sort, versions);
    }

    /** With a certificate of this sort. */
    public ScriptedTls of(Sort other) {
        return new ScriptedTls(implicit, names, dataNames, endsAbruptly, other, protocols);
    }

    /** With certificates for other names, in keytool's notation. */
    public ScriptedTls named(String other) {
        return new ScriptedTls(implicit, other, other, endsAbruptly, sort, protocols);
    }

    /** The certificate that control connections show. */
    public X509Certificate certificate() {
        try {
            return (X509Certificate) load(names).getCertificate("server");
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What a client needs to trust it. */
    public TestServer.Tls trust() {
        return Certs.issue(names, sort).tls();
    }

    /** Layers TLS over a client's socket and completes the handshake. */
    SSLSocket layer(Socket plain, boolean data) throws IOException {
        try {
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            Certs.Issued issued = Certs.issue(data ? dataNames : names, sort);
            keys.init(load(data ? dataNames : names), issued.password().toCharArray());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            SSLSocket secured = (SSLSocket) context.getSocketFactory().createSocket(plain, null, plain.getPort(), data);
            secured.setUseClientMode(false);
            if (protocols.length > 0) {
                secured.setEnabledProtocols(protocols);
            }
            secured.startHandshake();
            return secured;
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private KeyStore load(String names) throws IOException, GeneralSecurityException {
        Certs.Issued issued = Certs.issue(names, sort);
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(issued.keystore())) {
            store.load(in, issued.password().toCharArray());
        }
        return store;
    }
}
