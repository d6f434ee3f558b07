package io.ferry.session;

import io.ferry.session.ControlConnection.Command;
import io.ferry.session.FtpException.Kind;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is asked about a file, and when: in one go where the server takes that, at the end of a transfer before it has said that it
 * ended, and with the questions about the next file, whose answers are kept for a moment. Only commands that change nothing are sent ahead.
 *
 * <p>Law: belongs to one session and is used by its thread. Either all replies to what was sent are read, or the session is broken.
 */
final class FileQuestions {

    private final FtpSession session;
    private final Partner partner;
    private final ControlConnection control;
    private final DataConnections dataConnections;
    private final Listings listings;
    private final Experience experience;
    private final Renaming renaming;
    private @Nullable Told told;
    private @Nullable Round sent;

    /** What was asked about a file ahead of its transfer, and answered. */
    record Told(String path, List<Command> questions, List<Reply> replies, Instant asked, long at) {}

    FileQuestions(
            FtpSession session,
            ControlConnection control,
            DataConnections dataConnections,
            Listings listings,
            Experience experience,
            Renaming renaming) {
        this.session = session;
        this.partner = session.partner();
        this.control = control;
        this.dataConnections = dataConnections;
        this.listings = listings;
        this.experience = experience;
        this.renaming = renaming;
    }

    /** Whether what a listing has said about a file needs no question any more. */
    boolean isListedEnough(Upcoming file) {
        return file.isListedExactly() && listings.areMachineReadable() && experience.listsAsAsked();
    }

    /** What is asked about a file first; empty where the answers need further questions. */
    List<Command> about(String path) {
        if (listings.areMachineReadable()) {
            return List.of(new Command("MLST", path));
        }
        return session.statesSizes() ? sizeAndTime(path) : List.of();
    }

    static List<Command> sizeAndTime(String path) {
        return List.of(new Command("SIZE", path), new Command("MDTM", path));
    }

    /** Whether the questions about a file have been answered ahead, on this session, a moment ago. */
    boolean isToldOf(String path) {
        Told early = told;
        return early != null && early.path().equals(path) && isFresh(early);
    }

    /** Whether what has been told ahead of some file's transfer is still of use. */
    boolean isTold() {
        Told early = told;
        return early != null && isFresh(early);
    }

    private static boolean isFresh(Told early) {
        return System.nanoTime() - early.at() < PassivePort.GOOD_FOR.toNanos();
    }

    /** The answers about a file; those about another are of no use any more once this one is asked about. */
    @Nullable
    Told take(String path) {
        Told early = isToldOf(path) ? told : null;
        told = null;
        boolean isAnswered = early != null
                && !early.questions().isEmpty()
                && early.questions().equals(about(path));
        return isAnswered ? early : null;
    }

    /** Nothing that was told ahead is of use any more. */
    void forget() {
        told = null;
    }

    /** Commands that are sent in one go: about a file, about the next one, and for a port. */
    private record Round(
            List<Command> own,
            List<Command> following,
            Optional<Command> port,
            Optional<Command> rename,
            @Nullable Upcoming next,
            Instant asked) {

        private List<Command> commands() {
            List<Command> all = new ArrayList<>(own);
            all.addAll(following);
            port.ifPresent(all::add);
            rename.ifPresent(all::add);
            return all;
        }
    }

    private Round round(List<Command> own, boolean transferFollows, @Nullable Upcoming next) {
        Upcoming named = experience.asksAhead() ? next : null;
        List<Command> following = named == null || isListedEnough(named) ? List.of() : about(named.path());
        Optional<Command> port = transferFollows || named != null ? dataConnections.portQuestion() : Optional.empty();
        return new Round(own, following, port, Optional.empty(), named, Instant.now());
    }

