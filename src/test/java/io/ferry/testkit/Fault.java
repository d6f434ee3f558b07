package io.ferry.testkit;

import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/**
 * What goes wrong at a {@link FaultProxy}, when, and how often: once unless told otherwise. Made by the proxy's methods.
 * Several may be armed at once; of those of one kind that match a command the first one armed strikes.
 */
public final class Fault {
    /** Where a fault strikes: in the bytes of a data connection, at a command, at its final reply, or at a connection. */
    enum Kind {
        CUT_DATA,
        STALL_DATA,
        DELAY_DATA,
        DRIP_DATA,
        REPLY_BEFORE_DATA,
        FLIP_DATA,
        DROP_RECORD,
        REPEAT_RECORD,
        DROP_CLOSE_NOTIFY,
        CUT_CONTROL_IN_DATA,
        CUT_CONTROL_ON_COMMAND,
        REPLACE_REPLY,
        CUT_CONTROL_ON_REPLY,
        DELAY_REPLY,
        REWRITE_REPLY,
        DROP_REPLY,
        DUPLICATE_REPLY,
        DRIP_REPLY,
        DEAD_PORT,
        CUT_CONTROL_AT,
        DELAY_CONTROL_AT,
        DRIP_CONTROL_AT,
        FLIP_CONTROL_AT;

        boolean isOfData() {
            return ordinal() <= CUT_CONTROL_IN_DATA.ordinal();
        }

        /** Found when the command comes, done when its final reply does. */
        boolean isOfReply() {
            return ordinal() >= CUT_CONTROL_ON_REPLY.ordinal() && !isAtByte();
        }

        /** At a byte of a control connection, whatever is in it. */
        boolean isAtByte() {
            return ordinal() >= CUT_CONTROL_AT.ordinal();
        }

        /** About one TLS record of a data connection. */
        boolean isOfRecord() {
            return this == DROP_RECORD || this == REPEAT_RECORD || this == DROP_CLOSE_NOTIFY;
        }
    }

    final Kind kind;
    final Direction direction;
    final long bytes;
    final long millis;
    private final List<Fault> armed;
    private final List<String> prefixes;
    private volatile Cut cut = Cut.FIN;
    private volatile String reply = "";
    private volatile UnaryOperator<String> rewriting = UnaryOperator.identity();
    private volatile boolean closing;
    private volatile boolean betweenLines;
    private volatile Runnable action = () -> {};
    private String part = "";
    private int remaining = 1;
    private int skip;
    private int fired;

    /**
     * A fault that is not armed yet.
     *
     * @param armed the list that it is in while armed
     * @param prefixes how the commands begin that it is meant for, separated by |; empty for each command
     * @param bytes where in the bytes of that direction it strikes, or how many bytes it is about
     */
    Fault(List<Fault> armed, Kind kind, String prefixes, Direction direction, long bytes, long millis) {
        this.armed = armed;
        this.kind = kind;
        this.prefixes = List.of(prefixes.toUpperCase(Locale.ROOT).split("\\|"));
        this.direction = direction;
        this.bytes = bytes;
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

    /** Lets the first so many matching commands, file transfers or connections go by. */
    public synchronized Fault skip(int count) {
        skip = count;
        return this;
    }

    /** Applies only where the command line, that of the transfer for faults in data, contains this text. */
    public synchronized Fault containing(String text) {
        part = text;
        return this;
    }

    /** After a cut in the data the server's error reply becomes this one. */
    public Fault answering(String finalReply) {
        reply = finalReply;
        return this;
    }

    /** After a cut in the data the server's error reply becomes "226 Transfer complete.", as from a liar. */
    public Fault hideError226() {
        return answering("226 Transfer complete.");
    }

    /** Cuts with a reset in place of a clean end. */
    public Fault byReset() {
        return cutting(Cut.RST);
    }

    /** The control connection ends directly behind the reply that this fault makes. */
    public Fault closing() {
        closing = true;
        return this;
    }

    /** A cut that falls into a line comes before it, for servers that carry out what they have got of a command. */
    public Fault betweenLines() {
        betweenLines = true;
        return this;
    }

    /** Runs this when the fault happens, before anything is dropped, on the thread of that connection. */
    public Fault then(Runnable action) {
        this.action = action;
        return this;
    }

    /** How often it has fired. */
    public synchronized int fired() {
        return fired;
    }

    public void remove() {
        armed.remove(this);
    }

    Fault cutting(Cut how) {
        cut = how;
        return this;
    }

    Fault rewriting(UnaryOperator<String> line) {
        rewriting = line;
        return this;
    }

    Cut cut() {
        return cut;
    }

    String reply() {
        return reply;
    }

    void happens() {
        action.run();
    }

    boolean isBetweenLines() {
        return betweenLines;
    }

    boolean isClosing() {
        return closing;
    }

    String rewritten(String line) {
        return rewriting.apply(line);
    }

    /** Whether it may strike here; counts what is let by. */
    synchronized boolean admits(String command) {
        if (remaining == 0 || !command.contains(part)) {
            return false;
        }
        if (skip > 0) {
            skip--;
            return false;
        }
        return true;
    }

    /** Takes one of the times that it fires; false when all are used up. */
    synchronized boolean claim() {
        if (remaining == 0) {
            return false;
        }
        if (remaining != Integer.MAX_VALUE) {
            remaining--;
        }
        fired++;
        return true;
    }

    boolean strikes(Kind wanted, String command) {
        return kind == wanted && matches(command) && admits(command) && claim();
    }

    private boolean matches(String command) {
        String upper = command.toUpperCase(Locale.ROOT);
        return prefixes.stream().anyMatch(upper::startsWith);
    }

    @Override
    public synchronized String toString() {
        return kind + " " + String.join("|", prefixes)
                + (kind.isOfData() || bytes > 0 ? " " + direction + " at " + bytes : "")
                + (kind.name().startsWith("CUT") ? " " + cut : "")
                + (reply.isEmpty() ? "" : " \"" + reply + "\"")
                + (millis > 0 ? " " + millis + " ms" : "")
                + (skip > 0 ? " after " + skip : "")
                + ", fired " + fired + " of "
                + (remaining == Integer.MAX_VALUE ? "any" : fired + remaining);
    }
}
