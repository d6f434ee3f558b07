package io.ferry.session;

import io.ferry.session.ControlConnection.Command;
import io.ferry.session.FtpException.Kind;
import java.io.Closeable;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The one opener of data connections: passive and active, plain and TLS, for files and for listings.
 *
 * <p>Law: belongs to one session and is used by its thread; whoever asks for a {@link DataConnection} closes it. A data
 * connection goes to, and comes from, the host of the control connection only.
 */
final class DataConnections {

    /** Some TLS records (16 KiB each), of which JSSE would read each with two calls of the operating system. */
    private static final int READ_AHEAD = 128 << 10;

    private final Partner partner;
    private final ControlConnection control;
    private final Watchdog watchdog;
    private final @Nullable TlsLayer tls;
    private final PassivePort passivePort;
    private final TransferMode mode;
    private final Experience experience;
    private volatile @Nullable Closeable current;
    private boolean opened;
    private boolean withoutTicket;

    DataConnections(
            Partner partner,
            ControlConnection control,
            Watchdog watchdog,
            @Nullable TlsLayer tls,
            Features features,
            Experience experience) {
        this.partner = partner;
        this.control = control;
        this.watchdog = watchdog;
        this.tls = tls;
        this.passivePort = new PassivePort(partner, control, experience);
        this.mode = new TransferMode(partner, control, features, experience);
        this.experience = experience;
    }

    /**
     * Opens a data connection for a file or a listing, in TYPE I. REST goes out directly before the command, since some servers
     * forget it when another command comes between.
     *
     * @param restartOffset the offset in bytes sent with REST; 0 sends none
     */
    DataConnection open(String verb, String argument, long restartOffset) throws IOException {
        return open(verb, argument, restartOffset, DataForm.BYTES);
    }

    /** Opens a data connection for a file that is read, deflated where the server does that (MODE Z); otherwise as {@link #open}. */
    DataConnection openDeflated(String verb, String argument) throws IOException {
        return open(verb, argument, 0, DataForm.DEFLATED);
    }

    /** What the server deflates is not to be relied on. */
    void distrustDeflation() {
        mode.distrustDeflation();
    }

    /** Opens a data connection for a file, in the partner's type. */
    DataConnection openFile(String verb, String argument, long restartOffset) throws IOException {
        if (!partner.ascii()) {
            return open(verb, argument, restartOffset, DataForm.BYTES);
        }
        if (restartOffset > 0) {
            throw new IllegalArgumentException("There are no offsets in TYPE A");
        }
        TransferType type = new TransferType(partner, control);
        type.text();
        try {
            return open(verb, argument, 0, DataForm.TEXT);
        } catch (FtpException e) {
            if (!control.isBroken()) {
                type.bytes();
            }
            throw e;
        }
    }

    /** The command that asks for the next data connection's port and may be sent ahead of it; empty where there is none. */
    Optional<Command> portQuestion() {
        return partner.passive() && passivePort.isExtended() && !isSpent()
                ? Optional.of(new Command("EPSV", ""))
                : Optional.empty();
    }

    /** What the server has said to {@link #portQuestion()}. */
    void portAnswer(Reply reply) {
        passivePort.tell(reply);
    }

    /** Whether the server would refuse the next data connection for want of a TLS session to resume; another session has one. */
    boolean isSpent() {
        return experience.demandsReuse() && hasNoTicket();
    }

    private boolean hasNoTicket() {
        return opened && tls != null && tls.isSpent();
    }

    private DataConnection open(String verb, String argument, long restartOffset, DataForm wished) throws IOException {
        if (isSpent()) {
            control.markBroken();
            throw new FtpException(
                    Kind.CONNECTION_LOST,
                    partner + ": " + verb + " not sent, this session has no TLS ticket left; another session has");
        }
        DataForm form = mode.choose(wished);
        withoutTicket = hasNoTicket();
        opened = true;
        return partner.passive()
                ? openPassive(verb, argument, restartOffset, form)
                : openActive(verb, argument, restartOffset, form);
    }