    /**
     * Sends what {@link Listings#facts} would ask, before the server has said that the transfer which runs has ended: its data have. Only
     * where the server is known to take several commands at once.
     */
    void askEarly(String path, @Nullable Upcoming next) throws IOException {
        List<Command> own = about(path);
        if (experience.mayAskBeforeEnd() && !own.isEmpty()) {
            Round round = round(own, false, next);
            control.askEarly(round.commands());
            sent = round;
        }
    }

    /** The transfer has not ended as it should, and what {@link #askEarly} has sent may be why. */
    void failedEarly(FtpException failure) {
        if (failure.replyCode() / 100 == 2) {
            experience.endsOtherwise();
        } else {
            experience.stumbledAfterEnd();
        }
    }

    /**
     * The replies to commands that only ask, sent in one go where the server is known to take that; a server that is tried out
     * is asked once more, one by one, where its replies may be what comes of that.
     *
     * @param good the code of the replies that prove that it does
     */
    List<Reply> ask(List<Command> commands, int good, boolean transferFollows, @Nullable Upcoming next)
            throws IOException {
        Round early = sent;
        sent = null;
        if (early != null && early.own().equals(commands)) {
            return answers(early);
        }
        return ask(round(commands, transferFollows, next), good);
    }

    private List<Reply> ask(Round round, int good) throws IOException {
        List<Command> commands = round.own();
        List<Command> all = round.commands();
        if (all.size() == 1 || !experience.mayAskAhead()) {
            return oneByOne(commands);
        }
        List<Reply> replies = inOneGo(round);
        boolean proven = replies.stream().limit(commands.size()).allMatch(each -> each.code() == good);
        if (proven) {
            experience.answeredAhead();
        } else if (!experience.asksAhead()) {
            return oneByOne(commands);
        }
        keep(round, replies);
        return replies;
    }

    /** What the server says to SIZE; what it says to the commands that are likely to follow is kept. */
    Reply size(String path, Set<Following> following) throws IOException {
        List<Command> own = List.of(new Command("SIZE", path));
        Optional<Command> port =
                following.contains(Following.TRANSFER) ? dataConnections.portQuestion() : Optional.empty();
        Optional<Command> rename = following.contains(Following.RENAME) && session.hasStatedASize()
                ? renaming.question(path)
                : Optional.empty();
        return ask(new Round(own, List.of(), port, rename, null, Instant.now()), 213)
                .get(0);
    }

    private List<Reply> answers(Round early) throws IOException {
        Duration budget = partner.timeouts().reply();
        try {
            List<Reply> replies = control.answers(experience.patienceAfterEnd(budget), budget);
            experience.answeredAfterEnd();
            keep(early, replies);
            return replies;
        } catch (FtpException e) {
            experience.stumbledAfterEnd();
            throw e;
        }
    }

    private void keep(Round round, List<Reply> replies) {
        int own = round.own().size();
        int both = own + round.following().size();
        if (round.port().isPresent()) {
            dataConnections.portAnswer(replies.get(both));
        }
        if (round.rename().isPresent()) {
            renaming.tell(replies.get(replies.size() - 1));
            if (replies.get(0).isIntermediate()) {
                // Answers out of order.
                experience.stumbledAtRename();
            }
        }
        Upcoming next = round.next();
        if (next != null) {
            List<Reply> early = List.copyOf(replies.subList(own, both));
            told = new Told(next.path(), round.following(), early, round.asked(), System.nanoTime());
        }
    }

    private List<Reply> inOneGo(Round round) throws IOException {
        boolean rename = round.rename().isPresent();
        try {
            return control.ask(
                    round.commands(), experience.patience(partner.timeouts().reply(), rename));
        } catch (FtpException e) {
            if (rename) {
                experience.stumbledAtRename();
            }
            if (e.kind() == Kind.TIMED_OUT) {
                experience.stumbled();
            }
            throw e;
        }
    }

    private List<Reply> oneByOne(List<Command> commands) throws IOException {
        List<Reply> replies = new ArrayList<>();
        for (Command command : commands) {
            replies.add(control.command(command.verb(), command.argument()));
        }
        return replies;
    }
}
