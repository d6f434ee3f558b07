package io.ferry.cli;

import io.ferry.console.Screen;
import io.ferry.console.Sizes;
import io.ferry.console.TransferBar;
import io.ferry.transfer.Transfer;
import io.ferry.transfer.TransferException;
import io.ferry.transfer.TransferListener;
import io.ferry.transfer.TransferResult;
import java.io.Closeable;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Shows how transfers go: a bar while a large file crosses and one line when a file is done, where there is a terminal; the lines
 * only, where they are asked for; nothing otherwise, since scripts have the exit code. What a command fails with is not said here.
 *
 * <p>Law: owns its bars; safe from any thread. Its lines go to the error stream, since the standard output is the command's.
 */
final class Progress implements TransferListener, Closeable {

    /** A smaller file is there before a bar tells anything. */
    private static final long LARGE = 1L << 20;

    private final Screen screen;
    private final PrintWriter err;
    private final boolean talks;
    private final Map<Transfer, TransferBar> bars = Collections.synchronizedMap(new IdentityHashMap<>());
    private final Map<Transfer, Long> sizes = Collections.synchronizedMap(new IdentityHashMap<>());

    /**
     * Shows transfers.
     *
     * @param talks whether lines are wanted where there is no terminal
     */
    Progress(Screen screen, PrintWriter err, boolean talks) {
        this.screen = screen;
        this.err = err;
        this.talks = talks || screen.hasBars();
    }

    @Override
    public void started(Transfer transfer, long size) {
        if (screen.hasBars() && size >= LARGE) {
            sizes.put(transfer, size);
            begin(transfer, 0);
        }
    }

    /** A bar of its own from each restart offset on: what was there before says nothing about the pace. */
    private void begin(Transfer transfer, long offset) {
        Long size = sizes.get(transfer);
        if (size != null) {
            closeBar(transfer);
            bars.put(transfer, new TransferBar(screen, Shown.text(transfer.name()), size, offset));
        }
    }

    @Override
    public void resumed(Transfer transfer, long offset, long saved) {
        say(transfer, "resumed at byte %s, %s not sent again".formatted(Sizes.exact(offset), Sizes.bytes(saved)));
        begin(transfer, offset);
    }

    @Override
    public void restarted(Transfer transfer, String why) {
        say(transfer, "starts again at byte 0: " + why);
        begin(transfer, 0);
    }

    @Override
    public void progressed(Transfer transfer, long offset) {
        TransferBar bar = bars.get(transfer);
        if (bar != null) {
            bar.at(offset);
        }
    }

    @Override
    public void interrupted(Transfer transfer, long offset, String why, Duration wait) {
        say(transfer, "cut off: " + sentence(why) + " Next attempt in " + Sizes.duration(wait) + ".");
        TransferBar bar = bars.get(transfer);
        if (bar != null) {
            bar.say("line lost");
        }
    }

    @Override
    public void unproven(Transfer transfer, String what) {
        // A doubt about the file is worth a line in any case.
        err.println(Shown.text(transfer.name() + ": not proven: " + sentence(what)));
    }

    @Override
    public void completed(Transfer transfer, TransferResult result) {
        end(transfer);
        say(
                transfer,
                switch (result.outcome()) {
                    case TRANSFERRED ->
                        "%s in %s (%s)%s; verified: %s"
                                .formatted(
                                        Sizes.bytes(result.size()),
                                        Sizes.duration(result.took()),
                                        Sizes.rate(result.transferred(), result.took()),
                                        result.saved() == 0
                                                ? ""
                                                : ", " + Sizes.bytes(result.saved()) + " saved by resuming",
                                        result.verified());
                    case ALREADY_COMPLETE -> "there already, nothing sent; verified: " + result.verified();
                    case ALREADY_DELIVERED, IGNORED -> "left alone, the target exists";
                });
    }

    @Override
    public void failed(Transfer transfer, TransferException failure) {
        end(transfer);
    }

    /** Says something that is no transfer, where lines are wanted. */
    void say(String line) {
        if (talks) {
            err.println(Shown.text(line));
        }
    }

    private void say(Transfer transfer, String text) {
        say(transfer.name() + ": " + text);
    }

    private static String sentence(String text) {
        return text.endsWith(".") ? text : text + ".";
    }

    private void end(Transfer transfer) {
        sizes.remove(transfer);
        closeBar(transfer);
    }

    private void closeBar(Transfer transfer) {
        @Nullable TransferBar bar = bars.remove(transfer);
        if (bar != null) {
            bar.close();
        }
    }

    @Override
    public void close() {
        bars.values().forEach(TransferBar::close);
        bars.clear();
    }
}
