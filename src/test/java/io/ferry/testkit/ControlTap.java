package io.ferry.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Stands before the control port of a server that keeps no log of commands, and writes them down. Bytes pass unchanged;
 * data connections go to the server itself, which must sit on the same address. It owns its sockets and threads.
 */
final class ControlTap {
    private final int target;
    private final ServerSocket listener;
    private final List<String> commands = new CopyOnWriteArrayList<>();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final Thread door;
    private volatile boolean closed;

    /** Listens on this port, or a free one for 0, for a server on that port of 127.0.0.1. */
    ControlTap(int port, int target) {
        this.target = target;
        try {
            listener = Local.listen(port == 0 ? Ports.free() : port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        door = Local.daemon("ferry-tap-accept", this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    List<String> commands() {
        return commands;
    }

    private void accept() {
        while (true) {
            try {
                Socket client = listener.accept();
                sockets.add(client);
                threads.add(Local.daemon("ferry-tap", () -> serve(client)));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client;
                Socket server = new Socket(Local.HOST, target)) {
            sockets.add(server);
            if (closed) {
                return;
            }
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            Thread back = Local.daemon("ferry-tap-back", () -> copy(server, client, null));
            threads.add(back);
            copy(client, server, new StringBuilder());
            Local.join(back);
            sockets.remove(server);
        } catch (IOException ignored) {
            // one of the two is gone, and the other hears of it
        } finally {
            sockets.remove(client);
            threads.remove(Thread.currentThread());
        }
    }

    /** Copies to the end of one side, which ends the other. */
    private void copy(Socket from, Socket to, StringBuilder line) {
        byte[] block = new byte[4096];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int count = in.read(block); count >= 0; count = in.read(block)) {
                if (line != null) {
                    record(new String(block, 0, count, StandardCharsets.ISO_8859_1), line);
                }
                out.write(block, 0, count);
            }
        } catch (IOException ignored) {
            // the same as an end
        }
        Local.closeQuietly(from);
        Local.closeQuietly(to);
    }

    private void record(String text, StringBuilder line) {
        for (char octet : text.toCharArray()) {
            if (octet != '\n') {
                line.append(octet);
                continue;
            }
            String command = new String(
                    line.toString().stripTrailing().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
            commands.add(command.toUpperCase(Locale.ROOT).startsWith("PASS ") ? "PASS <password>" : command);
            line.setLength(0);
        }
    }

    void close() {
        closed = true;
        Local.closeQuietly(listener);
        Local.join(door);
        sockets.forEach(Local::closeQuietly);
        threads.forEach(Local::join);
    }
}
