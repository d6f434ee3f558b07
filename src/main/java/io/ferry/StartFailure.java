package io.ferry;

import io.ferry.camel.Nearest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.camel.CamelException;
import org.apache.camel.FailedToCreateRouteException;
import org.apache.camel.FailedToStartRouteException;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.util.URISupport;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;

/** Why Ferry could not start, as a person would put it. */
final class StartFailure {

    private static final Pattern ENDPOINT = Pattern.compile("Failed to resolve endpoint: (\\S+) due to: "
            + "|No endpoint could be found for: (\\S+), please correct the options: ");

    private static final Pattern NO_VALUE =
            Pattern.compile("Property with key (\\S+) not found by properties component");
    /** The text may hold secrets beside the placeholder. */
    private static final Pattern NO_PROPERTY =
            Pattern.compile(".*Property with key \\[([^]]+)] (?:not found in|using function) .*", Pattern.DOTALL);

    private static final List<String> SCHEMES = List.of("ferry-ftp", "ferry-ftps", "ftp", "ftps", "file", "kamelet");
    private static final Pattern NO_TEMPLATE = Pattern.compile("Cannot find RouteTemplate with id (\\S+)");
    private static final Pattern UNKNOWN =
            Pattern.compile("Error binding property \\((\\S+?)=.*\\) with name: (\\S+) on bean: .*", Pattern.DOTALL);

    private static final Pattern NO_COMPONENT = Pattern.compile(
            "No endpoint could be found for: ([^:]+):.*classpath contains the needed.*", Pattern.DOTALL);
    /** The options of an endpoint: one whose name is spelled wrong may hold a secret, which Camel does not know then. */
    private static final Pattern OPTIONS = Pattern.compile("\\b([a-z][\\w+.-]*:[^\\s?]+)\\?\\S*=\\S*");

    private static final Pattern USER_INFO = Pattern.compile("\\b([a-z][\\w+.-]*:(?://)?[^\\s:/@]*:)[^\\s@]*@");
    private static final Pattern LEFT = Pattern.compile(".*Unknown parameters=\\[\\{([\\w.-]+)=.*", Pattern.DOTALL);

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
                || root instanceof MarkedYamlEngineException
                || root instanceof IllegalArgumentException
                || root instanceof IllegalStateException
                || root.getClass().getName().startsWith("org.apache.camel.");
        return known && root.getMessage() != null;
    }

    /** The stack trace, for what is not explained. */
    String trace() {
        StringWriter text = new StringWriter();
        chain.get(0).printStackTrace(new PrintWriter(text, true));
        return withoutSecrets(text.toString());
    }

    /** One paragraph: the route it concerns, if any, and what is wrong. */
    String message() {
        return "Ferry cannot start: " + file() + mistake();
    }

    /** The route it concerns, if any, and what is wrong. */
    String mistake() {
        List<String> parts = new ArrayList<>();
        String route = route();
        if (route != null) {
            parts.add("route \"" + route + '"');
        }
        String endpoint = endpoint();
        if (endpoint != null) {
            parts.add("endpoint " + endpoint);
        }
        return (parts.isEmpty() ? "" : String.join(", ", parts) + ": ") + reason();
    }

    /** Of a class that is not there Camel names the library that has it, one exception further out. */
    private Throwable root() {
        int last = chain.size() - 1;
        return chain.get(last) instanceof ClassNotFoundException && last > 0 ? chain.get(last - 1) : chain.get(last);
    }

    private String reason() {
        Throwable root = root();
        if (root instanceof MarkedYamlEngineException yaml) {
            return reason(yaml);
        }
        String message = root.getMessage() == null ? "" : root.getMessage();
        if (message.isEmpty() || root instanceof IOException) {
            // Messages such as "data/outbox" or "Address already in use" say little without the kind.
            message = root.getClass().getSimpleName() + (message.isEmpty() ? "" : ": " + message);
        }
        Matcher noValue = NO_VALUE.matcher(message);
        if (noValue.matches()) {
            return "its parameter \"" + noValue.group(1) + "\" has no value. "
                    + Placeholder.of(route(), noValue.group(1))
                            .map(each -> missing(each.key()))
                            .orElse("Where it refers to a variable, a property or a file: is that there?");
        }
        Matcher noProperty = NO_PROPERTY.matcher(message);
        if (noProperty.matches()) {
            return missing(noProperty.group(1));
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
        Matcher noComponent = NO_COMPONENT.matcher(message);
        if (noComponent.matches()) {
            String scheme = noComponent.group(1);
            return "there is no component for " + scheme + ": on the class path" + Nearest.hint(scheme, SCHEMES);
        }
        Matcher left = LEFT.matcher(message);
        if (left.matches()) {
            // Camel shows the values.
            return "it has no option " + left.group(1) + ", or that and others are not its own";
        }
        // Camel repeats the endpoint in front of the reason; it is named once already.
        return withoutSecrets(ENDPOINT.matcher(message).replaceAll("")).strip();
    }

    /** Camel stops at the first one; the others would only be told at the next starts. */
    private static String missing(String first) {
        Set<String> all = new LinkedHashSet<>();
        all.add(first);
        all.addAll(MissingValues.of(Path.of("")));
        return all.stream().map(each -> new Placeholder(each).remedy()).collect(Collectors.joining(". "));
    }

    /** Camel knows a secret by the name of its option only. */
    private static String withoutSecrets(String text) {
        return USER_INFO.matcher(OPTIONS.matcher(text).replaceAll("$1")).replaceAll("$1xxxxxx@");
    }

    /** Which file it is where it cannot be read; otherwise the route tells. */
    private String file() {
        return root() instanceof MarkedYamlEngineException yaml
                ? yaml.getProblemMark().map(mark -> mark.getName() + ", ").orElse("")
                : "";
    }

    /** Camel's and the parser's own texts quote the lines, and a password may stand there. */
    private static String reason(MarkedYamlEngineException yaml) {
        String place = yaml.getProblemMark()
                .map(mark -> "line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1) + ": ")
                .orElse("");
        return place + withoutSecrets(String.valueOf(yaml.getProblem()));
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
                return withoutSecrets(
                        URISupport.stripQuery(matcher.group(1) == null ? matcher.group(2) : matcher.group(1)));
            }
        }
        return null;
    }
}
