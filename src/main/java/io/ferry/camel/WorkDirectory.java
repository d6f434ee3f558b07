package io.ferry.camel;

import io.ferry.stream.Disk;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.camel.Endpoint;
import org.apache.camel.EndpointAware;
import org.apache.camel.Navigate;
import org.apache.camel.Route;
import org.apache.camel.component.file.FileEndpoint;
import org.apache.camel.component.file.GenericFileExist;
import org.apache.camel.util.URISupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where downloads lie until the route has taken them: beside the data, so that handing a file to {@code file:} is a rename and
 * no reader ever sees half of it.
 */
final class WorkDirectory {

    /** The name of the default directory; hidden, so that no file consumer polls it. */
    static final String NAME = ".ferry";

    private static final Logger LOG = LoggerFactory.getLogger(WorkDirectory.class);

    private WorkDirectory() {}

    /**
     * The work directory of a route, or of an endpoint that is polled without one.
     *
     * @throws IllegalArgumentException when a {@code file:} endpoint of the route would copy instead of rename, under the final
     *     name
     */
    static Path of(FerryOptions options, @Nullable Route route, Endpoint polled) throws IOException {
        Set<FileEndpoint> targets = fileTargets(route);
        String option = options.getWorkDirectory();
        Path directory = option != null
                ? Path.of(option)
                : targets.stream()
                        .findFirst()
                        .map(target -> target.getFile().toPath())
                        .orElse(Path.of(""))
                        .resolve(NAME);
        for (FileEndpoint target : targets) {
            check(directory, target);
        }
        Path own = directory.resolve(route == null ? segment(polled) : segment(route.getRouteId()));
        Disk.refuseLink(own);
        return own;
    }

    /** Polls without a route ({@code pollEnrich}) are told apart by their endpoint, whose password may change. */
    private static String segment(Endpoint polled) {
        String uri = URISupport.sanitizeUri(polled.getEndpointUri());
        return "poll-" + Integer.toHexString(uri.hashCode());
    }

    /**
     * Refuses a directory whose files a {@code file:} endpoint of the route would write through a symbolic link to somewhere
     * else. The endpoint's own directory may be a link: the user has named it.
     *
     * @param relative the directory, relative to the endpoints' directories
     * @throws IllegalArgumentException where a link leads out
     */
    static void checkInside(String relative, @Nullable Route route) {
        for (FileEndpoint target : fileTargets(route)) {
            Path home = target.getFile().toPath();
            Path inside = home.resolve(relative);
            try {
                if (Files.exists(inside) && !inside.toRealPath().startsWith(home.toRealPath())) {
                    throw new IllegalArgumentException("Refused: \"" + relative
                            + "\" would be written through a symbolic link, " + inside + ", out of " + home);
                }
            } catch (IOException e) {
                LOG.debug("{}: {}", inside, e.toString());
            }
        }
    }

    /**
     * Refuses a name that a {@code file:} endpoint of the route would change: it takes a backslash for a separator on every system.
     *
     * @throws IllegalArgumentException for a name with a backslash, where the route has such an endpoint
     */
    static void checkName(String name, @Nullable Route route) {
        if (name.indexOf('\\') >= 0 && !fileTargets(route).isEmpty()) {
            throw new IllegalArgumentException("Refused: \"" + name
                    + "\" would get another name, since Camel's file: takes a backslash for a separator."
                    + " FtpTransferProcessor with a localDirectory keeps the name.");
        }
    }

    /** Routes do not share work files: what one has committed may still be another's body. */
    private static String segment(String routeId) {
        String readable = routeId.replaceAll("[^A-Za-z0-9_-]", "_");
        return readable.equals(routeId) ? routeId : readable + "-" + Integer.toHexString(routeId.hashCode());
    }

    private static void check(Path directory, FileEndpoint target) throws IOException {
        if (target.getTempFileName() != null) {
            return;
        }
        if (target.getFileExist() == GenericFileExist.Append) {
            LOG.warn("{} appends: a reader may see a file that is not whole yet", target);
            return;
        }
        String why = null;
        if (!storeOf(directory).equals(storeOf(target.getFile().toPath()))) {
            why = "it lies on another file system than the work directory " + directory;
        } else if (target.getCharset() != null) {
            why = "its option charset rewrites the file";
        } else if (target.getChecksumFileAlgorithm() != null) {
            why = "its option checksumFileAlgorithm copies the file";
        }
        if (why != null) {
            throw new IllegalArgumentException(
                    target + " would show a growing file under its final name: " + why + ". Add tempPrefix=. to it"
                            + (why.startsWith("it lies") ? ", or set workDirectory beside it." : "."));
        }
    }

    /** The file system of the nearest directory that exists. */
    private static FileStore storeOf(Path path) throws IOException {
        Path existing = path.toAbsolutePath().normalize();
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        return Files.getFileStore(existing);
    }

    /** The {@code file:} endpoints that a route sends to. */
    static Set<FileEndpoint> fileTargets(@Nullable Route route) {
        Set<FileEndpoint> targets = new LinkedHashSet<>();
        if (route != null) {
            collect(route.navigate(), targets, Collections.newSetFromMap(new IdentityHashMap<>()));
        }
        return targets;
    }

    private static void collect(@Nullable Object node, Set<FileEndpoint> targets, Set<Object> seen) {
        if (node == null || !seen.add(node)) {
            return;
        }
        if (node instanceof EndpointAware aware) {
            Endpoint endpoint = aware.getEndpoint();
            if (endpoint instanceof FileEndpoint file) {
                targets.add(file);
            }
        }
        if (node instanceof Navigate<?> navigate && navigate.hasNext()) {
            List<?> next = navigate.next();
            if (next != null) {
                next.forEach(each -> collect(each, targets, seen));
            }
        }
    }
}
