package io.ferry.session;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.List;

/**
 * A connected socket whose peer says what it is told to: one part for each command that it gets, and then it ends the connection.
 */
final class ByteSocket extends Socket {

    /** Not this host (RFC 5737): a socket cannot be bound to it, and the system says so at once. Active mode ends there. */
    private static final InetAddress LOCAL = address(192, 0, 2, 1);

    private static final InetAddress REMOTE = address(255, 255, 255, 255);

    private final List<byte[]> parts;
    private final boolean answers;
    private int next;
    private InputStream current;

    private ByteSocket(List<byte[]> parts, boolean answers) {
        this.parts = parts;
        this.answers = answers;
        this.current = answers ? InputStream.nullInputStream() : new ByteArrayInputStream(parts.get(0));
    }

    /** Answers each command with the next part. */
    static ByteSocket answering(List<byte[]> parts) {
        return new ByteSocket(parts, true);
    }

    /** Sends these bytes at once. */
    static ByteSocket sending(byte[] bytes) {
        return new ByteSocket(List.of(bytes), false);
    }

    private static InetAddress address(int... numbers) {
        byte[] bytes = new byte[numbers.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) numbers[i];
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public InputStream getInputStream() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                return current.read();
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                return current.read(into, offset, length);
            }

            @Override
            public int available() throws IOException {
                return current.available();
            }
        };
    }

    @Override
    public OutputStream getOutputStream() {
        return new OutputStream() {
            @Override
            public void write(int octet) {
                // What is said is of no interest, only that something is.
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                if (answers) {
                    current = new ByteArrayInputStream(next < parts.size() ? parts.get(next) : new byte[0]);
                    next++;
                }
            }
        };
    }

    @Override
    public InetAddress getInetAddress() {
        return REMOTE;
    }

    @Override
    public InetAddress getLocalAddress() {
        return LOCAL;
    }
}
