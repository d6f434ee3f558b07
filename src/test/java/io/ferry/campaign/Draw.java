package io.ferry.campaign;

import io.ferry.testkit.Fault;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** What one fault of a plan is made of: seeded choices, and the proxy that it is armed at. */
final class Draw {
    /**
     * These carry out what they have got of a command when the connection ends within it: a file appears under half a name, and
     * a client that is gone cannot prevent it.
     */
    private static final Set<String> RUN_HALF_LINES = Set.of("fake", "proftpd");

    private static final List<String> LOGIN = List.of(FaultProxy.GREETING, "USER", "PASS", "FEAT", "TYPE");
    private static final List<String> PER_FILE_DOWN = List.of("EPSV|PASV", "SIZE|MLST", "RETR", "DELE");
    /** MODE changes with each listing between files that come deflated. */
    private static final List<String> PER_FILE_DEFLATED = List.of("EPSV|PASV", "SIZE|MLST", "MODE", "RETR", "DELE");

    private static final List<String> PER_FILE_UP = List.of("EPSV|PASV", "SIZE", "STOR|APPE", "RNFR", "RNTO");

    /** The first bytes of a data connection, about: what a resumed TLS handshake takes. */
    private static final int HANDSHAKE = 600;
    /** About as many TCP carries either way while a run's control connection lasts, TLS included. */
    private static final int CONTROL = 5_000;

    private final FaultProxy proxy;
    private final boolean tls;
    private final Direction direction;
    private final boolean deflated;
    private final Random random;
    private final List<Integer> sizes;
    private final List<Fault> armed = new ArrayList<>();
    private int skip;
    private boolean refuses;

    Draw(FaultProxy proxy, Direction direction, boolean deflated, Random random, List<Integer> sizes) {
        this.proxy = proxy;
        this.tls = proxy.tls() != null;
        this.direction = direction;
        this.deflated = deflated;
        this.random = random;
        this.sizes = sizes;
    }

    FaultProxy proxy() {
        return proxy;
    }

    Direction direction() {
        return direction;
    }

    boolean chance(int oneIn) {
        return random.nextInt(oneIn) == 0;
    }

    /** From, and to inclusive. */
    int between(int from, int to) {
        return from + random.nextInt(to - from + 1);
    }

    @SafeVarargs
    final <T> T oneOf(T... choices) {
        return choices[random.nextInt(choices.length)];
    }

    /**
     * A byte of the largest file; its first and last ones are drawn more often. Under TLS a byte on the wire, of any data connection
     * where it is a small one.
     */
    long offset() {
        int size = largest();
        if (tls && chance(4)) {
            anyConnection();
            return random.nextInt(4 * HANDSHAKE);
        }
        return switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1 -> size - 1;
            case 2 -> Math.min(1, size - 1);
            default -> random.nextInt(size);
        };
    }

    /** Strikes at one of the first data connections: a run has more, listings included. */
    void anyConnection() {
        skip = random.nextInt(sizes.size() + 1);
    }

    /** A byte in the TLS handshake of any data connection. */
    long inHandshake() {
        anyConnection();
        return random.nextInt(chance(2) ? HANDSHAKE / 4 : HANDSHAKE);
    }

    /** A byte of a control connection: in the clear, in the TLS handshake, or later. */
    long inControl() {
        return random.nextInt(chance(3) ? CONTROL / 3 : CONTROL);
    }

    /** The commands that move the bytes. */
    String transfer() {
        skip = random.nextInt(sizes.size());
        return direction == Direction.DOWN ? "RETR" : "STOR";
    }

    /** A command that each run of this direction sends; those that come once a file strike at any of them. */
    String command() {
        List<String> down = deflated ? PER_FILE_DEFLATED : PER_FILE_DOWN;
        List<String> perFile = direction == Direction.DOWN ? down : PER_FILE_UP;
        if (direction == Direction.DOWN && chance(8)) {
            return "MLSD|LIST";
        }
        if (chance(3)) {
            return LOGIN.get(random.nextInt(LOGIN.size()));
        }
        skip = random.nextInt(sizes.size());
        return perFile.get(random.nextInt(perFile.size()));
    }

    void armed(Fault fault) {
        if (skip > 0) {
            fault.skip(skip);
            skip = 0;
        }
        armed.add(fault);
    }

    /** Leaves the largest file unfinished once, late enough that going on asks for a restart offset. */
    void unfinished() {
        int size = largest();
        proxy.cutDataAfter(size / 2 + random.nextInt(size / 4), direction, Cut.FIN);
    }

    /** The transfer ends with this word, whole or cut. */
    void finalReply(String reply) {
        if (chance(2)) {
            armed(proxy.cutDataAfter(offset(), direction, Cut.FIN).answering(reply));
        } else {
            armed(proxy.rewriteReply(transfer(), reply).times(between(1, 2)));
        }
    }

    /** Either way, somewhere between the greeting and the end of the first files. */
    void cutControl(Cut cut) {
        Direction way = random.nextBoolean() ? Direction.DOWN : Direction.UP;
        long at = tls ? inControl() : random.nextInt(chance(4) ? 1500 : 300);
        Fault fault = proxy.cutControlAfter(at, way, cut);
        armed(RUN_HALF_LINES.contains(proxy.name()) ? fault.betweenLines() : fault);
    }

    void deadPort() {
        if (tls) {
            refuses = true;
            proxy.refuseData();
        } else {
            armed(proxy.deadPort().skip(between(0, 3)).times(between(1, 3)));
        }
    }

    void refuseConnections() {
        refuses = true;
        proxy.refuseConnections();
    }

    /** Whether the client is turned away until it has failed once. */
    boolean refuses() {
        return refuses;
    }

    List<Fault> faults() {
        return List.copyOf(armed);
    }

    private int largest() {
        return sizes.stream().mapToInt(Integer::intValue).max().orElseThrow();
    }
}
