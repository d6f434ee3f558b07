package io.ferry.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;

/** One process that polls many partners at once, from the start of its routes to the last file. */
public final class PartnersMain {

    private PartnersMain() {}

    /** Arguments: how many files in all, a file with the endpoints and targets in turn, one a line, where the seconds go. */
    public static void main(String[] arguments) throws Exception {
        CountDownLatch left = new CountDownLatch(Integer.parseInt(arguments[0]));
        List<String> lines = Files.readAllLines(Path.of(arguments[1]));
        DefaultCamelContext context = new DefaultCamelContext();
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                for (int i = 0; i < lines.size(); i += 2) {
                    from(lines.get(i))
                            .routeId("partner" + i)
                            .to(lines.get(i + 1))
                            .process(exchange -> left.countDown());
                }
            }
        });
        long start = System.nanoTime();
        context.start();
        boolean all = left.await(10, TimeUnit.MINUTES);
        Files.writeString(Path.of(arguments[2]), String.valueOf((System.nanoTime() - start) / 1e9));
        System.exit(all ? 0 : 1);
    }
}
