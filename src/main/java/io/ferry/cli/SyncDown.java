package io.ferry.cli;

import io.ferry.session.FtpSession;
import io.ferry.session.Lease;
import io.ferry.transfer.LocalTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * From the server.
 *
 * @param from the directory there
 * @param to the directory here
 */
record SyncDown(Connection server, RemoteUrl from, Path to) implements SyncSide {

    @Override
    public void begin() throws IOException {
        Files.createDirectories(to);
    }

    @Override
    public void makeDirectory(String path) throws IOException {
        Files.createDirectories(local(path));
    }

    @Override
    public void transfer(String path) throws IOException {
        server.download(from.child(path), local(path), server.transferOptions());
    }

    /** Listings may hide what exists, such as names that begin with a dot: the server is asked about the very path. */
    @Override
    public boolean delete(String path) throws IOException {
        try (Lease lease = server.lease()) {
            FtpSession session = lease.session();
            String there = from.child(path);
            if (session.facts(there).isPresent() || session.directory(there).isPresent()) {
                return false;
            }
        }
        Files.delete(local(path));
        return true;
    }

    @Override
    public void checkServer() throws IOException {
        server.lease().close();
    }

    /** A server decides what its names look like: none of them leads out of the directory. */
    private Path local(String path) throws IOException {
        Path local = to;
        for (String name : path.split("/", -1)) {
            try {
                LocalTarget.checkName(name);
            } catch (IllegalArgumentException e) {
                throw new IOException(e.getMessage(), e);
            }
            local = local.resolve(name);
        }
        return local;
    }
}
