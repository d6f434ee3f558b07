package io.ferry.session;

import io.ferry.session.FtpException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control connection: sends one command, reads one reply (RFC 959, sections 4 and 5).
 *
 * <p>Law: owns its socket; used by one thread at a time; {@link #close()} may come from any thread and breaks what waits.
 * Any failure to read or write marks it broken, since nobody can know then which reply is still due.
 */
final class ControlConnection implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(ControlConnection.class);
    private static final int MAX_LINE = 8192;
    private static final int MAX_LINES = 2000;
    private static final int MAX_PRELIMINARY = 8;
    private static final int LONG_SECRET = 6;
    private static final int TELNET_IAC = 0xff;

    private final Partner partner;
    private final Watchdog watchdog;
    private final Socket raw;
    private volatile Socket socket;
    private ReplyInput in;
    private final Charset charset;
    private volatile boolean broken;
    private volatile List<Command> due = List.of();
    private @Nullable Command last;

    /** Over a socket that is connected. */
    ControlConnection(Partner partner, Watchdog watchdog, Socket socket) throws IOException {
        this.partner = partner;
        this.watchdog = watchdog;
        String encoding = partner.encoding();
        this.charset = encoding == null ? StandardCharsets.UTF_8 : Charset.forName(encoding);
        this.raw = socket;
        this.socket = socket;
        this.in = new ReplyInput(socket.getInputStream());
    }

    /** Connects within the partner's connect time-out; the name is looked up within it too. */
    static ControlConnection open(Partner partner, Watchdog watchdog, Consumer<Closeable> connecting)
            throws IOException {
        Socket socket = new Socket();
        connecting.accept(socket);
        try (Watchdog.Guard guard = watchdog.within(partner.timeouts().connect(), socket)) {
            try {
                ProxyServer proxy = partner.detour().proxy();
                InetAddress address = NameLookup.within(
                        partner.timeouts().connect(),
                        proxy == null ? partner.host() : proxy.host(),
                        InetAddress::getByName);
                socket.connect(new InetSocketAddress(address, proxy == null ? partner.port() : proxy.port()), 0);
                socket.setTcpNoDelay(true);
                KeepAlive.on(socket);
                if (proxy != null) {
                    proxy.lead(socket, partner.host(), partner.port());
                }
                return new ControlConnection(partner, watchdog, socket);
            } catch (IOException e) {
                socket.close();
                boolean unnamed = e instanceof SocketTimeoutException;
                String why = guard.fired() && !unnamed
                        ? "no answer within " + partner.timeouts().connect()
                        : e.getMessage();
                throw new FtpException(
                        guard.fired() || unnamed ? Kind.TIMED_OUT : kindOf(e),
                        partner + ": cannot connect (" + why + "). Check host and port, and that the server runs.",
                        null,
                        e);
            }
        }
    }

    /** A proxy says why it does not connect. */
    private static Kind kindOf(IOException failure) {
        return failure instanceof FtpException told ? told.kind() : Kind.CONNECTION_LOST;
    }

    /** Names are sent and read in this charset. */
    Charset charset() {
        return charset;
    }

    Socket socket() {
        return socket;
    }

    /** From now on the replies are read from, and commands written to, this layered socket. */
    void layer(Socket layered) throws IOException {
        socket = layered;
        in = new ReplyInput(layered.getInputStream());
    }

    /**
     * From now on commands and replies cross in plain text again (CCC, RFC 4217, 12.3): both sides say that TLS ends, and nothing
     * that crossed under it is left unread.
     */
    void clear(Duration budget) throws IOException {
        try (Watchdog.Guard guard = watchdog.within(budget, this)) {
            try {
                socket.shutdownOutput();
                if (in.read() >= 0) {
                    markBroken();
                    throw new FtpException(Kind.UNSAFE, partner + ": the server goes on under TLS after CCC");
                }
                socket = raw;
                in = new ReplyInput(raw.getInputStream());
            } catch (FtpException e) {
                throw e;
            } catch (IOException e) {
                throw lost("CCC", guard.fired(), e);
            }
        }
    }

    /** Whether this is the last command that was sent: the server has heard nothing since. */
    boolean isLast(Command command) {
        return command.equals(last);
    }

    /** Whether bytes wait that no command has asked for: a goodbye (421), or plain text ahead of a TLS handshake. */
    boolean hasUnread() throws IOException {
        return in.available() > 0;
    }

    /** Whether nothing at all has arrived, not even bytes that TLS has yet to read. */
    boolean isSilent() throws IOException {
        return !hasUnread() && raw.getInputStream().available() == 0;
    }

    boolean isBroken() {
        return broken || isAnswerDue();
    }

    void markBroken() {
        broken = true;
    }

    /** Sends a command and reads its final reply within the reply time-out. */
    Reply command(String verb, String argument) throws IOException {
        return command(verb, argument, partner.timeouts().reply());
    }

    /** Sends a command and reads its final reply, passing over preliminary ones (RFC 959, 4.2: 1yz). */
    Reply command(String verb, String argument, Duration budget) throws IOException {
        send(verb, argument, budget);
        return finalReply(verb, budget);
    }

    /** Reads the final reply; a server that only ever announces it is cut off. */
    Reply finalReply(String verb, Duration budget) throws IOException {
        for (int i = 0; i < MAX_PRELIMINARY; i++) {
            Reply reply = reply(verb, budget);
            if (!reply.isPreliminary()) {
                return reply;
            }
        }
        markBroken();
        throw new FtpException(
                Kind.UNSAFE,
                partner + ": " + verb + " has had " + MAX_PRELIMINARY + " preliminary replies and no final one");
    }

    /** What a reply means that is not the one hoped for; another command's means that one more is due. */
    FtpException refused(String command, Reply reply) {
        if (!reply.isRefusal()) {
            markBroken();
        }
        return FtpException.answered(partner, command, reply);
    }

    /**
     * A command and its argument, which may be empty.
     *
     * @param verb the command
     * @param argument empty for none; control characters are refused when it is sent
     */
    record Command(String verb, String argument) {
        String line() {
            return argument.isEmpty() ? verb : verb + " " + argument;
        }
    }

    /**
     * Sends commands in one go and reads the reply to each. Only for commands that change nothing: the later ones are carried out
     * whatever the earlier ones' replies say.
     *
     * @param later for each reply but the first
     */
    List<Reply> ask(List<Command> commands, Duration later) throws IOException {
        send(commands, partner.timeouts().reply());
        due = List.copyOf(commands);
        return answers(partner.timeouts().reply(), later);
    }

    /**
     * Sends commands in one go while the reply that ends a transfer is due, or waits to be read; theirs are read by {@link #answers}
     * behind it. Until then the connection takes no other command.
     */
    void askEarly(List<Command> commands) throws IOException {
        checkFit(commands);
        write(commands, partner.timeouts().reply());
        due = List.copyOf(commands);
    }

    /** Whether commands of {@link #askEarly} are still to be answered. */
    boolean isAnswerDue() {
        return !due.isEmpty();
    }

    /**
     * The replies to the commands of {@link #askEarly}, all of them.
     *
     * @param first for the first reply
     * @param later for each other
     */
    List<Reply> answers(Duration first, Duration later) throws IOException {
        List<Reply> replies = new ArrayList<>();
        List<Command> asked = due;
        try {
            for (Command command : asked) {
                replies.add(finalReply(command.verb(), replies.isEmpty() ? first : later));
            }
            return replies;
        } finally {
            due = List.of();
            if (replies.size() < asked.size()) {
                // The replies that are due would answer the commands that come next.
                markBroken();
            }
        }
    }

    /**
     * Sends a command.
     *
     * @param argument may be empty; control characters are refused, so that a name cannot become a second command
     * @param budget for the server to take it
     */
    void send(String verb, String argument, Duration budget) throws IOException {
        send(List.of(new Command(verb, argument)), budget);
    }

    /** Sends commands in one go, within the reply time-out; their replies are read one by one. */
    void send(List<Command> commands) throws IOException {
        send(commands, partner.timeouts().reply());
    }

    private void send(List<Command> commands, Duration budget) throws IOException {
        checkFit(commands);
        if (hasUnread()) {
            String verb = commands.get(0).verb();
            markBroken();
            throw new FtpException(
                    Kind.CONNECTION_LOST,
                    partner + ": " + verb + " not sent, the server has said something that no command asked for");
        }
        write(commands, budget);
    }

    private void checkFit(List<Command> commands) throws FtpException {
        if (isAnswerDue()) {
            markBroken();
        }
        if (broken) {
            // A reply to an earlier command may still be due, and would be taken for this one's.
            throw new FtpException(
                    Kind.CONNECTION_LOST,
                    partner + ": " + commands.get(0).verb() + " not sent, the session is broken already");
        }
    }

    private void write(List<Command> commands, Duration budget) throws IOException {
        String verb = commands.get(0).verb();
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        last = commands.get(commands.size() - 1);
        for (Command command : commands) {
            lines.writeBytes(encode(command.verb(), command.line()));
            if (LOG.isDebugEnabled()) {
                LOG.debug("{} > {}", partner, masked(command.verb(), command.line()));
            }
        }
        try (Watchdog.Guard guard = watchdog.within(budget, this)) {
            try {
                socket.getOutputStream().write(lines.toByteArray());
                socket.getOutputStream().flush();
            } catch (IOException e) {
                throw lost(verb, guard.fired(), e);
            }
        }
    }

    private byte[] encode(String verb, String line) throws FtpException {
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c < ' ' || c == 0x7f) {
                throw new FtpException(
                        Kind.UNSAFE,
                        partner + ": " + verb + " not sent: its argument holds the control character "
                                + String.format("U+%04X", (int) c));
            }
        }
        try {
            ByteBuffer encoded = charset.newEncoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .encode(CharBuffer.wrap(line + "\r\n"));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return bytes;
        } catch (CharacterCodingException e) {
            throw new FtpException(
                    Kind.UNSAFE,
                    partner + ": " + verb + " not sent: the name cannot be written in " + charset
                            + ", the encoding of this session. Set the option ftpClient.controlEncoding.",
                    null,
                    e);
        }
    }

    /** Reads one whole reply, all its lines, within the budget. */
    Reply reply(String verb, Duration budget) throws IOException {
        try (Watchdog.Guard guard = watchdog.within(budget, this)) {
            try {
                Reply reply = readReply(verb);
                LOG.debug("{} < {}", partner, reply);
                if (reply.code() == 421) {
                    markBroken();
                    throw new FtpException(
                            Kind.REFUSED_FOR_NOW,
                            partner + ": the server ends the session at " + verb + ": " + reply,
                            reply,
                            null);
                }
                return reply;
            } catch (FtpException e) {
                throw e;
            } catch (IOException e) {
                throw lost(verb, guard.fired(), e);
            }
        }
    }

    private Reply readReply(String verb) throws IOException {
        String first = readLine(verb);
        int code = codeOf(first);
        if (code < 100) {
            markBroken();
            throw new FtpException(
                    Kind.UNSAFE,
                    partner + ": no FTP reply to " + verb + ": \"" + brief(Reply.hiding(secrets(verb), first)) + "\"");
        }
        List<String> lines = new ArrayList<>();
        lines.add(first.length() > 4 ? first.substring(4) : "");
        if (first.length() > 3 && first.charAt(3) == '-') {
            String line;
            do {
                line = readLine(verb);
                boolean last = codeOf(line) == code && (line.length() == 3 || line.charAt(3) == ' ');
                lines.add(last ? line.substring(Math.min(4, line.length())) : line);
                if (last) {
                    return new Reply(code, lines, secrets(verb));
                }
            } while (lines.size() < MAX_LINES);
            markBroken();
            throw new FtpException(
                    Kind.UNSAFE, partner + ": the reply to " + verb + " has more than " + MAX_LINES + " lines");
        }
        return new Reply(code, lines, secrets(verb));
    }

    private String readLine(String verb) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(80);
        boolean escaped = false;
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new java.io.EOFException("the server closed the control connection");
            }
            // A server writes the byte 0xFF twice (RFC 959, 3.1.1.5.1, by way of Telnet). Names are sent with it once
            // all the same: servers take them as they come.
            escaped = b == TELNET_IAC && !escaped;
            if (b != '\r' && (b != TELNET_IAC || escaped)) {
                line.write(b);
            }
            if (line.size() > MAX_LINE) {
                markBroken();
                throw new FtpException(
                        Kind.UNSAFE,
                        partner + ": a line of the reply to " + verb + " is longer than " + MAX_LINE + " bytes");
            }
        }
        return line.toString(charset);
    }

    /**
     * What must not be shown of the reply to a command: password and account where they were just sent; and in every later reply
     * too where they are long enough not to occur there by chance.
     */
    private List<String> secrets(String verb) {
        List<String> secrets = new ArrayList<>();
        String account = partner.account();
        addSecret(secrets, partner.password(), verb.equals("PASS"));
        addSecret(secrets, account == null ? "" : account, verb.equals("ACCT"));
        return secrets;
    }

    private void addSecret(List<String> secrets, String secret, boolean justSent) {
        boolean telling = secret.length() >= LONG_SECRET && !partner.user().contains(secret);
        if (!secret.isEmpty() && (justSent || telling)) {
            secrets.add(secret);
        }
    }

    private static int codeOf(String line) {
        if (line.length() < 3 || (line.length() > 3 && line.charAt(3) != ' ' && line.charAt(3) != '-')) {
            return -1;
        }
        int code = 0;
        for (int i = 0; i < 3; i++) {
            int digit = line.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            code = code * 10 + digit;
        }
        return code;
    }

    private FtpException lost(String verb, boolean late, IOException cause) {
        markBroken();
        if (late) {
            return new FtpException(
                    Kind.TIMED_OUT,
                    partner + ": no reply to " + verb + " within the time-out; the connection is dropped",
                    null,
                    cause);
        }
        return new FtpException(
                Kind.CONNECTION_LOST,
                partner + ": the control connection broke at " + verb + " (" + cause.getMessage() + ")",
                null,
                cause);
    }

    private static String masked(String verb, String line) {
        return verb.equals("PASS") || verb.equals("ACCT") ? verb + " ********" : line;
    }

    private static String brief(String line) {
        return Reply.shown(line.length() > 80 ? line.substring(0, 80) + "…" : line);
    }

    @Override
    public void close() throws IOException {
        markBroken();
        // The layered TLS socket's own close may wait for a writer that hangs; the socket below never does.
        raw.close();
    }
}
