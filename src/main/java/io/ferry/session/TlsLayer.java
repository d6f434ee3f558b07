package io.ferry.session;

import io.ferry.session.FtpException.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * Puts TLS on the sockets of one session, all from one context, all named by the control connection's host and port.
 *
 * <p>Servers refuse data connections that do not resume the control connection's TLS session. JSSE looks for a session to
 * resume by the host and port that it is told, so each data connection is told the control connection's.
 */
final class TlsLayer {

    private static final List<String> VERSIONS = List.of("TLSv1.2", "TLSv1.3");

    /** The newest few can be resumed; a server may send any number of tickets, of up to 64 KB each. */
    private static final int TICKETS = 32;

    private final Partner partner;
    private final Tls tls;
    private final SSLContext context;
    private final Watchdog watchdog;
    private @Nullable Certificate certificate;
    private String protocol = "";
    private Set<String> sessions = Set.of();
    private boolean resumed;

    TlsLayer(Partner partner, Tls tls, Watchdog watchdog) throws FtpException {
        this.partner = partner;
        this.tls = tls;
        this.watchdog = watchdog;
        try {
            this.context = tls.contexts().create();
            context.getClientSessionContext().setSessionCacheSize(TICKETS);
        } catch (Exception e) {
            throw new FtpException(
                    Kind.TLS, partner + ": the TLS settings cannot be used (" + e.getMessage() + ")", null, e);
        }
    }

    /** As {@link #layer(NamedSocket, boolean, DataConnection.Meanwhile)}, with nothing between. */
    SSLSocket layer(NamedSocket plain, boolean data) throws IOException {
        return layer(plain, data, () -> {});
    }

    /**
     * Layers TLS over a connected socket and completes the handshake: certificate and host name are checked in it.
     *
     * @param meanwhile done once the handshake has begun, before anything is read; its own time-outs count then
     */
    SSLSocket layer(NamedSocket plain, boolean data, DataConnection.Meanwhile meanwhile) throws IOException {
        String what = data ? "data connection" : "control connection";
        // The control connection may outlive its TLS (CCC).
        SSLSocket secured =
                (SSLSocket) context.getSocketFactory().createSocket(plain, partner.host(), partner.port(), data);
        sessions = cached();
        SSLParameters parameters = secured.getSSLParameters();
        if (tls.verifyHostName()) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        if (!tls.protocols().isEmpty()) {
            parameters.setProtocols(tls.protocols().toArray(String[]::new));
        }
        if (!tls.cipherSuites().isEmpty()) {
            parameters.setCipherSuites(tls.cipherSuites().toArray(String[]::new));
        }
        secured.setSSLParameters(parameters);
        try (Watchdog.Guard guard = watchdog.within(partner.timeouts().connect(), plain)) {
            plain.beforeReading(() -> {
                guard.end();
                meanwhile.run();
                guard.begin();
            });
            try {
                secured.startHandshake();
                resumed = isResumed(secured.getSession());
                check(secured.getSession(), what);
                return secured;
            } catch (FtpException e) {
                plain.close();
                throw e;
            } catch (IOException e) {
                plain.close();
                if (guard.fired()) {
                    throw new FtpException(
                            Kind.TIMED_OUT,
                            partner + ": the TLS handshake of the " + what + " took longer than "
                                    + partner.timeouts().connect(),
                            null,
                            e);
                }
                throw new FtpException(
                        isLost(e) ? Kind.CONNECTION_LOST : Kind.TLS,
                        partner + ": TLS on the " + what + " failed (" + Reply.shown(String.valueOf(e.getMessage()))
                                + "). The certificate must be valid, trusted (trust store) and name " + partner.host()
                                + ", or be the one that certificatePin names; TLS must be 1.2 or 1.3.",
                        null,
                        e);
            }
        }
    }

    /** The server that the login goes to is the one that the files go to and come from. */
    private void check(SSLSession session, String what) throws IOException {
        protocol = session.getProtocol();
        if (!VERSIONS.contains(protocol)) {
            throw new FtpException(
                    Kind.TLS, partner + ": the " + what + " has only " + protocol + "; 1.2 is the least that is safe");
        }
        Certificate shown = session.getPeerCertificates()[0];
        Certificate first = certificate;
        if (first == null) {
            certificate = shown;
        } else if (!shown.equals(first)) {
            throw new FtpException(
                    Kind.UNSAFE,
                    partner + ": the " + what + " shows another certificate (SHA-256 "
                            + CertificateTrust.fingerprint(shown) + ") than the control connection ("
                            + CertificateTrust.fingerprint(first) + ")");
        }
    }

    /**
     * Whether the next connection may find nothing to resume. A TLS 1.3 ticket is good for one connection (RFC 8446, appendix
     * C.4), and some servers, such as ProFTPD, send no new one while they receive a file.
     */
    boolean isSpent() {
        return protocol.equals("TLSv1.3") && sessions.containsAll(cached());
    }

    /** Whether the last connection resumed the TLS session of an earlier one. */
    boolean hasResumed() {
        return resumed;
    }

    /** A TLS 1.3 ticket that is used is gone from the cache; a TLS 1.2 session goes on under its own id. */
    private boolean isResumed(SSLSession session) {
        return session.getProtocol().equals("TLSv1.3")
                ? !cached().containsAll(sessions)
                : sessions.contains(HexFormat.of().formatHex(session.getId()));
    }

    /** What this session's own cache holds; the entry that a handshake resumes goes, each new ticket adds one. */
    private Set<String> cached() {
        return Collections.list(context.getClientSessionContext().getIds()).stream()
                .map(HexFormat.of()::formatHex)
                .collect(Collectors.toSet());
    }

    /**
     * What helps where the server asks for session reuse (522, 425): the JDK throws away TLS 1.2 tickets whose stated lifetime is
     * longer than a week, as OpenSSL's may be, and goes by session ids only where tickets are switched off.
     */
    String reuseRemedy() {
        boolean tickets = !"false".equals(System.getProperty("jdk.tls.client.enableSessionTicketExtension"));
        return protocol.equals("TLSv1.2") && tickets
                ? ". Where the server wants the TLS session reused, start Java with"
                        + " -Djdk.tls.client.enableSessionTicketExtension=false, or let the server offer TLS 1.3"
                : "";
    }

    /** Whether it is the client that refused the server, for its certificate: what the server says to that changes nothing. */
    static boolean isDistrust(IOException failure) {
        Throwable cause = failure;
        while (cause != null && !(cause instanceof CertificateException)) {
            cause = cause.getCause();
        }
        return cause != null || (failure instanceof FtpException told && told.kind() == Kind.UNSAFE);
    }

    /** The line broke: JSSE wraps the end of the stream into a handshake failure of its own. */
    private static boolean isLost(IOException e) {
        return e instanceof SocketException || e instanceof EOFException || e.getCause() instanceof EOFException;
    }
}
