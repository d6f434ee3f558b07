package io.ferry.session;

import java.time.Duration;

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
 * <p>Law: belongs to a pool; safe from any thread.
 */
final class Experience {

    /** How long a server is waited for that may have lost a command. */
    private static final Duration TRIAL = Duration.ofSeconds(5);

    private volatile boolean extendedDead;
    private volatile boolean reuseDemanded;
    private volatile boolean asksAhead;
    private volatile boolean stumbled;

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

    /** How long the reply to a command is waited for that was sent ahead. */
    Duration patience(Duration otherwise) {
        return asksAhead || otherwise.compareTo(TRIAL) < 0 ? otherwise : TRIAL;
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

    /** Whether the server has refused a data connection that could not resume the TLS session. */
    boolean demandsReuse() {
        return reuseDemanded;
    }

    /** The server has refused a data connection that could not resume the TLS session. */
    void reuseDemanded() {
        reuseDemanded = true;
    }
}
