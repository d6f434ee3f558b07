package io.ferry.camel;

import io.ferry.stream.Disk;
import io.ferry.transfer.Tree;
import io.ferry.transfer.TreePlan;
import io.ferry.transfer.TreePlan.Deletions;
import io.ferry.transfer.TreePlan.Step;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.support.service.ServiceSupport;
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
    private @Nullable MirrorServer server;

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
        MirrorServer remote = server();
        Path local = Path.of(required("localDirectory", localDirectory));
        TreePlan plan = plan(remote, local);
        plan.kept().forEach(each -> LOG.debug("{}: left: {} ({})", remote.partner(), each.path(), each.why()));
        List<String> steps = Stream.concat(
                        plan.copies().stream().map(MirrorProcessor::copy),
                        plan.deletions().stream().map(MirrorProcessor::deletion))
                .toList();
        if (dryRun) {
            steps.forEach(each -> LOG.info("{}: would {}", remote.partner(), each));
            LOG.info("{}: dry run: {}", remote.partner(), summary(plan));
        } else {
            carryOut(plan, remote, local);
            if (!steps.isEmpty()) {
                LOG.info("{}: mirror: {}", remote.partner(), summary(plan));
            }
        }
        return steps;
    }

    private static String copy(Step step) {
        return "copy " + step.path() + " (" + step.why() + ")";
    }

    private static String deletion(Step step) {
        return (step.directory() ? "remove directory " : "delete ") + step.path() + " (" + step.why() + ")";
    }

    private static String summary(TreePlan plan) {
        return plan.copies().size() + " to copy, " + plan.deletions().size() + " to delete, "
                + plan.kept().size() + " only at the target and left";
    }

    private TreePlan plan(MirrorServer remote, Path local) throws IOException {
        TreePlan plan = compare(remote, local);
        if (!plan.conflicts().isEmpty()) {
            Step first = plan.conflicts().get(0);
            throw new IOException("The mirror stops before it begins: " + first.path() + " is a "
                    + (first.directory()
                            ? "directory at the source, and a file"
                            : "file at the source, and a directory")
                    + " at the target. Remove that one by hand");
        }
        return plan;
    }

    private TreePlan compare(MirrorServer remote, Path local) throws IOException {
        Deletions deletions = delete ? Deletions.BESIDE_OTHERS : Deletions.NONE;
        if (direction == Direction.PULL) {
            return TreePlan.of(
                    source(remote.tree(true)),
                    target(local(local)),
                    deletions,
                    (path, source, target) -> olderOrNewer(remote.time(path, source), target.modified()));
        }
        if (!Files.isDirectory(local)) {
            throw new IOException("There is no directory " + local + " to mirror");
        }
        return TreePlan.of(
                source(local(local)),
                target(remote.tree(false)),
                deletions,
                (path, source, target) -> older(source.modified(), remote.time(path, target)));
    }

    private static Tree local(Path directory) throws IOException {
        return Tree.local(directory, name -> name.startsWith("."));
    }

    private static Tree source(Tree tree) {
        tree.others().forEach(each -> LOG.warn("Left out of the mirror: {} is neither a file nor a directory", each));
        return tree;
    }

    /** What is neither file nor directory there holds up only what has to go through it. */
    private static Tree target(Tree tree) {
        return new Tree(tree.entries(), Set.of());
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

    private interface Action {
        void run() throws IOException;
    }

    /** A file that cannot be copied does not hold up the others; it does hold up every deletion. */
    private void carryOut(TreePlan plan, MirrorServer remote, Path local) throws IOException {
        List<Exception> failures = new ArrayList<>();
        for (Step each : plan.copies()) {
            attempt(remote.partner() + ": " + copy(each), () -> copy(each, remote, local), failures);
        }
        for (Step each : plan.deletions()) {
            if (failures.isEmpty()) {
                attempt(remote.partner() + ": " + deletion(each), () -> delete(each, remote, local), failures);
            }
        }
        if (!failures.isEmpty()) {
            Exception first = failures.get(0);
            throw new IOException(
                    "The mirror is not complete: " + failures.size()
                            + " failed, and nothing was deleted after that. The first: " + first.getMessage(),
                    first);
        }
    }

    private void attempt(String what, Action action, List<Exception> failures) throws IOException {
        if (isToStop()) {
            throw new IOException("The mirror was stopped; the next run goes on");
        }
        try {
            action.run();
        } catch (IOException | GenericFileOperationFailedException e) {
            LOG.warn("{} failed: {}", what, e.getMessage());
            failures.add(e);
        }
    }

    private void copy(Step step, MirrorServer remote, Path local) throws IOException {
        Path file = inside(local, step.path());
        if (direction == Direction.PULL) {
            remote.fetch(step.path(), file);
        } else {
            remote.send(step.path(), file);
        }
    }

    private void delete(Step step, MirrorServer remote, Path local) throws IOException {
        if (direction == Direction.PUSH && step.directory()) {
            remote.removeDirectory(step.path());
        } else if (direction == Direction.PUSH) {
            remote.delete(step.path());
        } else if (step.directory()) {
            removeDirectory(inside(local, step.path()));
        } else {
            Files.deleteIfExists(inside(local, step.path()));
        }
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

    private synchronized MirrorServer server() throws Exception {
        MirrorServer current = server;
        if (current == null) {
            CamelContext context = camelContext;
            if (context == null) {
                throw new IllegalStateException("MirrorProcessor needs a CamelContext");
            }
            String uri = required("endpointUri", endpointUri);
            current = MirrorServer.open(context, uri, username, password, this::isToStop);
            server = current;
        }
        return current;
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
                MirrorServer current = server;
                if (current != null) {
                    server = null;
                    current.close();
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
