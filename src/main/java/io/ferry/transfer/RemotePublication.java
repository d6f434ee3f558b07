package io.ferry.transfer;

import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.transfer.RemoteTarget.WhenExists;
import java.io.IOException;

/**
 * Gives a verified remote partial its final name. An existing file is touched only now, and set aside rather than deleted
 * where the server's RNTO does not replace it.
 *
 * <p>Law: belongs to one upload; remembers over attempts whether a rename was under way when the connection broke.
 */
final class RemotePublication {

    private static final String ASIDE_SUFFIX = ".ferry-aside";

    private final RemoteTarget target;
    private final String partial;
    private final String aside;
    private final long size;
    private boolean renameSent;

    RemotePublication(RemoteTarget target, Fingerprint source) {
        this.target = target;
        this.partial = target.partial(source);
        this.aside = target.beside(source, ASIDE_SUFFIX);
        this.size = source.size();
    }

    /** Whether an earlier attempt's rename happened although its reply was lost: the partial is gone, the file is there. */
    boolean happenedAlready(FtpSession session) throws IOException {
        return renameSent
                && session.size(partial).isEmpty()
                && session.size(target.path()).orElse(-1L) == size;
    }

    /** Whether there is a file under the final path. */
    static boolean exists(FtpSession session, String path) throws IOException {
        return session.size(path).isPresent()
                || session.facts(path).filter(facts -> !facts.directory()).isPresent();
    }

    void publish(FtpSession session) throws IOException {
        if (target.whenExists() == WhenExists.FAIL && exists(session, target.path())) {
            throw new TransferException(
                    target.path(), size, target.path() + " exists, and fileExist=Fail; the new file stays as " + partial, null);
        }
        RemoteTarget.Mover mover = target.mover();
        if (target.whenExists() == WhenExists.MOVE && mover != null && exists(session, target.path())) {
            mover.move(target.path());
        }
        renameSent = true;
        try {
            session.rename(partial, target.path());
        } catch (FtpException e) {
            boolean mayReplace = target.whenExists() == WhenExists.REPLACE && e.refuses("RNTO");
            if (!mayReplace || !exists(session, target.path())) {
                throw e;
            }
            replace(session);
        }
    }

    private void replace(FtpSession session) throws IOException {
        session.rename(target.path(), aside);
        try {
            session.rename(partial, target.path());
        } catch (IOException e) {
            putBack(session, e);
            throw e;
        }
        session.delete(aside);
    }

    private void putBack(FtpSession session, IOException failure) {
        try {
            session.rename(aside, target.path());
        } catch (IOException e) {
            failure.addSuppressed(new IOException("The earlier file lies safe as " + aside, e));
        }
    }
}
