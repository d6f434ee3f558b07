package io.ferry.testkit;

import io.ferry.testkit.Fault.Kind;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One control connection of a {@link FaultProxy}. Replies come in the order of the commands, so that each is known by its
 * place. It owns both sockets; one thread takes the commands, another one the replies.
 */
final class ProxySession {
    private static final int DRIPS = 300;
    private static final int LOOK_MILLIS = 100;
    static final Set<String> FILE_TRANSFERS = Set.of("RETR", "STOR", "APPE", "STOU");
    private static final Set<String> LISTINGS = Set.of("LIST", "NLST", "MLSD");
    private static final Pattern PASV = Pattern.compile("(\\d+),(\\d+),(\\d+),(\\d+),(\\d+),(\\d+)");
    private static final Pattern EPSV = Pattern.compile("\\(\\|\\|\\|(\\d+)\\|\\)");

    private final FaultProxy proxy;
    private final Socket client;
    private final Deque<Entry> due = new ArrayDeque<>();
    private final long[] passed = new long[Direction.values().length];
    private final int[] drips = new int[Direction.values().length];
    private List<Fault> atBytes = List.of();
    private volatile Socket origin;
    private volatile boolean dropped;
    private OutputStream toClient;
    private ProxyData opened;

    /** A command whose final reply is due. */
    static final class Entry {
        private final String line;
        private final List<Fault> onReply = new ArrayList<>();
        private final CompletableFuture<String> answered = new CompletableFuture<>();
        private Fault canned;
        private boolean told;
        private ProxyData opens;
        private ProxyData transfer;

        Entry(String line) {
            this.line = line;
        }

        /** The server's final reply, once it has been dealt with; empty when the connection ended before. */
        CompletableFuture<String> answered() {
            return answered;
        }
    }

    ProxySession(FaultProxy proxy, Socket client) {
        this.proxy = proxy;
        this.client = client;
    }

    void run() {
        try {
            client.setTcpNoDelay(true);
            client.setOOBInline(true);
            Fault refused = proxy.strike(Kind.CUT_CONTROL_ON_COMMAND, FaultProxy.GREETING);
            if (refused != null) {
                cut(refused.cut());
                return;
            }
            atBytes = proxy.admitted(FaultProxy.GREETING, Kind::isAtByte);
            origin = proxy.connect();
            if (dropped) {
                return;
            }
            toClient = client.getOutputStream();
            Entry greeting = new Entry(FaultProxy.GREETING);
            prepare(greeting, FaultProxy.GREETING);
            due.add(greeting);
            proxy.run("ferry-proxy-replies", this::replies);
            commands();
        } catch (IOException ignored) {
            // one side is gone, and so the other goes
        } finally {
            drop();
        }
    }

    void drop() {
        dropped = true;
        Local.closeQuietly(client);
        Local.closeQuietly(origin);
        synchronized (due) {
            due.forEach(entry -> entry.answered.complete(""));
            if (opened != null) {
                opened.drop();
            }
        }
        proxy.ended(this);
    }

    private void cut(Cut how) {
        if (how == Cut.RST) {
            Local.reset(client);
        }
        drop();
    }

    private void commands() throws IOException {
        InputStream in = new BufferedInputStream(client.getInputStream());
        OutputStream out = origin.getOutputStream();
        for (byte[] raw = ControlLines.read(in); raw != null; raw = ControlLines.read(in)) {
            String line = ControlLines.text(raw);
            proxy.heard(line.regionMatches(true, 0, "PASS", 0, 4) ? "PASS <password>" : line);
            Fault ending = proxy.strike(Kind.CUT_CONTROL_ON_COMMAND, line);
            if (ending != null) {
                ending.happens();
                cut(ending.cut());
                return;
            }
            Entry entry = new Entry(line);
            entry.canned = proxy.strike(Kind.REPLACE_REPLY, line);
            if (entry.canned != null) {
                synchronized (due) {
                    due.add(entry);
                    sendCanned();
                }
                continue;
            }
            String verb = ControlLines.verb(line);
            synchronized (due) {
                prepare(entry, verb);
                due.add(entry);
            }
            write(out, raw, Direction.UP);
            if (verb.equals("AUTH") && answer(entry).startsWith("234")) {
                copy(in, out, Direction.UP);
                return;
            }
        }
    }

