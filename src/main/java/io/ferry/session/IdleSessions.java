package io.ferry.session;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of a pool that are lent to nobody, the one given back last first.
 *
 * <p>Law: belongs to one pool, which holds its own lock meanwhile.
 */
final class IdleSessions {

    private static final Duration ASK_AFTER = Duration.ofSeconds(1);

    private final Deque<Idle> sessions = new ArrayDeque<>();

    record Idle(FtpSession session, long since) {
        /** Whether the session may be lent; one that has idled for a while is asked. */
        boolean isUsable() throws IOException {
            boolean fresh = System.nanoTime() - since < ASK_AFTER.toNanos();
            return (fresh && !session.isBroken() && session.isQuiet()) || session.isAlive();
        }
    }

    int size() {
        return sessions.size();
    }

    void add(FtpSession session) {
        sessions.addLast(new Idle(session, System.nanoTime()));
    }

    /** Takes the last one; null where there is none. */
    @Nullable
    Idle take() {
        return sessions.pollLast();
    }

    /** Takes the one that has been asked about the file; otherwise the last one that has not been asked about another. */
    @Nullable
    Idle take(String path) {
        Idle best = null;
        for (Iterator<Idle> each = sessions.descendingIterator(); each.hasNext(); ) {
            Idle next = each.next();
            if (next.session().isToldOf(path)) {
                best = next;
                break;
            }
            if (best == null && !next.session().isTold()) {
                best = next;
            }
        }
        if (best == null) {
            return sessions.pollLast();
        }
        sessions.remove(best);
        return best;
    }
}
