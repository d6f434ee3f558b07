package io.ferry.session;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What the sessions of a partner have found out about data connections, for those that come after them.
 *
 * <p>Some firewalls open the ports that a server names in reply to PASV, and know nothing of EPSV: its ports are then dead. A port
 * that cannot be reached makes the next session use the other command.
 *
 * <p>Many servers take only data connections that resume the control connection's TLS session, and some of these hand out no
 * ticket for the next one while they receive a file. A session without a ticket is then of no more use for data.
 *
 * <p>A server reads the commands that have arrived one after the other (RFC 959 does not ask it to); one that loses what it has not
 * asked for yet is found out at the first try, and gets one command at a time from then on.
 *
 * <p>MLSD and MLST give the same facts (RFC 3659, 7.8), unless a server thinks otherwise: the first answers about files that were
 * listed tell.
 *
 * <p>Law: belongs to a pool; safe from any thread.
 */
final class Experience {

    /** How long a server is waited for that may have lost a command. */
    private static final Duration TRIAL = Duration.ofSeconds(5);

    private volatile boolean extendedDead;
    private volatile boolean reuseDemanded;
    private volatile boolean asksAhead;
    private volatile boolean stumbled;
    private volatile boolean asksBeforeEnd;
    private volatile boolean stumbledBeforeEnd;
    private volatile boolean listsAsAsked;
    private volatile boolean listsOtherwise;
    private volatile boolean renamesAhead;
    private volatile boolean stumbledAtRename;
    private volatile boolean deflationRefused;
    private final AtomicBoolean toldOfDeflation = new AtomicBoolean();

    /** Whether PASV is to be used rather than EPSV. */
    boolean avoidsExtended() {
        return extendedDead;
    }

    /**
     * A port was dead.
     *
     * @param extended whether the server had named it in reply to EPSV
     */
    void dead(boolean extended) {
        extendedDead = extended;
    }

    /** Whether commands that only ask may be sent before the one before is answered. */
    boolean mayAskAhead() {
        return !stumbled;
    }

    /**
     * How long the reply to a command is waited for that was sent ahead.
     *
     * @param rename whether RNFR is one of them
     */
    Duration patience(Duration otherwise, boolean rename) {
        return asksAhead && (renamesAhead || !rename) || otherwise.compareTo(TRIAL) < 0 ? otherwise : TRIAL;
    }

    /** Whether commands that only ask may be sent before the reply that ends a transfer, once its data have ended. */
    boolean mayAskBeforeEnd() {
        return asksAhead && !stumbledBeforeEnd;
    }

    /** How long the first reply is waited for behind the one that ends a transfer. */
    Duration patienceAfterEnd(Duration otherwise) {
        return asksBeforeEnd || otherwise.compareTo(TRIAL) < 0 ? otherwise : TRIAL;
    }

    /** The server has answered what was sent before the reply that ended a transfer. */
    void answeredAfterEnd() {
        asksBeforeEnd = true;
    }

    /** The server has ended a transfer, or the session, and not answered what was sent before it said so. */
    void stumbledAfterEnd() {
        if (!asksBeforeEnd) {
            stumbledBeforeEnd = true;
        }
    }

    /** The server ends transfers with a reply that may be another command's: nothing is sent before it. */
    void endsOtherwise() {
        stumbledBeforeEnd = true;
    }

    /** Whether the server is known to answer what was sent ahead. */
    boolean asksAhead() {
        return asksAhead;
    }

    /** The server has answered what was sent ahead. */
    void answeredAhead() {
        asksAhead = true;
    }

    /** The server has answered the first of several commands, and not the others. */
    void stumbled() {
        stumbled = !asksAhead;
    }

    /** Whether RNFR may be sent along with commands that only ask. */
    boolean mayRenameAhead() {
        return asksAhead && !stumbledAtRename;
    }

    /** The server has renamed a file whose RNFR came with other commands. */
    void renamedAhead() {
        renamesAhead = true;
    }

    /** The server has not answered an RNFR that came with other commands, or refused it, or not remembered it. */
    void stumbledAtRename() {
        stumbledAtRename = !renamesAhead;
    }

    /** Whether what MLSD says about a file is what MLST would say. */
    boolean listsAsAsked() {
        return listsAsAsked && !listsOtherwise;
    }

    /** A file that was listed has been asked about. One that has changed in between tells nothing. */
    void compareListed(RemoteFileFacts listed, RemoteFileFacts answer) {
        if (answer.size() == listed.size()
                && Objects.equals(answer.modified(), listed.modified())
                && Objects.equals(answer.unique(), listed.unique())) {
            listsAsAsked = true;
        } else if ((answer.unique() == null) != (listed.unique() == null) || isRounded(answer, listed)) {
            listsOtherwise = true;
        }
    }

    private static boolean isRounded(RemoteFileFacts one, RemoteFileFacts other) {
        Instant first = one.modified();
        Instant second = other.modified();
        return first != null
                && second != null
                && !first.equals(second)
                && first.getEpochSecond() == second.getEpochSecond();
    }

    /** The server has refused MODE Z, whatever it lists. */
    void refusesDeflation() {
        deflationRefused = true;
    }

    /** Whether the server has refused MODE Z. */
    boolean isDeflationRefused() {
        return deflationRefused;
    }

    /** Whether the log is to say that there is no MODE Z: once. */
    boolean tellsOfDeflation() {
        return !toldOfDeflation.getAndSet(true);
    }

    /** Whether the server has refused a data connection that could not resume the TLS session. */
    boolean demandsReuse() {
        return reuseDemanded;
    }

    /** The server has refused a data connection that could not resume the TLS session. */
    void reuseDemanded() {
        reuseDemanded = true;
    }
}
