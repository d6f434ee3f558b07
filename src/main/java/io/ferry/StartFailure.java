package io.ferry;

import io.ferry.camel.Nearest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.CamelException;
import org.apache.camel.FailedToCreateRouteException;
import org.apache.camel.FailedToStartRouteException;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.util.URISupport;
import org.jspecify.annotations.Nullable;

/** Why Ferry could not start, as a person would put it. */
final class StartFailure {

    private static final Pattern ENDPOINT = Pattern.compile("Failed to resolve endpoint: (\\S+) due to: ");

    private static final Pattern NO_VALUE =
            Pattern.compile("Property with key (\\S+) not found by properties component");
    /** The text may hold secrets beside the placeholder. */
    private static final Pattern NO_PROPERTY =
            Pattern.compile(".*Property with key \\[([^]]+)] (?:not found in|using function) .*", Pattern.DOTALL);

    private static final Pattern NO_TEMPLATE = Pattern.compile("Cannot find RouteTemplate with id (\\S+)");
    private static final Pattern UNKNOWN =
            Pattern.compile("Error binding property \\((\\S+?)=.*\\) with name: (\\S+) on bean: .*", Pattern.DOTALL);

    private final List<Throwable> chain = new ArrayList<>();

    StartFailure(Throwable failure) {
        for (Throwable each = failure; each != null && !chain.contains(each); each = each.getCause()) {
            chain.add(each);
        }
    }

    /** Whether the message says enough. The cause of anything else is a defect, and its stack trace is of use. */
    boolean isExplained() {
        Throwable root = root();
        boolean known = root instanceof CamelException
                || root instanceof RuntimeCamelException
                || root instanceof IOException
                || root instanceof IllegalArgumentException
                || root instanceof IllegalStateException
                || root.getClass().getName().startsWith("org.apache.camel.");
        return known && root.getMessage() != null;
    }

    /** One paragraph: the route it concerns, if any, and what is wrong. */
    String message() {
        StringBuilder text = new StringBuilder("Ferry cannot start");
        String route = route();
        if (route != null) {
            text.append(": route \"").append(route).append('"');
        }
        String endpoint = endpoint();
        if (endpoint != null) {
            text.append(", endpoint ").append(endpoint);
        }
        return text.append(": ").append(reason()).toString();
    }

    /** Of a class that is not there Camel names the library that has it, one exception further out. */
    private Throwable root() {
        int last = chain.size() - 1;
        return chain.get(last) instanceof ClassNotFoundException && last > 0 ? chain.get(last - 1) : chain.get(last);
    }

    private String reason() {
        Throwable root = root();
        String message = root.getMessage() == null ? "" : root.getMessage();
        if (message.isEmpty() || root instanceof IOException) {
            // Messages such as "data/outbox" or "Address already in use" say little without the kind.
            message = root.getClass().getSimpleName() + (message.isEmpty() ? "" : ": " + message);
        }
        Matcher noValue = NO_VALUE.matcher(message);
        if (noValue.matches()) {
            return "its parameter \"" + noValue.group(1) + "\" has no value. "
                    + Placeholder.of(route(), noValue.group(1))
                            .map(Placeholder::remedy)
                            .orElse("Where it refers to a variable, a property or a file: is that there?");
        }
        Matcher noProperty = NO_PROPERTY.matcher(message);
        if (noProperty.matches()) {
            return new Placeholder(noProperty.group(1)).remedy();
        }
        Matcher noTemplate = NO_TEMPLATE.matcher(message);
        if (noTemplate.matches()) {
            return "there is no route template " + noTemplate.group(1)
                    + Nearest.hint(noTemplate.group(1), FerryRoutes.TEMPLATES);
        }
        Matcher unknown = UNKNOWN.matcher(message);
        if (unknown.matches()) {
            return "there is no option " + unknown.group(1) + ", or it cannot take the value given to it"
                    + KnownOptions.hint(unknown.group(1));
        }
        // Camel repeats the endpoint in front of the reason; it is named once already.
        Matcher endpoint = ENDPOINT.matcher(message);
        return (endpoint.find() ? endpoint.replaceAll("") : message).strip();
    }

    private @Nullable String route() {
        for (Throwable each : chain) {
            if (each instanceof FailedToCreateRouteException failure && failure.getRouteId() != null) {
                return failure.getRouteId();
            }
            if (each instanceof FailedToStartRouteException failure && failure.getRouteId() != null) {
                return failure.getRouteId();
            }
        }
        return null;
    }

    private @Nullable String endpoint() {
        for (int i = chain.size() - 1; i >= 0; i--) {
            Matcher matcher = ENDPOINT.matcher(String.valueOf(chain.get(i).getMessage()));
            if (matcher.find()) {
                // An option whose name is spelled wrong may hold a secret, which Camel does not know then.
                return URISupport.stripQuery(matcher.group(1));
            }
        }
        return null;
    }
}
