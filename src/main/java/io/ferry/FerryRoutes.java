package io.ferry;

import java.util.ArrayList;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.spi.ResourceLoader;
import org.apache.camel.spi.RoutesLoader;
import org.apache.camel.support.PluginHelper;

/**
 * Pull and push routes for a context that embeds Ferry, the Java twins of the templates {@code pull} and {@code push}:
 *
 * <pre>{@code
 * context.addRoutes(new FerryRoutes()
 *         .pull("acme-in", "ferry-ftp:ftp.acme.example/outbound?username=me&password=RAW(secret)&delete=true", "data/inbox")
 *         .push("acme-out", "data/outbox", "ferry-ftp:ftp.acme.example/inbound?username=me&password=RAW(secret)"));
 * }</pre>
 *
 * <p>Law: routes are named before the builder is added to a context; one builder serves one context.
 */
public final class FerryRoutes extends RouteBuilder {

    /** Taken once unchanged for two seconds, also when empty; moved to {@code .sent} once it is at the server. */
    private static final String DROP =
            "?move=.sent&readLock=changed&readLockMinAge=2000&readLockMinLength=0&readLockMarkerFile=false";

    /** The bundled templates, each in a file of that name. */
    static final List<String> TEMPLATES = List.of("pull", "push", "fan-out", "relay", "mirror");

    private final List<Pair> pulls = new ArrayList<>();
    private final List<Pair> pushes = new ArrayList<>();

    private record Pair(String routeId, String from, String to) {}

    /**
     * Adds Ferry's route templates to a context, which may be running, for {@code TemplatedRouteBuilder},
     * {@code addRouteFromTemplate} and {@code camel.routeTemplate[...]}. One of a name that the context has already is left as
     * it is.
     *
     * @throws Exception when the context refuses one
     */
    public static void addTemplates(CamelContext context) throws Exception {
        ResourceLoader resources = PluginHelper.getResourceLoader(context);
        RoutesLoader routes = PluginHelper.getRoutesLoader(context);
        ModelCamelContext model = (ModelCamelContext) context;
        for (String each : TEMPLATES) {
            if (model.getRouteTemplateDefinition(each) == null) {
                routes.loadRoutes(resources.resolveResource("classpath:routes/" + each + ".yaml"));
            }
        }
    }

    /**
     * Files of a server come into a local directory.
     *
     * @param from the endpoint of the server's directory, with {@code delete=true} or {@code move=...}
     * @param localDirectory the directory they arrive in
     */
    public FerryRoutes pull(String routeId, String from, String localDirectory) {
        pulls.add(new Pair(routeId, from, "file:" + localDirectory));
        return this;
    }

    /**
     * Files dropped into a local directory go to a server.
     *
     * @param localDirectory the directory they are dropped into
     * @param to the endpoint of the server's directory
     */
    public FerryRoutes push(String routeId, String localDirectory, String to) {
        pushes.add(new Pair(routeId, "file:" + localDirectory + DROP, to));
        return this;
    }

    @Override
    public void configure() {
        for (Pair each : pulls) {
            from(each.from()).routeId(each.routeId()).to(each.to());
        }
        for (Pair each : pushes) {
            from(each.from()).routeId(each.routeId()).to(each.to());
        }
    }
}
