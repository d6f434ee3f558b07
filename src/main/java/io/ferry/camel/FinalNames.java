package io.ferry.camel;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.Route;
import org.apache.camel.component.file.FileEndpoint;
import org.apache.camel.component.file.GenericFileExist;
import org.apache.camel.component.file.GenericFileProducer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the {@code file:} endpoints of a route will call a file, as far as its headers tell before it is transferred. Endpoints
 * that never write over a file, and those that append on purpose, are left out.
 */
final class FinalNames {

    private static final Logger LOG = LoggerFactory.getLogger(FinalNames.class);

    private record Target(Path home, GenericFileProducer<?> names) {}

    private final List<Target> targets = new ArrayList<>();

    FinalNames(@Nullable Route route) throws Exception {
        for (FileEndpoint endpoint : WorkDirectory.fileTargets(route)) {
            GenericFileExist exist = endpoint.getFileExist();
            if (exist == GenericFileExist.Override
                    || exist == GenericFileExist.Ignore
                    || exist == GenericFileExist.TryRename) {
                targets.add(new Target(endpoint.getFile().toPath(), endpoint.createProducer()));
            }
        }
    }

    /** The files, each with the directory of its endpoint. */
    Map<Path, Path> of(Exchange exchange) {
        Map<Path, Path> files = new HashMap<>();
        for (Target target : targets) {
            try {
                Path file = Path.of(target.names.createFileName(exchange)).normalize();
                Path home = target.home.normalize();
                if (file.startsWith(home) && !file.equals(home)) {
                    files.put(file, home);
                }
            } catch (RuntimeException e) {
                // Its name depends on what the route does, or is refused by the endpoint, which says so itself.
                LOG.debug("{}: no final name yet: {}", target.home, e.toString());
            }
        }
        return files;
    }
}
