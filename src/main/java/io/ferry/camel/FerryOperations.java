package io.ferry.camel;

import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.session.Lease;
import io.ferry.session.Listing;
import io.ferry.session.MachineFile;
import io.ferry.session.RemoteFileFacts;
import io.ferry.session.Upcoming;
import io.ferry.transfer.Download;
import io.ferry.transfer.Fingerprint;
import io.ferry.transfer.LocalTarget;
import io.ferry.transfer.TransferException;
import io.ferry.transfer.TransferResult;
import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.GregorianCalendar;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.component.file.remote.FtpConstants;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.component.file.remote.RemoteFileConfiguration;
import org.apache.camel.component.file.remote.RemoteFileOperations;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/**
 * The operations that the stock consumer, its read locks and its commit strategies call.
 *
 * <p>Law: owns nothing; each call leases a session from the partner's pool and gives it back, so that it is safe from any
 * thread. Downloads go through the transfer engine.
 */
class FerryOperations implements RemoteFileOperations<FTPFile> {

    private final FtpEndpoint<FTPFile> endpoint;
    private final FerryDoor door;
    private volatile Path workDirectory = Path.of(WorkDirectory.NAME);
    private volatile @Nullable FinalNames finalNames;
    private volatile BooleanSupplier stop = () -> false;
    private volatile @Nullable Gate gate;
    private final @Nullable FtpSession bound;

    /** Decides what is handed to the route, and keeps it in mind. */
    interface Gate {
        /** Whether the route must not get this version. */
        boolean isPassed(FerryFile file, Fingerprint version);

        /** Deals with a version that the route must not get. */
        void pass(Exchange exchange, FerryFile file) throws Exception;

        /** The route is about to get the file. */
        void handing(Exchange exchange, FerryFile file, Fingerprint version);

        /** The file could not be transferred. */
        void failed(Exchange exchange, FerryFile file, TransferException failure);
    }

    FerryOperations(FtpEndpoint<FTPFile> endpoint, FerryDoor door) {
        this(endpoint, door, null);
    }

    private FerryOperations(FtpEndpoint<FTPFile> endpoint, FerryDoor door, @Nullable FtpSession bound) {
        this.endpoint = endpoint;
        this.door = door;
        this.bound = bound;
    }

    /** The same operations, for a class that changes some of them. */
    FerryOperations(FerryOperations other) {
        this(other.endpoint, other.door, other.bound);
    }

    /** Who decides about what is retrieved. */
    void gate(Gate decides) {
        this.gate = decides;
    }

    /** The same operations on a session that is leased already, whose holder must not lease another. */
    FerryOperations on(FtpSession session) {
        return new FerryOperations(endpoint, door, session);
    }

    /** Where downloads lie until the route has taken them. */
    void workDirectory(Path directory) {
        this.workDirectory = directory;
    }

    Path workDirectory() {
        return workDirectory;
    }

    /** What the route will call its files. */
    void finalNames(FinalNames names) {
        this.finalNames = names;
    }

    /** Asked before each block of a transfer. */
    void stopWhen(BooleanSupplier condition) {
        this.stop = condition;
    }

    BooleanSupplier stop() {
        return stop;
    }

    /** What is done with a session. */
    interface Call<T> {
        T on(FtpSession session) throws IOException;
    }

