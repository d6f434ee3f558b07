package io.ferry;

import io.ferry.console.TransferConsole;
import io.ferry.demo.Demo;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.EndpointAware;
import org.apache.camel.Navigate;
import org.apache.camel.Processor;
import org.apache.camel.Route;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.MainListenerSupport;
import org.apache.camel.util.URISupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says once everything runs: which Ferry this is, which routes there are, and what to do with it. */
final class Greeting extends MainListenerSupport {

    private static final Logger LOG = LoggerFactory.getLogger("ferry");

    private final TransferConsole console;
    private final Demo demo;

    Greeting(TransferConsole console, Demo demo) {
        this.console = console;
        this.demo = demo;
    }

    @Override
    public void beforeInitialize(BaseMainSupport main) {
        LOG.info(Version.line());
    }

    @Override
    public void afterStart(BaseMainSupport main) {
        CamelContext context = main.getCamelContext();
        if (context.getRoutes().isEmpty()) {
            LOG.warn(
                    "There are no routes, so there is nothing to do: give application.properties a camel.routeTemplate[name]"
                            + ".templateId=pull, or put a route into the folder routes.");
        }
        context.getRoutes().forEach(route -> LOG.info("route {}: {}", route.getRouteId(), describe(route)));
        console.ready(
                demo.isRunning()
                        ? "Next: drop a file into data/outbox and see it go, or connect your own server (see README)."
                                + " Ctrl-C stops."
                        : "Ferry keeps polling; Ctrl-C stops.");
    }

    @Override
    public void beforeStop(BaseMainSupport main) {
        LOG.info("Stopping. What is under way is finished, or leaves a partial that the next start continues.");
    }

    private static String describe(Route route) {
        List<Endpoint> targets = new ArrayList<>();
        collect(route.navigate(), targets);
        return withoutOptions(route.getEndpoint())
                + (targets.isEmpty()
                        ? ""
                        : targets.stream().map(Greeting::withoutOptions).collect(Collectors.joining(", ", " to ", "")));
    }

    private static void collect(Navigate<Processor> from, List<Endpoint> targets) {
        if (!from.hasNext()) {
            return;
        }
        for (Processor each : from.next()) {
            if (each instanceof EndpointAware aware && aware.getEndpoint() != null) {
                targets.add(aware.getEndpoint());
            }
            if (each instanceof Navigate<?>) {
                @SuppressWarnings("unchecked")
                Navigate<Processor> inner = (Navigate<Processor>) each;
                collect(inner, targets);
            }
        }
    }

    private static String withoutOptions(Endpoint endpoint) {
        return URISupport.sanitizeUri(URISupport.stripQuery(endpoint.getEndpointUri()));
    }
}
