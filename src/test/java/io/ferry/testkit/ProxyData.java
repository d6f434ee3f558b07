package io.ferry.testkit;

import io.ferry.testkit.Fault.Kind;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One data connection of a {@link FaultProxy}, from the command that asks for it on. It owns the listening socket and both
 * ends; one thread pumps in each direction.
 */
final class ProxyData {
    /** How each TLS connection begins (RFC 8446, section 5.1). */
    static final int TLS_HANDSHAKE = 22;

    private static final int DRIPS = 300;

    private final FaultProxy proxy;
    private final ProxySession session;
    private final CompletableFuture<String> command = new CompletableFuture<>();
    private final CompletableFuture<Void> upwards = new CompletableFuture<>();
    private volatile ProxySession.Entry entry;
    private volatile ServerSocket door;
    private volatile Socket client;
    private volatile Socket origin;
    private volatile int target;
    private volatile boolean dropped;
    private volatile boolean cut;
    private volatile boolean replied;
    private volatile String answer = "";
    private List<Fault> admitted = List.of();

    ProxyData(FaultProxy proxy, ProxySession session) {
        this.proxy = proxy;
        this.session = session;
    }

    /** A connection whose command nobody can read, to this port of the server. */
    static ProxyData mirrored(FaultProxy proxy, Socket client, int port) {
        ProxyData data = new ProxyData(proxy, null);
        data.target = port;
        data.client = client;
        data.command.complete("");
        proxy.opened(data);
        return data;
    }

    /** Listens for the client in place of this port of the server. */
    int listen(int port) throws IOException {
        target = port;
        door = Local.listen();
        proxy.opened(this);
        proxy.run("ferry-proxy-data", this::run);
        return door.getLocalPort();
    }

    /** The command that it is for. */
    void begin(ProxySession.Entry transfer, String line) {
        entry = transfer;
        command.complete(line);
    }

    void closeListener() {
        Local.closeQuietly(door);
    }

    /** What the client is told in place of an error of the server; empty for the server's own word. */
    String answer() {
        return answer;
    }

