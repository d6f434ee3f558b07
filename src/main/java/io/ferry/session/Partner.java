package io.ferry.session;

import java.nio.charset.Charset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A server with the settings to reach it. Two equal partners share one pool.
 *
 * @param host name or address
 * @param port control port, 1 to 65535
 * @param user login name
 * @param password password, may be empty
 * @param account argument of ACCT where the server asks for one (RFC 959, 332), or null
 * @param tls how the session is protected, or null for plain FTP
 * @param timeouts the deadlines
 * @param passive whether the client opens the data connections (EPSV, PASV) rather than the server (EPRT, PORT)
 * @param activePorts the first and last local port for active mode; 0 and 0 for any
 * @param encoding charset of names on the control connection; null for UTF-8 (RFC 2640)
 * @param siteCommands arguments of SITE sent after each login
 * @param listing how LIST output is read
 * @param maxSessions the most sessions open at once, at least 1
 * @param detour address translation and proxies on the way to it
 * @param ascii whether files are transferred in TYPE A, as lines of text; sizes and offsets then mean nothing
 */
public record Partner(
        String host,
        int port,
        String user,
        String password,
        @Nullable String account,
        @Nullable Tls tls,
        Timeouts timeouts,
        boolean passive,
        PortRange activePorts,
        @Nullable String encoding,
        List<String> siteCommands,
        ListingFormat listing,
        int maxSessions,
        Detour detour,
        boolean ascii) {

    /**
     * A range of local ports, both ends included; 0 and 0 for any free port.
     *
     * @param first the lowest port
     * @param last the highest port
     */
    public record PortRange(int first, int last) {
        /** Any free port. */
        public static final PortRange ANY = new PortRange(0, 0);
    }

    /** A partner whose files are bytes, and that nothing lies in the way to. */
    public Partner(
            String host,
            int port,
            String user,
            String password,
            @Nullable String account,
            @Nullable Tls tls,
            Timeouts timeouts,
            boolean passive,
            PortRange activePorts,
            @Nullable String encoding,
            List<String> siteCommands,
            ListingFormat listing,
            int maxSessions) {
        this(
                host,
                port,
                user,
                password,
                account,
                tls,
                timeouts,
                passive,
                activePorts,
                encoding,
                siteCommands,
                listing,
                maxSessions,
                Detour.NONE,
                false);
    }

    /** Checks host, port, number of sessions, encoding and the way. */
    public Partner {
        if (host.isBlank()) {
            throw new IllegalArgumentException("The host is missing");
        }
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("The port must be 1 to 65535, not " + port);
        }
        if (maxSessions < 1) {
            throw new IllegalArgumentException("maxSessions must be at least 1, not " + maxSessions);
        }
        if (encoding != null) {
            checkEncoding(encoding);
        }
        if (detour.proxy() != null && !passive) {
            throw new IllegalArgumentException(
                    "passiveMode=false does not work through a proxy, which nobody can connect to from outside");
        }
        siteCommands = List.copyOf(siteCommands);
    }

    /** An unknown name is refused before anything connects. */
    private static void checkEncoding(String encoding) {
        try {
            Charset.forName(encoding);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "This Java knows no encoding " + encoding + " (ftpClient.controlEncoding)", e);
        }
    }

    /** {@code user@host:port}, the name used in messages and keys. */
    public String name() {
        return user + "@" + host + ":" + port;
    }

    /** {@code ftp://user@host:port} or {@code ftps://…}; never the password. */
    @Override
    public String toString() {
        return (tls == null ? "ftp://" : "ftps://") + name();
    }
}
