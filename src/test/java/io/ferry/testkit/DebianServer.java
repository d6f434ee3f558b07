package io.ferry.testkit;

import io.ferry.testkit.ServerProcess.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.IntSupplier;

/**
 * A real server, started for one test on a loopback address and a free port, with one user. It is taken where it is installed
 * and unpacked from Debian's packages elsewhere.
 *
 * <p>It owns the process with all its children and its directory; {@link #close()} ends them. The processes end with the JVM,
 * too, even with a killed one, which leaves the directory behind.
 */
abstract class DebianServer implements TestServer {
    static final String USER = "ferry";
    static final String PASSWORD = "sesame-7c1f";
    /** crypt(5) of the password. */
    static final String HASH =
            "$6$ferrykit$qAgMwnnxq.noBjDPG0.uMzJSsL.8ixfkC079WBzkALh9IDNw5M8WlOsOuAVCKjwBtlce2fDsBNjHL1IGH5gL51";

    /** Data ports of a server before which a proxy has the same ones. */
    static final int MIRRORED_PORTS = 16;

    /** Of this server alone. */
    final Path directory;

    final Path root;
    final String greeting = "ferry testkit " + UUID.randomUUID();
    final DebianPackages.Program program;
    /** Null without TLS. */
    final Certs.Issued certificate;

    private final String name;
    final Options<?> options;
    private final ServerProcess process;
    private List<Integer> mirrored = List.of();
    private int boundPort;
    private int cleared;

    /**
     * How to set a server up; each call changes and returns this object.
     *
     * @param <O> the server's own options
     */
    abstract static class Options<O extends Options<O>> {
        final Map<String, String> settings = new LinkedHashMap<>();
        Path root;
        boolean tls;
        boolean implicit;
        boolean mirrored;
        boolean expired;
        boolean clientCertificates;
        String host;
        List<String> starter = List.of();
        String names = Certs.OWN_NAMES;
        /** Where the control port comes from. */
        IntSupplier ports = Ports::free;

        abstract O self();

        /** Serves this directory, which stays the caller's. */
        public O root(Path directory) {
            root = directory;
            return self();
        }

        /**
         * Lets it listen on an address of another network namespace.
         *
         * @param command which starts the server there and becomes it, such as "ip netns exec NAME"
         */
        public O inNamespace(String address, List<String> command) {
            host = address;
            starter = List.copyOf(command);
            return self();
        }

        /** Sets an option as the server's own manual calls it. */
        public O set(String key, String value) {
            settings.put(key, value);
            return self();
        }
    }

    DebianServer(String name, Options<?> options, DebianPackages.Program program) {
        this.name = name;
        this.options = options;
        this.program = program;
        directory = Local.tempDirectory(name);
        root = options.root == null ? directory.resolve("root") : options.root.toAbsolutePath();
        certificate = options.tls ? Certs.issue(options.names, options.expired) : null;
        process = new ServerProcess(directory);
    }

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** Aborts the test with a line on the standard error, or fails it where the environment says CI=true. */
    static void require(boolean available, String why, String binary) {
        if (!available) {
            DebianPackages.cannotRun(why + " " + DebianPackages.missing(binary));
        }
    }

    /** Starts it and returns once it answers. */
    static <S extends DebianServer> S started(S server) {
        try {
            ((DebianServer) server).bindAnywhere();
            return server;
        } catch (IOException e) {
            server.close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException | Error e) {
            server.close();
            throw e;
        }
    }

    /** Writes what does not depend on the port. The directories are there. */
    abstract void prepare() throws IOException;

    /** Writes the configuration for {@link #boundPort} and returns the command that starts the server. */
    abstract List<String> command() throws IOException;

    /** All commands since the start. */
    abstract List<String> allCommands();

    /** The server answers, for the first time or after a crash. */
    void up() {
        // most have nothing of their own beside the process
    }

    /** The server has ended. */
    void down() {
        // most have nothing of their own beside the process
    }

    /** A free port may be taken by another before the server binds it: try again then. */
    private void bindAnywhere() throws IOException {
        Files.createDirectories(root);
        prepare();
        for (int attempt = 0; attempt < 10; attempt++) {
            boundPort = options.ports.getAsInt();
            if (options.mirrored) {
                mirrored = Ports.free(MIRRORED_PORTS);
            }
            Answer answer = launch();
            if (answer == Answer.OWN) {
                up();
                return;
            }
            if (answer == Answer.NONE && Ports.isFree(boundPort)) {
                break;
            }
        }
        throw new IOException(name() + ": " + process.output());
    }

    private Answer launch() throws IOException {
        List<String> command = new ArrayList<>(options.starter);
        command.addAll(command());
        return process.launch(
                command,
                program.environment(),
                host(),
                boundPort,
                greeting,
                options.implicit ? certificate::layer : plain -> plain);
    }

    /** Kills the server and all its sessions at once, as a crash would; the files stay. */
    public final synchronized void crash() {
        process.kill();
        down();
    }

    /** Starts the server again on the same port after {@link #crash()}. */
    public final synchronized void restart() {
        try {
            Answer answer = launch();
            if (answer != Answer.OWN) {
                throw new IllegalStateException(name() + ": answer " + answer + ": " + process.output());
            }
            up();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The port that the server itself listens on. */
    final int boundPort() {
        return boundPort;
    }

    /** One line for each setting, the options' own last; they replace those of the same name. */
    final String lines(Map<String, String> settings, String between) {
        settings.putAll(options.settings);
        StringBuilder text = new StringBuilder();
        settings.forEach(
                (key, value) -> text.append(key).append(between).append(value).append('\n'));
        return text.toString();
    }

    /** The text of a file of this server so far; empty while it is missing. */
    final String read(String file) {
        try {
            return new String(Files.readAllBytes(directory.resolve(file)), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public final String name() {
        return options.tls ? name + "-tls" : name;
    }

    @Override
    public final String host() {
        if (options.host != null) {
            return options.host;
        }
        return options.mirrored ? Local.BEHIND : Local.HOST;
    }

    @Override
    public int port() {
        return boundPort;
    }

    @Override
    public final String user() {
        return USER;
    }

    @Override
    public final String password() {
        return PASSWORD;
    }

    @Override
    public final Path root() {
        return root;
    }

    @Override
    public final synchronized List<String> commands() {
        return allCommands().stream().skip(cleared).toList();
    }

    @Override
    public final synchronized void clearCommands() {
        cleared = allCommands().size();
    }

    @Override
    public final Tls tls() {
        return certificate == null ? null : certificate.tls();
    }

    @Override
    public final List<Integer> mirroredPorts() {
        return mirrored;
    }

    @Override
    public final synchronized void close() {
        down();
        process.close();
        Local.delete(directory);
    }
}
