package io.ferry.camel;

import io.ferry.camel.MirrorPlan.Kind;
import io.ferry.camel.MirrorPlan.Step;
import io.ferry.camel.MirrorTree.Entry;
import io.ferry.session.FtpSession;
import io.ferry.session.RemoteFileFacts;
import io.ferry.stream.Disk;
import io.ferry.transfer.Download;
import io.ferry.transfer.Installation;
import io.ferry.transfer.LocalSource;
import io.ferry.transfer.LocalTarget;
import io.ferry.transfer.RemoteTarget;
import io.ferry.transfer.Upload;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.Component;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.support.service.ServiceHelper;
import org.apache.camel.support.service.ServiceSupport;
import org.apache.camel.util.URISupport;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a tree of files equal to another one, one way: a server's to a local one, or a local one to a server's. Each message is one
 * run; afterwards its body is a text that says what was done, one line for each file, empty where the two were equal.
 *
 * <p>A file is copied where the target has none, or one of another size, or, downwards, of another modification time; upwards,
 * where the server's is older than the local one. Nothing is deleted unless {@link #setDelete delete} is true, and then only once
 * every copy has succeeded. What begins with a dot, symbolic links, and directories without files are left out.
 *
 * <p>Law: one run at a time; a run that is told to stop leaves partials that the next one continues. Owns its endpoint.
 */
public final class MirrorProcessor extends ServiceSupport implements Processor, CamelContextAware {

    /** Which of the two is made equal to the other. */
    public enum Direction {
        /** The local tree becomes what the server has. */
        PULL,
        /** The server's tree becomes what the local disk has. */
        PUSH
    }

    private static final Logger LOG = LoggerFactory.getLogger(MirrorProcessor.class);

    private final ReentrantLock running = new ReentrantLock();
    private @Nullable CamelContext camelContext;
    private @Nullable String endpointUri;
    private @Nullable String username;
    private @Nullable String password;
    private @Nullable String localDirectory;
    private Direction direction = Direction.PULL;
    private boolean delete;
    private boolean dryRun;
    private volatile boolean stopping;
    private @Nullable Server server;

    /** The server's side, from the first run until this processor stops. */
    private record Server(
            FtpEndpoint<FTPFile> endpoint, FerryDoor door, FerryOperations operations, Installation installation) {
        String directory() {
            return endpoint.getConfiguration().getDirectory();
        }

        String path(String below) {
            return MirrorTree.join(directory(), below);
        }
    }

    @Override
    public void process(Exchange exchange) throws Exception {
        running.lock();
        try {
            exchange.getMessage().setBody(String.join("\n", run()));
        } finally {
            running.unlock();
        }
    }

    private List<String> run() throws Exception {
        Server remote = server();
        Path local = Path.of(required("localDirectory", localDirectory));
        MirrorPlan plan = plan(remote, local);
        plan.left()
                .forEach(each -> LOG.debug("{}: left: {}", remote.operations().partner(), each));
        if (dryRun) {
            plan.steps()
                    .forEach(
                            each -> LOG.info("{}: would {}", remote.operations().partner(), each));
            LOG.info("{}: dry run: {}", remote.operations().partner(), summary(plan));
        } else {
            carryOut(plan, remote, local);
            if (!plan.steps().isEmpty()) {
                LOG.info("{}: mirror: {}", remote.operations().partner(), summary(plan));
            }
        }
        return plan.steps().stream().map(Step::toString).toList();
    }

    private static String summary(MirrorPlan plan) {
        long copies =
                plan.steps().stream().filter(each -> each.kind() == Kind.COPY).count();
        return copies + " to copy, " + (plan.steps().size() - copies) + " to delete, "
                + plan.left().size() + " only at the target and left";
    }

    private MirrorPlan plan(Server remote, Path local) throws IOException {
        String directory = remote.directory();
        boolean isPull = direction == Direction.PULL;
        boolean[] exact = {false};
        MirrorTree there = remote.operations().call(session -> {
            exact[0] = session.listsExactTimes();
            // Some servers list a directory that is not there as an empty one.
            if (!directory.isEmpty() && session.directory(directory).isEmpty()) {
                if (isPull) {
                    throw new IOException(session.partner() + ": there is no directory " + directory
                            + " to mirror, or it may not be entered");
                }
                return new MirrorTree();
            }
            return MirrorTree.remote(session, directory);
        });
        if (!isPull && !Files.isDirectory(local)) {
            throw new IOException("There is no directory " + local + " to mirror");
        }
        MirrorTree here = MirrorTree.local(local);
        return isPull
                ? MirrorPlan.of(
                        there,
                        here,
                        delete,
                        (path, source, target) -> olderOrNewer(time(remote, path, source, exact[0]), target.modified()))
                : MirrorPlan.of(
                        here,
                        there,
                        delete,
                        (path, source, target) -> older(source.modified(), time(remote, path, target, exact[0])));
    }

