package io.ferry.cli;

import io.ferry.camel.PartnerSettings;
import io.ferry.session.Lease;
import io.ferry.session.SessionPool;
import io.ferry.transfer.Download;
import io.ferry.transfer.Installation;
import io.ferry.transfer.LocalSource;
import io.ferry.transfer.LocalTarget;
import io.ferry.transfer.RemoteTarget;
import io.ferry.transfer.TransferListener;
import io.ferry.transfer.TransferOptions;
import io.ferry.transfer.TransferResult;
import io.ferry.transfer.Upload;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A server that a command works with.
 *
 * <p>Law: owns the pool, the settings and the use of the installation, and closes them. Safe from any thread.
 */
final class Connection implements Closeable {

    private final PartnerSettings settings;
    private final SessionPool pool;
    private final TransferListener listener;
    private @Nullable Installation installation;

    private Connection(PartnerSettings settings, SessionPool pool, TransferListener listener) {
        this.settings = settings;
        this.pool = pool;
        this.listener = listener;
    }

    /**
     * Connects and logs in, so that a server that cannot be reached is told from a transfer that fails.
     *
     * @param listener hears of the transfers
     */
    static Connection open(PartnerSettings settings, TransferListener listener) throws IOException {
        SessionPool pool = new SessionPool(settings.partner());
        try {
            pool.lease().close();
            return new Connection(settings, pool, listener);
        } catch (IOException | RuntimeException e) {
            pool.close();
            throw e;
        }
    }

    /** A session for commands. */
    Lease lease() throws IOException {
        return pool.lease();
    }

    /** How many sessions there may be at once. */
    int maxSessions() {
        return settings.partner().maxSessions();
    }

    TransferOptions transferOptions() {
        return settings.transferOptions();
    }

    /** What the names of unfinished files end with. */
    String partialSuffix() {
        return settings.partialSuffix();
    }

    /** Downloads a file. */
    TransferResult download(String path, Path file, TransferOptions options) throws IOException {
        LocalTarget target = LocalTarget.file(file, partialSuffix(), true);
        return new Download(pool, path, target, options, listener, () -> false).run();
    }

    /** Uploads a file. */
    TransferResult upload(Path file, RemoteTarget target, TransferOptions options) throws IOException {
        Upload upload = new Upload(pool, LocalSource.of(file), target, options, installation(), listener, () -> false);
        TransferResult result = upload.run();
        // Sent again on purpose, it is sent again.
        upload.forget();
        return result;
    }

    /** A target for the path, with what the options say about partials and modes. */
    RemoteTarget target(String path, RemoteTarget.WhenExists whenExists, boolean makeDirectories) {
        return new RemoteTarget(
                path,
                null,
                partialSuffix(),
                whenExists,
                null,
                makeDirectories,
                settings.chmod(),
                settings.partialDirectory());
    }

    /** Who sends: the same for every command of this user, so that the next one goes on with what one left. */
    private synchronized Installation installation() {
        Installation current = installation;
        if (current == null) {
            String directory = settings.workDirectory();
            current = Installation.of(directory == null ? stateDirectory() : Path.of(directory));
            installation = current;
        }
        return current;
    }

    private static Path stateDirectory() {
        String state = System.getenv("XDG_STATE_HOME");
        String local = System.getenv("LOCALAPPDATA");
        if (state != null && !state.isBlank()) {
            return Path.of(state, "ferry");
        }
        return local != null && !local.isBlank()
                ? Path.of(local, "ferry")
                : Path.of(System.getProperty("user.home", "."), ".local", "state", "ferry");
    }

    @Override
    public void close() throws IOException {
        try {
            pool.close();
        } finally {
            settings.close();
            synchronized (this) {
                if (installation != null) {
                    installation.close();
                }
            }
        }
    }
}
