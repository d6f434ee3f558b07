package io.ferry.session;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketOption;
import jdk.net.ExtendedSocketOptions;

/**
 * Keeps the connections of a session known to the firewalls and address translators between, while nothing crosses them: the
 * control connection during a long transfer, the data connection while the other side computes.
 *
 * <p>It is done in TCP (RFC 9293, 3.8.4). A NOOP while a transfer is under way would do the same with less: some servers answer
 * it at once, some after the transfer's 226, some not at all, and each reply would then answer the wrong command.
 */
final class KeepAlive {

    /** Seconds without traffic before the first probe; the shortest time-outs of address translators are a minute. */
    static final int IDLE = 30;

    /** Seconds between probes that are not answered. */
    static final int INTERVAL = 15;

    /** Probes without an answer after which the connection is broken. */
    static final int PROBES = 8;

    private KeepAlive() {}

    /** Turns the probes on; where the operating system knows no times for one socket, its own hold. */
    static void on(Socket socket) throws IOException {
        socket.setKeepAlive(true);
        set(socket, ExtendedSocketOptions.TCP_KEEPIDLE, IDLE);
        set(socket, ExtendedSocketOptions.TCP_KEEPINTERVAL, INTERVAL);
        set(socket, ExtendedSocketOptions.TCP_KEEPCOUNT, PROBES);
    }

    private static void set(Socket socket, SocketOption<Integer> option, int value) throws IOException {
        if (socket.supportedOptions().contains(option)) {
            socket.setOption(option, value);
        }
    }
}
