package io.ferry;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.Component;
import org.apache.camel.EndpointAware;
import org.apache.camel.FailedToCreateRouteException;
import org.apache.camel.Navigate;
import org.apache.camel.Route;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.RouteConfigurationDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.RouteTemplateDefinition;
import org.apache.camel.model.TemplatedRouteDefinition;
import org.apache.camel.spi.BeanRepository;
import org.apache.camel.spi.ExtendedPropertyConfigurerGetter;
import org.apache.camel.spi.PropertiesComponent;
import org.apache.camel.spi.PropertiesSource;
import org.apache.camel.spi.PropertyConfigurer;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.LifecycleStrategySupport;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.service.ServiceHelper;
import org.jspecify.annotations.Nullable;

/**
 * Builds the routes of a file in a context that is thrown away, so that a mistake shows before anything that runs is stopped. That context has
 * the running one's beans, properties, components, templates and route configurations.
 *
 * <p>Law: nothing starts: no consumer polls, no producer connects. What only shows then, or with the first message, is not
 * found.
 */
final class DryRun {

    private final CamelContext running;
    private final Resource file;

    DryRun(CamelContext running, Resource file) {
        this.running = running;
        this.file = file;
    }

    /**
     * Looks for mistakes.
     *
     * @param own the ids of the routes that an earlier version of the file has made; they will be replaced
     * @return the ids of the routes that the file makes
     * @throws Exception what Camel, or Ferry, has against the file
     */
    Set<String> check(Set<String> own) throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext((BeanRepository) running.getRegistry())) {
            furnish(context);
            Set<String> ids = ids(context);
            for (String id : ids) {
                refuseIfTaken(id, own);
            }
            List<Route> routes = new ArrayList<>();
            context.addLifecycleStrategy(new LifecycleStrategySupport() {
                @Override
                public void onRouteContextCreate(Route route) {
                    routes.add(route);
                }
            });
            PluginHelper.getRoutesLoader(context).loadRoutes(file);
            // Makes every endpoint, processor and consumer.
            context.init();
            for (Route route : routes) {
                try {
                    checkProducers(route.navigate());
                } catch (Exception e) {
                    throw new FailedToCreateRouteException(route.getRouteId(), file.getLocation(), "", e);
                }
            }
            return ids;
        }
    }

    /** The ids of the routes that the file makes, those of templates included. */
    Set<String> ids() throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext((BeanRepository) running.getRegistry())) {
            furnish(context);
            return ids(context);
        }
    }

    private Set<String> ids(CamelContext context) throws Exception {
        Set<String> ids = new LinkedHashSet<>();
        for (RouteBuilder each : builders(context, file)) {
            for (RouteDefinition route : each.getRouteCollection().getRoutes()) {
                ids.add(named(route.getId()));
            }
            for (TemplatedRouteDefinition route :
                    each.getTemplatedRouteCollection().getTemplatedRoutes()) {
                ids.add(named(route.getRouteId()));
            }
        }
        return ids;
    }

    /** The builders of a file, which have read it. */
    static Collection<RouteBuilder> builders(CamelContext context, Resource file) throws Exception {
        Set<RouteBuilder> all = new LinkedHashSet<>();
        for (RoutesBuilder each : PluginHelper.getRoutesLoader(context).findRoutesBuilders(file)) {
            if (each instanceof RouteBuilder builder) {
                builder.configureRoutes(context);
                all.add(builder);
            }
        }
        return all;
    }

    private static String named(@Nullable String id) {
        if (id == null) {
            throw new IllegalArgumentException(
                    "a route has no id, by which the running one is found that it replaces. Give it an id");
        }
        return id;
    }

    private void refuseIfTaken(String id, Set<String> own) {
        RouteDefinition other = ((ModelCamelContext) running).getRouteDefinition(id);
        if (other == null || own.contains(id) || mayBeReplaced(other)) {
            return;
        }
        Resource from = other.getResource();
        boolean inFile = !other.isCreatedFromTemplate() && from != null;
        throw new IllegalArgumentException("there is a route \"" + id + "\" already, from "
                + (inFile ? from.getLocation() : "elsewhere, such as application.properties") + ". Choose another id");
    }

    /** The file's own, and what is bundled: as at a start. */
    private boolean mayBeReplaced(RouteDefinition other) {
        Resource from = other.getResource();
        return from != null
                && !other.isCreatedFromTemplate()
                && (from.getLocation().startsWith("classpath:") || pathOf(from).equals(pathOf(file)));
    }

    private static String pathOf(Resource resource) {
        String location = resource.getLocation();
        if (!location.startsWith("file:")) {
            return location;
        }
        String path = location.startsWith("file:/") ? URI.create(location).getPath() : location.substring(5);
        return Path.of(path).toAbsolutePath().normalize().toString();
    }

    private void furnish(DefaultCamelContext context) throws Exception {
        context.disableJMX();
        context.getCamelContextExtension().setName("dry-run");
        context.setApplicationContextClassLoader(running.getApplicationContextClassLoader());
        context.getCamelContextExtension()
                .setErrorHandlerFactory(running.getCamelContextExtension().getErrorHandlerFactory());
        context.build();
        properties(context.getPropertiesComponent());
        for (String name : running.getComponentNames()) {
            copyComponent(context, name, running.hasComponent(name));
        }
        ModelCamelContext from = (ModelCamelContext) running;
        for (RouteTemplateDefinition each : from.getRouteTemplateDefinitions()) {
            context.addRouteTemplateDefinition(each);
        }
        for (RouteConfigurationDefinition each : from.getRouteConfigurationDefinitions()) {
            context.addRouteConfiguration(each);
        }
    }

    private void properties(PropertiesComponent properties) {
        PropertiesComponent from = running.getPropertiesComponent();
        if (from.hasPropertiesFunction("file")) {
            properties.addPropertiesFunction(new SecretFile());
        }
        properties.addPropertiesSource(new PropertiesSource() {
            @Override
            public String getName() {
                return "running";
            }

            @Override
            public @Nullable String getProperty(String name) {
                return from.resolveProperty(name).orElse(null);
            }
        });
        // What only earns a warning is told when the routes are added to the running context.
        boolean fails =
                from.resolveProperty("ferry.lint").orElse("warn").strip().equalsIgnoreCase("fail");
        properties.addOverrideProperty("ferry.lint", fails ? "fail" : "off");
    }

    /** A component of the same settings, which belongs to the other context. */
    private static void copyComponent(CamelContext context, String name, @Nullable Component original) {
        if (original == null) {
            return;
        }
        Component copy = context.getComponent(name, true, false);
        PropertyConfigurer configurer = original.getComponentPropertyConfigurer();
        if (copy == null
                || copy.getClass() != original.getClass()
                || !(configurer instanceof ExtendedPropertyConfigurerGetter getter)) {
            return;
        }
        for (Map.Entry<String, Object> option : getter.getAllOptions(original).entrySet()) {
            Object value = getter.getOptionValue(original, option.getKey(), true);
            if (value != null) {
                configurer.configure(context, copy, option.getKey(), value, true);
            }
        }
    }

    /** A consumer is made with its route; a producer when it starts. */
    private static void checkProducers(@Nullable Navigate<?> node) throws Exception {
        if (node == null || !node.hasNext()) {
            return;
        }
        for (Object each : node.next()) {
            if (each instanceof EndpointAware aware && aware.getEndpoint() != null) {
                ServiceHelper.initService(aware.getEndpoint());
                aware.getEndpoint().createProducer();
            }
            if (each instanceof Navigate<?> inner) {
                checkProducers(inner);
            }
        }
    }
}
