package io.ferry.session;

import io.ferry.session.FtpException.Kind;
import java.io.IOException;
import java.net.Socket;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * Puts TLS on the sockets of one session, all from one context, all named by the control connection's host and port.
 *
 * <p>Servers refuse data connections that do not resume the control connection's TLS session. JSSE looks for a session to
 * resume by the host and port that it is told, so each data connection is told the control connection's.
 */
final class TlsLayer {

    private final Partner partner;
    private final Tls tls;
    private final SSLContext context;
    private final Watchdog watchdog;

    TlsLayer(Partner partner, Tls tls, Watchdog watchdog) throws FtpException {
        this.partner = partner;
        this.tls = tls;
        this.watchdog = watchdog;
        try {
            this.context = tls.contexts().create();
        } catch (Exception e) {
            throw new FtpException(
                    Kind.TLS, partner + ": the TLS settings cannot be used (" + e.getMessage() + ")", null, e);
        }
    }

    /** Layers TLS over a connected socket and completes the handshake: certificate and host name are checked in it. */
    SSLSocket layer(Socket plain, String what) throws IOException {
        SSLSocket secured = (SSLSocket) context.getSocketFactory()
                .createSocket(new NamedSocket(plain, partner.port()), partner.host(), partner.port(), true);
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
            try {
                secured.startHandshake();
                return secured;
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
                        partner + ": TLS on the " + what + " failed (" + e.getMessage()
                                + "). The certificate must be valid, trusted (trust store) and name " + partner.host()
                                + ".",
                        null,
                        e);
            }
        }
    }

    private static boolean isLost(IOException e) {
        return e instanceof java.net.SocketException || e instanceof java.io.EOFException;
    }
}
