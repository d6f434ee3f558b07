package io.ferry.camel;

import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;

/** As {@link RouteMain}, but the route stops for ever after its last step, before the consumer commits. */
public final class HeldRouteMain {

    private HeldRouteMain() {}

    public static void main(String[] uris) throws Exception {
        DefaultCamelContext context = new DefaultCamelContext();
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(uris[0]).routeId("only").to(uris[1]).process(exchange -> {
                    System.out.println("sent");
                    Thread.currentThread().join();
                });
            }
        });
        context.start();
        Thread.currentThread().join();
    }
}
