package io.ferry;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.TemplatedRouteDefinition;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.EventHelper;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceSupport;
import org.apache.camel.support.RouteWatcherReloadStrategy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings an edited file of routes into effect. The stock strategy stops the old routes before it looks at the new ones, and leaves
 * them stopped when there is a mistake; this one tries the new ones in a {@link DryRun} first, and brings the old ones back
 * should the start show a mistake that the dry run did not.
 *
 * <p>Law: one thread, the one that watches the directory. A file stands for its version in effect until another one is.
 */
final class CheckedReload extends RouteWatcherReloadStrategy {

    private static final Logger LOG = LoggerFactory.getLogger("ferry");

    /** A version of a file; several events may tell of the same one. */
    private record Version(FileTime written, String text) {}

    private final Map<Path, Version> inEffect = new HashMap<>();
    private final Map<Path, Version> refused = new HashMap<>();

    /** Watches what the stock strategy would have watched. */
    CheckedReload(RouteWatcherReloadStrategy stock) {
        super(stock.getFolder(), stock.isRecursive());
        setPattern(stock.getPattern());
        setRemoveAllRoutes(stock.isRemoveAllRoutes());
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        Path folder = Path.of(getFolder());
        if (Files.isDirectory(folder)) {
            try (var files = Files.walk(folder, isRecursive() ? Integer.MAX_VALUE : 1)) {
                for (Path each : files.filter(Files::isRegularFile).toList()) {
                    if (getFileFilter().accept(each.toFile())) {
                        inEffect.put(keyOf(each), read(each));
                    }
                }
            }
        }
    }

    @Override
    protected void onRouteReload(@Nullable Collection<Resource> resources, boolean removeEverything) {
        if (resources == null || removeEverything || isRemoveAllRoutes()) {
            super.onRouteReload(resources, removeEverything);
            return;
        }
        for (Resource each : resources) {
            Path file = Path.of(each.getURI());
            try {
                if (Files.isRegularFile(file)) {
                    take(each.getLocation(), file);
                }
            } catch (IOException e) {
                setLastError(e);
                LOG.error("{} cannot be read: {}. Its routes run on as they are.", each.getLocation(), e.toString());
            }
        }
    }

    private void take(String location, Path file) throws IOException {
        Path key = keyOf(file);
        Version now = read(file);
        Version before = inEffect.get(key);
        if (now.text().isBlank()) {
            // An editor has only just begun to write it.
            return;
        }
        if (now.equals(before) && !refused.containsKey(key) || now.equals(refused.get(key))) {
            return;
        }
        String name = location.startsWith("file:") ? location.substring(5) : location;
        Resource fresh = new Text(location, now.text());
        Set<String> own;
        Set<String> ids;
        try {
            own = before == null ? Set.of() : new DryRun(getCamelContext(), new Text(location, before.text())).ids();
            ids = new DryRun(getCamelContext(), fresh).check(own);
        } catch (Exception | LinkageError e) {
            refused.put(key, now);
            tell(name, e, before == null ? "Nothing else changes" : "The routes that were there run on");
            return;
        }
        try {
            Set<String> started = bringIn(fresh);
            inEffect.put(key, now);
            refused.remove(key);
            LOG.info("{} is in effect: {}", name, started.isEmpty() ? "no routes" : String.join(", ", started));
        } catch (Exception | LinkageError e) {
            refused.put(key, now);
            tell(name, e, bringBack(location, before, own, ids));
        }
    }

    private void tell(String name, Throwable mistake, String rest) {
        StartFailure failure = new StartFailure(mistake);
        if (mistake instanceof Exception e) {
            setLastError(e);
        }
        String text = failure.mistake().replaceFirst("[.\\s]+$", "");
        String line = "{}: {}" + (text.endsWith("?") ? " " : ". ") + "{}; mend the file, and it takes effect.";
        if (failure.isExplained()) {
            LOG.error(line, name, text, rest);
            LOG.debug("{}", failure.trace());
        } else {
            LOG.error(line + "\n{}", name, text, rest, failure.trace());
        }
    }

    /** Replaces the running routes by those of a file. */
    private Set<String> bringIn(Resource file) throws Exception {
        CamelContext context = getCamelContext();
        Set<String> ids = new TreeSet<>(PluginHelper.getRoutesLoader(context).updateRoutes(List.of(file)));
        for (RouteBuilder each : DryRun.builders(context, file)) {
            for (TemplatedRouteDefinition route :
                    each.getTemplatedRouteCollection().getTemplatedRoutes()) {
                remove(route.getRouteId());
                ids.add(route.getRouteId());
            }
            each.addTemplatedRoutesToCamelContext(context);
        }
        int index = 1;
        for (String id : ids) {
            Route route = context.getRoute(id);
            if (route != null) {
                EventHelper.notifyRouteReloaded(context, route, index++, ids.size());
            }
        }
        return ids;
    }

    /** After a failed replacement: as it was before; the sentence that says so. */
    private String bringBack(String location, @Nullable Version before, Set<String> own, Set<String> ids) {
        try {
            for (String id : ids) {
                if (!own.contains(id)) {
                    remove(id);
                }
            }
            if (before == null) {
                return "Nothing else changes";
            }
            bringIn(new Text(location, before.text()));
            return "The routes that were there run again";
        } catch (Exception | LinkageError e) {
            LOG.debug("The routes that were there do not start again", e);
            return "The routes that were there do not start again either: "
                    + new StartFailure(e).mistake().replaceFirst("[.\\s]+$", "");
        }
    }

    private void remove(String id) throws Exception {
        getCamelContext().getRouteController().stopRoute(id);
        getCamelContext().removeRoute(id);
    }

    private static Path keyOf(Path file) {
        return file.toAbsolutePath().normalize();
    }

    private static Version read(Path file) throws IOException {
        return new Version(
                Files.getLastModifiedTime(file), new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
    }

    /** The text of a file as it was when it was read. */
    private static final class Text extends ResourceSupport {

        private final String text;

        Text(String location, String text) {
            super("file", location);
            this.text = text;
        }

        @Override
        public boolean exists() {
            return true;
        }

        @Override
        public URI getURI() {
            return Path.of(getLocation().replaceFirst("^file:", "")).toUri();
        }

        @Override
        public InputStream getInputStream() {
            return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
        }
    }
}
