package io.ferry.camel;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.EndpointUriFactory;

/** Refuses what is no option. The values are not shown: one of them may be a password under a name that is spelled wrong. */
final class UnknownOptions {

    private UnknownOptions() {}

    /**
     * Refuses what is left when all options have been set.
     *
     * @param left the parameters that no option has taken
     * @throws IllegalArgumentException that names each one, and the options that may have been meant
     */
    static void refuse(CamelContext context, String scheme, Map<String, Object> left) {
        if (left.isEmpty()) {
            return;
        }
        EndpointUriFactory factory = context.getCamelContextExtension().getEndpointUriFactory(scheme);
        Collection<String> known = factory == null ? List.of() : factory.propertyNames();
        throw new IllegalArgumentException(new TreeSet<>(left.keySet())
                .stream()
                        .map(name -> scheme + " has no option " + name + Nearest.hint(name, known))
                        .collect(Collectors.joining("; ")));
    }
}
