package io.ferry.console;

import io.ferry.transfer.Transfer;
import io.ferry.transfer.TransferException;
import io.ferry.transfer.TransferResult;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * What is said about one transfer.
 *
 * <p>Law: used by the transferring thread, except for {@link #close}. A small, quick file is worth one line when it is done;
 * one that is large or takes its time is announced and followed.
 */
final class TransferTrack {

    private static final Logger LOG = LoggerFactory.getLogger("ferry");

    private static final long LARGE = 8L << 20;
    private static final long SLOW_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long BETWEEN_LINES_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int PERCENT_STEP = 10;

    private final String what;
    private final String partner;
    private final long size;
    private final Screen screen;
    private final long startedAt = System.nanoTime();
    private boolean announced;
    private long reached;
    private int saidPercent;
    private long saidAt = startedAt;
    private volatile @Nullable TransferBar bar;
    private volatile boolean closed;

    TransferTrack(Transfer transfer, long size, Screen screen) {
        boolean down = transfer.direction() == Transfer.Direction.DOWNLOAD;
        this.what = (down ? "pull " : "push ") + transfer.name();
        this.partner = (down ? "from " : "to ") + transfer.partner();
        this.size = size;
        this.screen = screen;
    }

    void resumed(long offset, long saved) {
        announce(offset);
        LOG.info("{}: resumed at byte {}, {} not sent again", what, Sizes.exact(offset), Sizes.bytes(saved));
        saidPercent = Sizes.percent(offset, size) / PERCENT_STEP * PERCENT_STEP;
        remark("");
        at(offset);
    }

    void restarted(String why) {
        LOG.info("{}: starts again at byte 0: {}", what, why);
        saidPercent = 0;
        remark("");
        at(0);
    }

    void progressed(long offset) {
        long now = System.nanoTime();
        reached = offset;
        // Not before bytes cross: a server that is down, or has the file, is asked again and again.
        if (!announced && (size >= LARGE || now - startedAt >= SLOW_NANOS)) {
            announce(offset);
        }
        if (!announced) {
            return;
        }
        if (screen.hasBars()) {
            at(offset);
            return;
        }
        int percent = Sizes.percent(offset, size);
        if (percent >= saidPercent + PERCENT_STEP && percent < 100 && now - saidAt >= BETWEEN_LINES_NANOS) {
            LOG.info("{}: {} %, {} of {}", what, percent, Sizes.bytes(offset), Sizes.bytes(size));
            saidPercent = percent / PERCENT_STEP * PERCENT_STEP;
            saidAt = now;
        }
    }

    void interrupted(long offset, String why, Duration wait) {
        // Of an upload only the server knows what is safe, and is asked at the next attempt: say how far it went.
        LOG.warn(
                "{}: line lost at {} %: {}. Next attempt in {}",
                what,
                Sizes.percent(Math.max(offset, reached), size),
                why.endsWith(".") ? why.substring(0, why.length() - 1) : why,
                Sizes.duration(wait));
        remark("line lost");
    }

    /**
     * The file is there.
     *
     * @param wasTold whether the same was said of it before: then it is at DEBUG
     */
    void completed(TransferResult result, boolean wasTold) {
        switch (result.outcome()) {
            case TRANSFERRED ->
                LOG.info(
                        "{}: done, {} in {}{}{}; verified: {}",
                        what,
                        Sizes.bytes(result.size()),
                        Sizes.duration(result.took()),
                        // The rate of a small file tells of round trips only.
                        announced ? " (" + Sizes.rate(result.transferred(), result.took()) + ")" : "",
                        result.saved() == 0 ? "" : ", " + Sizes.bytes(result.saved()) + " saved by resuming",
                        result.verified());
            case ALREADY_COMPLETE ->
                LOG.atLevel(wasTold ? Level.DEBUG : Level.INFO)
                        .log(
                                "{}: was here already, {}, nothing sent; verified: {}",
                                what,
                                Sizes.bytes(result.size()),
                                result.verified());
            case ALREADY_DELIVERED -> LOG.info("{}: left alone, this version was delivered before", what);
            case IGNORED -> LOG.info("{}: left alone, the target exists", what);
        }
    }

    /** What is said of a transfer that was given up. */
    String givenUp(TransferException failure) {
        return what + ": given up. " + failure.getMessage();
    }

    /** Takes the bar away; from any thread. */
    void close() {
        closed = true;
        TransferBar shown = bar;
        if (shown != null) {
            shown.close();
        }
    }

    private void announce(long offset) {
        if (announced) {
            return;
        }
        announced = true;
        LOG.info("{}: {} {}", what, Sizes.bytes(size), partner);
        if (screen.hasBars() && !closed) {
            bar = new TransferBar(screen, what, size, offset);
        }
    }

    private void at(long offset) {
        TransferBar shown = bar;
        if (shown != null) {
            shown.at(offset);
        }
    }

    private void remark(String text) {
        TransferBar shown = bar;
        if (shown != null) {
            shown.say(text);
        }
    }
}
