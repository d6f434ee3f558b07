package io.ferry.camel;

import io.ferry.session.FtpSession;
import io.ferry.session.Lease;
import io.ferry.session.Listing;
import io.ferry.session.RemoteFileFacts;
import io.ferry.session.SessionPool;
import io.ferry.transfer.Download;
import io.ferry.transfer.LocalTarget;
import io.ferry.transfer.Place;
import io.ferry.transfer.RemoteTarget;
import io.ferry.transfer.TransferListener;
import io.ferry.transfer.TransferOptions;
import io.ferry.transfer.TransferResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.component.file.remote.FtpConstants;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.support.service.ServiceSupport;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/**
 * The door for routes that keep the stock {@code ftp:} or {@code ftps:} endpoint: transfers files, and does any single FTP
 * operation, with the restart offset and the block size in the caller's hand. It is to Camel what ftplib's
 * {@code FTP} object is to Python.
 *
 * <p>Settings (server, login, TLS, modes, time-outs) come from {@linkplain #setEndpointUri an endpoint URI}, or from the
 * endpoint that the exchange came from, polled with {@code download=false}. The operation and its arguments are properties of
 * this bean, overridden per message by the headers of {@link FerryHeaders}.
 *
 * <p>Law: safe from any thread once configured; borrows the pools of the partners that it talks to until it is stopped. The
 * working directory lives in the exchange, since sessions are shared.
 */
public final class FtpTransferProcessor extends ServiceSupport implements Processor, CamelContextAware {

    /** What to do. The FTP commands are in brackets. */
    public enum Operation {
        /** Downloads a file (RETR). Body: the local file. */
        RETRIEVE,
        /** Uploads the body (STOR), published under its final name when verified. Body: unchanged. */
        STORE,
        /** Adds the body to the end of a remote file (APPE). Body: unchanged. */
        APPEND,
        /** Size of a file (SIZE). Body: Long. */
        SIZE,
        /** Names in a directory (NLST). Body: List of String. */
        NAMES,
        /** Entries of a directory (MLSD or LIST). Body: List of {@link RemoteFileFacts}. */
        LIST,
        /** Makes a directory (MKD). */
        MAKE_DIRECTORY,
        /** Removes a directory (RMD). */
        REMOVE_DIRECTORY,
        /** Deletes a file (DELE). */
        DELETE,
        /** Renames a file (RNFR, RNTO). */
        RENAME,
        /** Keeps a path with the exchange, against which later relative paths are resolved, once CWD has shown that it may be entered. */
        CHANGE_DIRECTORY,
        /** The exchange's working directory, or the login directory (PWD). Body: String. */
        WORKING_DIRECTORY,
        /** Modification time of a file (MDTM). Body: {@link java.time.Instant}. */
        MODIFIED,
        /** Ends the idle sessions of the partner (QUIT). */
        QUIT;

        /** The operation that is spelled so: {@code makeDirectory}, {@code MAKE_DIRECTORY} and {@code make-directory} are the same. */
        static Operation named(String text) {
            String wanted = text.replace("_", "").replace("-", "").toLowerCase(Locale.ROOT);
            for (Operation each : values()) {
                if (each.name().replace("_", "").toLowerCase(Locale.ROOT).equals(wanted)) {
                    return each;
                }
            }
            List<String> known = Stream.of(values()).map(Operation::spelled).toList();
            throw new IllegalArgumentException("There is no operation \"" + text + "\"; there are "
                    + String.join(", ", known) + Nearest.hint(text, known));
        }

        /** As it is written: {@code makeDirectory}. */
        private String spelled() {
            StringBuilder spelled = new StringBuilder();
            for (String word : name().toLowerCase(Locale.ROOT).split("_", -1)) {
                spelled.append(
                        spelled.length() == 0 ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
            }
            return spelled.toString();
        }
    }

    private final PartnerPools partners = new PartnerPools();
    private final Outbox outbox = new Outbox();
    private final Throttles throttles = new Throttles();
    private final HeaderNames headerNames = new HeaderNames();
    private final FerryOptions options = new FerryOptions();
    private @Nullable CamelContext camelContext;
    private @Nullable String endpointUri;
    private Operation operation = Operation.RETRIEVE;
    private String restartOffset = "auto";
    private @Nullable String remotePath;
    private @Nullable String localDirectory;
    private @Nullable TransferListener listener;