    void drop() {
        dropped = true;
        proxy.ended(this);
        command.cancel(true);
        upwards.cancel(true);
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
            proxy.counted();
            client.setTcpNoDelay(true);
            origin = proxy.connect(target);
            if (dropped) {
                return;
            }
            String line = command.get();
            boolean file = session == null || ProxySession.FILE_TRANSFERS.contains(ControlLines.verb(line));
            admitted = file ? proxy.admitted(line, Kind::isOfData) : List.of();
            proxy.run("ferry-proxy-data-up", () -> {
                try {
                    new Pump(Direction.UP, client, origin).run();
                } finally {
                    upwards.complete(null);
                }
            });
            new Pump(Direction.DOWN, origin, client).run();
            upwards.get();
        } catch (IOException | InterruptedException | ExecutionException ignored) {
            // one side is gone, and so the other goes
        } catch (CancellationException ignored) {
            // no transfer followed
        } finally {
            drop();
        }
    }

    /** One direction, on one thread. */
    private final class Pump {
        private final Direction direction;
        private final Socket from;
        private final Socket to;
        private final List<Fault> ahead;
        private final AtomicLong counter;
        private InputStream in;
        private int drips;
        private boolean flips;
        private Fault ofRecord;
        private byte[] held = {};
        private long done;

        Pump(Direction direction, Socket from, Socket to) {
            this.direction = direction;
            this.from = from;
            this.to = to;
            ahead = new ArrayList<>(admitted.stream()
                    .filter(fault -> fault.direction == direction)
                    .sorted((one, other) -> Long.compare(one.bytes, other.bytes))
                    .toList());
            counter = proxy.counter(direction);
        }

        void run() {
            byte[] block = new byte[1 << 16];
            try {
                in = from.getInputStream();
                if (ahead.stream().anyMatch(fault -> fault.kind.isOfRecord())) {
                    in = new TlsRecords(in);
                }
                OutputStream out = to.getOutputStream();
                while (true) {
                    boolean first = !ahead.isEmpty() && ahead.get(0).bytes == 0;
                    while (!first && !ahead.isEmpty() && ahead.get(0).bytes <= done) {
                        if (strike(ahead.remove(0))) {
                            return;
                        }
                    }
                    long limit = ahead.isEmpty() ? block.length : Math.max(1, ahead.get(0).bytes - done);
                    int count = in.read(block, 0, (int) Math.min(block.length, limit));
                    if (count < 0) {
                        break;
                    }
                    if (session == null && direction == Direction.UP && done == 0 && block[0] != TLS_HANDSHAKE) {
                        proxy.heard("a data connection in the clear");
                    }
                    while (first && !ahead.isEmpty() && ahead.get(0).bytes == 0) {
                        if (strike(ahead.remove(0))) {
                            return;
                        }
                    }
                    deliver(out, block, count);
                }
                if (!isOver()) {
                    to.shutdownOutput();
                }
            } catch (IOException e) {
                if (!isOver()) {
                    Local.reset(to);
                    Local.reset(from);
                }
            }
        }

        private boolean isOver() {
            return cut || (replied && direction == Direction.UP);
        }

        private void deliver(OutputStream out, byte[] block, int count) throws IOException {
            Fault fault = ofRecord;
            if (flips) {
                block[0] ^= (byte) (1 << (done % 8));
                flips = false;
            }
            if (fault == null) {
                send(out, block, count);
            } else if (fault.kind == Kind.DROP_CLOSE_NOTIFY) {
                send(out, held, held.length);
                held = TlsRecords.mayBeAlert(block, count) ? Arrays.copyOf(block, count) : new byte[0];
                send(out, block, held.length > 0 ? 0 : count);
            } else {
                ofRecord = null;
                for (int times = fault.kind == Kind.REPEAT_RECORD ? 2 : 0; times > 0; times--) {
                    send(out, block, count);
                }
            }
        }

        private void send(OutputStream out, byte[] block, int count) throws IOException {
            int at = 0;
            for (; at < count && drips > 0; at++, drips--) {
                out.write(block, at, 1);
                proxy.pause(1);
            }
            out.write(block, at, count - at);
            if (session == null && direction == Direction.DOWN && done == 0) {
                proxy.opened(Arrays.copyOf(block, count));
            }
            done += count;
            counter.addAndGet(count);
        }

        /** Lets a fault happen; true when this direction is over. */
        private boolean strike(Fault fault) throws IOException {
            if (!fault.claim()) {
                return false;
            }
            CountDownLatch gate = proxy.gate();
            fault.happens();
            switch (fault.kind) {
                case STALL_DATA -> proxy.awaitRelease(gate);
                case DELAY_DATA -> proxy.pause(fault.millis);
                case DRIP_DATA -> drips = DRIPS;
                case REPLY_BEFORE_DATA -> replyFirst(fault.millis);
                case FLIP_DATA -> flips = true;
                case DROP_RECORD, REPEAT_RECORD, DROP_CLOSE_NOTIFY -> ofRecord = fault;
                case CUT_CONTROL_IN_DATA -> {
                    if (session == null) {
                        proxy.dropControl();
                    } else {
                        session.drop();
                    }
                }
                default -> {
                    end(fault);
                    return true;
                }
            }
            return false;
        }

        private void end(Fault fault) throws IOException {
            cut = true;
            answer = fault.reply();
            if (fault.cut() == Cut.SILENT) {
                to.shutdownOutput();
                in.transferTo(OutputStream.nullOutputStream());
                return;
            }
            if (fault.cut() == Cut.FIN) {
                Local.closeQuietly(to);
            } else {
                Local.reset(to);
            }
            Local.reset(from);
        }

        /** The final reply goes to the client before the rest of the data goes on. */
        private void replyFirst(long millis) throws IOException {
            if (entry == null) {
                return;
            }
            if (direction == Direction.UP) {
                session.tellComplete(entry);
            } else {
                byte[] rest = in.readAllBytes();
                // Some servers give their reply only once the other side has ended, too.
                replied = true;
                from.shutdownOutput();
                in = new ByteArrayInputStream(rest);
                try {
                    entry.answered().get(10, TimeUnit.SECONDS);
                } catch (InterruptedException | ExecutionException | TimeoutException e) {
                    throw new IOException(e);
                }
            }
            proxy.pause(millis);
        }
    }
}
