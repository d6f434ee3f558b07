package io.ferry.testkit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.ftpserver.ConnectionConfig;
import org.apache.ftpserver.ConnectionConfigFactory;
import org.apache.ftpserver.DataConnectionConfiguration;
import org.apache.ftpserver.DataConnectionConfigurationFactory;
import org.apache.ftpserver.FtpServer;
import org.apache.ftpserver.FtpServerFactory;
import org.apache.ftpserver.ftplet.DefaultFtplet;
import org.apache.ftpserver.ftplet.FtpException;
import org.apache.ftpserver.ftplet.FtpRequest;
import org.apache.ftpserver.ftplet.FtpSession;
import org.apache.ftpserver.ftplet.FtpletResult;
import org.apache.ftpserver.impl.DefaultDataConnectionConfiguration;
import org.apache.ftpserver.impl.DefaultFtpServer;
import org.apache.ftpserver.impl.PassivePorts;
import org.apache.ftpserver.impl.ServerDataConnectionFactory;
import org.apache.ftpserver.listener.Listener;
import org.apache.ftpserver.listener.ListenerFactory;
import org.apache.ftpserver.ssl.SslConfiguration;
import org.apache.ftpserver.ssl.SslConfigurationFactory;
import org.apache.ftpserver.usermanager.ClearTextPasswordEncryptor;
import org.apache.ftpserver.usermanager.impl.BaseUser;
import org.apache.ftpserver.usermanager.impl.ConcurrentLoginPermission;
import org.apache.ftpserver.usermanager.impl.PropertiesUserManager;
import org.apache.ftpserver.usermanager.impl.WritePermission;

/**
 * The embedded Apache FtpServer on 127.0.0.1 and a free port, with one user who may write. It owns its threads and,
 * unless a root was given, its directory; {@link #close()} ends both. It logs through SLF4J as the library does.
 */
public final class ApacheFtp implements TestServer {
    private static final String USER = "ferry";
    private static final String PASSWORD = "sesame";

    private final List<String> commands = new CopyOnWriteArrayList<>();
    private final Set<FtpSession> sessions = ConcurrentHashMap.newKeySet();
    private final FtpServer server;
    private final String host;
    private final List<Integer> mirrored;
    private final int port;
    private final Path root;
    private final Path ownDirectory;
    private final Tls tls;

    /** How to set the server up; each call changes and returns this object. */
    public static final class Options {
        private Path root;
        private boolean tls;
        private boolean mirrored;
        private int maxLogins = 100;
        private int idleSeconds = 300;
        private boolean expired;
        private String names = Certs.OWN_NAMES;

        private Options() {}

        /** Serves this directory, which stays the caller's. */
        public Options root(Path directory) {
            root = directory;
            return this;
        }

        public Options maxLogins(int logins) {
            maxLogins = logins;
            return this;
        }

        /** Closes a control connection that has been idle for so long; whole seconds. */
        public Options idle(Duration timeout) {
            idleSeconds = (int) timeout.toSeconds();
            return this;
        }

        /**
         * Lets a {@link FaultProxy} reach the data connections under TLS: the server sits on 127.0.0.2 and uses a few
         * data ports, which the proxy takes on 127.0.0.1. Such a server is reached through a proxy only.
         */
        public Options behindProxy() {
            mirrored = true;
            return this;
        }

        /** Issues the certificate for other names, in keytool's notation, e.g. "dns:other.example". */
        public Options certificateFor(String names) {
            this.names = names;
            return this;
        }

        /** Issues a certificate whose time is over. */
        public Options expiredCertificate() {
            expired = true;
            return this;
        }
    }

    /** Plain FTP. */
    public static Options plain() {
        return new Options();
    }

    /** Explicit TLS, offered and not forced. */
    public static Options secured() {
        Options options = new Options();
        options.tls = true;
        return options;
    }

    public static ApacheFtp start() {
        return start(plain());
    }

    public static ApacheFtp start(Options options) {
        return new ApacheFtp(options);
    }

