package io.ferry.session;

import io.ferry.session.ControlConnection.Command;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Renames files: RNFR, and RNTO right behind it (RFC 959, 4.1.3). RNFR changes nothing, and may be sent along with the questions
 * before a rename that is likely to follow; RNTO is sent on its own, once it is wanted.
 *
 * <p>Law: belongs to one session and is used by its thread.
 */
final class Renaming {

    private final ControlConnection control;
    private final Experience experience;
    private @Nullable Reply told;

    Renaming(ControlConnection control, Experience experience) {
        this.control = control;
        this.experience = experience;
    }

    /** What may be sent along with other questions, as the last of them; empty for a server that does not take that. */
    Optional<Command> question(String from) {
        return experience.mayRenameAhead() ? Optional.of(new Command("RNFR", from)) : Optional.empty();
    }

    /** The reply to {@link #question}: the next {@link #rename} of the same file need not send it, unless something else is sent before. */
    void tell(Reply reply) {
        told = reply;
    }

    void rename(String from, String to) throws IOException {
        Command first = new Command("RNFR", from);
        Reply early = told;
        told = null;
        if (early != null && control.isLast(first) && isCompleted(early, to)) {
            return;
        }
        Reply reply = control.command("RNFR", from);
        if (!reply.isIntermediate()) {
            throw control.refused(first.line(), reply);
        }
        reply = control.command("RNTO", to);
        if (!reply.isCompletion()) {
            throw control.refused("RNTO " + to, reply);
        }
    }

    /** Completes what was begun ahead. A refusal may mean only that it was ahead: it is asked for again, from the start. */
    private boolean isCompleted(Reply early, String to) throws IOException {
        boolean completed = false;
        try {
            if (early.isIntermediate()) {
                Reply reply = control.command("RNTO", to);
                if (!reply.isCompletion() && !reply.isRefusal()) {
                    throw control.refused("RNTO " + to, reply);
                }
                completed = reply.isCompletion();
            }
            return completed;
        } finally {
            if (completed) {
                experience.renamedAhead();
            } else {
                experience.stumbledAtRename();
            }
        }
    }
}
