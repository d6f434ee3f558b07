package io.ferry.camel;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.camel.component.file.remote.FtpConfiguration;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.component.file.remote.FtpsEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * What Ferry's endpoints do with the options of the stock {@code ftp} and {@code ftps} endpoints that do not simply work: none
 * is accepted and ignored. An option that is not named here works as the stock documentation says.
 */
final class StockOptions {

    /** How one option is treated. */
    sealed interface Treatment {}

    /**
     * The option works, by another mechanism or with another default than stock's.
     *
     * @param how what happens
     */
    record Mapped(String how) implements Treatment {}

    /**
     * The option is refused at start unless it has the one value that Ferry holds to anyway.
     *
     * @param allowed the value that may be given, or null for none
     * @param why the reason, and what to write instead
     */
    record Refused(@Nullable String allowed, String why) implements Treatment {}

    private static final Set<String> CLIENT_PARAMETERS = Set.of(
            "dataTimeout",
            "soTimeout",
            "connectTimeout",
            "controlEncoding",
            "keyStore.file",
            "keyStore.type",
            "keyStore.password",
            "keyStore.algorithm",
            "keyStore.keyPassword",
            "trustStore.file",
            "trustStore.type",
            "trustStore.password",
            "trustStore.algorithm");

    private static final Map<String, Treatment> TREATMENTS = new TreeMap<>();

    static {
        mapped("account", "sent with ACCT when the server asks for it (332)");
        mapped("passiveMode", "default true; EPSV, then PASV; data connections only to the control connection's host");
        mapped(
                "binary",
                "default true; false transfers lines of text (TYPE A), only with resume=off and verify=none, since SIZE and REST count bytes only in TYPE I");
        refused("stepwise", "false", "sessions are shared and never change directory. Leave it out");
        mapped("soTimeout", "deadline of each whole reply on the control connection; default 60000");
        mapped("timeout", "longest time without a byte on a data connection");
        mapped("connectTimeout", "deadline for name look-up and TCP connection, and again for each TLS handshake");
        mapped(
                "throwExceptionOnConnectFailed",
                "default true: a partner that is down is a failed poll, and shows in health");
        mapped("maximumReconnectAttempts", "attempts in a row without progress inside one transfer, at least 1");
        mapped("reconnectDelay", "wait before the second attempt; doubles up to a minute, with jitter");
        mapped("disconnect", "idle sessions of the pool are ended after use");
        mapped("disconnectOnBatchComplete", "idle sessions of the pool are ended after the batch");
        refused("sendNoop", "true", "an idle session is always asked with NOOP before it is used again. Leave it out");
        mapped(
                "fastExistsCheck",
                "existence is asked with SIZE or MLST either way; for readLock=changed it lists the one file instead of its directory");
        refused("keepLastModified", null, "the stock component accepts it and does nothing on FTP");
        refused("checksumWriteFile", null, "the stock component writes no checksum file on FTP. Use checksumFile");
        mapped("readLockMinAge", "as stock: with it only the age counts, not the size");
        mapped("localWorkDirectory", "another name for workDirectory");
        refused(
                "idempotentEager",
                "false",
                "marking a file while it is listed strands it when the process dies. Leave it out");
        mapped("idempotentKey", "default: route, user@host:port, absolute path, size and exact modification time");
        mapped("idempotentRepository", "default: in memory, without a limit that drops the oldest entries");
        mapped("inProgressRepository", "default: in memory, without a limit that drops entries in progress");
        mapped("tempFileName", "names the partial; continued only within one call, since it does not tell versions");
        mapped("tempPrefix", "names the partial; continued only within one call, since it does not tell versions");
        mapped(
                "fileExist",
                "decided before the transfer and again at publishing; Append adds at the end without a partial");
        mapped(
                "moveExisting",
                "the existing file is moved once the new one is verified; an older one under that name is replaced");
        mapped("moveExistingFileStrategy", "called once the new file is verified");
        refused(
                "eagerDeleteTargetFile",
                "false",
                "a target is touched only once the new file is verified. Leave it out");
        mapped("doneFileName", "written last");
        mapped("idempotent", "default true in a route where neither delete nor move takes the file away");
        mapped("chmod", "SITE CHMOD on the partial, before it is published");
        mapped("siteCommand", "sent after each login");
        mapped("activePortRange", "used with passiveMode=false");
        mapped("exceptionHandler", "default: one line a failure, without a stack trace");
        refused("resumeDownload", "true", "Ferry resumes unless resume=off. Leave it out");
        mapped("implicit", "TLS from the first byte");
        mapped("securityProtocol", "TLSv1.3 offers 1.3 and 1.2; TLSv1.2 offers 1.2 alone; older ones are refused");
        mapped("execProt", "default P; C sends data in plain text on the user's word");
        mapped(
                "sslContextParameters",
                "used as given; host names are verified unless certificateCheck=chain, TLS below 1.2 is refused");
        mapped("ftpClientConfig", "how LIST output is read; MLSD is then not used");
        mapped("ftpClientConfigParameters", "how LIST output is read; MLSD is then not used");
        mapped(
                "ftpClientParameters",
                "dataTimeout, soTimeout, connectTimeout and controlEncoding work; others are refused");
        mapped("ftpClientKeyStoreParameters", "client certificate: file, type, password, algorithm, keyPassword");
        mapped("ftpClientTrustStoreParameters", "trusted certificates: file, type, password, algorithm");

        refused(
                "ftpClient",
                null,
                "one client shared by all consumers and producers is not safe; Ferry has a pool of sessions");
        refused(
                "streamDownload",
                "false",
                "a stream breaks off in the route's hands. The body is a file on disk already; leave it out");
        refused(
                "disableSecureDataChannelDefaults",
                "false",
                "data connections are protected. execProt=C says so where they must not be");
        refused("execPbsz", "0", "RFC 4217 allows only 0 with TLS. Leave it out");
        refused(
                "checksumFileAlgorithm",
                null,
                "the stock component accepts it and computes nothing. Use verify=digest, or checksumFile");
        refused("bufferSize", null, "it sizes a buffer of the stock client that Ferry does not have. Use blockSize");
        refused("separator", "UNIX", "remote paths are sent as they are written");
        refused("transferLoggingLevel", null, "use a TransferListener, or the level of the logger io.ferry");
        refused("transferLoggingIntervalSeconds", null, "use a TransferListener");
        refused("transferLoggingVerbose", null, "use the level DEBUG of the logger io.ferry.session");
        readLock();
    }

