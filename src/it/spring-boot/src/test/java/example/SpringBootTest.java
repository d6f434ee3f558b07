package example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ferry.FerryRoutes;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.camel.RoutesBuilder;
import org.apache.ftpserver.FtpServer;
import org.apache.ftpserver.FtpServerFactory;
import org.apache.ftpserver.ftplet.UserManager;
import org.apache.ftpserver.listener.Listener;
import org.apache.ftpserver.listener.ListenerFactory;
import org.apache.ftpserver.usermanager.ClearTextPasswordEncryptor;
import org.apache.ftpserver.usermanager.impl.BaseUser;
import org.apache.ftpserver.usermanager.impl.PropertiesUserManager;
import org.apache.ftpserver.usermanager.impl.WritePermission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

/** Routes as a bean, and a template of Ferry's in the application's properties. */
class SpringBootTest {

    @TempDir
    Path local;

    @SpringBootApplication
    static class Application {
        @Bean
        RoutesBuilder ferry(@Value("${partner.port}") int port, @Value("${local}") String local) {
            String endpoint = "ferry-ftp:localhost:" + port + "/inbound?username=me&password=#property:partner.password"
                    + "&workDirectory=" + local + "/work";
            return new FerryRoutes().push("out", local + "/out", endpoint);
        }
    }

    @Test
    void routesComeFromABeanAndFromProperties() throws Exception {
        byte[] content = new byte[3_000_000];
        new Random(1).nextBytes(content);
        Path remote = Files.createDirectories(local.resolve("server"));
        Files.write(Files.createDirectories(remote.resolve("outbound")).resolve("pulled.bin"), content);
        Files.write(Files.createDirectories(local.resolve("out")).resolve("pushed.bin"), content);
        Files.writeString(local.resolve("in.yaml"), """
                - templatedRoute:
                    routeTemplateRef: pull
                    routeId: in
                    parameters:
                      - {name: host, value: localhost}
                      - {name: port, value: "{{partner.port}}"}
                      - {name: username, value: me}
                      - {name: password, value: "{{partner.password}}"}
                      - {name: remoteDirectory, value: outbound}
                      - {name: localDirectory, value: "{{local}}/in"}
                      - {name: delay, value: "100"}
                """);
        Listener listener = listener();
        FtpServer server = server(remote, listener);
        try (ConfigurableApplicationContext application = SpringApplication.run(
                Application.class,
                "--partner.port=" + listener.getPort(),
                "--partner.password=secret",
                "--local=" + local,
                "--camel.main.routes-include-pattern=classpath:routes/*.yaml,file:" + local.resolve("in.yaml"))) {
            await(local.resolve("in/pulled.bin"));
            await(local.resolve("out/.sent/pushed.bin"));
            assertArrayEquals(content, Files.readAllBytes(local.resolve("in/pulled.bin")));
            assertArrayEquals(content, Files.readAllBytes(remote.resolve("inbound/pushed.bin")));
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

    private static FtpServer server(Path home, Listener listener) throws Exception {
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
        return server;
    }

    /** Looks until it is there: what is asserted is that it comes, not when. */
    private static void await(Path file) throws InterruptedException {
        for (int look = 0; look < 600 && Files.notExists(file); look++) {
            Thread.sleep(100);
        }
        assertTrue(Files.exists(file), file + " did not arrive within a minute");
    }
}
