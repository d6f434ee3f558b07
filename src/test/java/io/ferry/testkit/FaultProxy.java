package io.ferry.testkit;

import io.ferry.testkit.Fault.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * A proxy on 127.0.0.1 between a client and a server, which counts what it delivers and breaks things when told to. It
 * stands in for the server: user, root and the rest are those of the server behind it.
 *
 * <p>Passive data connections go through the proxy as well (it rewrites the replies 227 and 229); active ones do not.
 * From AUTH TLS on the control connection is passed through unread: data connections then go to the server directly,
 * unless the server has {@link TestServer#mirroredPorts()}. Then they all go through the proxy, encrypted, and faults
 * apply to each of them, listings included.
 *
 * <p>Arm a fault before the command that it is meant for. A fault fires once unless told otherwise. Where a method takes the
 * beginning of commands, several are separated by |, an empty text is each command, and {@link #GREETING} stands for the
 * greeting of a new connection.
 *
 * <p>It owns its sockets and threads, which {@link #close()} ends; the server behind it stays the caller's.
 */
public final class FaultProxy implements TestServer {
    /** The command, never sent, whose reply is the server's greeting. */
    public static final String GREETING = "CONNECT";

    private static final Pattern STATED_SIZE = Pattern.compile("(?i)(?<=^213 |size=)\\d+");

    /** The way of the file's bytes: DOWN from the server to the client, UP from the client to the server. */
    public enum Direction {
        DOWN,
        UP
    }

    /** How a connection ends towards the receiver of its bytes. */
    public enum Cut {
        /** A clean end after exactly so many bytes; the sender gets a reset. */
        FIN,
        /** A reset. Bytes the receiver had not taken in yet may be lost to it. */
        RST,
        /** A clean end, and the rest is taken from the sender and dropped, so that the sender sees a good transfer. */
        SILENT
    }

    private final TestServer server;
    private final List<Integer> mirrored;
    private volatile ServerSocket listener;
    private volatile Socket held;
    private final int port;
    private final List<ServerSocket> mirrors = new CopyOnWriteArrayList<>();
    private final Set<ProxySession> sessions = ConcurrentHashMap.newKeySet();
    private final Set<ProxyData> transfers = ConcurrentHashMap.newKeySet();
    private final List<Socket> dead = new CopyOnWriteArrayList<>();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final List<Fault> faults = new CopyOnWriteArrayList<>();
    private final List<String> commands = new CopyOnWriteArrayList<>();
    private final List<byte[]> openings = new CopyOnWriteArrayList<>();
    private final AtomicLong down = new AtomicLong();
    private final AtomicLong up = new AtomicLong();
    private final AtomicLong controlConnections = new AtomicLong();
    private final AtomicLong dataConnections = new AtomicLong();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile CountDownLatch release = new CountDownLatch(1);

    /** Stands before this server. */
    public static FaultProxy before(TestServer server) {
        try {
            return new FaultProxy(server);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private FaultProxy(TestServer server) throws IOException {
        this.server = server;
        mirrored = server.mirroredPorts();
        listener = Local.listen();
        port = listener.getLocalPort();
        try {
            mirror();
        } catch (IOException e) {
            close();
            throw e;
        }
        accept();
    }

    /** Ends the data connection of a file transfer once so many bytes have been delivered in this direction. */
    public Fault cutDataAfter(long bytes, Direction direction, Cut cut) {
        return inData(Kind.CUT_DATA, direction, bytes, 0).cutting(cut);
    }

    /** Delivers so many bytes of a file transfer in this direction and then nothing more until {@link #release()}. */
    public Fault stallDataAfter(long bytes, Direction direction) {
        return inData(Kind.STALL_DATA, direction, bytes, 0);
    }

    /** Delivers so many bytes of a file transfer in this direction, waits for so long, and goes on. */
    public Fault delayDataAfter(long bytes, Direction direction, long millis) {
        return inData(Kind.DELAY_DATA, direction, bytes, millis);
    }

    /** Delivers so many bytes of a file transfer in this direction and then some hundred one at a time. */
    public Fault dripDataAfter(long bytes, Direction direction) {
        return inData(Kind.DRIP_DATA, direction, bytes, 0);
    }

    /**
     * The final reply overtakes the data of a file transfer, which stops after so many bytes and goes on so long after the
     * reply. Downwards it is the server's own reply, which has sent all bytes by then; upwards it is a made-up 226, and the
     * server's own one is dropped.
     */
    public Fault replyBeforeDataAfter(long bytes, Direction direction, long millis) {
        return inData(Kind.REPLY_BEFORE_DATA, direction, bytes, millis);
    }

    /**
     * Drops the control connection once so many bytes of a file transfer have been delivered; the data goes on. The
     * final reply may be with the client already when the rest of the file fits into the buffers on the way.
     */
    public Fault cutControlDuringDataAfter(long bytes, Direction direction) {
        return inData(Kind.CUT_CONTROL_IN_DATA, direction, bytes, 0);
    }

    /** Drops a control connection once so many of its bytes went this way, in the middle of a line as it may be. */
    public Fault cutControlAfter(long bytes, Direction direction, Cut cut) {
        return arm(new Fault(faults, Kind.CUT_CONTROL_AT, GREETING, direction, bytes, 0))
                .cutting(cut);
    }

    /** Holds a control connection up for so long once so many of its bytes went this way. */
    public Fault delayControlAfter(long bytes, Direction direction, long millis) {
        return arm(new Fault(faults, Kind.DELAY_CONTROL_AT, GREETING, direction, bytes, millis));
    }

    /** Delivers so many bytes of a control connection in this direction and then some hundred one at a time. */
    public Fault dripControlAfter(long bytes, Direction direction) {
        return arm(new Fault(faults, Kind.DRIP_CONTROL_AT, GREETING, direction, bytes, 0));
    }

    /** Changes one bit of a control connection, in the byte behind so many that went this way. */
    public Fault flipControlAfter(long bytes, Direction direction) {
        return arm(new Fault(faults, Kind.FLIP_CONTROL_AT, GREETING, direction, bytes, 0));
    }

    /** Changes one bit of a file transfer, in the byte behind so many in this direction. */
    public Fault flipDataAfter(long bytes, Direction direction) {
        return inData(Kind.FLIP_DATA, direction, bytes, 0);
    }

    /** Loses the first TLS record behind so many bytes of a data connection; what follows goes on. */
    public Fault dropRecordAfter(long bytes, Direction direction) {
        return inData(Kind.DROP_RECORD, direction, bytes, 0);
    }

    /** Delivers the first TLS record behind so many bytes of a data connection twice. */
    public Fault repeatRecordAfter(long bytes, Direction direction) {
        return inData(Kind.REPEAT_RECORD, direction, bytes, 0);
    }

    /** Delivers a data connection but for TLS's close_notify, and then ends it as if there were no more. */
    public Fault dropCloseNotify(Direction direction) {
        return inData(Kind.DROP_CLOSE_NOTIFY, direction, 0, 0);
    }

    /** Drops the control connection when such a command comes, which the server never sees. */
    public Fault cutControlOn(String commands) {
        return at(Kind.CUT_CONTROL_ON_COMMAND, commands, 0);
    }

    /** Lets the server carry such a command out and drops the control connection in place of its final reply. */
    public Fault cutControlOnReplyTo(String commands) {
        return at(Kind.CUT_CONTROL_ON_REPLY, commands, 0);
    }

    /** Answers such a command in the server's place; the server never sees it. */
    public Fault replaceReply(String commands, String reply) {
        return at(Kind.REPLACE_REPLY, commands, 0).answering(reply);
    }

    /** Lets the server carry such a command out and gives this final reply in place of its own. */
    public Fault rewriteReply(String commands, String reply) {
        return at(Kind.REWRITE_REPLY, commands, 0).rewriting(line -> reply);
    }

    /** Adds so many bytes to each size that the server states for a file by name (SIZE, MLST); listings stay true. */
    public Fault lieAboutSize(long delta) {
        return at(Kind.REWRITE_REPLY, "SIZE|MLST", 0)
                .rewriting(line -> STATED_SIZE
                        .matcher(line)
                        .replaceAll((MatchResult size) -> stated(Long.parseLong(size.group()), delta)));
    }

    /** Never the one lie that nobody can see through: that a file which a cut has left nothing of is empty. */
    private static String stated(long size, long delta) {
        return Long.toString(Math.max(Math.min(size, 1), size + delta));
    }

    /** Holds the final reply to such a command back for so long, and with it all later ones. */
    public Fault delayReply(String commands, long millis) {
        return at(Kind.DELAY_REPLY, commands, millis);
    }

    /** Lets the server carry such a command out and swallows its final reply; later replies pass. */
    public Fault dropReply(String commands) {
        return at(Kind.DROP_REPLY, commands, 0);
    }

    /** Gives the final reply to such a command twice, the second time so much later. */
    public Fault duplicateReply(String commands, long millis) {
        return at(Kind.DUPLICATE_REPLY, commands, millis);
    }

    /** Gives the final reply to such a command one byte at a time. */
    public Fault dripReply(String commands) {
        return at(Kind.DRIP_REPLY, commands, 0);
    }

    /** Announces, in place of the server's passive port, one that refuses connections. */
    public Fault deadPort() {
        return at(Kind.DEAD_PORT, "PASV|EPSV", 0);
    }

    /** Takes new control connections and resets them at once. */
    public Fault resetConnections() {
        return cutControlOn(GREETING).byReset();
    }

    private Fault inData(Kind kind, Direction direction, long bytes, long millis) {
        return arm(new Fault(faults, kind, "", direction, bytes, millis));
    }

    private Fault at(Kind kind, String commands, long millis) {
        return arm(new Fault(faults, kind, commands, Direction.DOWN, 0, millis));
    }

    private Fault arm(Fault fault) {
        faults.add(fault);
        return fault;
    }

    /** Disarms all faults and lets stalled transfers go on. */
    public void clearFaults() {
        faults.clear();
        release();
    }

    /** Lets all stalled transfers go on. */
    public void release() {
        CountDownLatch old = release;
        release = new CountDownLatch(1);
        old.countDown();
    }

    /** Drops all control connections that are open now. */
    public void dropControl() {
        sessions.forEach(ProxySession::drop);
    }

    /** From now on the port refuses connections, until {@link #acceptAgain()}. */
    public void refuseConnections() {
        Local.closeQuietly(listener);
        // Bound, so that nobody else is given the port meanwhile, and not listening. The thread that accepted lets go
        // of it soon.
        if (!Await.holds(Duration.ofSeconds(10), this::hold)) {
            throw new IllegalStateException("port " + port + " is not to be had");
        }
    }

    private boolean hold() {
        try {
            held = Local.hold(port);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** From now on the mirrored data ports refuse connections, until {@link #acceptAgain()}. */
    public void refuseData() {
        mirrors.forEach(Local::closeQuietly);
        mirrors.clear();
        for (int each : mirrored) {
            if (!Await.holds(Duration.ofSeconds(10), () -> hold(each))) {
                throw new IllegalStateException("port " + each + " is not to be had");
            }
        }
    }

    private boolean hold(int number) {
        try {
            dead.add(Local.hold(number));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Undoes {@link #refuseConnections()} and {@link #refuseData()}. */
    public void acceptAgain() {
        try {
            if (listener.isClosed()) {
                listener = Local.listen(port);
                Local.closeQuietly(held);
                accept();
            }
            if (mirrors.isEmpty()) {
                mirror();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void mirror() throws IOException {
        for (int each : mirrored) {
            ServerSocket mirror = Local.listen(each);
            mirrors.add(mirror);
            run("ferry-proxy-mirror", () -> acceptMirrored(mirror));
        }
    }

    /** How many control connections clients hold open now. */
    public int openSessions() {
        return sessions.size();
    }

    /** Bytes delivered to clients over all data connections, on the wire. */
    public long bytesDown() {
        return down.get();
    }

    /** Bytes delivered to the server over all data connections, on the wire. */
    public long bytesUp() {
        return up.get();
    }

    /**
     * What the server said first on each data connection that is passed through unread, in order of arrival: under TLS its
     * {@link ServerHello}.
     */
    public List<byte[]> openings() {
        return List.copyOf(openings);
    }

    /** Sets the byte counts to zero. */
    public void clearBytes() {
        down.set(0);
        up.set(0);
    }

    /** How many control connections clients have made. */
    public long controlConnections() {
        return controlConnections.get();
    }

    /** How many data connections clients have made through the proxy. */
    public long dataConnections() {
        return dataConnections.get();
    }

    /**
     * The commands that clients sent in the clear, also those that the server never saw; and, where there ought to be TLS and is
     * not, how that begins.
     */
    @Override
    public List<String> commands() {
        return List.copyOf(commands);
    }

    @Override
    public void clearCommands() {
        commands.clear();
    }

    @Override
    public String name() {
        return server.name();
    }

    @Override
    public String host() {
        return Local.HOST;
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public String user() {
        return server.user();
    }

    @Override
    public String password() {
        return server.password();
    }

    @Override
    public Path root() {
        return server.root();
    }

    @Override
    public String log() {
        return server.log();
    }

    @Override
    public Tls tls() {
        return server.tls();
    }

    @Override
    public void close() {
        closed.countDown();
        release.countDown();
        Local.closeQuietly(listener);
        mirrors.forEach(Local::closeQuietly);
        dead.forEach(Local::closeQuietly);
        Local.closeQuietly(held);
        // A connection accepted meanwhile starts a thread of its own: go on until there are none.
        while (!threads.isEmpty()) {
            sessions.forEach(ProxySession::drop);
            transfers.forEach(ProxyData::drop);
            threads.forEach(Local::join);
        }
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    private void accept() {
        ServerSocket current = listener;
        run("ferry-proxy-accept", () -> acceptControl(current));
    }

    private void acceptControl(ServerSocket door) {
        while (!isClosed()) {
            ProxySession session;
            try {
                session = new ProxySession(this, door.accept());
            } catch (IOException e) {
                return;
            }
            controlConnections.incrementAndGet();
            sessions.add(session);
            run("ferry-proxy-control", session::run);
        }
    }

    private void acceptMirrored(ServerSocket mirror) {
        while (!isClosed()) {
            try {
                ProxyData data = ProxyData.mirrored(this, mirror.accept(), mirror.getLocalPort());
                run("ferry-proxy-data", data::run);
            } catch (IOException e) {
                return;
            }
        }
    }

    // What its connections need.

    void run(String name, Runnable task) {
        CountDownLatch registered = new CountDownLatch(1);
        Thread thread = Local.daemon(name, () -> {
            try {
                registered.await();
                task.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                threads.remove(Thread.currentThread());
            }
        });
        threads.add(thread);
        registered.countDown();
    }

    /** A connection to the server, on its control port when none is given. */
    Socket connect(int... dataPort) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(
                    new InetSocketAddress(server.host(), dataPort.length == 0 ? server.port() : dataPort[0]), 10_000);
            socket.setTcpNoDelay(true);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    boolean isMirrored() {
        return !mirrored.isEmpty();
    }

    /** The fault of this kind that strikes at this command, or null. */
    Fault strike(Kind kind, String command) {
        for (Fault fault : faults) {
            if (fault.strikes(kind, command)) {
                return fault;
            }
        }
        return null;
    }

    /** All faults of such kinds that this command admits; each has to be claimed when it strikes. */
    List<Fault> admitted(String command, java.util.function.Predicate<Kind> kinds) {
        return faults.stream()
                .filter(fault -> kinds.test(fault.kind) && fault.admits(command))
                .toList();
    }

    /** A port that refuses connections as long as the proxy is open. */
    int deadPortNumber() throws IOException {
        Socket held = Local.hold(0);
        dead.add(held);
        return held.getLocalPort();
    }

    void heard(String command) {
        commands.add(command);
    }

    void opened(ProxyData data) {
        transfers.add(data);
    }

    /** A client has connected to a data port. */
    void counted() {
        dataConnections.incrementAndGet();
    }

    /** The first bytes of a server on a connection that nobody reads. */
    void opened(byte[] first) {
        openings.add(first);
    }

    void ended(ProxyData data) {
        transfers.remove(data);
    }

    void ended(ProxySession session) {
        sessions.remove(session);
    }

    AtomicLong counter(Direction direction) {
        return direction == Direction.DOWN ? down : up;
    }

    /** What a transfer that stalls from now on waits for; taken before anybody learns that it stalls. */
    CountDownLatch gate() {
        return release;
    }

    /** Waits until {@link #release()}. */
    void awaitRelease(CountDownLatch gate) {
        await(gate, Long.MAX_VALUE);
    }

    /** Waits for so long, or until the proxy is closed. */
    void pause(long millis) {
        await(closed, millis);
    }

    private static void await(CountDownLatch latch, long millis) {
        try {
            latch.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
