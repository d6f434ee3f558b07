package io.ferry.session;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * A connected socket that answers another remote port than its own, so that JSSE files its TLS session under that port.
 *
 * <p>Law: owns the socket it wraps and closes it; everything but {@link #getPort()} is the wrapped socket's.
 */
final class NamedSocket extends Socket {

    private final Socket wrapped;
    private final int port;
    private final int ahead;
    private DataConnection.Meanwhile beforeReading = () -> {};
    private @Nullable InputStream in;
    private volatile boolean ended;

    /** A socket whose bytes stay with the wrapped one until they are asked for: TLS may end on it, and plain text follow. */
    NamedSocket(Socket wrapped, int port) {
        this(wrapped, port, 0);
    }

    /**
     * A socket of which nobody but TLS reads.
     *
     * @param ahead so many bytes are taken at once where they have arrived; JSSE itself asks for a record's head, and then for
     *     its body
     */
    NamedSocket(Socket wrapped, int port, int ahead) {
        this.wrapped = wrapped;
        this.port = port;
        this.ahead = ahead;
    }

    @Override
    public int getPort() {
        return port;
    }

    @Override
    public InetAddress getInetAddress() {
        return wrapped.getInetAddress();
    }

    @Override
    public InetAddress getLocalAddress() {
        return wrapped.getLocalAddress();
    }

    @Override
    public int getLocalPort() {
        return wrapped.getLocalPort();
    }

    @Override
    public SocketChannel getChannel() {
        return wrapped.getChannel();
    }

    @Override
    public SocketAddress getRemoteSocketAddress() {
        return wrapped.getRemoteSocketAddress();
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
        return wrapped.getLocalSocketAddress();
    }

    /** Says what is done once, between what JSSE sends of its own accord and what it then waits for. */
    void beforeReading(DataConnection.Meanwhile once) {
        beforeReading = once;
    }

    private void isRead() throws IOException {
        DataConnection.Meanwhile first = beforeReading;
        beforeReading = () -> {};
        first.run();
    }

    /**
     * Whether the peer has closed the TCP connection and JSSE has read as far as that. JSSE reads a record at a time and stops at
     * close_notify: at the end of the data, an end that was seen here was not announced under TLS.
     */
    boolean hasEnded() {
        return ended;
    }

    @Override
    public synchronized InputStream getInputStream() throws IOException {
        InputStream stream = in;
        if (stream == null) {
            stream = noting(
                    ahead == 0 ? wrapped.getInputStream() : new BufferedInputStream(wrapped.getInputStream(), ahead));
            in = stream;
        }
        return stream;
    }

    private InputStream noting(InputStream source) {
        return new FilterInputStream(source) {
            @Override
            public int read() throws IOException {
                isRead();
                return noted(super.read());
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                isRead();
                return noted(super.read(into, offset, length));
            }
        };
    }

    private int noted(int read) {
        ended |= read < 0;
        return read;
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        return wrapped.getOutputStream();
    }

    @Override
    public void setTcpNoDelay(boolean on) throws SocketException {
        wrapped.setTcpNoDelay(on);
    }

    @Override
    public boolean getTcpNoDelay() throws SocketException {
        return wrapped.getTcpNoDelay();
    }

    @Override
    public void setSoLinger(boolean on, int linger) throws SocketException {
        wrapped.setSoLinger(on, linger);
    }

    @Override
    public int getSoLinger() throws SocketException {
        return wrapped.getSoLinger();
    }

    @Override
    public synchronized void setSoTimeout(int timeout) throws SocketException {
        wrapped.setSoTimeout(timeout);
    }

    @Override
    public synchronized int getSoTimeout() throws SocketException {
        return wrapped.getSoTimeout();
    }

    @Override
    public void setKeepAlive(boolean on) throws SocketException {
        wrapped.setKeepAlive(on);
    }

    @Override
    public boolean getKeepAlive() throws SocketException {
        return wrapped.getKeepAlive();
    }

    @Override
    public void shutdownInput() throws IOException {
        wrapped.shutdownInput();
    }

    @Override
    public void shutdownOutput() throws IOException {
        wrapped.shutdownOutput();
    }

    @Override
    public boolean isConnected() {
        return wrapped.isConnected();
    }

    @Override
    public boolean isBound() {
        return wrapped.isBound();
    }

    @Override
    public boolean isClosed() {
        return wrapped.isClosed();
    }

    @Override
    public boolean isInputShutdown() {
        return wrapped.isInputShutdown();
    }

    @Override
    public boolean isOutputShutdown() {
        return wrapped.isOutputShutdown();
    }

    @Override
    public synchronized void close() throws IOException {
        wrapped.close();
    }

    @Override
    public String toString() {
        return wrapped.toString();
    }
}
