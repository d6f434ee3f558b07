package io.ferry.session;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * Opens one session step by step, so that it shows at which step a partner fails, and what it said until then.
 *
 * <p>Law: owns its connection and its watchdog, which {@link #close()} ends; used by one thread. The steps are taken in the order
 * of the methods, and none of them writes anything to the server. What it throws is what a session would have failed with.
 */
public final class Probe implements Closeable {

    private static final Set<String> QUESTIONS = Set.of("NOOP", "SYST", "STAT", "OPTS");

    private final Partner partner;
    private final Watchdog watchdog;
    private final Experience experience = new Experience();
    private @Nullable Closeable connecting;
    private @Nullable ControlConnection control;
    private @Nullable TlsLayer layer;
    private @Nullable Features features;
    private @Nullable FtpSession session;

    /** A probe that has not connected. */
    public Probe(Partner partner) {
        this.partner = partner;
        this.watchdog = new Watchdog(partner.host() + ":" + partner.port());
    }

    /**
     * What a server says to a command.
     *
     * @param code the reply's code
     * @param text its text, fit to be shown
     */
    public record Answer(int code, String text) {
        /** Whether it is 2yz. */
        public boolean isDone() {
            return code / 100 == 2;
        }
    }

    /**
     * What TLS has come to on a connection.
     *
     * @param protocol such as TLSv1.3
     * @param cipherSuite its name
     * @param certificates the server's own first, then those that it sends along
     */
    public record TlsFacts(String protocol, String cipherSuite, List<X509Certificate> certificates) {
        /** Copies the list. */
        public TlsFacts {
            certificates = List.copyOf(certificates);
        }
    }

    /**
     * Where a server waits for a data connection, and whether it can be reached there.
     *
     * @param answer its reply to EPSV or PASV
     * @param host the address that it names, or null where it names none
     * @param port the port, or 0 where it refuses
     * @param unreachable why a connection to that port, at the control connection's host, fails; null where it does not
     */
    public record Door(
            Answer answer,
            @Nullable InetAddress host,
            int port,
            @Nullable String unreachable) {}

    /**
     * The addresses of the partner's name.
     *
     * @throws FtpException where there are none, or no answer within the connect time-out
     */
    public List<InetAddress> lookUp() throws IOException {
        try {
            InetAddress first = NameLookup.within(partner.timeouts().connect(), partner.host(), InetAddress::getByName);
            // The first look-up has filled the JVM's cache.
            List<InetAddress> all = Arrays.asList(InetAddress.getAllByName(partner.host()));
            return all.contains(first) ? all : List.of(first);
        } catch (IOException e) {
            throw new FtpException(
                    FtpException.Kind.CONNECTION_LOST,
                    partner + ": the name of the host cannot be looked up (" + e.getMessage() + ")",
                    null,
                    e);
        }
    }

    /**
     * Connects.
     *
     * @return where to: the server's address, or the proxy's
     */
    public InetAddress connect() throws IOException {
        ControlConnection opened = ControlConnection.open(partner, watchdog, socket -> connecting = socket);
        control = opened;
        return opened.socket().getInetAddress();
    }

    /** The address at the other end of the control connection. */
    public InetAddress peer() {
        return control().socket().getInetAddress();
    }

    /**
     * Reads the greeting and agrees on TLS: with what the partner asks of the certificate, and before any password.
     *
     * @return the greeting
     */
    public Answer greet() throws IOException {
        Tls tls = partner.tls();
        TlsLayer made = tls == null ? null : new TlsLayer(partner, tls, watchdog);
        layer = made;
        return answer(new Login(partner, control(), false).greet(made));
    }

    /** What TLS has come to on the control connection; empty without TLS. */
    public Optional<TlsFacts> tls() throws IOException {
        if (!(control().socket() instanceof SSLSocket secured)) {
            return Optional.empty();
        }
        SSLSession agreed = secured.getSession();
        return Optional.of(new TlsFacts(
                agreed.getProtocol(),
                agreed.getCipherSuite(),
                Arrays.stream(agreed.getPeerCertificates())
                        .filter(X509Certificate.class::isInstance)
                        .map(X509Certificate.class::cast)
                        .toList()));
    }

    /** Logs in. */
    public void logIn() throws IOException {
        new Login(partner, control(), false).authenticate();
    }

    /**
     * Asks for the features, and makes the session ready.
     *
     * @return each feature in upper case with its parameters, empty for none; an empty map where the server refuses FEAT
     */
    public Map<String, String> prepare() throws IOException {
        Login login = new Login(partner, control(), false);
        Features told = login.features();
        features = told;
        login.chooseEncoding(told);
        login.settle();
        login.clear();
        return told.parameters();
    }

    /**
     * Sends a command that only asks.
     *
     * @param verb one of NOOP, SYST, STAT, OPTS
     */
    public Answer ask(String verb, String argument) throws IOException {
        if (!QUESTIONS.contains(verb)) {
            throw new IllegalArgumentException(verb + " may do more than ask");
        }
        return answer(control().command(verb, argument));
    }

    /**
     * Asks for the port of a data connection, and tries to reach it, at the host of the control connection as always.
     *
     * @param verb EPSV or PASV
     */
    public Door door(String verb) throws IOException {
        Reply reply = control().command(verb, "");
        if (!reply.isCompletion()) {
            return new Door(answer(reply), null, 0, null);
        }
        PassivePort.Named named = new PassivePort(partner, control(), experience).named(verb, reply);
        String unreachable = whyUnreachable(named.port());
        if (verb.equals("EPSV") && unreachable != null) {
            // As after a transfer that failed so: the session goes on with PASV.
            experience.dead(true);
        }
        return new Door(answer(reply), named.host(), named.port(), unreachable);
    }

    private @Nullable String whyUnreachable(int port) throws IOException {
        ProxyServer proxy = partner.detour().proxy();
        try (Socket socket = new Socket();
                Watchdog.Guard guard = watchdog.within(partner.timeouts().connect(), socket)) {
            try {
                socket.connect(
                        new InetSocketAddress(control().socket().getInetAddress(), proxy == null ? port : proxy.port()),
                        0);
                if (proxy != null) {
                    proxy.lead(socket, partner.host(), port);
                }
                return null;
            } catch (IOException e) {
                return guard.fired() ? "no answer within " + partner.timeouts().connect() : e.getMessage();
            }
        }
    }

    /** The session that the steps have led to; it ends with the probe. */
    public FtpSession session() {
        FtpSession current = session;
        if (current == null) {
            Tls tls = partner.tls();
            TlsLayer data = tls != null && tls.protectsData() ? layer : null;
            Features known = Objects.requireNonNull(features, "prepare comes first");
            current = new FtpSession(
                    partner,
                    control(),
                    new DataConnections(partner, control(), watchdog, data, known, experience),
                    known,
                    experience);
            session = current;
        }
        return current;
    }

    /** Whether the last data connection resumed the control connection's TLS session; false without TLS. */
    public boolean hasResumed() {
        return layer != null && layer.hasResumed();
    }

    private ControlConnection control() {
        return Objects.requireNonNull(control, "connect comes first");
    }

    private static Answer answer(Reply reply) {
        return new Answer(reply.code(), reply.shown());
    }

    /** Says QUIT where the connection is sound, and closes it. */
    @Override
    public void close() throws IOException {
        try {
            if (session != null) {
                session.close();
            } else if (features != null) {
                session().close();
            } else if (control != null) {
                control.close();
            } else if (connecting != null) {
                connecting.close();
            }
        } finally {
            watchdog.close();
        }
    }
}
