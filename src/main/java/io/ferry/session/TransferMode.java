package io.ferry.session;

import io.ferry.session.FtpException.Kind;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets the mode of the next data connection (MODE, RFC 959, 3.4): S, bytes as they are, or Z, deflated
 * (draft-preston-ftpext-deflate). It is sent only where the session is in the other one.
 *
 * <p>Law: belongs to one session and is used by its thread.
 */
final class TransferMode {

    private static final Logger LOG = LoggerFactory.getLogger(TransferMode.class);

    private final Partner partner;
    private final ControlConnection control;
    private final Features features;
    private final Experience experience;
    private boolean deflated;

    TransferMode(Partner partner, ControlConnection control, Features features, Experience experience) {
        this.partner = partner;
        this.control = control;
        this.features = features;
        this.experience = experience;
    }

    /**
     * How the next data connection carries its bytes.
     *
     * @param wished DEFLATED becomes BYTES where the server does not do that, which the log says once
     */
    DataForm choose(DataForm wished) throws IOException {
        boolean deflate = wished == DataForm.DEFLATED && isOffered();
        if (deflate != deflated) {
            Reply reply = control.command("MODE", deflate ? "Z" : "S");
            if (reply.code() == 200) {
                deflated = deflate;
            } else if (deflate && (reply.isRefusal() || reply.code() == 202)) {
                // Such as a server's that lists it and cannot do it under TLS; 202, superfluous here, is a refusal as
                // well.
                experience.refusesDeflation();
                tell("refuses MODE Z (" + reply + ")");
                deflate = false;
            } else {
                // Nobody knows now which mode the session is in; a new one begins in S.
                control.markBroken();
                throw new FtpException(
                        Kind.CONNECTION_LOST,
                        partner + ": " + (deflate ? "MODE Z" : "MODE S") + " answered: " + reply
                                + "; the session is given up",
                        reply,
                        null);
            }
        }
        return wished == DataForm.DEFLATED && !deflate ? DataForm.BYTES : wished;
    }

    /** A stream of it was damaged: from now on files come as they are. */
    void distrustDeflation() {
        experience.refusesDeflation();
        tell("sends damaged data in MODE Z");
    }

    private boolean isOffered() {
        if (!features.deflates()) {
            tell("does not list MODE Z (FEAT)");
        }
        return features.deflates() && !experience.isDeflationRefused();
    }

    private void tell(String why) {
        if (experience.tellsOfDeflation()) {
            LOG.info("{}: the server {}: compress=true has no effect here", partner, why);
        }
    }
}