    private void prepare(Entry entry, String verb) {
        for (Kind kind : Kind.values()) {
            Fault fault = kind.isOfReply() ? proxy.strike(kind, entry.line) : null;
            if (fault != null) {
                entry.onReply.add(fault);
            }
        }
        boolean announced = entry.line.equalsIgnoreCase("EPSV ALL");
        boolean opens = (verb.equals("PASV") || verb.equals("EPSV")) && !announced;
        if (opens && !proxy.isMirrored()) {
            if (opened != null) {
                opened.drop();
            }
            opened = new ProxyData(proxy, this);
            entry.opens = opened;
        } else if (opened != null && (FILE_TRANSFERS.contains(verb) || LISTINGS.contains(verb))) {
            entry.transfer = opened;
            opened.begin(entry, entry.line);
            opened = null;
        }
    }

    private void replies() {
        try {
            InputStream in = new BufferedInputStream(origin.getInputStream());
            ByteArrayOutputStream block = new ByteArrayOutputStream();
            String code = null;
            for (byte[] raw = ControlLines.read(in); raw != null; raw = ControlLines.read(in)) {
                String line = ControlLines.text(raw);
                boolean last =
                        code == null ? !line.matches("\\d{3}-.*") : line.equals(code) || line.startsWith(code + " ");
                if (!last) {
                    code = code == null ? line.substring(0, 3) : code;
                    block.write(rewritten(line, raw));
                    continue;
                }
                code = null;
                byte[] lead = block.toByteArray();
                block.reset();
                if (line.startsWith("1")) {
                    send(lead);
                    send(raw);
                } else if (!finish(lead, line, raw)) {
                    return;
                } else if (line.startsWith("234")) {
                    copy(in, toClient, Direction.DOWN);
                    return;
                }
            }
        } catch (IOException ignored) {
            // one side is gone, and so the other goes
        } finally {
            drop();
        }
    }

    private byte[] rewritten(String line, byte[] raw) {
        Entry entry;
        synchronized (due) {
            entry = due.peek();
        }
        String changed = line;
        if (entry != null) {
            for (Fault fault : entry.onReply) {
                changed = fault.rewritten(changed);
            }
        }
        return changed.equals(line) ? raw : ControlLines.bytes(changed);
    }

    /** Passes a final reply on; false when the connection has been dropped instead. */
    private boolean finish(byte[] lead, String line, byte[] raw) throws IOException {
        Entry entry;
        synchronized (due) {
            entry = due.peek();
        }
        if (entry == null) {
            send(lead);
            send(raw);
            return true;
        }
        byte[] reply = rewritten(line, raw);
        if (entry.opens != null) {
            reply = announced(entry, line, raw);
        } else if (entry.transfer != null && line.compareTo("4") >= 0) {
            entry.transfer.closeListener();
            if (!entry.transfer.answer().isEmpty()) {
                reply = ControlLines.bytes(entry.transfer.answer());
            }
        }
        if (!deliver(entry, lead, reply)) {
            return false;
        }
        entry.answered.complete(line);
        return true;
    }

    private boolean deliver(Entry entry, byte[] lead, byte[] reply) throws IOException {
        entry.onReply.forEach(Fault::happens);
        Fault delay = struck(entry, Kind.DELAY_REPLY);
        if (delay != null) {
            proxy.pause(delay.millis);
        }
        Fault ending = struck(entry, Kind.CUT_CONTROL_ON_REPLY);
        if (ending != null) {
            cut(ending.cut());
            return false;
        }
        Fault twice = struck(entry, Kind.DUPLICATE_REPLY);
        synchronized (due) {
            due.remove();
            if (!entry.told && struck(entry, Kind.DROP_REPLY) == null) {
                send(lead);
                boolean slowly = struck(entry, Kind.DRIP_REPLY) != null;
                for (int at = 0; slowly && at < reply.length - 1; at++) {
                    send(new byte[] {reply[at]});
                    proxy.pause(1);
                }
                send(slowly ? new byte[] {reply[reply.length - 1]} : reply);
            }
            if (twice != null && twice.millis == 0) {
                send(reply);
            }
            sendCanned();
        }
        if (twice != null && twice.millis > 0) {
            proxy.pause(twice.millis);
            send(reply);
        }
        return true;
    }

