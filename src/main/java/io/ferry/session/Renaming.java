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

    private static final int BAD_SEQUENCE = 503;

    private final ControlConnection control;
    private final Experience experience;
    private @Nullable Reply told;

    Renaming(ControlConnection control, Experience experience) {
        this.control = control;
        this.experience = experience;
    }

    /** What may be sent along with other questions, as the last of them; empty for a server that is not known to take that. */
    Optional<Command> question(String from) {
        return experience.mayRenameAhead() ? Optional.of(new Command("RNFR", from)) : Optional.empty();
    }

    /** The reply to {@link #question}: the next {@link #rename} of the same file need not send it, unless something else is sent before. */
    void tell(Reply reply) {
        told = reply;
    }

    /** The reply to {@link #question} did not come. */
    void unanswered() {
        experience.stumbledAtRename();
    }

    void rename(String from, String to) throws IOException {
        Command first = new Command("RNFR", from);
        Reply early = told;
        told = null;
        if (early == null || !control.isLast(first)) {
            require(first, control.command(first.verb(), from));
            complete(to, control.command("RNTO", to));
            return;
        }
        require(first, early);
        Reply reply = control.command("RNTO", to);
        if (reply.code() == BAD_SEQUENCE) {
            // It remembers no RNFR that came with other commands.
            experience.stumbledAtRename();
            rename(from, to);
        } else {
            complete(to, reply);
        }
    }

    private void require(Command first, Reply reply) throws FtpException {
        if (!reply.isIntermediate()) {
            throw control.refused(first.line(), reply);
        }
    }

    private void complete(String to, Reply reply) throws FtpException {
        if (!reply.isCompletion()) {
            throw control.refused("RNTO " + to, reply);
        }
    }
}
