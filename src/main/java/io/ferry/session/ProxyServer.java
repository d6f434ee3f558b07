package io.ferry.session;

import io.ferry.session.FtpException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A proxy that all connections to a partner go through: HTTP CONNECT (RFC 9110, 9.3.6) or SOCKS 5 (RFC 1928, RFC 1929). The
 * proxy looks up the partner's name. TLS, where it is used, reaches through it from end to end.
 *
 * @param protocol how the proxy is spoken to
 * @param host name or address of the proxy
 * @param port port of the proxy, 1 to 65535
 * @param user login at the proxy, or null for none
 * @param password password at the proxy, may be empty
 */
public record ProxyServer(
        Protocol protocol, String host, int port, @Nullable String user, String password) {

    /** How a proxy is spoken to. */
    public enum Protocol {
        /** CONNECT. */
        HTTP,
        /** SOCKS 5. */
        SOCKS5
    }

    private static final Map<String, Protocol> PROTOCOLS = Map.of("http", Protocol.HTTP, "socks5", Protocol.SOCKS5);
    private static final int MAX_HEAD = 16384;
    private static final int LONGEST_FIELD = 255;

    /**
     * Reads {@code http://host:port} or {@code socks5://host:port}.
     *
     * @param text the address; without a login, which would be seen wherever the address is
     * @param user login at the proxy, or null for none
     * @param password password at the proxy, or null for an empty one
     * @throws IllegalArgumentException for anything else; the message does not repeat the text, which may hold a password
     */
    public static ProxyServer of(String text, @Nullable String user, @Nullable String password) {
        try {
            URI uri = new URI(text);
            Protocol protocol = PROTOCOLS.get(String.valueOf(uri.getScheme()));
            boolean isRoot = uri.getRawPath() == null
                    || uri.getRawPath().isEmpty()
                    || uri.getRawPath().equals("/");
            if (protocol != null
                    && isRoot
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getPort() > 0
                    && uri.getPort() <= 65535) {
                return new ProxyServer(protocol, uri.getHost(), uri.getPort(), user, password == null ? "" : password);
            }
        } catch (URISyntaxException e) {
            throw refused();
        }
        throw refused();
    }

    private static IllegalArgumentException refused() {
        return new IllegalArgumentException("The option proxy takes http://host:port or socks5://host:port;"
                + " a login goes into proxyUser and proxyPassword");
    }

    /**
     * Asks the proxy, over a socket that is connected to it, for a connection; afterwards the socket leads to the target.
     *
     * @param target name or address, looked up by the proxy
     * @throws FtpException when the proxy refuses
     */
    void lead(Socket socket, String target, int targetPort) throws IOException {
        if (protocol == Protocol.HTTP) {
            leadByConnect(socket, target, targetPort);
        } else {
            leadBySocks(socket, target, targetPort);
        }
    }

    private void leadByConnect(Socket socket, String target, int targetPort) throws IOException {
        String authority = (target.contains(":") ? "[" + target + "]" : target) + ":" + targetPort;
        StringBuilder head = new StringBuilder("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n");
        if (user != null) {
            head.append("Proxy-Authorization: Basic ").append(basic()).append("\r\n");
        }
        socket.getOutputStream().write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
        String status = statusLine(socket.getInputStream());
        String[] words = status.split(" ", 3);
        if (words.length < 2 || !words[0].startsWith("HTTP/1.") || !words[1].matches("2\\d\\d")) {
            boolean login = words.length > 1 && words[1].equals("407");
            throw refusedBy(login ? Kind.LOGIN_REFUSED : Kind.CONNECTION_LOST, authority, hidden(status));
        }
    }

    /** The login as RFC 7617 writes it. */
    private String basic() {
        return Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    /** A proxy may repeat what it was told. */
    private String hidden(String status) {
        List<String> secrets = user == null ? List.of() : List.of(basic(), password);
        return Reply.shown(
                Reply.hiding(secrets.stream().filter(each -> !each.isEmpty()).toList(), status));
    }

    /** Reads the head and not a byte more: what follows is the target's. */
    private String statusLine(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream(256);
        int state = 0;
        while (state < 2) {
            int b = in.read();
            if (b < 0) {
                throw new EOFException("the proxy closed the connection");
            }
            state = b == '\n' ? state + 1 : b == '\r' ? state : 0;
            head.write(b);
            if (head.size() > MAX_HEAD) {
                throw new FtpException(Kind.UNSAFE, this + " answers without end");
            }
        }
        return head.toString(StandardCharsets.ISO_8859_1).lines().findFirst().orElse("");
    }

    private void leadBySocks(Socket socket, String target, int targetPort) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        send(socket, user == null ? new byte[] {5, 1, 0} : new byte[] {5, 2, 0, 2});
        if (in.readUnsignedByte() != 5) {
            throw new FtpException(Kind.UNSAFE, this + " does not speak SOCKS 5");
        }
        int method = in.readUnsignedByte();
        if (method == 2 && user != null) {
            ByteArrayOutputStream login = new ByteArrayOutputStream();
            login.write(1);
            field(login, user);
            field(login, password);
            send(socket, login.toByteArray());
            in.readUnsignedByte();
            if (in.readUnsignedByte() != 0) {
                throw refusedBy(Kind.LOGIN_REFUSED, target, "it refuses the login");
            }
        } else if (method != 0) {
            throw refusedBy(Kind.LOGIN_REFUSED, target, "it asks for a login");
        }
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(new byte[] {5, 1, 0, 3});
        field(request, target);
        request.write(targetPort >> 8);
        request.write(targetPort);
        send(socket, request.toByteArray());
        in.readUnsignedByte();
        int reply = in.readUnsignedByte();
        if (reply != 0) {
            throw refusedBy(Kind.CONNECTION_LOST, target + ":" + targetPort, socksError(reply));
        }
        in.readUnsignedByte();
        int kind = in.readUnsignedByte();
        in.readFully(new byte[(kind == 1 ? 4 : kind == 4 ? 16 : in.readUnsignedByte()) + 2]);
    }

    private static void field(ByteArrayOutputStream out, String text) throws FtpException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > LONGEST_FIELD) {
            throw new FtpException(Kind.UNSAFE, "SOCKS 5 takes names and passwords of at most 255 bytes");
        }
        out.write(bytes.length);
        out.writeBytes(bytes);
    }

    private static void send(Socket socket, byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    private static String socksError(int reply) {
        return switch (reply) {
            case 2 -> "not allowed by its rules";
            case 3 -> "network unreachable";
            case 4 -> "host unreachable";
            case 5 -> "connection refused";
            case 6 -> "too far away";
            default -> "SOCKS error " + reply;
        };
    }

    private FtpException refusedBy(Kind kind, String target, String why) {
        return new FtpException(kind, this + " does not connect to " + target + " (" + why + ")");
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "the proxy " + (protocol == Protocol.HTTP ? "http" : "socks5") + "://" + host + ":" + port;
    }
}
