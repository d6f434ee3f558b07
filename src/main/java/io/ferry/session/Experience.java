package io.ferry.session;

/**
 * What the sessions of a partner have found out about data connections, for those that come after them.
 *
 * <p>Some firewalls open the ports that a server names in reply to PASV, and know nothing of EPSV: its ports are then dead. A port
 * that cannot be reached makes the next session use the other command.
 *
 * <p>Many servers take only data connections that resume the control connection's TLS session, and some of these hand out no
 * ticket for the next one while they receive a file. A session without a ticket is then of no more use for data.
 *
 * <p>Law: belongs to a pool; safe from any thread.
 */
final class Experience {

    private volatile boolean extendedDead;
    private volatile boolean reuseDemanded;

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

    /** Whether the server has refused a data connection that could not resume the TLS session. */
    boolean demandsReuse() {
        return reuseDemanded;
    }

    /** The server has refused a data connection that could not resume the TLS session. */
    void reuseDemanded() {
        reuseDemanded = true;
    }
}
