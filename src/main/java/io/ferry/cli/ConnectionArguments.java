package io.ferry.cli;

import io.ferry.camel.PartnerSettings;
import io.ferry.transfer.TransferListener;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How to reach a server. Each of these options is one of the endpoint's under a shorter name; {@code -o} sets any other. */
final class ConnectionArguments {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @ArgGroup(validate = false, heading = "%nConnection:%n")
    private Group group = new Group();

    private static final class Group {

        @Option(
                names = "--password-file",
                paramLabel = "FILE",
                description =
                        "The password is the first line of this file. Otherwise it comes from the environment variable "
                                + Passwords.VARIABLE + ", or is asked for.")
        private @Nullable Path passwordFile;

        @Option(
                names = "--account",
                paramLabel = "NAME",
                description = "For servers that ask for an account beside the password (ACCT).")
        private @Nullable String account;

        @Option(
                names = "--active",
                description = "The server opens the data connections (PORT, EPRT) instead of this side.")
        private boolean active;

        @Option(names = "--passive", description = "This side opens the data connections (EPSV, PASV): the default.")
        private boolean passive;

        @Option(
                names = "--implicit",
                description = "TLS from the first byte; the port is then 990 unless the URL says another.")
        private boolean implicit;

        @Option(
                names = "--pin",
                paramLabel = "SHA256",
                description =
                        "Trust the certificate with this SHA-256 fingerprint and no other, such as a self-signed one. An"
                                + " error about a certificate names its fingerprint.")
        private @Nullable String pin;

        @Option(
                names = "--trust-store",
                paramLabel = "FILE",
                description =
                        "Trust the authorities of this key store (PKCS12 or JKS) instead of Java's. Its password comes from"
                                + " the environment variable " + TRUST_STORE_PASSWORD + ".")
        private @Nullable Path trustStore;

        @Option(
                names = "--certificate-check",
                paramLabel = "CHECK",
                description =
                        "What the certificate is asked for: strict (the default), chain (the host name may be another), or"
                                + " none, which lets anyone on the line read everything.")
        private @Nullable String certificateCheck;

        @Option(
                names = "--encoding",
                paramLabel = "CHARSET",
                description = "The encoding of file names there. Default: UTF-8.")
        private @Nullable String encoding;

        @Option(names = "--proxy", paramLabel = "URL", description = "http://host:port or socks5://host:port.")
        private @Nullable String proxy;

        @Option(
                names = "--connect-timeout",
                paramLabel = "SECONDS",
                description = "For the connection and each TLS handshake. Default: 10.")
        private @Nullable Integer connectTimeout;

        @Option(
                names = "-o",
                paramLabel = "NAME=VALUE",
                description =
                        "Any option of Ferry's endpoints, such as -o skipPassiveAddress=true or -o stallTimeout=2m; may be"
                                + " given several times, or as ?name=value in the URL. {{env:NAME}} in a value stands for an environment"
                                + " variable.")
        private Map<String, String> options = new LinkedHashMap<>();
    }

    private static final String TRUST_STORE_PASSWORD = "FERRY_TRUST_STORE_PASSWORD";

    /** Options that come from further arguments of a command. */
    interface More {
        void addTo(Map<String, String> options);
    }

    /**
     * Connects and logs in.
     *
     * @throws ParameterException for an option that does not fit
     */
    Connection connect(RemoteUrl url, More more, TransferListener listener) throws IOException, Failure {
        PartnerSettings settings = settings(url, more);
        try {
            return Connection.open(settings, listener);
        } catch (IOException | RuntimeException e) {
            settings.close();
            throw e;
        }
    }

    /** The settings for a server, without connecting. */
    PartnerSettings settings(RemoteUrl url, More more) throws IOException, Failure {
        Map<String, String> options = options(url);
        more.addTo(options);
        checkTrustStore(options);
        String user = url.user() == null ? options.get("username") : url.user();
        String password = user == null ? null : Passwords.of(user + "@" + url.authority(), group.passwordFile);
        try {
            PartnerSettings settings =
                    PartnerSettings.of(url.scheme(), authority(url, options), url.user(), password, options);
            settings.weaknesses().forEach(each -> warn(each));
            return settings;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    /** The JDK says that the password was incorrect, where there was none. */
    private void checkTrustStore(Map<String, String> options) throws Failure {
        Path store = group.trustStore;
        if (store == null || options.containsKey("ftpClient.trustStore.password") || !Files.isRegularFile(store)) {
            return;
        }
        try (InputStream in = Files.newInputStream(store)) {
            KeyStore.getInstance(options.getOrDefault("ftpClient.trustStore.type", KeyStore.getDefaultType()))
                    .load(in, new char[0]);
        } catch (IOException | GeneralSecurityException e) {
            throw new Failure(
                    ExitCode.USAGE,
                    "The trust store " + store + " cannot be read without its password (" + e.getMessage()
                            + "). Set the environment variable " + TRUST_STORE_PASSWORD);
        }
    }

    private void warn(String text) {
        command.commandLine().getErr().println("ferry: " + text);
    }

    /** Host and port to connect to. */
    static String authority(RemoteUrl url, Map<String, String> options) {
        boolean hasPort = url.authority().matches(".*:\\d+");
        // Camel knows one port for both, 21.
        return !hasPort && "true".equals(options.get("implicit")) ? url.authority() + ":990" : url.authority();
    }

    /** The endpoint's options that the arguments stand for, those of {@code -o} and of the URL first. */
    Map<String, String> options(RemoteUrl url) {
        Map<String, String> options = new LinkedHashMap<>(url.options());
        options.putAll(group.options);
        options.forEach(this::refuseSecret);
        put(options, "account", group.account);
        put(options, "certificatePin", group.pin);
        put(options, "certificateCheck", group.certificateCheck);
        put(options, "ftpClient.controlEncoding", group.encoding);
        put(options, "proxy", group.proxy);
        if (group.active && group.passive) {
            throw new ParameterException(command.commandLine(), "--active and --passive exclude each other");
        }
        if (group.active || group.passive) {
            options.put("passiveMode", String.valueOf(group.passive));
        }
        if (group.implicit) {
            options.put("implicit", "true");
        }
        if (group.connectTimeout != null) {
            options.put("connectTimeout", String.valueOf(1000L * group.connectTimeout));
        }
        if (group.trustStore != null) {
            options.put("ftpClient.trustStore.file", group.trustStore.toString());
            String password = System.getenv(TRUST_STORE_PASSWORD);
            put(options, "ftpClient.trustStore.password", password);
        }
        refuseTlsWithoutTls(url);
        return options;
    }

    private void refuseTlsWithoutTls(RemoteUrl url) {
        boolean tls = group.implicit || group.trustStore != null;
        if (tls && !url.secured()) {
            throw new ParameterException(
                    command.commandLine(), "--implicit and --trust-store mean something with ferry-ftps:// only");
        }
    }

    private static void put(Map<String, String> options, String name, @Nullable String value) {
        if (value != null) {
            options.put(name, value);
        }
    }

    private void refuseSecret(String name, String value) {
        String last = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        if (name.equalsIgnoreCase("password")) {
            throw new ParameterException(
                    command.commandLine(),
                    "The password does not belong on the command line, where everybody on this machine sees it. It is asked for,"
                            + " or comes from " + Passwords.VARIABLE + " or --password-file");
        }
        if (last.endsWith("password") && !value.contains("{{")) {
            throw new ParameterException(
                    command.commandLine(),
                    "The value of " + name
                            + " does not belong on the command line, where everybody on this machine sees it."
                            + " Write " + name + "={{env:NAME}} and set the environment variable");
        }
    }
}