    @Override
    public void process(Exchange exchange) throws Exception {
        headerNames.check(exchange);
        Message message = exchange.getMessage();
        FtpEndpoint<?> endpoint = endpoint(exchange);
        try (Pools.Use use = partners.borrow(endpoint, options)) {
            process(exchange, message, endpoint, use.pool());
        }
    }

    private void process(Exchange exchange, Message message, FtpEndpoint<?> endpoint, SessionPool pool)
            throws Exception {
        String asked = message.getHeader(FerryHeaders.OPERATION, String.class);
        Operation now = asked == null ? operation : ofHeader(FerryHeaders.OPERATION, () -> Operation.named(asked));
        switch (now) {
            case RETRIEVE -> retrieve(exchange, message, endpoint, pool);
            case STORE, APPEND -> store(exchange, message, endpoint, pool, now);
            case QUIT -> pool.endIdle();
            default -> {
                try (Lease lease = pool.lease()) {
                    command(now, exchange, message, lease.session());
                }
            }
        }
    }

    /** An error in a header's value names the header. */
    private static <T> T ofHeader(String header, Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("Header " + header + ": " + e.getMessage(), e);
        }
    }

    private void retrieve(Exchange exchange, Message message, FtpEndpoint<?> endpoint, SessionPool pool)
            throws Exception {
        String path = path(exchange, message);
        String local = message.getHeader(FerryHeaders.LOCAL_PATH, String.class);
        String name = path.substring(path.lastIndexOf('/') + 1);
        LocalTarget target = local != null
                ? LocalTarget.file(Path.of(local), options.getPartialSuffix(), true)
                : localDirectory != null
                        ? LocalTarget.file(inside(localDirectory, name), options.getPartialSuffix(), true)
                        : LocalTarget.inWorkDirectory(workDirectory(), name, options.getPartialSuffix());
        TransferOptions transferOptions = transferOptions(message, endpoint);
        Download download =
                new Download(pool, path, target, transferOptions, listener(exchange), () -> isStopping(exchange));
        TransferResult result = download.run();
        message.setBody(download.file().toFile());
        if (target.perVersion()) {
            message.setHeader(FtpConstants.FILE_LOCAL_WORK_PATH, download.file().toString());
        }
        FerryOperations.setHeaders(message, result);
    }

    private void store(Exchange exchange, Message message, FtpEndpoint<?> endpoint, SessionPool pool, Operation now)
            throws Exception {
        String path = path(exchange, message);
        RemoteTarget target = now == Operation.APPEND
                ? RemoteTarget.appending(path)
                : RemoteTarget.replacing(path).withPartialsIn(options.getPartialDirectory());
        try (OutgoingContent content =
                OutgoingContent.of(exchange, endpoint, workDirectory().resolve("outgoing"))) {
            TransferResult result = outbox.send(
                    exchange,
                    workDirectory(),
                    pool,
                    content.source(),
                    target,
                    transferOptions(message, endpoint),
                    listener(exchange),
                    () -> isStopping(exchange),
                    Place.ALONE);
            FerryOperations.setHeaders(message, result);
        }
    }

    /** The bean may serve several routes, so that only the context's end ends its transfers. */
    private static boolean isStopping(Exchange exchange) {
        return exchange.getContext().getStatus().isStopping()
                || exchange.getContext().getStatus().isStopped();
    }

