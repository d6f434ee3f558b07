package io.ferry.camel;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.NoSuchEndpointException;
import org.apache.camel.spi.EndpointUriFactory;
import org.apache.camel.util.URISupport;

/** Refuses what is no option. The values are not shown: one of them may be a password under a name that is spelled wrong. */
final class UnknownOptions {

    private static final String REMEDY = "correct the options: ";

    private UnknownOptions() {}

    /**
     * Refuses what is left when all options have been set.
     *
     * @param uri the endpoint, of which the part before the options is shown
     * @param left the parameters that no option has taken
     * @throws NoSuchEndpointException that names each one, and the options that may have been meant
     */
    static void refuse(CamelContext context, String scheme, String uri, Map<String, Object> left) {
        if (left.isEmpty()) {
            return;
        }
        EndpointUriFactory factory = context.getCamelContextExtension().getEndpointUriFactory(scheme);
        Collection<String> known = factory == null ? List.of() : factory.propertyNames();
        String mistake = new TreeSet<>(left.keySet())
                .stream()
                        .map(name -> scheme + " has no option " + name + Nearest.hint(name, known))
                        .collect(Collectors.joining("; "));
        // Of this exception Camel makes no other that shows the whole URI.
        NoSuchEndpointException failure =
                new NoSuchEndpointException(URISupport.stripQuery(ShownUri.of(uri)), REMEDY + mistake);
        failure.initCause(new IllegalArgumentException(mistake));
        throw failure;
    }
}
