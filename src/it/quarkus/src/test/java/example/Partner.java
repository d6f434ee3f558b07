package example;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.ftpserver.FtpServerFactory;
import org.apache.ftpserver.ftplet.FtpException;
import org.apache.ftpserver.ftplet.UserManager;
import org.apache.ftpserver.impl.DefaultFtpServer;
import org.apache.ftpserver.listener.Listener;
import org.apache.ftpserver.listener.ListenerFactory;
import org.apache.ftpserver.usermanager.ClearTextPasswordEncryptor;
import org.apache.ftpserver.usermanager.impl.BaseUser;
import org.apache.ftpserver.usermanager.impl.PropertiesUserManager;
import org.apache.ftpserver.usermanager.impl.WritePermission;

/** The partner's server, up before the application starts: the application is told its port. */
public class Partner implements QuarkusTestResourceLifecycleManager {

    private DefaultFtpServer server;

    @Override
    public Map<String, String> start() {
        try {
            Path local = Files.createTempDirectory(Path.of("target"), "local").toAbsolutePath();
            ListenerFactory listeners = new ListenerFactory();
            listeners.setServerAddress("127.0.0.1");
            listeners.setPort(0);
            Listener listener = listeners.createListener();
            BaseUser user = new BaseUser();
            user.setName("me");
            user.setPassword("secret");
            user.setHomeDirectory(Files.createDirectories(local.resolve("server")).toString());
            user.setAuthorities(List.of(new WritePermission()));
            UserManager users = new PropertiesUserManager(new ClearTextPasswordEncryptor(), (File) null, "admin");
            users.save(user);
            FtpServerFactory factory = new FtpServerFactory();
            factory.setUserManager(users);
            factory.setListeners(new HashMap<>(Map.of("default", listener)));
            server = (DefaultFtpServer) factory.createServer();
            server.start();
            return Map.of(
                    "partner.port", Integer.toString(listener.getPort()),
                    "partner.password", "secret",
                    "local", local.toString());
        } catch (IOException | FtpException e) {
            throw new IllegalStateException("the server does not start", e);
        }
    }

    @Override
    public void inject(TestInjector injector) {
        injector.injectIntoFields(server, new TestInjector.MatchesType(DefaultFtpServer.class));
    }

    @Override
    public void stop() {
        server.stop();
    }
}
