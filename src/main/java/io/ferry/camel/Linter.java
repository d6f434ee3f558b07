package io.ferry.camel;

import io.ferry.camel.LintRule.Role;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.EndpointAware;
import org.apache.camel.Navigate;
import org.apache.camel.Route;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.support.LifecycleStrategySupport;
import org.apache.camel.util.URISupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at each {@code ferry-*} and stock {@code ftp(s)} endpoint of a context for options that are accepted and ignored, or that
 * lose data: when the endpoint is made, and when a route that uses it is added. The property {@code ferry.lint} says what comes of a
 * finding: {@code warn} (the default), {@code fail}, which refuses the endpoint or route, or {@code off}. A wrong {@link CronTimes cron
 * expression} is refused in any case.
 *
 * <p>Law: one in each context; says the same of the same endpoint once. Shows no option's value but those that its rules name.
 */
final class Linter extends LifecycleStrategySupport {

    /** The property of the context that says what comes of a finding. */
    static final String PROPERTY = "ferry.lint";

    private static final Logger LOG = LoggerFactory.getLogger(Linter.class);
    private static final int MOST_REMEMBERED = 10_000;

    private enum Mode {
        WARN,
        FAIL,
        OFF
    }

    private final CamelContext context;
    private final AtomicBoolean propertiesSeen = new AtomicBoolean();
    private final Set<String> told = Collections.synchronizedSet(Collections.newSetFromMap(new Memory()));

    Linter(CamelContext context) {
        this.context = context;
    }

    /** Forgets what was told first. */
    private static final class Memory extends LinkedHashMap<String, Boolean> {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MOST_REMEMBERED;
        }
    }

    /** Those that were there before the linter was. */
    @Override
    public void onContextInitialized(CamelContext initialized) {
        initialized.getEndpoints().forEach(this::onEndpointAdd);
    }

    @Override
    public void onEndpointAdd(Endpoint endpoint) {
        // It cannot work, whatever comes of a finding.
        CronTimes.check(endpoint);
        tell("", endpoint, findings(endpoint, Role.ANY));
    }

    @Override
    public void onRoutesAdd(Collection<Route> routes) {
        if (propertiesSeen.compareAndSet(false, true)) {
            // Not before the first route: the templates are loaded now.
            tell("", TemplateFindings.of(context));
            tell("", PropertyFindings.misspelled(context));
            if (mode() != Mode.OFF) {
                PropertyFindings.foreign(context).forEach(each -> LOG.warn("{}", each));
            }
        }
        for (Route route : routes) {
            String place = "route " + route.getRouteId() + ": ";
            List<String> from = new ArrayList<>(findings(route.getEndpoint(), Role.FROM));
            if (hasNoId(route)) {
                from.add(
                        "the route has no id: records of deliveries are kept under the one that Camel gives it, which may be"
                                + " another after an edit. Write instead: an id for the route");
            }
            tell(place, route.getEndpoint(), from);
            Set<Endpoint> targets = new LinkedHashSet<>();
            collect(route.navigate(), targets);
            targets.forEach(each -> tell(place, each, findings(each, Role.TO)));
        }
    }

    private static boolean hasNoId(Route route) {
        boolean isOurs =
                route.getEndpoint() instanceof FerryFtpEndpoint || route.getEndpoint() instanceof FerryFtpsEndpoint;
        return isOurs && !route.isCustomId();
    }

    private static void collect(@Nullable Navigate<?> node, Set<Endpoint> targets) {
        if (node == null || !node.hasNext()) {
            return;
        }
        for (Object each : node.next()) {
            if (each instanceof EndpointAware aware && aware.getEndpoint() != null) {
                targets.add(aware.getEndpoint());
            }
            if (each instanceof Navigate<?> inner) {
                collect(inner, targets);
            }
        }
    }

    private static List<String> findings(Endpoint endpoint, Role role) {
        if (endpoint instanceof FtpEndpoint<?> ftp) {
            return LintRule.broken(ftp, role).stream().map(LintRule::toString).toList();
        }
        return endpoint.getEndpointUri().startsWith("kamelet:") && role != Role.ANY
                ? KameletFindings.of(endpoint, role)
                : List.of();
    }

    private void tell(String place, Endpoint endpoint, List<String> found) {
        if (!found.isEmpty()) {
            tell(
                    place + URISupport.stripQuery(ShownUri.of(endpoint.getEndpointUri())) + ": ",
                    found.stream()
                            .filter(each -> told.add(System.identityHashCode(endpoint) + " " + each))
                            .toList());
        }
    }

    private void tell(String place, List<String> found) {
        Mode mode = found.isEmpty() ? Mode.OFF : mode();
        if (mode == Mode.FAIL) {
            throw new IllegalArgumentException(
                    place + String.join("; ", found) + " (refused because of " + PROPERTY + "=fail)");
        }
        if (mode == Mode.WARN) {
            found.forEach(each -> LOG.warn("{}{}", place, each));
        }
    }

    private Mode mode() {
        String text = context.getPropertiesComponent().resolveProperty(PROPERTY).orElse("warn");
        try {
            return Mode.valueOf(text.strip().toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "The property " + PROPERTY + " takes warn, fail or off, not \"" + text + "\"", e);
        }
    }
}