    /** The modification time that a transfer would see. */
    private static @Nullable Instant time(Server remote, String path, Entry entry, boolean exact) {
        return exact
                ? entry.modified()
                : remote.operations()
                        .call(session -> session.facts(remote.path(path)))
                        .map(RemoteFileFacts::modified)
                        .orElse(null);
    }

    private static @Nullable String olderOrNewer(@Nullable Instant source, @Nullable Instant target) {
        boolean equal = source != null && target != null && seconds(source).equals(seconds(target));
        return equal ? null : "modified " + source + ", the target " + target;
    }

    private static @Nullable String older(@Nullable Instant source, @Nullable Instant target) {
        boolean older = source == null || target == null || target.isBefore(seconds(source));
        return older ? "modified " + source + ", the target " + target : null;
    }

    private static Instant seconds(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS);
    }

    /** A file that cannot be copied does not hold up the others; it does hold up every deletion. */
    private void carryOut(MirrorPlan plan, Server remote, Path local) throws IOException {
        Exception failed = null;
        int failures = 0;
        for (Step each : plan.steps()) {
            if (isToStop()) {
                throw new IOException("The mirror was stopped; the next run goes on");
            }
            if (each.kind() != Kind.COPY && failed != null) {
                break;
            }
            try {
                carryOut(each, remote, local);
            } catch (IOException | GenericFileOperationFailedException e) {
                failures++;
                LOG.warn("{}: {} failed: {}", remote.operations().partner(), each, e.getMessage());
                failed = failed == null ? e : failed;
            }
        }
        if (failed != null) {
            throw new IOException(
                    "The mirror is not complete: " + failures
                            + " failed, and nothing was deleted after that. The first: " + failed.getMessage(),
                    failed);
        }
    }

    private void carryOut(Step step, Server remote, Path local) throws IOException {
        boolean isPull = direction == Direction.PULL;
        switch (step.kind()) {
            case COPY -> {
                if (isPull) {
                    fetch(remote, step.path(), local);
                } else {
                    send(remote, step.path(), local);
                }
            }
            case DELETE -> {
                if (isPull) {
                    Files.deleteIfExists(inside(local, step.path()));
                } else {
                    remote.operations().deleteFile(remote.path(step.path()));
                }
            }
            case REMOVE_DIRECTORY -> {
                if (isPull) {
                    removeDirectory(inside(local, step.path()));
                } else {
                    remote.operations().call(session -> removeDirectory(session, remote.path(step.path())));
                }
            }
        }
    }

    private void fetch(Server remote, String path, Path local) throws IOException {
        Path file = inside(local, path);
        LocalTarget target = LocalTarget.file(file, remote.door().options().getPartialSuffix(), true);
        Download download = new Download(
                remote.door().pool(),
                remote.path(path),
                target,
                remote.door().transferOptions(),
                remote.door().listener(),
                this::isToStop);
        download.run();
        Instant modified = download.source().modified();
        if (modified != null && !download.source().isProof()) {
            // It may still change without showing another time: the next run is to fetch it again.
            Files.setLastModifiedTime(file, FileTime.from(modified.minusSeconds(1)));
        }
    }

    private void send(Server remote, String path, Path local) throws IOException {
        RemoteTarget target = new RemoteTarget(
                remote.path(path),
                null,
                remote.door().options().getPartialSuffix(),
                RemoteTarget.WhenExists.REPLACE,
                null,
                true,
                remote.endpoint().getConfiguration().getChmod(),
                remote.door().options().getPartialDirectory());
        Upload upload = new Upload(
                remote.door().pool(),
                LocalSource.of(inside(local, path)),
                target,
                remote.door().transferOptions(),
                remote.installation(),
                remote.door().listener(),
                this::isToStop);
        // What the server has decides, and not what was noted there once.
        upload.forget();
        upload.run();
        upload.forget();
    }

    private boolean isToStop() {
        CamelContext context = camelContext;
        return stopping || (context != null && context.isStopping());
    }

    /** A file of the local tree, with no symbolic link on the way to it. */
    private static Path inside(Path local, String path) throws IOException {
        Path way = local;
        for (String name : path.split("/", -1)) {
            if (!way.equals(local)) {
                Disk.refuseLink(way);
            }
            way = way.resolve(name);
        }
        return way;
    }

    private static void removeDirectory(Path directory) throws IOException {
        try {
            Files.deleteIfExists(directory);
        } catch (DirectoryNotEmptyException e) {
            try (Stream<Path> left = Files.list(directory)) {
                LOG.warn(
                        "{} stays: it holds {}",
                        directory,
                        left.map(Path::getFileName).toList());
            }
        }
    }

    private static boolean removeDirectory(FtpSession session, String path) {
        try {
            session.removeDirectory(path);
        } catch (IOException e) {
            LOG.warn("{} stays: {}", path, e.getMessage());
        }
        return true;
    }

    private synchronized Server server() throws Exception {
        Server current = server;
        if (current == null) {
            current = open();
            server = current;
        }
        return current;
    }

    private Server open() throws Exception {
        CamelContext context = camelContext;
        if (context == null) {
            throw new IllegalStateException("MirrorProcessor needs a CamelContext");
        }
        String uri = URISupport.normalizeUri(required("endpointUri", endpointUri));
        Component component = context.getComponent(uri.substring(0, Math.max(0, uri.indexOf(':'))));
        Endpoint made = component == null ? null : component.createEndpoint(uri);
        FerryDoor door = made instanceof FerryFtpEndpoint plain
                ? plain.door()
                : made instanceof FerryFtpsEndpoint secured ? secured.door() : null;
        if (door == null || made == null) {
            throw new IllegalArgumentException(
                    "MirrorProcessor takes a ferry-ftp: or ferry-ftps: endpointUri, not " + ShownUri.of(uri));
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
        String work = door.options().getWorkDirectory();
        Installation installation = Installation.of(Path.of(work == null ? WorkDirectory.NAME : work));
        return new Server(endpoint, door, door.operations(), installation);
    }

    private static String required(String name, @Nullable String value) {
        if (value == null || value.isEmpty()) {
            throw new IllegalArgumentException("MirrorProcessor needs the property " + name);
        }
        return value;
    }

    @Override
    protected void doStart() {
        stopping = false;
    }

    @Override
    protected void doStop() throws Exception {
        stopping = true;
        running.lock();
        try {
            synchronized (this) {
                Server current = server;
                if (current != null) {
                    server = null;
                    ServiceHelper.stopAndShutdownService(current.endpoint());
                    current.installation().close();
                }
            }
        } finally {
            running.unlock();
        }
    }

    @Override
    public @Nullable CamelContext getCamelContext() {
        return camelContext;
    }

    @Override
    public void setCamelContext(CamelContext camelContext) {
        this.camelContext = camelContext;
    }

    public @Nullable String getEndpointUri() {
        return endpointUri == null ? null : ShownUri.of(endpointUri);
    }

    /** URI of the {@code ferry-ftp:} or {@code ferry-ftps:} endpoint of the server's directory, with any of its options. */
    public void setEndpointUri(String endpointUri) {
        this.endpointUri = endpointUri;
    }

    /** The user to log in as; default: as the endpoint says. */
    public void setUsername(@Nullable String username) {
        this.username = username;
    }

    /** The password; default: as the endpoint says. */
    public void setPassword(@Nullable String password) {
        this.password = password;
    }

    public @Nullable String getLocalDirectory() {
        return localDirectory;
    }

    /** The uppermost directory of the local tree. */
    public void setLocalDirectory(String localDirectory) {
        this.localDirectory = localDirectory;
    }

    public String getDirection() {
        return direction.name().toLowerCase(Locale.ROOT);
    }

    /** {@code pull} (the default): the local tree becomes what the server has; {@code push}: the other way. */
    public void setDirection(String direction) {
        this.direction = OptionValues.choice("direction", direction, Direction.class);
    }

    public boolean isDelete() {
        return delete;
    }

    /** Whether files and directories that only the target has are deleted there; default false. */
    public void setDelete(boolean delete) {
        this.delete = delete;
    }

    public boolean isDryRun() {
        return dryRun;
    }

    /** Whether a run only says what it would do; default false. */
    public void setDryRun(boolean dryRun) {
        this.dryRun = dryRun;
    }
}
