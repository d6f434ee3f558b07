package io.ferry.session;

import java.util.List;
import javax.net.ssl.SSLContext;

/**
 * How a session is protected (RFC 2228, RFC 4217).
 *
 * <p>Each session makes its own {@link SSLContext}: its cache then holds tickets of this control connection only, which is
 * what servers that require session reuse compare with.
 *
 * @param implicit TLS from the first byte (port 990) instead of AUTH TLS
 * @param contexts makes the context of one session; equal factories make partners equal, so that they share a pool
 * @param verifyHostName whether the certificate must name the host connected to
 * @param protocols the TLS versions offered; empty for those the context enables
 * @param cipherSuites the cipher suites offered; empty for those the context enables
 * @param protectionLevel PROT's argument: {@code P}, or {@code C} for data in plain text on the user's explicit word
 * @param requireCloseNotify whether data whose length nothing else proves, such as a listing, must end with TLS's close_notify
 *     (RFC 8446, 6.1): without it someone on the line may have cut it short
 * @param clearControl whether the control connection goes back to plain text after the login (CCC, RFC 4217, 12.3)
 */
public record Tls(
        boolean implicit,
        ContextFactory contexts,
        boolean verifyHostName,
        List<String> protocols,
        List<String> cipherSuites,
        String protectionLevel,
        boolean requireCloseNotify,
        boolean clearControl) {

    /** Makes the context of one session. */
    public interface ContextFactory {
        /**
         * Makes a context.
         *
         * @return a new context, whose session cache no one else uses
         * @throws Exception when a key or trust store cannot be read
         */
        SSLContext create() throws Exception;
    }

    /** A control connection that stays encrypted, and listings that must end with close_notify. */
    public Tls(
            boolean implicit,
            ContextFactory contexts,
            boolean verifyHostName,
            List<String> protocols,
            List<String> cipherSuites,
            String protectionLevel) {
        this(implicit, contexts, verifyHostName, protocols, cipherSuites, protectionLevel, true, false);
    }

    /** Copies the lists. */
    public Tls {
        protocols = List.copyOf(protocols);
        cipherSuites = List.copyOf(cipherSuites);
    }

    boolean protectsData() {
        return protectionLevel.equals("P");
    }
}
