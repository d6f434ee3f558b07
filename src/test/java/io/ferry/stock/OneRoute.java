package io.ferry.stock;

import io.ferry.testkit.ChildJvm;
import java.io.File;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.processor.idempotent.FileIdempotentRepository;

/**
 * One route in a process of its own, which says what it has in its hands, and holds it for ever if told so. The registry has
 * stock's file repository under the name records.
 */
public final class OneRoute {

    private OneRoute() {}

    /** A process whose route says which file it has and then waits until it is killed. */
    static ChildJvm holding(Path directory, String from, Path inbox) {
        return start("hold", directory, from, inbox);
    }

    /** A process whose route hands the files on. */
    static ChildJvm passing(Path directory, String from, Path inbox) {
        return start("pass", directory, from, inbox);
    }

    private static ChildJvm start(String how, Path directory, String from, Path inbox) {
        return ChildJvm.of(OneRoute.class)
                .heap("128m")
                .directory(directory)
                .arguments(how, from, "file:" + inbox)
                .start();
    }

    /** Arguments: hold or pass, where the route comes from, where it goes. */
    public static void main(String[] arguments) throws Exception {
        boolean hold = arguments[0].equals("hold");
        DefaultCamelContext context = new DefaultCamelContext();
        context.getRegistry().bind("records", FileIdempotentRepository.fileIdempotentRepository(new File("records")));
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(arguments[1])
                        .routeId("only")
                        .process(exchange -> {
                            System.out.println("has " + exchange.getIn().getHeader("CamelFileName"));
                            if (hold) {
                                new CountDownLatch(1).await();
                            }
                        })
                        .to(arguments[2]);
            }
        });
        context.start();
        System.out.println("route started");
        Thread.currentThread().join();
    }
}
