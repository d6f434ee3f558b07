package io.ferry.transfer;

import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.transfer.RemoteTarget.WhenExists;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a verified remote partial its final name. An existing file is touched only now, and set aside rather than deleted
 * where the server's RNTO does not replace it.
 *
 * <p>Law: belongs to one upload; remembers over attempts what was under way when the connection broke.
 */
final class RemotePublication {

    private static final Logger LOG = LoggerFactory.getLogger(RemotePublication.class);
    private static final String ASIDE_SUFFIX = ".ferry-aside";

    private final RemoteTarget target;
    private final String partial;
    private final String aside;
    private final long size;
    private boolean renameSent;
    private boolean asideUsed;

    RemotePublication(RemoteTarget target, Fingerprint source) {
        this.target = target;
        this.partial = target.partial(source);
        // One of an earlier upload may still lie there, where DELE is refused.
        this.aside = target.beside(source, "." + Long.toHexString(System.nanoTime()) + ASIDE_SUFFIX);
        this.size = source.size();
    }

    /**
     * Whether an earlier attempt's rename happened although its reply was lost: then the partial is gone. The file under the
     * final name may be gone as well, when its receiver was quick.
     */
    boolean happenedAlready(FtpSession session) throws IOException {
        if (!renameSent || exists(session, partial)) {
            return false;
        }
        dropAside(session);
        return true;
    }

    /** Whether there is a file under a path. */
    static boolean exists(FtpSession session, String path) throws IOException {
        return session.size(path).isPresent()
                || session.facts(path).filter(facts -> !facts.directory()).isPresent();
    }

    /**
     * Publishes.
     *
     * @return false where a file has appeared under the final name that is to be left alone; the partial is then gone
     */
    boolean publish(FtpSession session) throws IOException {
        WhenExists whenExists = target.whenExists();
        boolean decides =
                whenExists == WhenExists.FAIL || whenExists == WhenExists.IGNORE || whenExists == WhenExists.MOVE;
        if (decides && exists(session, target.path())) {
            if (whenExists == WhenExists.IGNORE) {
                session.delete(partial);
                return false;
            }
            makeWay(session);
        }
        renameSent = true;
        try {
            session.rename(partial, target.path());
        } catch (FtpException e) {
            boolean mayReplace = whenExists == WhenExists.REPLACE && e.refuses("RNTO");
            if (!mayReplace || !exists(session, target.path())) {
                throw e;
            }
            replace(session);
        }
        dropAside(session);
        return true;
    }

    private void makeWay(FtpSession session) throws IOException {
        RemoteTarget.Mover mover = target.mover();
        if (target.whenExists() == WhenExists.FAIL || mover == null) {
            throw new TransferException(
                    target.path(),
                    size,
                    session.partner() + ": " + target.path() + " exists, and fileExist=Fail; the new file stays as "
                            + partial,
                    null);
        }
        mover.move(session, target.path());
    }

    private void replace(FtpSession session) throws IOException {
        asideUsed = true;
        session.rename(target.path(), aside);
        try {
            session.rename(partial, target.path());
        } catch (IOException e) {
            LOG.warn(
                    "{}: {} could not be replaced; the earlier file lies safe as {}",
                    session.partner(),
                    target.path(),
                    aside);
            putBack(session, e);
            throw e;
        }
    }

    private void putBack(FtpSession session, IOException failure) {
        if (session.isBroken()) {
            return;
        }
        try {
            session.rename(aside, target.path());
            asideUsed = false;
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** The earlier file is not needed any more; a server that keeps it does no harm to the new one. */
    private void dropAside(FtpSession session) throws IOException {
        if (asideUsed && exists(session, aside)) {
            try {
                session.delete(aside);
            } catch (FtpException e) {
                LOG.warn("{}: the replaced file stays as {}: {}", session.partner(), aside, e.getMessage());
            }
        }
    }
}
