package io.ferry.camel;

import io.ferry.transfer.LocalTarget;
import java.util.HashSet;
import java.util.Set;
import org.apache.camel.Route;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes over the names of a listing that could lead out of a directory, hide a command, or never end. Each is reported once and left
 * where it is.
 *
 * <p>Law: belongs to one consumer and its poll thread.
 */
final class NameCheck {

    private static final Logger LOG = LoggerFactory.getLogger(FerryConsumer.class);

    /** So many refused names are kept in mind, so as to report each once; a server can make up any number. */
    private static final int MOST_REFUSED = 1000;

    /** Directories within directories end here, as they do on most disks; a server can make up any depth. */
    private static final int LONGEST_PATH = 4096;

    private static final int SHOWN = 80;

    private final FtpEndpoint<FTPFile> endpoint;
    private final Set<String> refused = new HashSet<>();

    NameCheck(FtpEndpoint<FTPFile> endpoint) {
        this.endpoint = endpoint;
    }

    /** Whether a name is one that the server and the targets of the route take as it is. */
    boolean isSafe(String name, @Nullable Route route) {
        return passes(name, () -> {
            LocalTarget.checkName(name);
            WorkDirectory.checkName(name, route);
        });
    }

    /** Whether a directory, relative to the endpoint's, stays inside the targets of the route. */
    boolean staysInside(String relative, @Nullable Route route) {
        return passes(relative, () -> WorkDirectory.checkInside(relative, route));
    }

    private boolean passes(String name, Runnable check) {
        try {
            check.run();
            return true;
        } catch (IllegalArgumentException e) {
            report(name, String.valueOf(e.getMessage()));
            return false;
        }
    }

    /** Whether a directory lies deeper than any that a person has made. */
    boolean isTooDeep(String path) {
        if (path.length() <= LONGEST_PATH) {
            return false;
        }
        String shown = path.substring(0, SHOWN);
        report(shown, "Refused: the directory " + shown + "… lies too deep");
        return true;
    }

    private void report(String name, String message) {
        if (refused.size() < MOST_REFUSED && refused.add(name)) {
            LOG.warn("{}: {}", endpoint.remoteServerInformation(), message);
        }
    }
}