    /**
     * Leases a session for one call. A session that turns out to be broken is replaced once: the call must therefore be one
     * that may be repeated.
     */
    <T> T call(Call<T> call) {
        try {
            return once(call);
        } catch (FtpException e) {
            if (bound != null || e.kind() != FtpException.Kind.CONNECTION_LOST) {
                throw failed(e);
            }
            return again(call, e);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private <T> T once(Call<T> call) throws IOException {
        if (bound != null) {
            return call.on(bound);
        }
        try (Lease lease = door.pool().lease()) {
            return call.on(lease.session());
        }
    }

    private <T> T again(Call<T> call, FtpException first) {
        try {
            return once(call);
        } catch (IOException e) {
            e.addSuppressed(first);
            throw failed(e);
        }
    }

    static GenericFileOperationFailedException failed(IOException e) {
        int code =
                e instanceof FtpException ftp ? ftp.replyCode() : e instanceof TransferException t ? t.replyCode() : 0;
        String text =
                e instanceof FtpException ftp ? ftp.replyText() : e instanceof TransferException t ? t.replyText() : "";
        return new GenericFileOperationFailedException(code, text, e.getMessage(), e);
    }

    @Override
    public GenericFile<FTPFile> newGenericFile() {
        return new FerryFile();
    }

    @Override
    public void setEndpoint(GenericFileEndpoint<FTPFile> ignored) {
        // The endpoint is known from the start.
    }

    @Override
    public boolean connect(RemoteFileConfiguration configuration, @Nullable Exchange exchange) {
        return call(session -> true);
    }

    /** Always true: a session is opened when one is needed. */
    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    public void disconnect() {
        door.pool().endIdle();
    }

    @Override
    public void forceDisconnect() {
        disconnect();
    }

    @Override
    public boolean sendNoop() {
        return connect(endpoint.getConfiguration(), null);
    }

    /** Not used: site commands are sent after each login. */
    @Override
    public boolean sendSiteCommand(String command) {
        throw new UnsupportedOperationException("SITE commands are sent after each login");
    }

    @Override
    public boolean deleteFile(String name) {
        boolean[] sent = {false};
        return call(session -> {
            try {
                // A lost reply leaves the question whether it happened. Where it did not, something else may lie there
                // now.
                if (sent[0]) {
                    if (session.facts(name).isEmpty()) {
                        return true;
                    }
                    throw new IOException(
                            session.partner() + ": DELE " + name + " got no reply, and the file is still there");
                }
                sent[0] = true;
                session.delete(name);
                return true;
            } catch (FtpException e) {
                if (e.replyCode() == 550 && session.facts(name).isEmpty()) {
                    return false;
                }
                throw e;
            }
        });
    }

    @Override
    public boolean existsFile(String name) {
        return call(session -> session.facts(name).isPresent());
    }

    @Override
    public boolean renameFile(String from, String to) {
        boolean[] sent = {false};
        return call(session -> {
            // A reply that got lost leaves the question whether it happened; the names answer it.
            if (sent[0] && session.facts(from).isEmpty() && session.facts(to).isPresent()) {
                return true;
            }
            sent[0] = true;
            session.rename(from, to);
            return true;
        });
    }

    @Override
    public boolean buildDirectory(String directory, boolean absolute) {
        return call(session -> {
            session.makeDirectories(endpoint.getConfiguration().normalizePath(directory));
            return true;
        });
    }

    /** The transfer of an exchange's file, which may have begun. */
    Retrieval retrieved(String name, Exchange exchange) {
        return retrieval(exchange);
    }

    /** The transfer of an exchange's file, which has not begun. */
    Retrieval retrieval(Exchange exchange) {
        FerryFile file = FerryFile.of(exchange);
        String name = file.getAbsoluteFilePath();
        Gate decides = gate;
        FinalNames names = finalNames;
        LocalTarget target = LocalTarget.inWorkDirectory(
                workDirectory,
                name.substring(name.lastIndexOf('/') + 1),
                door.options().getPartialSuffix());
        Map<Path, Path> handedTo = names == null ? Map.of() : names.of(exchange);
        RemoteFileFacts listed = file.mayBeTakenAsListed(name) ? listed(file.getFile()) : null;
        return new Retrieval(new Upcoming(name, listed), abandoned -> {
            Download download = new Download(
                    door.pool(),
                    name,
                    target,
                    door.transferOptions(),
                    door.listener(),
                    () -> stop.getAsBoolean() || abandoned.getAsBoolean());
            if (decides != null) {
                download.unless(version -> decides.isPassed(file, version) || isListed(file, version));
            }
            if (listed != null) {
                download.listed(listed);
            }
            return download.handedTo(handedTo);
        });
    }

    private static @Nullable RemoteFileFacts listed(FTPFile entry) {
        return entry instanceof MachineFile exact ? exact.facts() : null;
    }

    @Override
    public boolean retrieveFile(String name, Exchange exchange, long size) {
        FerryFile file = FerryFile.of(exchange);
        Gate decides = gate;
        Retrieval retrieval = retrieved(name, exchange);
        try {
            TransferResult result = retrieval.await();
            Download download = retrieval.download();
            if (decides != null && result.outcome() == TransferResult.Outcome.ALREADY_DELIVERED) {
                pass(decides, exchange, file);
                return false;
            }
            if (file.checksum().isAwaited()) {
                return false;
            }
            Message message = exchange.getIn();
            file.setBody(download.file().toFile());
            file.setFileLength(result.size());
            message.setHeader(FtpConstants.FILE_LOCAL_WORK_PATH, download.file().toString());
            setHeaders(message, result);
            if (decides != null) {
                decides.handing(exchange, file, download.source());
            }
            return true;
        } catch (TransferException e) {
            exchange.getIn().setHeader(FtpConstants.FTP_REPLY_CODE, e.replyCode());
            exchange.getIn().setHeader(FtpConstants.FTP_REPLY_STRING, e.replyText());
            if (decides != null) {
                decides.failed(exchange, file, e);
            }
            throw failed(e);
        } catch (GenericFileOperationFailedException e) {
            throw e;
        } catch (RuntimeException e) {
            // A repository of the user's: the stock consumer would not say what it was.
            throw new GenericFileOperationFailedException(
                    name + " was not handed on: the record of deliveries: " + e, e);
        }
    }

    /** Always false: a version that the listing contradicts is refused, and looked at again by the next poll. */
    private boolean isListed(FerryFile file, Fingerprint version) {
        if (file.contradicts(version)) {
            throw new GenericFileOperationFailedException(door.pool().partner() + ": "
                    + file.listedPath() + " was listed with " + file.getFile().getSize() + " bytes, and now has "
                    + version.size() + " with the same modification time. It is still being written, or the server has"
                    + " not told the truth; it is left for the next poll. stableFor waits until a file rests.");
        }
        return false;
    }

    private static void pass(Gate decides, Exchange exchange, FerryFile file) {
        try {
            decides.pass(exchange, file);
        } catch (GenericFileOperationFailedException e) {
            throw e;
        } catch (Exception e) {
            throw new GenericFileOperationFailedException(
                    "The commit of " + file.getAbsoluteFilePath() + " failed again: " + e.getMessage(), e);
        }
    }

    /** What lies under a path now. */
    Optional<Fingerprint> fingerprint(String path) {
        return call(session -> session.facts(path).map(facts -> Fingerprint.of(partner(), path, facts)));
    }

    String partner() {
        return door.pool().partner().name();
    }

    static void setHeaders(Message message, TransferResult result) {
        message.setHeader(FerryHeaders.SIZE, result.size());
        message.setHeader(FerryHeaders.RESTARTED_AT, result.restartOffset());
        message.setHeader(FerryHeaders.TRANSFERRED, result.transferred());
        message.setHeader(FerryHeaders.ATTEMPTS, result.attempts());
        message.setHeader(FerryHeaders.VERIFIED, result.verified());
        message.setHeader(FerryHeaders.OUTCOME, result.outcome().name());
    }

    /** Nothing is held open for a retrieved file. */
    @Override
    public void releaseRetrievedFileResources(Exchange exchange) {
        // The body is a file of its own; no stream of the server hangs on it.
    }

    /** Not used: {@link FerryProducer} replaces the stock write sequence as a whole. */
    @Override
    public boolean storeFile(String name, Exchange exchange, long size) {
        throw new UnsupportedOperationException("Files are stored by FerryProducer");
    }

    /** Not used: see {@link #storeFile}. */
    @Override
    public boolean storeFileDirectly(String name, String payload) {
        throw new UnsupportedOperationException("Files are stored by FerryProducer");
    }

    @Override
    public String getCurrentDirectory() {
        return call(FtpSession::workingDirectory);
    }

    /** Not used: stepwise is refused, since a lease has no memory. */
    @Override
    public void changeCurrentDirectory(String path) {
        throw new UnsupportedOperationException("A session never changes directory");
    }

    /** Not used: see {@link #changeCurrentDirectory}. */
    @Override
    public void changeToParentDirectory() {
        throw new UnsupportedOperationException("A session never changes directory");
    }

    @Override
    public FTPFile[] listFiles() {
        return listFiles("");
    }

    @Override
    public FTPFile[] listFiles(String path) {
        return call(session -> {
            List<FTPFile> entries = new ArrayList<>();
            // A list of this call only: a repeated one starts over.
            try (Listing listing = list(session, path)) {
                if (listing == null) {
                    return session.facts(path).map(FerryOperations::entry).stream()
                            .toArray(FTPFile[]::new);
                }
                for (FTPFile entry = listing.next(); entry != null; entry = listing.next()) {
                    entries.add(entry);
                }
            }
            return entries.toArray(FTPFile[]::new);
        });
    }

    /** The listing, or null where MLSD is refused because the path is a file (RFC 3659, 7.2.1). */
    private static @Nullable Listing list(FtpSession session, String path) throws IOException {
        try {
            return session.list(path);
        } catch (FtpException e) {
            if (e.refuses("MLSD") && (e.replyCode() == 501 || e.replyCode() == 550) && !path.isEmpty()) {
                return null;
            }
            throw e;
        }
    }

    private static FTPFile entry(RemoteFileFacts facts) {
        FTPFile entry = new FTPFile();
        entry.setName(facts.name());
        entry.setType(facts.directory() ? FTPFile.DIRECTORY_TYPE : FTPFile.FILE_TYPE);
        entry.setSize(facts.size());
        if (facts.modified() != null) {
            entry.setTimestamp(GregorianCalendar.from(facts.modified().atZone(ZoneOffset.UTC)));
        }
        return entry;
    }
}
