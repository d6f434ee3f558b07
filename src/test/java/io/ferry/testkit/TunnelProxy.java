package io.ferry.testkit;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A proxy that speaks HTTP CONNECT or SOCKS 5, with or without a login, and leads every target's port to this host. It owns its
 * port and threads, which {@link #close()} ends.
 */
public final class TunnelProxy implements AutoCloseable {
    private final ServerSocket listener;
    private final boolean socks;
    private final String user;
    private final String password;
    private final List<String> targets = new CopyOnWriteArrayList<>();
    private final List<Closeable> sockets = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private volatile byte[] answer;

    private TunnelProxy(boolean socks, String user, String password) {
        try {
            this.listener = Local.listen();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.socks = socks;
        this.user = user;
        this.password = password;
        threads.add(Local.daemon("ferry-proxy-accept", this::accept));
    }

    public static TunnelProxy http(String user, String password) {
        return new TunnelProxy(false, user, password);
    }

    public static TunnelProxy socks(String user, String password) {
        return new TunnelProxy(true, user, password);
    }

    /** Answers every request with these bytes and nothing else. */
    public TunnelProxy answering(byte[] bytes) {
        answer = bytes;
        return this;
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** What clients asked for, as host:port, in order. */
    public List<String> targets() {
        return List.copyOf(targets);
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                sockets.add(client);
                threads.add(Local.daemon("ferry-proxy-client", () -> serve(client)));
            }
        } catch (IOException e) {
            Local.closeQuietly(listener);
        }
    }

    private void serve(Socket client) {
        try {
            client.setTcpNoDelay(true);
            DataInputStream in = new DataInputStream(client.getInputStream());
            if (answer != null) {
                in.read();
                client.getOutputStream().write(answer);
                client.getOutputStream().flush();
                in.transferTo(OutputStream.nullOutputStream());
                return;
            }
            int port = socks ? socks(client, in) : http(client, in);
            if (port > 0) {
                Socket server = new Socket(Local.HOST, port);
                server.setTcpNoDelay(true);
                sockets.add(server);
                reply(client, socks ? new byte[] {5, 0, 0, 1, 127, 0, 0, 1, 1, 1} : text("200 Led through"));
                threads.add(Local.daemon("ferry-proxy-back", () -> pump(server, client)));
                pump(client, server);
            }
        } catch (IOException e) {
            Local.closeQuietly(client);
        }
    }

    private static void pump(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException e) {
            Local.closeQuietly(from);
            Local.closeQuietly(to);
        }
    }

    private static byte[] text(String status) {
        return ("HTTP/1.1 " + status + "\r\nVia: test\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    private static void reply(Socket client, byte[] bytes) throws IOException {
        client.getOutputStream().write(bytes);
        client.getOutputStream().flush();
    }

    private int http(Socket client, DataInputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            head.append((char) in.readUnsignedByte());
        }
        List<String> lines = head.toString().lines().toList();
        String target = lines.get(0).split(" ")[1];
        targets.add(target);
        String login = user == null ? null : user + ":" + password;
        if (login != null
                && !lines.contains("Proxy-Authorization: Basic "
                        + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)))) {
            reply(client, text("407 Who are you"));
            client.close();
            return 0;
        }
        return Integer.parseInt(target.substring(target.lastIndexOf(':') + 1));
    }

    private int socks(Socket client, DataInputStream in) throws IOException {
        in.readByte();
        byte[] methods = in.readNBytes(in.readUnsignedByte());
        boolean offersLogin = methods.length == 2;
        if (user != null && !offersLogin) {
            reply(client, new byte[] {5, (byte) 255});
            client.close();
            return 0;
        }
        reply(client, new byte[] {5, (byte) (user == null ? 0 : 2)});
        if (user != null) {
            in.readByte();
            String name = new String(in.readNBytes(in.readUnsignedByte()), StandardCharsets.UTF_8);
            String secret = new String(in.readNBytes(in.readUnsignedByte()), StandardCharsets.UTF_8);
            boolean right = name.equals(user) && secret.equals(password);
            reply(client, new byte[] {1, (byte) (right ? 0 : 1)});
            if (!right) {
                client.close();
                return 0;
            }
        }
        in.readNBytes(4);
        String host = new String(in.readNBytes(in.readUnsignedByte()), StandardCharsets.UTF_8);
        int port = in.readUnsignedShort();
        targets.add(host + ":" + port);
        return port;
    }

    @Override
    public void close() {
        Local.closeQuietly(listener);
        Local.join(threads.get(0));
        sockets.forEach(Local::closeQuietly);
        threads.forEach(Local::join);
    }
}
