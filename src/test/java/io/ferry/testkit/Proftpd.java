package io.ferry.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A real ProFTPD with mod_digest, and with mod_tls where asked for. Its sessions run as the user of this JVM. Without root they
 * see the whole file system and begin in {@link #root()}: use relative paths there.
 */
public final class Proftpd extends DebianServer {
    private static final String BINARY = "/usr/sbin/proftpd";

    /** How to set the server up; {@link #set} takes any directive of proftpd.conf that has its values in one line. */
    public static final class Options extends DebianServer.Options<Options> {
        private boolean deflating;

        private Options() {}

        @Override
        Options self() {
            return this;
        }

        /** Closes a control connection that has been idle for so long; whole seconds. */
        public Options idle(Duration timeout) {
            return set("TimeoutIdle", String.valueOf(timeout.toSeconds()));
        }

        public Options maxPerIp(int sessions) {
            return set("MaxClientsPerHost", String.valueOf(sessions));
        }

        /** Takes clients only that show a certificate of the test's authority, such as {@link ClientCertificate}. */
        public Options clientCertificates() {
            clientCertificates = true;
            return this;
        }

        /** With mod_deflate: MODE Z. */
        public Options deflating() {
            deflating = true;
            return set("DeflateEngine", "on");
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

    /** TLS from the first byte. */
    public static Options implicit() {
        Options options = secured().set("TLSOptions", "UseImplicitSSL");
        options.implicit = true;
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
        require(available(), "there is no ProFTPD here:", BINARY);
        return started(new Proftpd(options));
    }

    private Proftpd(Options options) {
        super("proftpd", options, program());
    }

    @Override
    void prepare() throws IOException {
        writeUser();
    }

    @Override
    List<String> command() throws IOException {
        Path config = Files.writeString(directory.resolve("proftpd.conf"), config());
        return List.of(program.binary().toString(), "-n", "-c", config.toString());
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
        settings.put("Port", String.valueOf(boundPort()));
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
        settings.put("ExtendedLog", directory.resolve("commands.log") + " ALL command");
        if (!mirroredPorts().isEmpty()) {
            List<Integer> mirrored = mirroredPorts();
            settings.put("MasqueradeAddress", Local.HOST);
            settings.put("PassivePorts", mirrored.get(0) + " " + mirrored.get(mirrored.size() - 1));
        }
        if (certificate != null) {
            settings.put("TLSEngine", "on");
            settings.put("TLSRequired", "on");
            settings.put("TLSProtocol", "TLSv1.2 TLSv1.3");
            settings.put("TLSECCertificateFile", certificate.certPem().toString());
            settings.put("TLSECCertificateKeyFile", certificate.keyPem().toString());
            settings.put("TLSVerifyClient", options.clientCertificates ? "on" : "off");
            settings.put("TLSCACertificateFile", certificate.tls().caPem().toString());
            settings.put("TLSLog", directory.resolve("tls.log").toString());
        }
        StringBuilder text = new StringBuilder("ModulePath " + program.file("/usr/lib/proftpd") + "\n");
        text.append("LoadModule mod_digest.c\n");
        if (((Options) options).deflating) {
            text.append("LoadModule mod_deflate.c\n");
        }
        if (certificate != null) {
            text.append("LoadModule mod_tls.c\n");
        }
        return text.append(lines(settings, " ")).toString();
    }

    /** The commands, the server's own messages, and those of its TLS layer. */
    @Override
    public String log() {
        return read("commands.log") + read("system.log") + read("tls.log");
    }

    /** As the server writes them down, which is when it has dealt with each: a RETR once it has ended. */
    @Override
    List<String> allCommands() {
        return read("commands.log")
                .lines()
                .map(line -> line.startsWith("PASS ") ? "PASS <password>" : line)
                .toList();
    }
}