    private static Fault struck(Entry entry, Kind kind) {
        return entry.onReply.stream()
                .filter(fault -> fault.kind == kind)
                .findFirst()
                .orElse(null);
    }

    private byte[] announced(Entry entry, String line, byte[] raw) throws IOException {
        boolean dead = struck(entry, Kind.DEAD_PORT) != null;
        if (line.startsWith("227")) {
            Matcher matcher = PASV.matcher(line);
            if (matcher.find()) {
                int port = Integer.parseInt(matcher.group(5)) * 256 + Integer.parseInt(matcher.group(6));
                int own = dead ? proxy.deadPortNumber() : entry.opens.listen(port);
                String address = Local.HOST.replace('.', ',') + "," + own / 256 + "," + own % 256;
                return ControlLines.bytes(line.substring(0, matcher.start()) + address + line.substring(matcher.end()));
            }
        } else if (line.startsWith("229")) {
            Matcher matcher = EPSV.matcher(line);
            if (matcher.find()) {
                int own = dead ? proxy.deadPortNumber() : entry.opens.listen(Integer.parseInt(matcher.group(1)));
                return ControlLines.bytes(line.substring(0, matcher.start(1)) + own + line.substring(matcher.end(1)));
            }
        }
        return raw;
    }

    private void sendCanned() throws IOException {
        while (!due.isEmpty() && due.peek().canned != null) {
            Fault canned = due.remove().canned;
            send(ControlLines.bytes(canned.reply()));
            if (canned.isClosing()) {
                cut(canned.cut());
            }
        }
    }

    /** Tells the client that this transfer is complete; the server's own word is dropped when it comes. */
    void tellComplete(Entry entry) throws IOException {
        synchronized (due) {
            if (due.peek() == entry) {
                entry.told = true;
                send(ControlLines.bytes("226 Transfer complete."));
            }
        }
    }

    private void send(byte[] raw) throws IOException {
        synchronized (due) {
            write(toClient, raw, Direction.DOWN);
        }
    }

    private void write(OutputStream out, byte[] raw, Direction direction) throws IOException {
        write(out, raw, raw.length, direction);
    }

    /** Writes, up to the byte where a fault cuts the connection; other faults happen on the way. */
    private void write(OutputStream out, byte[] raw, int length, Direction direction) throws IOException {
        int done = 0;
        for (Fault fault : atBytes) {
            long room = fault.bytes - passed[direction.ordinal()];
            if (fault.direction != direction || room >= length || !fault.claim()) {
                continue;
            }
            int at = fault.isBetweenLines() ? 0 : (int) Math.max(done, room);
            out.write(raw, done, Math.max(0, at - done));
            out.flush();
            done = Math.max(done, at);
            switch (fault.kind) {
                case DELAY_CONTROL_AT -> proxy.pause(fault.millis);
                case FLIP_CONTROL_AT -> raw[at] ^= (byte) (1 << fault.bytes % 8);
                case DRIP_CONTROL_AT -> drips[direction.ordinal()] = DRIPS;
                default -> {
                    cut(fault.cut());
                    throw new IOException("cut");
                }
            }
        }
        passed[direction.ordinal()] += length;
        for (; done < length && drips[direction.ordinal()] > 0; done++, drips[direction.ordinal()]--) {
            out.write(raw, done, 1);
            out.flush();
            proxy.pause(1);
        }
        out.write(raw, done, length - done);
        out.flush();
    }

    /** An entry whose reply was being passed on when the session was dropped is answered by nobody. */
    private String answer(Entry entry) throws IOException {
        while (!dropped) {
            try {
                return entry.answered.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                continue;
            } catch (InterruptedException | ExecutionException e) {
                throw new IOException(e);
            }
        }
        throw new IOException("dropped");
    }

    /** What is not read any more: TLS, or else it is told. */
    private void copy(InputStream in, OutputStream out, Direction direction) throws IOException {
        byte[] block = new byte[1 << 14];
        boolean first = true;
        for (int count = in.read(block); count >= 0; count = in.read(block)) {
            if (first && direction == Direction.UP && block[0] != ProxyData.TLS_HANDSHAKE) {
                proxy.heard("in the clear: " + ControlLines.text(Arrays.copyOf(block, count)));
            }
            first = false;
            write(out, block, count, direction);
        }
    }
}