    private DataConnection openPassive(String verb, String argument, long restartOffset, DataForm form)
            throws IOException {
        Socket socket = connect(verb);
        try {
            Start start = new Start(verb, argument, restartOffset);
            start.send();
            if (tls == null || start.isWriting()) {
                start.await();
            }
            return secured(start, socket, form);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private DataConnection openActive(String verb, String argument, long restartOffset, DataForm form)
            throws IOException {
        InetAddress local = control.socket().getLocalAddress();
        try (ServerSocket listener = listen(local)) {
            announce(local, listener.getLocalPort());
            Start start = new Start(verb, argument, restartOffset);
            start.send();
            start.await();
            Socket socket = accept(verb, listener);
            try {
                return secured(start, socket, form);
            } catch (IOException e) {
                socket.close();
                throw e;
            }
        }
    }

    /** Tells the server where to connect to (PORT, RFC 959; EPRT, RFC 2428). */
    private void announce(InetAddress local, int port) throws IOException {
        InetAddress announced = Objects.requireNonNullElse(partner.detour().announced(), local);
        boolean four = announced instanceof Inet4Address;
        Reply reply = four
                ? control.command("PORT", portArgument(announced, port))
                : control.command("EPRT", "|2|" + withoutZone(announced) + "|" + port + "|");
        if (!reply.isCompletion()) {
            throw control.refused(four ? "PORT" : "EPRT", reply);
        }
    }

    /** The interface behind the percent sign means something on this host only. */
    private static String withoutZone(InetAddress address) {
        return address.getHostAddress().replaceFirst("%.*", "");
    }

    /** The command of a transfer, with REST directly before it, and its first reply, which is awaited once. */
    private final class Start {
        private final String verb;
        private final String argument;
        private final long restartOffset;
        private boolean together;
        private boolean answered;
        private @Nullable IOException failure;

        private Start(String verb, String argument, long restartOffset) {
            this.verb = verb;
            this.argument = argument;
            this.restartOffset = restartOffset;
        }

        /** A refusal must not cost the TLS ticket then: the same session makes the directory that is missing, and writes again. */
        private boolean isWriting() {
            return verb.equals("STOR") || verb.equals("APPE");
        }

        private String command() {
            return argument.isEmpty() ? verb : verb + " " + argument;
        }

        /** Where the server is known to take several commands at once, RETR does not wait for the reply to REST. */
        private void send() throws IOException {
            Command command = new Command(verb, argument);
            if (restartOffset == 0) {
                control.send(List.of(command));
                return;
            }
            Command restart = new Command("REST", Long.toString(restartOffset));
            together = verb.equals("RETR") && experience.asksAhead();
            if (together) {
                control.send(List.of(restart, command));
            } else {
                control.send(List.of(restart));
                checkRestart();
                control.send(List.of(command));
            }
        }

        private void checkRestart() throws IOException {
            Reply reply = control.finalReply("REST", partner.timeouts().reply());
            if (!reply.isIntermediate()) {
                if (!reply.isRefusal() || together) {
                    // The file comes from its start now.
                    control.markBroken();
                }
                throw FtpException.refused(partner, "REST " + restartOffset, reply);
            }
        }

        private void await() throws IOException {
            if (answered) {
                return;
            }
            answered = true;
            try {
                if (together) {
                    checkRestart();
                }
                check(control.reply(verb, partner.timeouts().reply()));
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }

        private void check(Reply reply) throws FtpException {
            if (reply.isPreliminary()) {
                return;
            }
            if (restartOffset > 0 || !reply.isRefusal()) {
                // The server may keep the offset for the next transfer on this connection, or another reply is due.
                control.markBroken();
            }
            if (tls != null && (reply.code() == 522 || reply.code() == 425)) {
                throw refusal(verb, reply);
            }
            throw FtpException.answered(partner, command(), reply);
        }

        /** The failure of the handshake, or of the command, whose reply is awaited amid it. */
        private IOException orFailed(IOException handshake) throws IOException {
            if (!isInterrupted()) {
                await();
            }
            IOException refused = failure;
            return refused == null ? handshake : refused;
        }
    }

    /** Breaks what is under way; for another thread than the one that uses it. */
    void abort() throws IOException {
        Closeable running = current;
        if (running != null) {
            running.close();
        }
    }

    /**
     * A server that is not asked for the reply before TLS begins takes what has arrived by then (RFC 4217, 7): a round trip less
     * for what is read.
     */
    private DataConnection secured(Start start, Socket socket, DataForm form) throws IOException {
        String verb = start.verb;
        // Small TLS records wait for each other's acknowledgement otherwise.
        socket.setTcpNoDelay(true);
        KeepAlive.on(socket);
        try {
            NamedSocket named = new NamedSocket(socket, partner.port(), tls == null ? 0 : READ_AHEAD);
            Socket layered = tls == null ? socket : tls.layer(named, true, start::await);
            DataConnection opened = new DataConnection(
                    partner, control, watchdog, named, layered, verb, start.argument, form, this::refusal);
            current = opened::abort;
            return opened;
        } catch (IOException e) {
            IOException failure = start.orFailed(e);
            if (failure != e) {
                throw failure;
            }
            // A reply to the command is still due, so the control connection cannot be used any more.
            control.markBroken();
            throw TlsLayer.isDistrust(e) || isInterrupted() ? e : withPendingReply(verb, e);
        }
    }

    /** The server says why it drops a data connection (such as 522, session reuse required) on the control connection. */
    private IOException withPendingReply(String verb, IOException failure) {
        try {
            Reply reply = control.reply(verb, partner.timeouts().connect());
            if (!reply.isCompletion()) {
                FtpException refused = refusal(verb, reply);
                return new FtpException(
                        refused.kind() == Kind.TLS ? Kind.TLS : Kind.CONNECTION_LOST,
                        refused.getMessage() + " (" + failure.getMessage() + ")",
                        reply,
                        failure);
            }
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
        return failure;
    }

    /**
     * Servers say 522, or 425, where a data connection does not resume the TLS session. With TLS 1.3 a client learns of that only
     * behind the handshake.
     */
    private FtpException refusal(String command, Reply reply) {
        TlsLayer layer = tls;
        if (layer == null || (reply.code() != 522 && reply.code() != 425)) {
            return FtpException.refused(partner, command, reply);
        }
        control.markBroken();
        if (withoutTicket) {
            experience.reuseDemanded();
        }
        return new FtpException(
                reply.code() == 522 && !withoutTicket ? Kind.TLS : Kind.CONNECTION_LOST,
                partner + ": the data connection for " + command + " failed: " + reply + layer.reuseRemedy(),
                reply,
                null);
    }

    private Socket connect(String verb) throws IOException {
        int port = passivePort.ask();
        ProxyServer proxy = partner.detour().proxy();
        // Unlike a plain socket's, a channel's bytes need no copy, and an interrupt ends what it waits for.
        SocketChannel channel = SocketChannel.open();
        Socket socket = channel.socket();
        current = socket;
        try {
            // Whatever the server says: the control connection's host, or the proxy that leads there.
            connect(
                    channel,
                    new InetSocketAddress(control.socket().getInetAddress(), proxy == null ? port : proxy.port()));
            if (proxy != null) {
                lead(proxy, socket, port);
            }
            return socket;
        } catch (IOException e) {
            socket.close();
            // No command is under way, but a server that waits for the connection may answer late.
            control.markBroken();
            if (isInterrupted()) {
                throw FtpException.interrupted(partner, "the opening of the data connection for " + verb, e);
            }
            passivePort.dead();
            throw new FtpException(
                    Kind.CONNECTION_LOST,
                    partner + ": cannot open the data connection for " + verb + " to port " + port + " ("
                            + e.getMessage() + "). A firewall may block the server's passive ports.",
                    null,
                    e);
        }
    }

    /** A socket's own time-out would cost six more system calls. */
    private void connect(SocketChannel channel, InetSocketAddress address) throws IOException {
        Watchdog.Guard guard = watchdog.within(partner.timeouts().connect(), channel);
        try (guard) {
            channel.connect(address);
        } catch (ClosedChannelException e) {
            // A channel that was closed meanwhile has no words of its own.
            throw new SocketException(guard.fired() ? late() : "closed");
        }
        if (guard.fired()) {
            throw new SocketException(late());
        }
    }

    private String late() {
        return "no answer within " + partner.timeouts().connect();
    }

    private void lead(ProxyServer proxy, Socket socket, int port) throws IOException {
        try (Watchdog.Guard guard = watchdog.within(partner.timeouts().connect(), socket)) {
            try {
                proxy.lead(socket, partner.host(), port);
            } catch (IOException e) {
                throw guard.fired()
                        ? new IOException(
                                proxy + " gave no answer within "
                                        + partner.timeouts().connect(),
                                e)
                        : e;
            }
        }
    }

    private ServerSocket listen(InetAddress local) throws IOException {
        Partner.PortRange range = partner.activePorts();
        IOException last = null;
        for (int port = range.first(); port <= range.last(); port++) {
            ServerSocket listener = ServerSocketChannel.open().socket();
            try {
                listener.bind(new InetSocketAddress(local, port), 1);
                return listener;
            } catch (IOException e) {
                close(listener);
                last = e;
            }
        }
        throw new FtpException(
                Kind.CONNECTION_LOST,
                partner + ": no free local port in " + range.first() + "-" + range.last() + " for active mode",
                null,
                last);
    }

    private Socket accept(String verb, ServerSocket listener) throws IOException {
        listener.setSoTimeout(Math.toIntExact(partner.timeouts().connect().toMillis()));
        Socket socket;
        current = listener;
        try {
            socket = listener.accept();
        } catch (IOException e) {
            control.markBroken();
            if (isInterrupted()) {
                throw FtpException.interrupted(partner, "the opening of the data connection for " + verb, e);
            }
            throw new FtpException(
                    Kind.CONNECTION_LOST,
                    partner + ": the server did not open the data connection for " + verb
                            + " (active mode). A firewall may block it; passiveMode=true avoids that.",
                    null,
                    e);
        }
        InetAddress expected = control.socket().getInetAddress();
        if (!socket.getInetAddress().equals(expected)) {
            close(socket);
            control.markBroken();
            throw new FtpException(
                    Kind.UNSAFE,
                    partner + ": a data connection from another host ("
                            + socket.getInetAddress().getHostAddress() + ") than the control connection's is refused");
        }
        return socket;
    }

    /** An interrupt closes the channel that the thread waits for: that says nothing about the server. */
    private static boolean isInterrupted() {
        return Thread.currentThread().isInterrupted();
    }

    private static void close(Closeable closeable) {
        try {
            closeable.close();
        } catch (IOException e) {
            // A socket that cannot be closed is not used either.
            return;
        }
    }

    private static String portArgument(InetAddress local, int port) {
        return local.getHostAddress().replace('.', ',') + "," + port / 256 + "," + port % 256;
    }
}
