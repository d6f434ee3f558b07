package io.ferry.session;

/**
 * What the sessions of a partner have found out about passive mode, for those that come after them.
 *
 * <p>Some firewalls open the ports that a server names in reply to PASV, and know nothing of EPSV: its ports are then dead. A port
 * that cannot be reached makes the next session use the other command.
 *
 * <p>Law: belongs to a pool; safe from any thread.
 */
final class PassiveExperience {

    private volatile boolean extendedDead;

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
}
