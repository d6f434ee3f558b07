package io.ferry.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.ftpserver.ConnectionConfigFactory;
import org.apache.ftpserver.FtpServer;
import org.apache.ftpserver.FtpServerFactory;
import org.apache.ftpserver.ftplet.FtpException;
import org.apache.ftpserver.impl.DefaultFtpServer;
import org.apache.ftpserver.listener.ListenerFactory;
import org.apache.ftpserver.usermanager.PropertiesUserManagerFactory;
import org.apache.ftpserver.usermanager.impl.BaseUser;
import org.apache.ftpserver.usermanager.impl.TransferRatePermission;
import org.apache.ftpserver.usermanager.impl.WritePermission;

/**
 * Apache FtpServer on the loopback interface, for the user {@code demo} alone.
 *
 * <p>Law: owns the server and its threads; {@link #close} ends them. It runs from construction on.
 */
final class DemoServer implements AutoCloseable {

    /** Slow enough for a person to see the bars move. */
    private static final int BYTES_PER_SECOND = 32 << 20;

    private final FtpServer server;
    private final int port;

    /**
     * Starts the server.
     *
     * @param port 0 for one that is free
     */
    DemoServer(Path root, int port, String password) throws IOException {
        BaseUser user = new BaseUser();
        user.setName("demo");
        user.setPassword(password);
        user.setHomeDirectory(root.toAbsolutePath().toString());
        user.setAuthorities(
                List.of(new WritePermission(), new TransferRatePermission(BYTES_PER_SECOND, BYTES_PER_SECOND)));

        ListenerFactory listener = new ListenerFactory();
        listener.setServerAddress("127.0.0.1");
        listener.setPort(port);
        ConnectionConfigFactory connections = new ConnectionConfigFactory();
        connections.setAnonymousLoginEnabled(false);

        FtpServerFactory factory = new FtpServerFactory();
        factory.addListener("default", listener.createListener());
        factory.setConnectionConfig(connections.createConnectionConfig());
        factory.setFileSystem(new CuttingFileSystem(Samples.LARGE * 2 / 5));
        try {
            // Without a file, users live in memory.
            factory.setUserManager(new PropertiesUserManagerFactory().createUserManager());
            factory.getUserManager().save(user);
            this.server = factory.createServer();
            server.start();
        } catch (FtpException e) {
            throw new IOException("FTP server on 127.0.0.1:" + port + ": " + e.getMessage(), e);
        }
        this.port = ((DefaultFtpServer) server).getListener("default").getPort();
    }

    int port() {
        return port;
    }

    @Override
    public void close() {
        server.stop();
    }
}