    private void command(Operation now, Exchange exchange, Message message, FtpSession session) throws IOException {
        switch (now) {
            case SIZE -> {
                String path = path(exchange, message);
                message.setBody(session.size(path).orElseThrow(() -> missing(session, "SIZE", path)));
            }
            case MODIFIED -> {
                String path = path(exchange, message);
                message.setBody(session.modified(path).orElseThrow(() -> missing(session, "MDTM", path)));
            }
            case NAMES -> message.setBody(session.names(directory(exchange, message)));
            case LIST -> message.setBody(list(session, directory(exchange, message)));
            case MAKE_DIRECTORY -> session.makeDirectory(path(exchange, message));
            case REMOVE_DIRECTORY -> session.removeDirectory(path(exchange, message));
            case DELETE -> session.delete(path(exchange, message));
            case RENAME -> {
                String to = message.getHeader(FerryHeaders.RENAME_TO, String.class);
                if (to == null) {
                    throw new IllegalArgumentException("rename needs the header " + FerryHeaders.RENAME_TO);
                }
                session.rename(path(exchange, message), resolve(exchange, to));
            }
            case CHANGE_DIRECTORY -> {
                String path = path(exchange, message);
                String entered = session.directory(path).orElseThrow(() -> missing(session, "CWD", path));
                exchange.setProperty(FerryHeaders.WORKING_DIRECTORY, entered);
                message.setHeader(FerryHeaders.WORKING_DIRECTORY, entered);
            }
            case WORKING_DIRECTORY -> {
                String kept = exchange.getProperty(FerryHeaders.WORKING_DIRECTORY, String.class);
                message.setBody(kept == null ? session.workingDirectory() : kept);
            }
            default -> throw new IllegalStateException(now + " is a transfer");
        }
    }

    private static List<RemoteFileFacts> list(FtpSession session, String directory) throws IOException {
        List<RemoteFileFacts> entries = new ArrayList<>();
        try (Listing listing = session.list(directory)) {
            for (FTPFile entry = listing.next(); entry != null; entry = listing.next()) {
                entries.add(new RemoteFileFacts(
                        entry.getName(), entry.isDirectory(), entry.getSize(), entry.getTimestampInstant(), null));
            }
        }
        return entries;
    }

    private static IOException missing(FtpSession session, String command, String path) {
        return new IOException(session.partner() + ": " + command + " " + path
                + " has no answer: it does not exist, may not be read, or the server does not know the command");
    }

    private FtpEndpoint<?> endpoint(Exchange exchange) {
        Endpoint endpoint = endpointUri == null
                ? exchange.getFromEndpoint()
                : exchange.getContext().getEndpoint(endpointUri);
        if (endpoint instanceof FtpEndpoint<?> ftp) {
            return ftp;
        }
        throw new IllegalArgumentException(
                "FtpTransferProcessor needs an ftp: or ftps: endpoint to take its settings from: set"
                        + " endpointUri, or use it in a route from one (with download=false). It got " + endpoint);
    }

    /** The remote path: the header, else the bean's property, else the file that the consumer polled. */
    private String path(Exchange exchange, Message message) {
        String header = message.getHeader(FerryHeaders.REMOTE_PATH, String.class);
        String given = header != null ? header : remotePath;
        if (given != null) {
            return resolve(exchange, given);
        }
        GenericFile<?> polled = exchange.getProperty(ExchangePropertyKey.FILE_EXCHANGE_FILE, GenericFile.class);
        if (polled != null && polled.getFile() instanceof FTPFile) {
            return polled.getAbsoluteFilePath();
        }
        String name = message.getHeader(FtpConstants.FILE_NAME, String.class);
        if (name == null) {
            throw new IllegalArgumentException("Which file? Set the header " + FerryHeaders.REMOTE_PATH + " or "
                    + FtpConstants.FILE_NAME + ", or the property remotePath");
        }
        return resolve(exchange, name);
    }

    private String directory(Exchange exchange, Message message) {
        String header = message.getHeader(FerryHeaders.REMOTE_PATH, String.class);
        String given = header != null ? header : remotePath;
        return resolve(exchange, given == null ? "" : given);
    }

    private static String resolve(Exchange exchange, String path) {
        String directory = exchange.getProperty(FerryHeaders.WORKING_DIRECTORY, String.class);
        // In quotes a data set of z/OS has its whole name.
        boolean isWhole = path.startsWith("/") || (path.length() > 1 && path.startsWith("'") && path.endsWith("'"));
        if (directory == null || isWhole) {
            return path;
        }
        return path.isEmpty() ? directory : directory.endsWith("/") ? directory + path : directory + "/" + path;
    }

    private long offset(Message message) {
        String header = message.getHeader(FerryHeaders.RESTART_OFFSET, String.class);
        return header == null ? offset(restartOffset) : ofHeader(FerryHeaders.RESTART_OFFSET, () -> offset(header));
    }

