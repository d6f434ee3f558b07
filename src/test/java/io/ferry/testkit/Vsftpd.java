package io.ferry.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A real vsftpd. It needs root and no other preparation: it writes one PAM service that knows a single made-up user. Its
 * sessions run as the user of this JVM, so that both sides may read and write whatever the other makes under {@link #root()}.
 * No file permission stops such a session: take "cmds_denied" to have a command refused.
 */
public final class Vsftpd extends DebianServer {
    private static final String BINARY = "/usr/sbin/vsftpd";
    private static final String SERVICE = "ferry-vsftpd";
    /** pam_ftp hands the password on as PAM_RUSER; modules that fork, such as pam_exec, deadlock with vsftpd. */
    private static final String PAM = "auth requisite pam_ftp.so users=" + USER + "\n"
            + "auth requisite pam_succeed_if.so quiet ruser = " + PASSWORD + "\n"
            + "auth required pam_permit.so\n"
            + "account required pam_permit.so\n";

    private static final Pattern COMMAND =
            Pattern.compile("FTP command: Client \"[^\"]*\", \"(.*)\"$", Pattern.MULTILINE);

    /** How to set the server up; {@link #set} takes any option of vsftpd.conf(5), for example "cmds_denied". */
    public static final class Options extends DebianServer.Options<Options> {
        private Options() {}

        @Override
        Options self() {
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

        /** Takes clients only that show a certificate of the test's authority, such as {@link ClientCertificate}. */
        public Options clientCertificates() {
            clientCertificates = true;
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

    /** TLS from the first byte. */
    public static Options implicit() {
        Options options = secured().set("implicit_ssl", "YES");
        options.implicit = true;
        return options;
    }

    private Vsftpd(Options options) {
        super("vsftpd", options, program());
    }

    public static boolean available() {
        return isRoot() && program() != null;
    }

    private static DebianPackages.Program program() {
        return DebianPackages.find(BINARY, "vsftpd");
    }

    /** Starts a plain server, or treats the test as {@link #start(Options)} does. */
    public static Vsftpd start() {
        return start(plain());
    }

    /**
     * Starts a server and returns once it answers. Where it cannot run, the test is aborted with a line on the standard
     * error, and fails when the environment says CI=true.
     */
    public static Vsftpd start(Options options) {
        require(available(), "vsftpd cannot run here: it needs root.", BINARY);
        return started(new Vsftpd(options));
    }

    @Override
    void prepare() throws IOException {
        Files.createDirectory(directory.resolve("empty"));
        installPam();
    }

    @Override
    List<String> command() throws IOException {
        Path config = Files.writeString(directory.resolve("vsftpd.conf"), config());
        return List.of(program.binary().toString(), config.toString());
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

    private String config() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("listen", "YES");
        settings.put("listen_address", host());
        settings.put("listen_port", String.valueOf(boundPort()));
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
        settings.put("vsftpd_log_file", directory.resolve("vsftpd.log").toString());
        if (!mirroredPorts().isEmpty()) {
            List<Integer> mirrored = mirroredPorts();
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
            if (options.clientCertificates) {
                settings.put("require_cert", "YES");
                settings.put("validate_cert", "YES");
                settings.put("ca_certs_file", certificate.tls().caPem().toString());
            }
        }
        return lines(settings, "=");
    }

    @Override
    public String log() {
        return read("vsftpd.log");
    }

    @Override
    List<String> allCommands() {
        return COMMAND.matcher(log()).results().map(found -> found.group(1)).toList();
    }
}
