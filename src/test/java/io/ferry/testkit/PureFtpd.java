package io.ferry.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A real Pure-FTPd. It needs root, from which it goes over to an ordinary user for each session: what such a session has to
 * write in or rename must be writable for everyone, as {@link #root()} is, which is made so. It serves no user with root's
 * rights.
 *
 * <p>It keeps no log of commands, so a relay before its control port writes them down.
 */
public final class PureFtpd extends DebianServer {
    private static final String BINARY = "/usr/sbin/pure-ftpd";
    private static final int UID = 65534;

    private final Options options;
    private final List<String> earlier = new ArrayList<>();
    private ControlTap tap;
    private int port;

    /** How to set the server up; {@link #set} takes any flag of pure-ftpd(8), those without a value with "". */
    public static final class Options extends DebianServer.Options<Options> {
        private Options() {}

        @Override
        Options self() {
            return this;
        }

        public Options maxPerIp(int sessions) {
            return set("-C", String.valueOf(sessions));
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

    /** Explicit TLS, forced for logins and data. Which commands come is then known to nobody: it writes down whole transfers only. */
    public static Options secured() {
        Options options = new Options();
        options.tls = true;
        return options.set("-Y", "3");
    }

    /** Plain FTP. */
    public static Options plain() {
        return new Options();
    }

    public static boolean available() {
        return isRoot() && program() != null;
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
        require(available(), "Pure-FTPd cannot run here: it needs root.", BINARY);
        return started(new PureFtpd(options));
    }

    private PureFtpd(Options options) {
        super("pureftpd", options, program());
        this.options = options;
    }

    @Override
    void prepare() throws IOException {
        root.toFile().setWritable(true, false);
        for (Path path = root; path != null && path.startsWith(directory); path = path.getParent()) {
            path.toFile().setExecutable(true, false);
            path.toFile().setReadable(true, false);
        }
        Files.writeString(directory.resolve("banner"), greeting + "\n");
        if (certificate != null) {
            Files.writeString(
                    directory.resolve("certificate.pem"),
                    Files.readString(certificate.certPem()) + Files.readString(certificate.keyPem()));
        }
        writeUser();
    }

    @Override
    List<String> command() {
        Map<String, String> flags = new LinkedHashMap<>();
        flags.put("-S", host() + "," + boundPort());
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
        if (certificate != null) {
            flags.put("-2", directory.resolve("certificate.pem").toString());
            flags.put("-O", "clf:" + directory.resolve("transfers.log"));
        }
        if (!mirroredPorts().isEmpty()) {
            List<Integer> mirrored = mirroredPorts();
            flags.put("-p", mirrored.get(0) + ":" + mirrored.get(mirrored.size() - 1));
            flags.put("-P", Local.HOST);
        }
        flags.putAll(options.settings);
        List<String> command = new ArrayList<>(List.of(program.binary().toString()));
        flags.forEach((flag, value) -> {
            command.add(flag);
            if (!value.isEmpty()) {
                command.add(value);
            }
        });
        return command;
    }

    /** One line of pure-pw's source, in which "/./" keeps the session in its home, and its indexed form. */
    private void writeUser() throws IOException {
        Path users = directory.resolve("users");
        Files.writeString(users, USER + ":" + HASH + ":" + UID + ":" + UID + "::" + root + "/./::::::::::::\n");
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
                throw new IOException("pure-pw: " + read("output"));
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

    /** On the port that it had before a crash. */
    @Override
    void up() {
        if (certificate != null) {
            port = boundPort();
            return;
        }
        tap = new ControlTap(port, boundPort());
        port = tap.port();
    }

    @Override
    void down() {
        if (tap != null) {
            tap.close();
            earlier.addAll(tap.commands());
            tap = null;
        }
    }

    @Override
    public int port() {
        return port;
    }

    /** The commands, one a line; under TLS the server's own lines about transfers (GET, PUT). */
    @Override
    public String log() {
        return certificate != null ? read("transfers.log") : String.join("\n", commands());
    }

    @Override
    List<String> allCommands() {
        List<String> commands = new ArrayList<>(earlier);
        if (tap != null) {
            commands.addAll(tap.commands());
        }
        return commands;
    }
}
