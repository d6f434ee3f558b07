package io.ferry.camel;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warns of headers that begin as Ferry's do and are none: nothing comes of them, which is hard to find.
 *
 * <p>Law: belongs to one producer or processor; says the same of the same route once. Shows no values.
 */
final class HeaderNames {

    private static final Logger LOG = LoggerFactory.getLogger(HeaderNames.class);
    private static final String PREFIX = "CamelFerry";
    private static final int MOST_REMEMBERED = 1000;
    private static final Collection<String> KNOWN = known();

    private final Set<String> told = ConcurrentHashMap.newKeySet();

    private static Collection<String> known() {
        Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        for (Field each : FerryHeaders.class.getFields()) {
            try {
                if (Modifier.isStatic(each.getModifiers()) && each.get(null) instanceof String name) {
                    names.add(name);
                }
            } catch (IllegalAccessException e) {
                throw new IllegalStateException(e);
            }
        }
        return names;
    }

    void check(Exchange exchange) {
        for (String name : exchange.getMessage().getHeaders().keySet()) {
            boolean ours = name.regionMatches(true, 0, PREFIX, 0, PREFIX.length());
            if (ours && !KNOWN.contains(name) && told.size() < MOST_REMEMBERED) {
                String route = exchange.getFromRouteId() == null ? "" : "route " + exchange.getFromRouteId() + ": ";
                if (told.add(route + name)) {
                    LOG.warn("{}there is no header {}, and nothing comes of it{}", route, name, hint(name));
                }
            }
        }
    }

    /** By what follows the prefix: with it, all of them are near. */
    private static String hint(String name) {
        List<String> rests =
                KNOWN.stream().map(each -> each.substring(PREFIX.length())).toList();
        List<String> near = Nearest.of(name.substring(PREFIX.length()), rests);
        return near.isEmpty()
                ? ""
                : near.stream().map(PREFIX::concat).collect(Collectors.joining(", or ", ". Did you mean ", "?"));
    }
}
