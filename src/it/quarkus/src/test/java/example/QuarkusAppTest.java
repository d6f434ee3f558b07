package example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.apache.camel.CamelContext;
import org.apache.ftpserver.impl.DefaultFtpServer;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** Routes as a bean, and a template of Ferry's in the application's properties. */
@QuarkusTest
@QuarkusTestResource(Partner.class)
class QuarkusAppTest {

    @Inject
    CamelContext context;

    @ConfigProperty(name = "local")
    Path local;

    DefaultFtpServer server;

    @Test
    void routesComeFromABeanAndFromProperties() throws Exception {
        byte[] content = new byte[3_000_000];
        new Random(1).nextBytes(content);
        Path remote = local.resolve("server");
        Files.write(Files.createDirectories(remote.resolve("outbound")).resolve("pulled.bin"), content);
        Files.write(Files.createDirectories(local.resolve("out")).resolve("pushed.bin"), content);

        await("pulled", () -> Files.exists(local.resolve("in/pulled.bin")));
        await("pushed", () -> Files.exists(local.resolve("out/.sent/pushed.bin")));
        assertArrayEquals(content, Files.readAllBytes(local.resolve("in/pulled.bin")));
        assertArrayEquals(content, Files.readAllBytes(remote.resolve("inbound/pushed.bin")));

        assertFalse(threads().isEmpty());
        for (String route : List.of("in", "out")) {
            context.getRouteController().stopRoute(route);
            assertTrue(context.removeRoute(route));
        }
        await("no session left", () -> sessions() == 0);
        await("no thread left", () -> threads().isEmpty());
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.toLowerCase(Locale.ROOT).contains("ferry"))
                .toList();
    }

    private int sessions() {
        return server.getServerContext().getFtpStatistics().getCurrentConnectionNumber();
    }

    /** Looks until it is so: what is asserted is that it comes, not when. */
    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        for (int look = 0; look < 600 && !condition.getAsBoolean(); look++) {
            Thread.sleep(100);
        }
        assertTrue(condition.getAsBoolean(), what + ": not within a minute");
    }
}
