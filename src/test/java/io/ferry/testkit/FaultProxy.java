package io.ferry.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
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
 * <p>Arm a fault before the command that it is meant for. A fault fires once unless told otherwise.
 *
 * <p>It owns its sockets and threads, which {@link #close()} ends; the server behind it stays the caller's.
 */
public final class FaultProxy implements TestServer {
    /** The way of the file's bytes: DOWN from the server to the client, UP from the client to the server. */
    public enum Direction {
        DOWN,
        UP
    }

    /** How a data connection ends towards the receiver of the file's bytes. */
    public enum Cut {
        /** A clean end after exactly so many bytes; the sender gets a reset. */
        FIN,
        /** A reset. Bytes the receiver had not taken in yet may be lost to it. */
        RST,
        /** A clean end, and the rest is taken from the sender and dropped, so that the sender sees a good transfer. */
        SILENT
    }

    private enum Kind {
        CUT_DATA,
        STALL_DATA,
        CUT_CONTROL_IN_DATA,
        CUT_CONTROL_ON_COMMAND,
        CUT_CONTROL_ON_REPLY,
        REPLACE_REPLY,
        DELAY_REPLY
    }

    private static final Set<String> FILE_TRANSFERS = Set.of("RETR", "STOR", "APPE", "STOU");
    private static final Set<String> LISTINGS = Set.of("LIST", "NLST", "MLSD");
    private static final Pattern PASV = Pattern.compile("(\\d+),(\\d+),(\\d+),(\\d+),(\\d+),(\\d+)");
    private static final Pattern EPSV = Pattern.compile("\\(\\|\\|\\|(\\d+)\\|\\)");

    private final TestServer server;
    private final List<Integer> mirrored;
    private final ServerSocket listener;
    private final List<ServerSocket> mirrors = new ArrayList<>();
    private final Set<Session> sessions = ConcurrentHashMap.newKeySet();
    private final Set<Data> transfers = ConcurrentHashMap.newKeySet();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final List<Fault> faults = new CopyOnWriteArrayList<>();
    private final List<String> commands = new CopyOnWriteArrayList<>();
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
        try {
            for (int port : mirrored) {
                mirrors.add(Local.listen(port));
            }
        } catch (IOException e) {
            close();
            throw e;
        }
        run("ferry-proxy-accept", this::acceptControl);
        for (ServerSocket mirror : mirrors) {
            run("ferry-proxy-mirror", () -> acceptMirrored(mirror));
        }
    }

    /** What goes wrong, when, and how often. */
    public final class Fault {
        private final Kind kind;
        private final String prefix;
        private final Direction direction;
        private final long bytes;
        private final Cut cut;
        private final String reply;
        private final long millis;
        private String part = "";
        private boolean hide;
        private int remaining = 1;
        private int skip;
        private int fired;

        private Fault(Kind kind, String prefix, Direction direction, long bytes, Cut cut, String reply, long millis) {
            this.kind = kind;
            this.prefix = prefix.toUpperCase(Locale.ROOT);
            this.direction = direction;
            this.bytes = bytes;
            this.cut = cut;
            this.reply = reply;
            this.millis = millis;
        }

        /** Fires so many times. */
        public synchronized Fault times(int count) {
            remaining = count;
            return this;
        }

        public Fault always() {
            return times(Integer.MAX_VALUE);
        }

        /** Lets the first so many matching commands, or file transfers, go by. */
        public synchronized Fault skip(int count) {
            skip = count;
            return this;
        }

        /** Applies only where the command line, that of the transfer for faults in data, contains this text. */
        public synchronized Fault containing(String text) {
            part = text;
            return this;
        }

        /** After a cut in the data the server's error reply becomes "226 Transfer complete.", as from a liar. */
        public synchronized Fault hideError226() {
            hide = true;
            return this;
        }

        /** How often it has fired. */
        public synchronized int fired() {
            return fired;
        }

        public void remove() {
            faults.remove(this);
        }

        private boolean isData() {
            return kind == Kind.CUT_DATA || kind == Kind.STALL_DATA || kind == Kind.CUT_CONTROL_IN_DATA;
        }

        private synchronized boolean admits(String command) {
            if (remaining == 0 || !command.contains(part)) {
                return false;
            }
            if (skip > 0) {
                skip--;
                return false;
            }
            return true;
        }

        private synchronized boolean claim() {
            if (remaining == 0) {
                return false;
            }
            if (remaining != Integer.MAX_VALUE) {
                remaining--;
            }
            fired++;
            return true;
        }

        private boolean strikes(Kind wanted, String command) {
            return kind == wanted && matches(command) && admits(command) && claim();
        }

        private boolean matches(String command) {
            return command.toUpperCase(Locale.ROOT).startsWith(prefix);
        }
    }

    /** Ends the data connection of a file transfer once so many bytes have been delivered in this direction. */
    public Fault cutDataAfter(long bytes, Direction direction, Cut cut) {
        return arm(new Fault(Kind.CUT_DATA, "", direction, bytes, cut, "", 0));
    }

    /** Delivers so many bytes of a file transfer in this direction and then nothing more until {@link #release()}. */
    public Fault stallDataAfter(long bytes, Direction direction) {
        return arm(new Fault(Kind.STALL_DATA, "", direction, bytes, Cut.FIN, "", 0));
    }

    /**
     * Drops the control connection once so many bytes of a file transfer have been delivered; the data goes on. The
     * final reply may be with the client already when the rest of the file fits into the buffers on the way.
     */
    public Fault cutControlDuringDataAfter(long bytes, Direction direction) {
        return arm(new Fault(Kind.CUT_CONTROL_IN_DATA, "", direction, bytes, Cut.FIN, "", 0));
    }

    /** Drops the control connection when such a command comes, which the server never sees. */
    public Fault cutControlOn(String commandPrefix) {
        return arm(new Fault(Kind.CUT_CONTROL_ON_COMMAND, commandPrefix, Direction.UP, 0, Cut.FIN, "", 0));
    }

    /** Lets the server carry such a command out and drops the control connection in place of its final reply. */
    public Fault cutControlOnReplyTo(String commandPrefix) {
        return arm(new Fault(Kind.CUT_CONTROL_ON_REPLY, commandPrefix, Direction.DOWN, 0, Cut.FIN, "", 0));
    }

    /** Answers such a command in the server's place; the server never sees it. */
    public Fault replaceReply(String commandPrefix, String reply) {
        return arm(new Fault(Kind.REPLACE_REPLY, commandPrefix, Direction.DOWN, 0, Cut.FIN, reply, 0));
    }

    /** Holds the final reply to such a command back for so long, and with it all later ones. */
    public Fault delayReply(String commandPrefix, long millis) {
        return arm(new Fault(Kind.DELAY_REPLY, commandPrefix, Direction.DOWN, 0, Cut.FIN, "", millis));
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
        sessions.forEach(Session::drop);
    }

    /** Bytes delivered to clients over all data connections, on the wire. */
    public long bytesDown() {
        return down.get();
    }

    /** Bytes delivered to the server over all data connections, on the wire. */
    public long bytesUp() {
        return up.get();
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

    /** The commands that clients sent in the clear, also those that the server never saw. */
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
        return listener.getLocalPort();
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
        // A connection accepted meanwhile starts a thread of its own: go on until there are none.
        while (!threads.isEmpty()) {
            sessions.forEach(Session::drop);
            transfers.forEach(Data::drop);
            threads.forEach(Local::join);
        }
    }

    private void run(String name, Runnable task) {
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

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    private void acceptControl() {
        while (!isClosed()) {
            Session session;
            try {
                session = new Session(listener.accept());
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
            Data data = new Data(null);
            data.target = mirror.getLocalPort();
            data.command.complete("");
            try {
                data.client = mirror.accept();
            } catch (IOException e) {
                return;
            }
            transfers.add(data);
            run("ferry-proxy-data", data::run);
        }
    }

    private Socket connect(int port) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(server.host(), port), 10_000);
            socket.setTcpNoDelay(true);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** A command whose final reply is due. */
    private static final class Entry {
        private final String line;
        private final List<Fault> onReply = new ArrayList<>();
        private final CompletableFuture<String> answered = new CompletableFuture<>();
        private String canned;
        private Data opens;
        private Data transfer;

        Entry(String line) {
            this.line = line;
        }
    }

    /** One control connection. Replies come in the order of the commands, so that each is known by its place. */
    private final class Session {
        private final Socket client;
        private final Deque<Entry> due = new ArrayDeque<>();
        private volatile Socket origin;
        private volatile boolean dropped;
        private OutputStream toClient;
        private Data opened;

        Session(Socket client) {
            this.client = client;
        }

        void run() {
            try {
                client.setTcpNoDelay(true);
                client.setOOBInline(true);
                origin = connect(server.port());
                if (dropped) {
                    return;
                }
                toClient = client.getOutputStream();
                due.add(new Entry("")); // the greeting
                FaultProxy.this.run("ferry-proxy-replies", this::replies);
                commands();
            } catch (IOException ignored) {
                // one side is gone, and so the other goes
            } finally {
                drop();
            }
        }

        void drop() {
            dropped = true;
            sessions.remove(this);
            Local.closeQuietly(client);
            Local.closeQuietly(origin);
            synchronized (due) {
                due.forEach(entry -> entry.answered.complete(""));
                if (opened != null) {
                    opened.drop();
                }
            }
        }

        private void commands() throws IOException {
            InputStream in = new BufferedInputStream(client.getInputStream());
            OutputStream out = origin.getOutputStream();
            for (byte[] raw = readLine(in); raw != null; raw = readLine(in)) {
                String line = text(raw);
                commands.add(line.regionMatches(true, 0, "PASS", 0, 4) ? "PASS <password>" : line);
                if (fault(Kind.CUT_CONTROL_ON_COMMAND, line) != null) {
                    return;
                }
                Entry entry = new Entry(line);
                Fault replaced = fault(Kind.REPLACE_REPLY, line);
                if (replaced != null) {
                    entry.canned = replaced.reply;
                    synchronized (due) {
                        due.add(entry);
                        sendCanned();
                    }
                    continue;
                }
                String verb = verb(line);
                synchronized (due) {
                    prepare(entry, verb);
                    due.add(entry);
                }
                out.write(raw);
                out.flush();
                if (verb.equals("AUTH") && answer(entry).startsWith("234")) {
                    copy(in, out);
                    return;
                }
            }
        }

        private void prepare(Entry entry, String verb) {
            for (Kind kind : List.of(Kind.DELAY_REPLY, Kind.CUT_CONTROL_ON_REPLY)) {
                Fault fault = fault(kind, entry.line);
                if (fault != null) {
                    entry.onReply.add(fault);
                }
            }
            boolean announced = entry.line.equalsIgnoreCase("EPSV ALL");
            boolean opens = (verb.equals("PASV") || verb.equals("EPSV")) && !announced;
            if (opens && mirrored.isEmpty()) {
                if (opened != null) {
                    opened.drop();
                }
                opened = new Data(this);
                entry.opens = opened;
            } else if (opened != null && (FILE_TRANSFERS.contains(verb) || LISTINGS.contains(verb))) {
                entry.transfer = opened;
                opened.command.complete(entry.line);
                opened = null;
            }
        }

        private void replies() {
            try {
                InputStream in = new BufferedInputStream(origin.getInputStream());
                String block = null;
                for (byte[] raw = readLine(in); raw != null; raw = readLine(in)) {
                    String line = text(raw);
                    boolean last = block == null
                            ? !line.matches("\\d{3}-.*")
                            : line.equals(block) || line.startsWith(block + " ");
                    if (!last) {
                        block = block == null ? line.substring(0, 3) : block;
                        send(raw);
                        continue;
                    }
                    block = null;
                    if (line.startsWith("1")) {
                        send(raw);
                    } else if (!finish(line, raw)) {
                        return;
                    } else if (line.startsWith("234")) {
                        copy(in, toClient);
                        return;
                    }
                }
            } catch (IOException ignored) {
                // one side is gone, and so the other goes
            } finally {
                drop();
            }
        }

        /** Passes a final reply on; false when the connection is to be dropped instead. */
        private boolean finish(String line, byte[] raw) throws IOException {
            Entry entry;
            synchronized (due) {
                entry = due.peek();
            }
            if (entry == null) {
                send(raw);
                return true;
            }
            for (Fault fault : entry.onReply) {
                if (fault.kind == Kind.CUT_CONTROL_ON_REPLY) {
                    return false;
                }
                await(closed, fault.millis);
            }
            byte[] reply = raw;
            if (entry.opens != null) {
                reply = rewritten(entry.opens, line, raw);
            } else if (entry.transfer != null && line.compareTo("4") >= 0) {
                entry.transfer.closeListener();
                if (entry.transfer.hidden) {
                    reply = bytes("226 Transfer complete.");
                }
            }
            synchronized (due) {
                due.remove();
                send(reply);
                sendCanned();
            }
            entry.answered.complete(line);
            return true;
        }

        private byte[] rewritten(Data data, String line, byte[] raw) throws IOException {
            if (line.startsWith("227")) {
                Matcher matcher = PASV.matcher(line);
                if (matcher.find()) {
                    int port = Integer.parseInt(matcher.group(5)) * 256 + Integer.parseInt(matcher.group(6));
                    int own = data.listen(port);
                    String address = Local.HOST.replace('.', ',') + "," + own / 256 + "," + own % 256;
                    return bytes(line.substring(0, matcher.start()) + address + line.substring(matcher.end()));
                }
            } else if (line.startsWith("229")) {
                Matcher matcher = EPSV.matcher(line);
                if (matcher.find()) {
                    int own = data.listen(Integer.parseInt(matcher.group(1)));
                    return bytes(line.substring(0, matcher.start(1)) + own + line.substring(matcher.end(1)));
                }
            }
            return raw;
        }

        private void sendCanned() throws IOException {
            while (!due.isEmpty() && due.peek().canned != null) {
                send(bytes(due.remove().canned));
            }
        }

        private void send(byte[] raw) throws IOException {
            synchronized (due) {
                toClient.write(raw);
                toClient.flush();
            }
        }

        private String answer(Entry entry) throws IOException {
            try {
                return entry.answered.get();
            } catch (InterruptedException | ExecutionException e) {
                throw new IOException(e);
            }
        }

        private void copy(InputStream in, OutputStream out) throws IOException {
            byte[] block = new byte[1 << 14];
            for (int count = in.read(block); count >= 0; count = in.read(block)) {
                out.write(block, 0, count);
                out.flush();
            }
        }
    }

    /** One data connection, from the command that asks for it on. */
    private final class Data {
        private final Session session;
        private final CompletableFuture<String> command = new CompletableFuture<>();
        private volatile ServerSocket door;
        private volatile Socket client;
        private volatile Socket origin;
        private volatile int target;
        private volatile boolean dropped;
        private volatile boolean cut;
        private volatile boolean hidden;
        private List<Fault> admitted = List.of();

        Data(Session session) {
            this.session = session;
        }

        int listen(int port) throws IOException {
            target = port;
            door = Local.listen();
            transfers.add(this);
            FaultProxy.this.run("ferry-proxy-data", this::run);
            return door.getLocalPort();
        }

        void closeListener() {
            Local.closeQuietly(door);
        }

        void drop() {
            dropped = true;
            transfers.remove(this);
            command.cancel(true);
            closeListener();
            Local.closeQuietly(client);
            Local.closeQuietly(origin);
        }

        void run() {
            try {
                if (client == null) {
                    client = door.accept();
                    closeListener();
                }
                dataConnections.incrementAndGet();
                client.setTcpNoDelay(true);
                origin = connect(target);
                if (dropped) {
                    return;
                }
                String line = command.get();
                boolean file = session == null || FILE_TRANSFERS.contains(verb(line));
                admitted = file
                        ? faults.stream()
                                .filter(fault -> fault.isData() && fault.admits(line))
                                .toList()
                        : List.of();
                CompletableFuture<Void> upwards = new CompletableFuture<>();
                FaultProxy.this.run("ferry-proxy-data-up", () -> {
                    pump(Direction.UP, client, origin);
                    upwards.complete(null);
                });
                pump(Direction.DOWN, origin, client);
                upwards.get();
            } catch (IOException | InterruptedException | ExecutionException ignored) {
                // one side is gone, and so the other goes
            } catch (CancellationException ignored) {
                // no transfer followed
            } finally {
                drop();
            }
        }

        private void pump(Direction direction, Socket from, Socket to) {
            List<Fault> ahead = new ArrayList<>(admitted.stream()
                    .filter(fault -> fault.direction == direction)
                    .sorted((one, other) -> Long.compare(one.bytes, other.bytes))
                    .toList());
            AtomicLong counter = direction == Direction.DOWN ? down : up;
            byte[] block = new byte[1 << 16];
            long done = 0;
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                while (true) {
                    boolean first = !ahead.isEmpty() && ahead.get(0).bytes == 0;
                    while (!first && !ahead.isEmpty() && ahead.get(0).bytes <= done) {
                        if (strike(ahead.remove(0), from, to)) {
                            return;
                        }
                    }
                    long limit = ahead.isEmpty() ? block.length : Math.max(1, ahead.get(0).bytes - done);
                    int count = in.read(block, 0, (int) Math.min(block.length, limit));
                    if (count < 0) {
                        break;
                    }
                    while (first && !ahead.isEmpty() && ahead.get(0).bytes == 0) {
                        if (strike(ahead.remove(0), from, to)) {
                            return;
                        }
                    }
                    out.write(block, 0, count);
                    done += count;
                    counter.addAndGet(count);
                }
                if (!cut) {
                    to.shutdownOutput();
                }
            } catch (IOException e) {
                if (!cut) {
                    Local.reset(to);
                    Local.reset(from);
                }
            }
        }

        /** Lets a fault happen; true when this direction is over. */
        private boolean strike(Fault fault, Socket from, Socket to) throws IOException {
            if (!fault.claim()) {
                return false;
            }
            switch (fault.kind) {
                case STALL_DATA -> await(release, Long.MAX_VALUE);
                case CUT_CONTROL_IN_DATA -> {
                    if (session == null) {
                        dropControl();
                    } else {
                        session.drop();
                    }
                }
                default -> {
                    cut = true;
                    hidden = fault.hide;
                    if (fault.cut == Cut.SILENT) {
                        to.shutdownOutput();
                        from.getInputStream().transferTo(OutputStream.nullOutputStream());
                        return true;
                    }
                    if (fault.cut == Cut.FIN) {
                        Local.closeQuietly(to);
                    } else {
                        Local.reset(to);
                    }
                    Local.reset(from);
                    return true;
                }
            }
            return false;
        }
    }

    private Fault fault(Kind kind, String command) {
        for (Fault fault : faults) {
            if (fault.strikes(kind, command)) {
                return fault;
            }
        }
        return null;
    }

    private static void await(CountDownLatch latch, long millis) {
        try {
            latch.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The line with its end, or null at the end of the stream. */
    private static byte[] readLine(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int octet = in.read(); octet >= 0; octet = in.read()) {
            line.write(octet);
            if (octet == '\n') {
                return line.toByteArray();
            }
        }
        return line.size() == 0 ? null : line.toByteArray();
    }

    /** The line without its end and without the Telnet bytes that may come before ABOR. */
    private static String text(byte[] raw) {
        int from = 0;
        while (from < raw.length && (raw[from] & 0xff) >= 0xf0) {
            from++;
        }
        return new String(raw, from, raw.length - from, StandardCharsets.UTF_8).stripTrailing();
    }

    private static String verb(String line) {
        return line.split(" ", 2)[0].toUpperCase(Locale.ROOT);
    }

    private static byte[] bytes(String line) {
        return (line.endsWith("\r\n") ? line : line + "\r\n").getBytes(StandardCharsets.UTF_8);
    }
}
