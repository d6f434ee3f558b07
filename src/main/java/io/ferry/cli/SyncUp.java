package io.ferry.cli;

import io.ferry.session.FtpSession;
import io.ferry.session.Lease;
import io.ferry.transfer.RemoteTarget.WhenExists;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;

/**
 * To the server.
 *
 * @param to the directory there
 * @param from the directory here
 */
record SyncUp(Connection server, RemoteUrl to, Path from) implements SyncSide {

    @Override
    public void begin() throws IOException {
        if (!to.path().isEmpty()) {
            try (Lease lease = server.lease()) {
                lease.session().makeDirectories(to.path());
            }
        }
    }

    @Override
    public void makeDirectory(String path) throws IOException {
        try (Lease lease = server.lease()) {
            lease.session().makeDirectories(to.child(path));
        }
    }

    @Override
    public void transfer(String path) throws IOException {
        Path file = from.resolve(path);
        // Of before: a change while it is sent shows at the next sync.
        Instant modified = Files.getLastModifiedTime(file).toInstant();
        server.upload(file, server.target(to.child(path), WhenExists.REPLACE, false), server.transferOptions());
        try (Lease lease = server.lease()) {
            lease.session().setModified(to.child(path), modified);
        }
    }

    @Override
    public boolean delete(String path) throws IOException {
        if (Files.exists(from.resolve(path), LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try (Lease lease = server.lease()) {
            FtpSession session = lease.session();
            String there = to.child(path);
            if (session.directory(there).isPresent()) {
                session.removeDirectory(there);
            } else {
                session.delete(there);
            }
        }
        return true;
    }

    @Override
    public void checkServer() throws IOException {
        server.lease().close();
    }
}
