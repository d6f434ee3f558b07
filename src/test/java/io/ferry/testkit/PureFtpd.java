package io.ferry.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * A real Pure-FTPd, started for one test on a loopback address and a free port. It is taken where it is installed and
 * unpacked from Debian's packages elsewhere. It needs root, from which it goes over to an ordinary user for each
 * session: what such a session has to write in or rename must be writable for everyone, as {@link #root()} is, which is
 * made so. It serves no user with root's rights.
 *
 * <p>It keeps no log of commands, so a relay before its control port writes them down.
 *
 * <p>It owns the process with all its children and its directory; {@link #close()} ends them. The processes end with
 * the JVM, too, even with a killed one, which leaves the directory behind.
 */
public final class PureFtpd implements TestServer {
    private static final String BINARY = "/usr/sbin/pure-ftpd";
    private static final String USER = "ferry";
    private static final String PASSWORD = "sesame-7c1f";
    private static final int UID = 65534;

    private final Path directory = Local.tempDirectory("pureftpd");
    private final Path root;
    private final String greeting = "ferry testkit " + UUID.randomUUID();
    private final DebianPackages.Program program;
    private final ServerProcess process = new ServerProcess(directory);
    private final Options options;
    private final List<String> earlier = new ArrayList<>();
    private ControlTap tap;
    private int serverPort;
    private int port;

    /** How to set the server up; each call changes and returns this object. */
    public static final class Options {
        private final Map<String, String> flags = new LinkedHashMap<>();
        private Path root;

        private Options() {}

        /** Serves this directory, which stays the caller's and is made writable for everyone. */
        public Options root(Path directory) {
            root = directory;
            return this;
        }

        public Options maxPerIp(int sessions) {
            return set("-C", String.valueOf(sessions));
        }

        /** Sets any flag of pure-ftpd(8); those without a value take "". */
        public Options set(String flag, String value) {
            flags.put(flag, value);
            return this;
        }
    }

    /** Plain FTP. */
    public static Options plain() {
        return new Options();
    }

    public static boolean available() {
        return "root".equals(System.getProperty("user.name")) && program() != null;
    }

    private static DebianPackages.Program program() {
        return DebianPackages.find(BINARY, "pure-ftpd");
    }

    /** Starts a plain server, or treats the test as {@link #start(Options)} does. */
    public static PureFtpd start() {
        return start(plain());
    }

    /**
     * Starts a server and returns once it answers. Where it cannot run, the test is aborted with a line on the standard
     * error, and fails when the environment says CI=true.
     */
    public static PureFtpd start(Options options) {
        if (!available()) {
            DebianPackages.cannotRun("Pure-FTPd cannot run here: it needs root. " + DebianPackages.missing(BINARY));
        }
        PureFtpd server = new PureFtpd(options);
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

    private PureFtpd(Options options) {
        this.options = options;
        program = program();
        root = options.root == null ? directory.resolve("root") : options.root.toAbsolutePath();
    }

    /** A free port may be taken by another before the server binds it: try again then. */
    private void bindAnywhere() throws IOException {
        Files.createDirectories(root).toFile().setWritable(true, false);
        for (Path path = root; path != null && path.startsWith(directory); path = path.getParent()) {
            path.toFile().setExecutable(true, false);
            path.toFile().setReadable(true, false);
        }
        Files.writeString(directory.resolve("banner"), greeting + "\n");
        writeUser();
        for (int attempt = 0; attempt < 10; attempt++) {
            serverPort = Local.freePort();
            if (launch()) {
                tap = new ControlTap(0, serverPort);
                port = tap.port();
                return;
            }
            if (!process.output().contains("in use")) {
                break;
            }
        }
        throw new IOException("Pure-FTPd: " + process.output());
    }

    private boolean launch() throws IOException {
        Map<String, String> flags = new LinkedHashMap<>();
        flags.put("-S", Local.HOST + "," + serverPort);
        flags.put("-4", "");
        flags.put("-A", "");
        flags.put("-E", "");
        flags.put("-H", "");
        flags.put("-l", "puredb:" + directory.resolve("users.pdb"));
        flags.put("-u", "1");
        flags.put("-g", directory.resolve("pid").toString());
        flags.put("-f", "none");
        flags.put("-F", directory.resolve("banner").toString());
        flags.put("-U", "022:022");
        flags.put("-c", "100");
        flags.put("-C", "100");
        flags.putAll(options.flags);
        List<String> command = new ArrayList<>(List.of(program.binary().toString()));
        flags.forEach((flag, value) -> {
            command.add(flag);
            if (!value.isEmpty()) {
                command.add(value);
            }
        });
        return process.launch(command, program.environment(), Local.HOST, serverPort, greeting);
    }

    /** One line of pure-pw's source, in which "/./" keeps the session in its home, and its indexed form. */
    private void writeUser() throws IOException {
        Path users = directory.resolve("users");
        Files.writeString(users, USER + ":" + Proftpd.HASH + ":" + UID + ":" + UID + "::" + root + "/./::::::::::::\n");
        ProcessBuilder builder = new ProcessBuilder(
                        program.file("/usr/bin/pure-pw").toString(),
                        "mkdb",
                        directory.resolve("users.pdb").toString(),
                        "-f",
                        users.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile());
        builder.environment().putAll(program.environment());
        Process made = builder.start();
        try {
            if (!made.waitFor(20, TimeUnit.SECONDS) || made.exitValue() != 0) {
                throw new IOException("pure-pw: " + process.output());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            made.destroyForcibly();
            Local.closeQuietly(made.getOutputStream());
            Local.closeQuietly(made.getInputStream());
            Local.closeQuietly(made.getErrorStream());
        }
    }

    /** Kills the server and all its sessions at once, as a crash would; the files stay. */
    public synchronized void crash() {
        process.kill();
        endTap();
    }

    /** Starts the server again on the same port after {@link #crash()}. */
    public synchronized void restart() {
        try {
            if (!launch()) {
                throw new IllegalStateException("Pure-FTPd: " + process.output());
            }
            tap = new ControlTap(port, serverPort);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void endTap() {
        if (tap != null) {
            tap.close();
            earlier.addAll(tap.commands());
            tap = null;
        }
    }

    @Override
    public String name() {
        return "pureftpd";
    }

    @Override
    public String host() {
        return Local.HOST;
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
        return String.join("\n", commands());
    }

    @Override
    public synchronized List<String> commands() {
        List<String> commands = new ArrayList<>(earlier);
        if (tap != null) {
            commands.addAll(tap.commands());
        }
        return commands;
    }

    @Override
    public synchronized void clearCommands() {
        earlier.clear();
        if (tap != null) {
            tap.commands().clear();
        }
    }

    @Override
    public Tls tls() {
        return null;
    }

    @Override
    public synchronized void close() {
        endTap();
        process.close();
        Local.delete(directory);
    }
}