    private static long offset(String text) {
        if (text.equalsIgnoreCase("auto")) {
            return TransferOptions.AUTO;
        }
        try {
            long offset = Long.parseLong(text.strip());
            if (offset >= 0) {
                return offset;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "restartOffset takes auto or a number of bytes, not \"" + text + "\"", e);
        }
        throw new IllegalArgumentException("restartOffset takes auto or a number of bytes, not \"" + text + "\"");
    }

    private TransferOptions transferOptions(Message message, FtpEndpoint<?> endpoint) {
        String blockSize = message.getHeader(FerryHeaders.BLOCK_SIZE, String.class);
        FerryOptions used = options.copy();
        if (blockSize != null) {
            ofHeader(FerryHeaders.BLOCK_SIZE, () -> OptionValues.bytes("blockSize", blockSize));
            used.setBlockSize(blockSize);
        }
        return used.transferOptions(endpoint.getMaximumReconnectAttempts(), endpoint.getReconnectDelay())
                .throttledBy(throttles.of(used, endpoint.getCamelContext()))
                .restartingAt(offset(message));
    }

    private TransferListener listener(Exchange exchange) {
        return listener == null ? Listeners.of(exchange.getContext()) : listener;
    }

    private Path workDirectory() {
        String directory = options.getWorkDirectory();
        return Path.of(directory == null ? WorkDirectory.NAME : directory);
    }

    private static Path inside(String directory, String name) {
        LocalTarget.checkName(name);
        return Path.of(directory).resolve(name);
    }

    @Override
    protected void doStop() throws IOException {
        partners.close();
        outbox.close();
    }

    @Override
    public @Nullable CamelContext getCamelContext() {
        return camelContext;
    }

    @Override
    public void setCamelContext(CamelContext camelContext) {
        this.camelContext = camelContext;
    }

    public @Nullable String getEndpointUri() {
        return endpointUri;
    }

    /** URI of an {@code ftp:} or {@code ftps:} endpoint to take the settings from; default: the exchange's own from-endpoint. */
    public void setEndpointUri(@Nullable String endpointUri) {
        this.endpointUri = endpointUri;
    }

    public String getOperation() {
        return operation.name();
    }

    /** The operation, as in {@link Operation}, such as {@code retrieve} (the default) or {@code makeDirectory}. */
    public void setOperation(String operation) {
        this.operation = Operation.named(operation);
    }

    public String getRestartOffset() {
        return restartOffset;
    }

    /**
     * Where a retrieve or store begins: {@code auto} (the default) continues a partial where that is provably right; a number
     * of bytes begins there, after the overlap was compared. A retrieve then needs a partial, or a file under the local name,
     * of at least so many bytes; a store needs a partial on the server of exactly so many. 0 begins at the start.
     */
    public void setRestartOffset(String restartOffset) {
        this.restartOffset = restartOffset;
    }

    public @Nullable String getRemotePath() {
        return remotePath;
    }

    /** The remote path; default: the polled file, or the header {@code CamelFileName}. */
    public void setRemotePath(@Nullable String remotePath) {
        this.remotePath = remotePath;
    }

    public @Nullable String getLocalDirectory() {
        return localDirectory;
    }

    /** Where a retrieve publishes files; default: the work directory, from which {@code file:} renames them away. */
    public void setLocalDirectory(@Nullable String localDirectory) {
        this.localDirectory = localDirectory;
    }

    /** Hears the progress of this processor's transfers; default: the listeners in the registry. */
    public void setListener(@Nullable TransferListener listener) {
        this.listener = listener;
    }

    public String getBlockSize() {
        return options.getBlockSize();
    }

    /** As the endpoint option {@code blockSize}. */
    public void setBlockSize(String blockSize) {
        OptionValues.bytes("blockSize", blockSize);
        options.setBlockSize(blockSize);
    }

    /**
     * The other options of Ferry's endpoints: overlap, resume, verify, partialSuffix, workDirectory, maxSessions, maxRate (for all transfers
     * of this processor together), maxTotalRate.
     */
    public FerryOptions getOptions() {
        return options;
    }
}