    private ApacheFtp(Options options) {
        ownDirectory = options.root == null ? Local.tempDirectory("apache") : null;
        root = options.root == null ? ownDirectory : options.root.toAbsolutePath();
        Certs.Issued certificate = options.tls ? Certs.issue(options.names, options.expired) : null;
        tls = certificate == null ? null : certificate.tls();
        host = options.mirrored ? Local.BEHIND : Local.HOST;
        mirrored = options.mirrored ? Ports.free(DebianServer.MIRRORED_PORTS) : List.of();
        try {
            Files.createDirectories(root);
            Listener listener = listener(options, certificate);
            FtpServerFactory factory = new FtpServerFactory();
            factory.setListeners(new HashMap<>(Map.of("default", listener)));
            factory.setConnectionConfig(connections(options));
            factory.setFtplets(new HashMap<>(Map.of("commands", new Recorder())));
            var users = new PropertiesUserManager(new ClearTextPasswordEncryptor(), (File) null, "admin");
            users.save(user(options));
            factory.setUserManager(users);
            DefaultFtpServer created = (DefaultFtpServer) factory.createServer();
            // A worker that the library adds while it shuts down ends only once it has been idle for so long.
            created.getServerContext().getThreadPoolExecutor().setKeepAliveTime(1, TimeUnit.SECONDS);
            server = created;
            server.start();
            port = listener.getPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (FtpException e) {
            throw new IllegalStateException("Apache FtpServer did not start", e);
        }
    }

    private Listener listener(Options options, Certs.Issued certificate) {
        ListenerFactory factory = new ListenerFactory();
        factory.setServerAddress(host);
        factory.setPort(0);
        factory.setIdleTimeout(options.idleSeconds);
        SslConfiguration ssl = certificate == null ? null : ssl(certificate);
        factory.setSslConfiguration(ssl);
        factory.setDataConnectionConfiguration(mirrored.isEmpty() ? data(ssl) : mirrored(options, ssl));
        return factory.createListener();
    }

    private static SslConfiguration ssl(Certs.Issued certificate) {
        SslConfigurationFactory ssl = new SslConfigurationFactory();
        ssl.setKeystoreFile(certificate.keystore().toFile());
        ssl.setKeystoreType("PKCS12");
        ssl.setKeystorePassword(certificate.password());
        ssl.setSslProtocol("TLSv1.3", "TLSv1.2");
        return ssl.createSslConfiguration();
    }

    private static DataConnectionConfiguration data(SslConfiguration ssl) {
        DataConnectionConfigurationFactory data = new DataConnectionConfigurationFactory();
        data.setPassiveAddress(Local.HOST);
        data.setSslConfiguration(ssl);
        return data.createDataConnectionConfiguration();
    }

    /** The library's own factory takes a port that the proxy has at another address for one that is not free. */
    private DataConnectionConfiguration mirrored(Options options, SslConfiguration ssl) {
        PassivePorts ports = new PassivePorts(Set.copyOf(mirrored), false);
        return new DefaultDataConnectionConfiguration(
                options.idleSeconds, ssl, true, false, null, 0, host, ports, Local.HOST, false, false);
    }

    private static ConnectionConfig connections(Options options) {
        ConnectionConfigFactory factory = new ConnectionConfigFactory();
        factory.setAnonymousLoginEnabled(false);
        factory.setLoginFailureDelay(0);
        factory.setMaxLogins(options.maxLogins);
        factory.setMaxThreads(options.maxLogins + 10); // one more client than may log in has to hear so
        return factory.createConnectionConfig();
    }

    private BaseUser user(Options options) {
        BaseUser user = new BaseUser();
        user.setName(USER);
        user.setPassword(PASSWORD);
        user.setHomeDirectory(root.toString());
        user.setMaxIdleTime(options.idleSeconds);
        user.setAuthorities(List.of(new WritePermission(), new ConcurrentLoginPermission(0, 0)));
        return user;
    }

    private final class Recorder extends DefaultFtplet {
        @Override
        public FtpletResult onConnect(FtpSession session) {
            sessions.add(session);
            return FtpletResult.DEFAULT;
        }

        @Override
        public FtpletResult onDisconnect(FtpSession session) {
            sessions.remove(session);
            return FtpletResult.DEFAULT;
        }

        @Override
        public FtpletResult beforeCommand(FtpSession session, FtpRequest request) {
            boolean secret = request.getCommand().toUpperCase(Locale.ROOT).equals("PASS");
            commands.add(secret ? "PASS <password>" : request.getRequestLine());
            return FtpletResult.DEFAULT;
        }
    }

    @Override
    public String name() {
        return tls == null ? "apache" : "apache-tls";
    }

    @Override
    public String host() {
        return host;
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public String user() {
        return USER;
    }

    @Override
    public String password() {
        return PASSWORD;
    }

    @Override
    public Path root() {
        return root;
    }

    /** The commands, one a line. */
    @Override
    public String log() {
        return String.join("\n", commands);
    }

    @Override
    public List<String> commands() {
        return List.copyOf(commands);
    }

    @Override
    public void clearCommands() {
        commands.clear();
    }

    @Override
    public Tls tls() {
        return tls;
    }

    @Override
    public List<Integer> mirroredPorts() {
        return mirrored;
    }

    @Override
    public void close() {
        server.stop();
        sessions.forEach(this::endWait);
        if (ownDirectory != null) {
            Local.delete(ownDirectory);
        }
    }

    /** A client that was gone before it opened its data connection has left a worker that waits for it, and locks out a close. */
    private void endWait(FtpSession session) {
        if (session.getDataConnection() instanceof ServerDataConnectionFactory data && data.getPort() > 0) {
            try (Socket late = new Socket(host, data.getPort())) {
                late.shutdownOutput();
            } catch (IOException e) {
                // Nobody waits.
                return;
            }
        }
    }
}
