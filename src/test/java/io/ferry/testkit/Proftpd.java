package io.ferry.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/**
 * A real ProFTPD with mod_digest, and with mod_tls where asked for, started for one test on a loopback address and a
 * free port. It is taken where it is installed and unpacked from Debian's packages elsewhere. Its sessions run as the
 * user of this JVM. Without root they see the whole file system and begin in {@link #root()}: use relative paths there.
 *
 * <p>It owns the process with all its children and its directory; {@link #close()} ends them. The processes end with
 * the JVM, too, even with a killed one, which leaves the directory behind.
 */
public final class Proftpd implements TestServer {
    private static final String BINARY = "/usr/sbin/proftpd";
    private static final String USER = "ferry";
    private static final String PASSWORD = "sesame-7c1f";
    /** crypt(5) of the password. */
    static final String HASH =
            "$6$ferrykit$qAgMwnnxq.noBjDPG0.uMzJSsL.8ixfkC079WBzkALh9IDNw5M8WlOsOuAVCKjwBtlce2fDsBNjHL1IGH5gL51";

    private static final int MIRRORED_PORTS = 16;

    private final Options options;
    private final Path directory = Local.tempDirectory("proftpd");
    private final Path root;
    private final Path config = directory.resolve("proftpd.conf");
    private final Path commandLog = directory.resolve("commands.log");
    private final String greeting = "ferry testkit " + UUID.randomUUID();
    private final Certs.Issued certificate;
    private final DebianPackages.Program program;
    private final ServerProcess process = new ServerProcess(directory);
    private List<Integer> mirrored = List.of();
    private int port;
    private int cleared;

    /** How to set the server up; each call changes and returns this object. */
    public static final class Options {
        private final Map<String, String> settings = new LinkedHashMap<>();
        private Path root;
        private boolean tls;
        private boolean mirrored;

        private Options() {}

        /** Serves this directory, which stays the caller's. */
        public Options root(Path directory) {
            root = directory;
            return this;
        }

        /** Closes a control connection that has been idle for so long; whole seconds. */
        public Options idle(Duration timeout) {
            return set("TimeoutIdle", String.valueOf(timeout.toSeconds()));
        }

        public Options maxPerIp(int sessions) {
            return set("MaxClientsPerHost", String.valueOf(sessions));
        }

        /** Sets any directive of proftpd.conf that takes its values in one line. */
        public Options set(String directive, String values) {
            settings.put(directive, values);
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
    }

    /** Plain FTP. */
    public static Options plain() {
        return new Options();
    }

    /** Explicit TLS, forced for logins and data; data connections must resume the control connection's session. */
    public static Options secured() {
        Options options = new Options();
        options.tls = true;
        return options;
    }

    public static boolean available() {
        return program() != null;
    }

    private static DebianPackages.Program program() {
        return DebianPackages.find(BINARY, "proftpd-core", "proftpd-mod-crypto");
    }

    /** Starts a plain server, or treats the test as {@link #start(Options)} does. */
    public static Proftpd start() {
        return start(plain());
    }

    /**
     * Starts a server and returns once it answers. Where there is none, the test is aborted with a line on the standard
     * error, and fails when the environment says CI=true.
     */
    public static Proftpd start(Options options) {
        if (!available()) {
            DebianPackages.cannotRun("there is no ProFTPD here: " + DebianPackages.missing(BINARY));
        }
        Proftpd server = new Proftpd(options);
        try {
            server.bindAnywhere();
            return server;
        } catch (IOException e) {
            server.close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException | Error e) {
            server.close();
            throw e;
        }
    }

    private Proftpd(Options options) {
        this.options = options;
        program = program();
        certificate = options.tls ? Certs.issue(Certs.OWN_NAMES, false) : null;
        root = options.root == null ? directory.resolve("root") : options.root.toAbsolutePath();
    }

    /** A free port may be taken by another before the server binds it: try again then. */
    private void bindAnywhere() throws IOException {
        Files.createDirectories(root);
        writeUser();
        for (int attempt = 0; attempt < 10; attempt++) {
            port = Local.freePort();
            if (options.mirrored) {
                int first = ThreadLocalRandom.current().nextInt(10_000, 30_000);
                mirrored =
                        IntStream.range(first, first + MIRRORED_PORTS).boxed().toList();
            }
            Files.writeString(config, config());
            if (launch()) {
                return;
            }
            if (!process.output().contains("in use")) {
                break;
            }
        }
        throw new IOException("ProFTPD: " + process.output());
    }

    private boolean launch() throws IOException {
        List<String> command = List.of(program.binary().toString(), "-n", "-c", config.toString());
        return process.launch(command, program.environment(), host(), port, greeting);
    }

