package io.ferry.camel;

import io.ferry.session.RemoteFileFacts;
import io.ferry.transfer.Download;
import io.ferry.transfer.Installation;
import io.ferry.transfer.LocalSource;
import io.ferry.transfer.LocalTarget;
import io.ferry.transfer.RemoteTarget;
import io.ferry.transfer.Tree;
import io.ferry.transfer.Upload;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.function.BooleanSupplier;
import org.apache.camel.CamelContext;
import org.apache.camel.Component;
import org.apache.camel.Endpoint;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.support.service.ServiceHelper;
import org.apache.camel.util.URISupport;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's side of a mirror.
 *
 * <p>Law: owns its endpoint, and with it a use of the partner's pool, until closed; used by one thread at a time.
 */
final class MirrorServer implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(MirrorServer.class);

    private final FtpEndpoint<FTPFile> endpoint;
    private final FerryDoor door;
    private final FerryOperations operations;
    private final Installation installation;
    private final BooleanSupplier stop;
    private boolean listsExactTimes;

    private MirrorServer(FtpEndpoint<FTPFile> endpoint, FerryDoor door, BooleanSupplier stop) {
        this.endpoint = endpoint;
        this.door = door;
        this.operations = door.operations();
        this.stop = stop;
        String work = door.options().getWorkDirectory();
        this.installation = Installation.of(Path.of(work == null ? WorkDirectory.NAME : work));
    }

    /**
     * The server that a URI names.
     *
     * @param username instead of the URI's, or null
     * @param password instead of the URI's, or null
     * @param stop asked before each block of a transfer
     * @throws IllegalArgumentException where the URI is not one of Ferry's
     */
    static MirrorServer open(
            CamelContext context,
            String uri,
            @Nullable String username,
            @Nullable String password,
            BooleanSupplier stop)
            throws Exception {
        String normal = URISupport.normalizeUri(uri);
        Component component = context.getComponent(normal.substring(0, Math.max(0, normal.indexOf(':'))));
        Endpoint made = component == null ? null : component.createEndpoint(normal);
        FerryDoor door = made instanceof FerryFtpEndpoint plain
                ? plain.door()
                : made instanceof FerryFtpsEndpoint secured ? secured.door() : null;
        if (door == null || made == null) {
            throw new IllegalArgumentException(
                    "MirrorProcessor takes a ferry-ftp: or ferry-ftps: endpointUri, not " + ShownUri.of(normal));
        }
        @SuppressWarnings("unchecked")
        FtpEndpoint<FTPFile> endpoint = (FtpEndpoint<FTPFile>) made;
        if (username != null) {
            endpoint.getConfiguration().setUsername(username);
        }
        if (password != null) {
            endpoint.getConfiguration().setPassword(password);
        }
        ServiceHelper.startService(endpoint);
        return new MirrorServer(endpoint, door, stop);
    }

    /** Who it is, for messages. */
    String partner() {
        return operations.partner();
    }

    private String path(String below) {
        return Tree.join(endpoint.getConfiguration().getDirectory(), below);
    }

    /**
     * What lies there now.
     *
     * @param must whether the uppermost directory has to be there; otherwise one that is missing is empty
     */
    Tree tree(boolean must) {
        String directory = endpoint.getConfiguration().getDirectory();
        return operations.call(session -> {
            listsExactTimes = session.listsExactTimes();
            // Some servers list a directory that is not there as an empty one.
            if (directory.isEmpty() || session.directory(directory).isPresent()) {
                return RemoteTree.read(session, directory, this::isLeftOut);
            }
            if (must) {
                throw new IOException(session.partner() + ": there is no directory " + directory
                        + " to mirror, or it may not be entered");
            }
            return Tree.EMPTY;
        });
    }

    /** What begins with a dot, as by a consumer: among it are Ferry's own partials. */
    private boolean isLeftOut(String name) {
        if (name.startsWith(".")) {
            return true;
        }
        try {
            LocalTarget.checkName(name);
            return false;
        } catch (IllegalArgumentException e) {
            LOG.warn("{}: left out of the mirror: {}", partner(), e.getMessage());
            return true;
        }
    }

    /** The modification time that a transfer would see. */
    @Nullable
    Instant time(String path, Tree.Entry entry) {
        return listsExactTimes
                ? entry.modified()
                : operations
                        .call(session -> session.facts(path(path)))
                        .map(RemoteFileFacts::modified)
                        .orElse(null);
    }

    /** Downloads a file, which gets the server's modification time. */
    void fetch(String path, Path file) throws IOException {
        LocalTarget target = LocalTarget.file(file, door.options().getPartialSuffix(), true);
        Download download =
                new Download(door.pool(), path(path), target, door.transferOptions(), door.listener(), stop);
        download.run();
        Instant modified = download.source().modified();
        if (modified != null && !download.source().isProof()) {
            // It may still change without showing another time: the next run is to fetch it again.
            Files.setLastModifiedTime(file, FileTime.from(modified.minusSeconds(1)));
        }
    }

    /** Uploads a file, and makes the directories above it. It gets the local modification time where the server can set it. */
    void send(String path, Path file) throws IOException {
        // Of before: a change while it is sent shows at the next run.
        Instant modified = Files.getLastModifiedTime(file).toInstant();
        RemoteTarget target = new RemoteTarget(
                path(path),
                null,
                door.options().getPartialSuffix(),
                RemoteTarget.WhenExists.REPLACE,
                null,
                true,
                endpoint.getConfiguration().getChmod(),
                door.options().getPartialDirectory());
        Upload upload = new Upload(
                door.pool(), LocalSource.of(file), target, door.transferOptions(), installation, door.listener(), stop);
        // What the server has decides, and not what was noted there once.
        upload.forget();
        upload.run();
        upload.forget();
        operations.call(session -> session.setModified(path(path), modified));
    }

    void delete(String path) {
        operations.deleteFile(path(path));
    }

    /** Removes a directory; one that holds something that is left out stays. */
    void removeDirectory(String path) {
        operations.call(session -> {
            try {
                session.removeDirectory(path(path));
            } catch (IOException e) {
                LOG.warn("{} stays: {}", path(path), e.getMessage());
            }
            return true;
        });
    }

    @Override
    public void close() throws IOException {
        ServiceHelper.stopAndShutdownService(endpoint);
        installation.close();
    }
}
