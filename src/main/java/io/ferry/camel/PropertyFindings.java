package io.ferry.camel;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.camel.CamelContext;

/** Properties that begin as Ferry's do and are none, such as {@code ferry.lnt}: nothing comes of them. */
final class PropertyFindings {

    private static final String PREFIX = "ferry.";
    private static final Set<String> KNOWN =
            Set.of(Linter.PROPERTY, "ferry.demo.enabled", "ferry.demo.port", "ferry.demo.password");

    private PropertyFindings() {}

    /** Those that look like one of Ferry's; each names the property, and no value. */
    static List<String> misspelled(CamelContext context) {
        return unknown(context).stream()
                .filter(each -> !near(each).isEmpty())
                .map(each -> "there is no property " + each + ", and nothing comes of it. Did you mean "
                        + String.join(", or ", near(each)) + "?")
                .toList();
    }

    /** The others may be the user's own, which a route refers to. */
    static List<String> foreign(CamelContext context) {
        return unknown(context).stream()
                .filter(each -> near(each).isEmpty())
                .map(each -> "Ferry has no property " + each + ", and nothing comes of it unless a route refers to it")
                .toList();
    }

    /** By what follows the prefix: with it, all of them are near. */
    private static List<String> near(String name) {
        List<String> rests =
                KNOWN.stream().map(each -> each.substring(PREFIX.length())).toList();
        return Nearest.of(name.substring(PREFIX.length()), rests).stream()
                .map(PREFIX::concat)
                .toList();
    }

    private static Set<String> unknown(CamelContext context) {
        return new TreeSet<>(context.getPropertiesComponent()
                .loadProperties(key -> key.startsWith(PREFIX) && !KNOWN.contains(key))
                .stringPropertyNames());
    }
}
