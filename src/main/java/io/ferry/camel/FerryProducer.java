package io.ferry.camel;

import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.transfer.LocalSource;
import io.ferry.transfer.RemoteTarget;
import io.ferry.transfer.RemoteTarget.WhenExists;
import io.ferry.transfer.TransferException;
import io.ferry.transfer.TransferResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.GenericFileExist;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.component.file.remote.FtpConstants;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.component.file.remote.RemoteFileProducer;
import org.apache.camel.component.file.strategy.FileMoveExistingStrategy;
import org.apache.camel.util.FileUtil;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/**
 * Sends messages to a server. It replaces the stock write sequence as a whole: partial, verification, then the final name, then
 * the done file.
 *
 * <p>Law: safe from any thread; each message leases its own session.
 */
final class FerryProducer extends RemoteFileProducer<FTPFile> {

    private final FtpEndpoint<FTPFile> ftp;
    private final FerryDoor door;
    private final FerryOperations ferryOperations;
    private final Outbox outbox = new Outbox();

    FerryProducer(FtpEndpoint<FTPFile> endpoint, FerryDoor door, FerryOperations operations) {
        super(endpoint, operations);
        this.ftp = endpoint;
        this.door = door;
        this.ferryOperations = operations;
        operations.stopWhen(() -> !isRunAllowed());
    }

    @Override
    public boolean isSingleton() {
        return true;
    }

    @Override
    protected void doStart() throws Exception {
        String workDirectory = door.options().getWorkDirectory();
        if (workDirectory != null) {
            ferryOperations.workDirectory(Path.of(workDirectory));
        }
        OutgoingContent.removeExpired(
                ferryOperations.workDirectory().resolve("outgoing"),
                door.transferOptions().partialExpiry());
        super.doStart();
    }

    @Override
    protected void doStop() throws Exception {
        outbox.close();
        super.doStop();
    }

    /** Says nothing in advance: a session is checked when it is leased. */
    @Override
    public void preWriteCheck(Exchange exchange) {
        // The pool asks an idle session with NOOP before it lends it.
    }

    @Override
    protected void processExchange(Exchange exchange, String target) throws Exception {
        checkJail(target);
        try (OutgoingContent content = OutgoingContent.of(
                exchange, ftp, ferryOperations.workDirectory().resolve("outgoing"))) {
            TransferResult result = send(exchange, content.source(), remoteTarget(exchange, target));
            FerryOperations.setHeaders(exchange.getIn(), result);
            if (ftp.getDoneFileName() != null && needsDoneFile(result, target)) {
                writeDoneFile(exchange, target);
            }
            exchange.getIn().setHeader(FtpConstants.FILE_NAME_PRODUCED, target);
        } catch (TransferException e) {
            exchange.getIn().setHeader(FtpConstants.FTP_REPLY_CODE, e.replyCode());
            exchange.getIn().setHeader(FtpConstants.FTP_REPLY_STRING, e.replyText());
            throw FerryOperations.failed(e);
        } finally {
            postWriteCheck(exchange);
        }
    }

    /** The stock check passes every name when the endpoint names no directory, and knows neither backslashes nor the quotes of z/OS. */
    private void checkJail(String target) {
        // A backslash separates names on some servers.
        String path = FileUtil.compactPath(target.replace('\\', '/'), '/');
        String directory = ftp.getConfiguration().getDirectory();
        boolean leaves = directory.isEmpty()
                ? path.startsWith("/") || path.startsWith("'") || path.equals("..") || path.startsWith("../")
                : !path.startsWith(FileUtil.compactPath(directory, '/') + "/");
        if (ftp.isJailStartingDirectory() && leaves) {
            throw new GenericFileOperationFailedException(ftp.remoteServerInformation() + ": " + target
                    + " not sent, it would lead out of the "
                    + (directory.isEmpty() ? "login directory" : "directory " + directory)
                    + ". Set jailStartingDirectory=false to allow that.");
        }
    }

    private TransferResult send(Exchange exchange, LocalSource source, RemoteTarget target) throws IOException {
        return outbox.send(
                exchange,
                ferryOperations.workDirectory(),
                door.pool(),
                source,
                target,
                door.transferOptions(),
                door.listener(),
                ferryOperations.stop());
    }

    /** A file that an earlier process published may lack its done file, unless its receiver has taken it all the same. */
    private boolean needsDoneFile(TransferResult result, String target) {
        boolean mayLackIt = result.outcome() == TransferResult.Outcome.ALREADY_COMPLETE;
        return result.outcome() == TransferResult.Outcome.TRANSFERRED
                || (mayLackIt && ferryOperations.existsFile(target));
    }

    private RemoteTarget remoteTarget(Exchange exchange, String target) {
        GenericFileExist fileExist = ftp.getFileExist();
        return new RemoteTarget(
                target,
                ftp.getTempFileName() == null ? null : createTempFileName(exchange, target),
                door.options().getPartialSuffix(),
                whenExists(fileExist),
                fileExist == GenericFileExist.Move ? this::moveExisting : null,
                ftp.isAutoCreate(),
                chmod(),
                door.options().getPartialDirectory());
    }

    private @Nullable String chmod() {
        return ftp.getConfiguration().getChmod();
    }

    private static WhenExists whenExists(GenericFileExist fileExist) {
        return switch (fileExist) {
            case Override -> WhenExists.REPLACE;
            case Append -> WhenExists.APPEND;
            case Fail -> WhenExists.FAIL;
            case Ignore -> WhenExists.IGNORE;
            case Move -> WhenExists.MOVE;
            case TryRename -> WhenExists.TRY_RENAME;
        };
    }

    /** On the upload's own session: a second one might never come free. */
    private void moveExisting(FtpSession session, String path) throws IOException {
        FileMoveExistingStrategy strategy = ftp.getMoveExistingFileStrategy();
        if (strategy == null) {
            BackupMove.move(ftp, session, path);
            return;
        }
        try {
            if (!strategy.moveExistingFile(ftp, ferryOperations.on(session), path)) {
                throw new IOException("The existing file " + path + " could not be moved away");
            }
        } catch (GenericFileOperationFailedException e) {
            if (e.getCause() instanceof FtpException refused) {
                // A lost connection is for the next attempt.
                throw refused;
            }
            throw new IOException("The existing file " + path + " could not be moved away: " + e.getMessage(), e);
        }
    }

    /** The done file says that the file is whole, so it comes last, and an old one is replaced. */
    private void writeDoneFile(Exchange exchange, String target) throws IOException {
        String doneFile = door.doneFileName(target);
        Path empty = OutgoingContent.empty(ferryOperations.workDirectory().resolve("outgoing"));
        try {
            RemoteTarget done = RemoteTarget.replacing(doneFile)
                    .withPartialsIn(door.options().getPartialDirectory());
            // Told by its content, which is always the same, so that it may come again after a crash.
            send(exchange, LocalSource.of(empty, "done"), done);
        } finally {
            Files.delete(empty);
        }
    }

    /** The failure has been handled by the transfer; nothing needs to be disconnected. */
    @Override
    public void handleFailedWrite(Exchange exchange, Exception exception) throws Exception {
        throw exception;
    }

    /** Whether the partner answers, for the health check. */
    @Override
    protected void connectIfNecessary(Exchange exchange) {
        ferryOperations.connect(ftp.getConfiguration(), exchange);
    }
}
