package example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ferry.FerryRoutes;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.ftpserver.FtpServer;
import org.apache.ftpserver.FtpServerFactory;
import org.apache.ftpserver.ftplet.UserManager;
import org.apache.ftpserver.impl.DefaultFtpServer;
import org.apache.ftpserver.listener.Listener;
import org.apache.ftpserver.listener.ListenerFactory;
import org.apache.ftpserver.usermanager.ClearTextPasswordEncryptor;
import org.apache.ftpserver.usermanager.impl.BaseUser;
import org.apache.ftpserver.usermanager.impl.PropertiesUserManager;
import org.apache.ftpserver.usermanager.impl.WritePermission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With nothing but ferry-camel and what it brings along: no application of Ferry's, no Kamelets, no logging. */
class PlainContextTest {

    @TempDir
    Path local;

    @Test
    void oneLineAddsFerryToAContextThatRuns() throws Exception {
        byte[] content = new byte[3_000_000];
        new Random(1).nextBytes(content);
        Path remote = Files.createDirectories(local.resolve("server"));
        Files.write(Files.createDirectories(remote.resolve("outbound")).resolve("pulled.bin"), content);
        Files.write(Files.createDirectories(local.resolve("out")).resolve("pushed.bin"), content);
        Listener listener = listener();
        DefaultFtpServer server = server(remote, listener);
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:own").routeId("own").to("log:own");
                }
            });
            context.start();

            String to = "ferry-ftp:localhost:" + listener.getPort() + "/%s?username=me&password=secret&workDirectory="
                    + local.resolve("work") + "&%s";
            context.addRoutes(new FerryRoutes()
                    .pull("in", to.formatted("outbound", "delete=true&delay=100"), local.resolve("in").toString())
                    .push("out", local.resolve("out").toString(), to.formatted("inbound", "autoCreate=true")));

            await(local.resolve("in/pulled.bin"));
            await(local.resolve("out/.sent/pushed.bin"));
            assertArrayEquals(content, Files.readAllBytes(local.resolve("in/pulled.bin")));
            assertArrayEquals(content, Files.readAllBytes(remote.resolve("inbound/pushed.bin")));

            for (String route : List.of("in", "out")) {
                context.getRouteController().stopRoute(route);
                assertTrue(context.removeRoute(route));
            }
            awaitSessions(server);
            assertEquals(0, server.getServerContext().getFtpStatistics().getCurrentConnectionNumber());
            assertNotNull(context.getRoute("own"));
        } finally {
            server.stop();
        }
    }

    private static Listener listener() {
        ListenerFactory factory = new ListenerFactory();
        factory.setServerAddress("127.0.0.1");
        factory.setPort(0);
        return factory.createListener();
    }

    private static DefaultFtpServer server(Path home, Listener listener) throws Exception {
        BaseUser user = new BaseUser();
        user.setName("me");
        user.setPassword("secret");
        user.setHomeDirectory(home.toString());
        user.setAuthorities(List.of(new WritePermission()));
        UserManager users = new PropertiesUserManager(new ClearTextPasswordEncryptor(), (File) null, "admin");
        users.save(user);
        FtpServerFactory factory = new FtpServerFactory();
        factory.setUserManager(users);
        factory.setListeners(new HashMap<>(Map.of("default", listener)));
        FtpServer server = factory.createServer();
        server.start();
        return (DefaultFtpServer) server;
    }

    /** Looks until it is there: what is asserted is that it comes, not when. */
    private static void await(Path file) throws InterruptedException {
        for (int look = 0; look < 600 && Files.notExists(file); look++) {
            Thread.sleep(100);
        }
        assertTrue(Files.exists(file), file + " did not arrive within a minute");
    }

    private static void awaitSessions(DefaultFtpServer server) throws InterruptedException {
        for (int look = 0;
                look < 100 && server.getServerContext().getFtpStatistics().getCurrentConnectionNumber() > 0;
                look++) {
            Thread.sleep(100);
        }
    }
}