    private void writeUser() throws IOException {
        Path users = directory.resolve("users");
        Files.createFile(users, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(
                users,
                String.join(
                        ":",
                        USER,
                        HASH,
                        String.valueOf(Files.getAttribute(users, "unix:uid")),
                        String.valueOf(Files.getAttribute(users, "unix:gid")),
                        "",
                        root.toString(),
                        "/bin/sh\n"));
    }

    private String config() throws IOException {
        PosixFileAttributes own = Files.readAttributes(directory, PosixFileAttributes.class);
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("ServerType", "standalone");
        settings.put("ServerName", "\"ferry testkit\"");
        settings.put("ServerIdent", "on \"" + greeting + "\"");
        settings.put("DefaultAddress", host());
        settings.put("Port", String.valueOf(port));
        settings.put("UseIPv6", "off");
        settings.put("UseReverseDNS", "off");
        settings.put("User", own.owner().getName());
        settings.put("Group", own.group().getName());
        settings.put("RootLogin", "on");
        settings.put("AuthOrder", "mod_auth_file.c");
        settings.put("AuthUserFile", directory.resolve("users").toString());
        settings.put("RequireValidShell", "off");
        settings.put("UseFtpUsers", "off");
        settings.put("WtmpLog", "off");
        settings.put("DelayEngine", "off");
        settings.put("ControlsEngine", "off");
        settings.put("Umask", "022 022");
        settings.put("AllowOverwrite", "on");
        settings.put("AllowStoreRestart", "on");
        settings.put("AllowRetrieveRestart", "on");
        if (own.owner().getName().equals("root")) {
            settings.put("DefaultRoot", "~");
        }
        settings.put("ScoreboardFile", directory.resolve("scoreboard").toString());
        settings.put("PidFile", directory.resolve("pid").toString());
        settings.put("SystemLog", directory.resolve("system.log").toString());
        settings.put("TransferLog", "none");
        settings.put("LogFormat", "command \"%r\"");
        settings.put("ExtendedLog", commandLog + " ALL command");
        if (options.mirrored) {
            settings.put("MasqueradeAddress", Local.HOST);
            settings.put("PassivePorts", mirrored.get(0) + " " + mirrored.get(mirrored.size() - 1));
        }
        if (certificate != null) {
            settings.put("TLSEngine", "on");
            settings.put("TLSRequired", "on");
            settings.put("TLSProtocol", "TLSv1.2 TLSv1.3");
            settings.put("TLSECCertificateFile", certificate.certPem().toString());
            settings.put("TLSECCertificateKeyFile", certificate.keyPem().toString());
            settings.put("TLSVerifyClient", "off");
            settings.put("TLSLog", directory.resolve("tls.log").toString());
        }
        settings.putAll(options.settings);
        StringBuilder text = new StringBuilder("ModulePath " + program.file("/usr/lib/proftpd") + "\n");
        text.append("LoadModule mod_digest.c\n");
        if (certificate != null) {
            text.append("LoadModule mod_tls.c\n");
        }
        settings.forEach(
                (key, value) -> text.append(key).append(' ').append(value).append('\n'));
        return text.toString();
    }

    /** Kills the server and all its sessions at once, as a crash would; the files stay. */
    public synchronized void crash() {
        process.kill();
    }

    /** Starts the server again on the same port after {@link #crash()}. */
    public synchronized void restart() {
        try {
            if (!launch()) {
                throw new IllegalStateException("ProFTPD: " + process.output());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String name() {
        return options.tls ? "proftpd-tls" : "proftpd";
    }

    @Override
    public String host() {
        return options.mirrored ? "127.0.0.2" : Local.HOST;
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

    /** The commands, the server's own messages, and those of its TLS layer. */
    @Override
    public String log() {
        return read(commandLog) + read(directory.resolve("system.log")) + read(directory.resolve("tls.log"));
    }

    /** As the server writes them down, which is when it has dealt with each: a RETR once it has ended. */
    @Override
    public List<String> commands() {
        return read(commandLog)
                .lines()
                .skip(cleared)
                .map(line -> line.startsWith("PASS ") ? "PASS <password>" : line)
                .toList();
    }

    @Override
    public void clearCommands() {
        cleared = (int) read(commandLog).lines().count();
    }

    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Tls tls() {
        return certificate == null ? null : certificate.tls();
    }

    @Override
    public List<Integer> mirroredPorts() {
        return mirrored;
    }

    @Override
    public synchronized void close() {
        process.close();
        Local.delete(directory);
    }
}
