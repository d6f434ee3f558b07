package io.ferry;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.builder.RouteBuilderLifecycleStrategy;
import org.apache.camel.main.DefaultRoutesCollector;
import org.apache.camel.model.OptionalIdentifiedDefinition;
import org.jspecify.annotations.Nullable;

/**
 * Collects routes so that a route, route template or route configuration of the working directory replaces the bundled one of
 * the same id, whatever the files are called.
 *
 * <p>Law: belongs to one start. The working directory's files are configured first, which tells their ids; what the bundled
 * files define under one of these ids is taken out before Camel sees it.
 */
final class FolderFirst extends DefaultRoutesCollector {

    private final Set<String> taken = new HashSet<>();

    @Override
    public Collection<RoutesBuilder> collectRoutesFromDirectory(
            CamelContext context, @Nullable String exclude, @Nullable String include) {
        // A found file no longer tells which pattern found it: a class path may well be a directory.
        Map<Boolean, String> patterns = Stream.of(include == null ? new String[0] : include.split(","))
                .collect(Collectors.partitioningBy(FolderFirst::isBundled, Collectors.joining(",")));
        List<RoutesBuilder> all = new ArrayList<>();
        all.addAll(collect(context, exclude, patterns.get(false), new Take()));
        all.addAll(collect(context, exclude, patterns.get(true), new DropTaken()));
        return all;
    }

    private Collection<RoutesBuilder> collect(
            CamelContext context,
            @Nullable String exclude,
            @Nullable String include,
            RouteBuilderLifecycleStrategy strategy) {
        if (include == null || include.isEmpty()) {
            return List.of();
        }
        Collection<RoutesBuilder> found = super.collectRoutesFromDirectory(context, exclude, include);
        for (RoutesBuilder each : found) {
            if (each instanceof RouteBuilder builder) {
                builder.addLifecycleInterceptor(strategy);
            }
        }
        return found;
    }

    private static boolean isBundled(String pattern) {
        return pattern.strip().startsWith("classpath:");
    }

    private static List<List<? extends OptionalIdentifiedDefinition<?>>> definitions(RouteBuilder builder) {
        return List.of(
                builder.getRouteCollection().getRoutes(),
                builder.getRouteTemplateCollection().getRouteTemplates());
    }

    private static String key(OptionalIdentifiedDefinition<?> definition) {
        return definition.getShortName() + ":" + definition.getId();
    }

    private final class Take implements RouteBuilderLifecycleStrategy {
        @Override
        public void afterConfigure(RouteBuilder builder) {
            definitions(builder)
                    .forEach(list -> list.stream()
                            .filter(each -> each.getId() != null)
                            .map(FolderFirst::key)
                            .forEach(taken::add));
        }
    }

    private final class DropTaken implements RouteBuilderLifecycleStrategy {
        @Override
        public void afterConfigure(RouteBuilder builder) {
            definitions(builder).forEach(list -> list.removeIf(each -> taken.contains(key(each))));
        }
    }
}
