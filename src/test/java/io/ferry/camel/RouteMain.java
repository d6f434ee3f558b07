package io.ferry.camel;

import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;

/** One route in a process of its own: the first argument is where it comes from, the second where it goes. */
public final class RouteMain {

    private RouteMain() {}

    public static void main(String[] uris) throws Exception {
        DefaultCamelContext context = new DefaultCamelContext();
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(uris[0]).routeId("only").to(uris[1]);
            }
        });
        context.start();
        System.out.println("route started");
        Thread.currentThread().join();
    }
}
