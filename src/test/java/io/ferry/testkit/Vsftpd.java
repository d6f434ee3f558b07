package io.ferry.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A real vsftpd, started for one test on a loopback address and a free port. It needs root and no other preparation:
 * it is taken where it is installed and unpacked from Debian's package elsewhere, and writes one PAM service that knows
 * a single made-up user. Its sessions run as the user of this JVM, so that both sides may read and write whatever the
 * other makes under {@link #root()}. No file permission
 * stops such a session: take "cmds_denied" to have a command refused.
 *
 * <p>It owns the process with all its children and its directory; {@link #close()} ends them. The process ends with
 * the JVM, too, even with a killed one, which leaves the directory behind.
 */
public final class Vsftpd implements TestServer {
    private static final String USER = "ferry";
    private static final String PASSWORD = "sesame-7c1f";
    private static final String SERVICE = "ferry-vsftpd";
    /** pam_ftp hands the password on as PAM_RUSER; modules that fork, such as pam_exec, deadlock with vsftpd. */
    private static final String PAM = "auth requisite pam_ftp.so users=" + USER + "\n"
            + "auth requisite pam_succeed_if.so quiet ruser = " + PASSWORD + "\n"
            + "auth required pam_permit.so\n"
            + "account required pam_permit.so\n";
    /** Runs the server, and kills it once this JVM no longer holds the other end of the standard input. */
    private static final String GUARD = "exec 3<&0; \"$0\" \"$1\" 3<&- & p=$!; (read -r never <&3; kill -9 $p) & g=$!;"
            + " exec 3<&-; wait $p; kill -9 $g; wait $g";

    private static final Pattern COMMAND =
            Pattern.compile("FTP command: Client \"[^\"]*\", \"(.*)\"$", Pattern.MULTILINE);
    private static final int MIRRORED_PORTS = 16;

    private final Options options;
    private final Path directory;
    private final Path root;
    private final Path config;
    private final Path logFile;
    private final Path output;
    private final String greeting = "ferry testkit " + UUID.randomUUID();
    private final Certs.Issued certificate;
    private final Thread hook = new Thread(this::kill, "ferry-vsftpd-hook");
    private List<Integer> mirrored = List.of();
    private int port;
    private Process process;
    private int cleared;
    private boolean closed;

    /** How to set the server up; each call changes and returns this object. */
    public static final class Options {
        private final Map<String, String> settings = new LinkedHashMap<>();
        private Path root;
        private boolean tls;
        private boolean mirrored;
        private boolean expired;
        private String names = Certs.OWN_NAMES;

        private Options() {}

        /** Serves this directory, which stays the caller's. */
        public Options root(Path directory) {
            root = directory;
            return this;
        }

        /** Closes a control connection that has been idle for so long; whole seconds. */
        public Options idle(Duration timeout) {
            return set("idle_session_timeout", String.valueOf(timeout.toSeconds()));
        }

        /** Closes a data connection that has made no progress for so long; whole seconds. */
        public Options dataIdle(Duration timeout) {
            return set("data_connection_timeout", String.valueOf(timeout.toSeconds()));
        }

        public Options maxPerIp(int sessions) {
            return set("max_per_ip", String.valueOf(sessions));
        }

        /** Sets any option of vsftpd.conf(5), for example "cmds_denied". */
        public Options set(String key, String value) {
            settings.put(key, value);
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

    private Vsftpd(Options options) {
        this.options = options;
        certificate = options.tls ? Certs.issue(options.names, options.expired) : null;
        directory = Local.tempDirectory("vsftpd");
        root = options.root == null ? directory.resolve("root") : options.root.toAbsolutePath();
        config = directory.resolve("vsftpd.conf");
        logFile = directory.resolve("vsftpd.log");
        output = directory.resolve("output");
    }

    public static boolean available() {
        return "root".equals(System.getProperty("user.name")) && program() != null;
    }

    /**
     * Lets the test go on only where vsftpd can run. Elsewhere the test is aborted with a line on the standard error,
     * and fails when the environment says CI=true.
     */
    public static void requireAvailable() {
        if (available()) {
            return;
        }
        DebianPackages.cannotRun(
                "vsftpd cannot run here: it needs root. " + DebianPackages.missing("/usr/sbin/vsftpd"));
    }

    /** Starts a plain server, or treats the test as {@link #requireAvailable()} does. */
    public static Vsftpd start() {
        return start(plain());
    }

    /** Starts a server and returns once it answers, or treats the test as {@link #requireAvailable()} does. */
    public static Vsftpd start(Options options) {
        requireAvailable();
        Vsftpd server = new Vsftpd(options);
        try {
            Runtime.getRuntime().addShutdownHook(server.hook);
            Files.createDirectories(server.root);
            Files.createDirectory(server.directory.resolve("empty"));
            installPam();
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

    /** Kills the server and all its sessions at once, as a crash would; the files stay. */
    public synchronized void crash() {
        kill();
    }

    /** Starts the server again on the same port after {@link #crash()}. */
    public synchronized void restart() {
        try {
            if (!launch()) {
                throw new IllegalStateException("vsftpd: " + Files.readString(output));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String name() {
        return options.tls ? "vsftpd-tls" : "vsftpd";
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

    @Override
    public String log() {
        try {
            return new String(Files.readAllBytes(logFile), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<String> commands() {
        return allCommands().stream().skip(cleared).toList();
    }

    @Override
    public void clearCommands() {
        cleared = allCommands().size();
    }

    private List<String> allCommands() {
        List<String> commands = new ArrayList<>();
        for (Matcher matcher = COMMAND.matcher(log()); matcher.find(); ) {
            commands.add(matcher.group(1));
        }
        return commands;
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
        if (closed) {
            return;
        }
        closed = true;
        kill();
        Local.delete(directory);
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ignored) {
            // the JVM is exiting
        }
    }

    private static DebianPackages.Program program() {
        return DebianPackages.find("/usr/sbin/vsftpd", "vsftpd");
    }

    /** The service is the same for all instances, so that concurrent ones may write it in any order. */
    private static void installPam() throws IOException {
        Path service = Path.of("/etc/pam.d", SERVICE);
        if (Files.exists(service) && Files.readString(service).equals(PAM)) {
            return;
        }
        Path draft = service.resolveSibling("." + SERVICE + "-" + UUID.randomUUID());
        Files.writeString(draft, PAM);
        Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString("rw-r--r--"));
        Files.move(draft, service, StandardCopyOption.ATOMIC_MOVE);
    }

    /** A free port may be taken by another before vsftpd binds it: try again then. */
    private void bindAnywhere() throws IOException {
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
            if (!Files.readString(output).contains("bind")) {
                break;
            }
        }
        throw new IOException("vsftpd: " + Files.readString(output));
    }

    private boolean launch() throws IOException {
        DebianPackages.Program program = program();
        ProcessBuilder builder = new ProcessBuilder(
                        "sh", "-c", GUARD, program.binary().toString(), config.toString())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().putAll(program.environment());
        process = builder.start();
        Process started = process;
        if (!Await.holds(Duration.ofSeconds(20), () -> !started.isAlive() || greets())) {
            throw new IOException("vsftpd does not answer: " + Files.readString(output));
        }
        return started.isAlive();
    }

    private boolean greets() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host(), port), 1_000);
            socket.setSoTimeout(5_000);
            var reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            String line = reader.readLine();
            if (line != null && !line.contains(greeting)) {
                throw new IllegalStateException("another server answers on port " + port + ": " + line);
            }
            return line != null;
        } catch (IOException e) {
            return false;
        }
    }

    private String config() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("listen", "YES");
        settings.put("listen_address", host());
        settings.put("listen_port", String.valueOf(port));
        settings.put("background", "NO");
        settings.put("seccomp_sandbox", "NO");
        settings.put("isolate", "NO");
        settings.put("isolate_network", "NO");
        settings.put("ftpd_banner", greeting);
        settings.put("anonymous_enable", "NO");
        settings.put("local_enable", "YES");
        settings.put("guest_enable", "YES");
        settings.put("guest_username", System.getProperty("user.name"));
        settings.put("virtual_use_local_privs", "YES");
        settings.put("local_umask", "022");
        settings.put("write_enable", "YES");
        settings.put("local_root", root.toString());
        settings.put("chroot_local_user", "YES");
        settings.put("allow_writeable_chroot", "YES");
        settings.put("secure_chroot_dir", directory.resolve("empty").toString());
        settings.put("pam_service_name", SERVICE);
        settings.put("connect_from_port_20", "NO");
        settings.put("mdtm_write", "YES");
        settings.put("delay_failed_login", "0");
        settings.put("delay_successful_login", "0");
        settings.put("xferlog_enable", "YES");
        settings.put("xferlog_std_format", "NO");
        settings.put("log_ftp_protocol", "YES");
        settings.put("vsftpd_log_file", logFile.toString());
        if (options.mirrored) {
            settings.put("pasv_address", Local.HOST);
            settings.put("pasv_min_port", String.valueOf(mirrored.get(0)));
            settings.put("pasv_max_port", String.valueOf(mirrored.get(mirrored.size() - 1)));
        }
        if (certificate != null) {
            settings.put("ssl_enable", "YES");
            settings.put("rsa_cert_file", certificate.certPem().toString());
            settings.put("rsa_private_key_file", certificate.keyPem().toString());
            settings.put("force_local_logins_ssl", "YES");
            settings.put("force_local_data_ssl", "YES");
            settings.put("require_ssl_reuse", "YES");
            settings.put("ssl_ciphers", "HIGH");
            settings.put("debug_ssl", "YES");
        }
        settings.putAll(options.settings);
        StringBuilder text = new StringBuilder();
        settings.forEach(
                (key, value) -> text.append(key).append('=').append(value).append('\n'));
        return text.toString();
    }

    /** Sessions go before the server, and children before parents, so that each is reaped by its own. */
    private void kill() {
        Await.holds(Duration.ofSeconds(2), () -> killLeaves(true));
        Await.holds(Duration.ofSeconds(10), () -> killLeaves(false));
        if (process != null) {
            try {
                process.waitFor(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            Local.closeQuietly(process.getOutputStream());
            Local.closeQuietly(process.getInputStream());
            Local.closeQuietly(process.getErrorStream());
        }
    }

    /** Returns whether there was nothing to kill. */
    private boolean killLeaves(boolean sessionsOnly) {
        List<ProcessHandle> mine = processes();
        List<Long> parents = mine.stream().map(Vsftpd::parent).toList();
        List<ProcessHandle> leaves = mine.stream()
                .filter(handle -> !parents.contains(handle.pid()))
                .filter(handle -> !sessionsOnly || process == null || parent(handle) != process.pid())
                .filter(handle -> process == null || handle.pid() != process.pid())
                .toList();
        leaves.forEach(ProcessHandle::destroyForcibly);
        return leaves.isEmpty();
    }

    private static long parent(ProcessHandle handle) {
        return handle.parent().map(ProcessHandle::pid).orElse(0L);
    }

    /** Every process of this instance names its configuration file, also those that lost their parent. */
    private List<ProcessHandle> processes() {
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            return all.filter(handle -> handle.info()
                            .arguments()
                            .map(arguments -> List.of(arguments).contains(config.toString()))
                            .orElse(false))
                    .toList();
        }
    }
}