    private StockOptions() {}

    private static void readLock() {
        TREATMENTS.put(
                "readLock",
                new Mapped(
                        "none, rename and changed work; markerFile, fileLock and idempotent* lock nothing on FTP and are refused"));
        for (String option : new String[] {
            "readLockMarkerFile", "readLockDeleteOrphanLockFiles", "readLockRemoveOnCommit", "readLockRemoveOnRollback"
        }) {
            refused(option, null, "it belongs to read locks that lock nothing on FTP. Use readLock=changed or rename");
        }
    }

    private static void mapped(String option, String how) {
        TREATMENTS.put(option, new Mapped(how));
    }

    private static void refused(String option, @Nullable String allowed, String why) {
        TREATMENTS.put(option, new Refused(allowed, why));
    }

    /** The options with a treatment of their own, by name. */
    static Map<String, Treatment> treatments() {
        return Map.copyOf(TREATMENTS);
    }

    /**
     * Refuses what cannot be honoured.
     *
     * @param scheme the endpoint's scheme, for the message
     * @param parameters the options as written in the URI
     * @param options Ferry's own options, where the URI says nothing else
     * @throws IllegalArgumentException that names the option, the reason, and what to write instead
     */
    static void check(String scheme, Map<String, Object> parameters, FerryOptions options) {
        parameters.forEach((name, value) -> {
            String text = String.valueOf(value);
            if (plain(name).equals("binary") && text.equalsIgnoreCase("false") && !provesNothing(parameters, options)) {
                throw new IllegalArgumentException(
                        scheme + " refuses the option binary=false: SIZE and REST count bytes only"
                                + " in TYPE I. Leave it out, or add resume=off and verify=none to transfer lines of text.");
            }
            if (byPlainName(name) instanceof Refused refused && !text.equalsIgnoreCase(refused.allowed())) {
                throw new IllegalArgumentException(
                        scheme + " refuses the option " + name + "=" + text + ": " + refused.why() + ".");
            }
            if (name.equals("readLock")
                    && !Set.of("none", "rename", "changed", "false").contains(text.toLowerCase(Locale.ROOT))) {
                throw new IllegalArgumentException(scheme + " refuses the option readLock=" + text
                        + ": it locks nothing on FTP. Use readLock=changed or readLock=rename.");
            }
            if (isForeignClientParameter(name)) {
                throw new IllegalArgumentException(scheme + " refuses the option " + name
                        + ": Ferry has a control connection of its own. Of ftpClient.* it takes "
                        + String.join(", ", CLIENT_PARAMETERS.stream().sorted().toList()) + ".");
            }
        });
    }

    /** Whether no offset is used and no size compared: both mean nothing where lines of text are converted. */
    private static boolean provesNothing(Map<String, Object> parameters, FerryOptions options) {
        Object resume = parameters.getOrDefault("resume", options.getResume());
        Object verify = parameters.getOrDefault("verify", options.getVerify());
        return "off".equalsIgnoreCase(String.valueOf(resume)) && "none".equalsIgnoreCase(String.valueOf(verify));
    }

    private static String plain(String name) {
        return name.replace("-", "").toLowerCase(Locale.ROOT);
    }

    /** Camel binds stream-download and streamdownload to streamDownload. */
    private static @Nullable Treatment byPlainName(String name) {
        String plain = plain(name);
        return TREATMENTS.entrySet().stream()
                .filter(each -> each.getKey().toLowerCase(Locale.ROOT).equals(plain))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }

    /**
     * Refuses what came another way than through the URI: a setter, a bean, a nested property.
     *
     * @throws IllegalArgumentException as {@link #check}
     */
    static void checkBound(FtpEndpoint<?> endpoint, FerryOptions options) {
        FtpConfiguration configuration = endpoint.getConfiguration();
        Map<String, Object> bound = new HashMap<>();
        bound.put("binary", configuration.isBinary());
        bound.put("stepwise", configuration.isStepwise());
        bound.put("streamDownload", configuration.isStreamDownload());
        bound.put("sendNoop", configuration.isSendNoop());
        bound.put("separator", configuration.getSeparator());
        bound.put("idempotentEager", endpoint.isIdempotentEager());
        bound.put("eagerDeleteTargetFile", endpoint.isEagerDeleteTargetFile());
        if (endpoint.getFtpClient() != null) {
            bound.put("ftpClient", "a bean");
        }
        if (endpoint.getChecksumFileAlgorithm() != null) {
            bound.put("checksumFileAlgorithm", endpoint.getChecksumFileAlgorithm());
        }
        if (endpoint.getReadLock() != null) {
            bound.put("readLock", endpoint.getReadLock());
        }
        if (endpoint instanceof FtpsEndpoint secured) {
            bound.put(
                    "disableSecureDataChannelDefaults",
                    secured.getFtpsConfiguration().isDisableSecureDataChannelDefaults());
            if (secured.getFtpsConfiguration().getExecPbsz() != null) {
                bound.put("execPbsz", secured.getFtpsConfiguration().getExecPbsz());
            }
        }
        check(endpoint.getScheme(), bound, options);
    }

    private static boolean isForeignClientParameter(String name) {
        return name.startsWith("ftpClient.") && !CLIENT_PARAMETERS.contains(name.substring("ftpClient.".length()));
    }
}
