package io.ferry.camel;

import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.transfer.LocalSource;
import io.ferry.transfer.Place;
import io.ferry.transfer.RemoteTarget;
import io.ferry.transfer.RemoteTarget.WhenExists;
import io.ferry.transfer.TransferException;
import io.ferry.transfer.TransferResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.component.file.GenericFileExist;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.component.file.remote.FtpConstants;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.component.file.remote.RemoteFileProducer;
import org.apache.camel.component.file.strategy.FileMoveExistingStrategy;
import org.apache.camel.util.FileUtil;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends messages to a server, several at the same time. It replaces the stock write sequence as a whole: partial, verification,
 * then the final name, then the done file.
 *
 * <p>Law: safe from any thread; each message leases its own session. Owns the threads that send, from its start to its stop. A
 * message is sent by one of them, and the caller goes on meanwhile; by the caller itself where it has to know the end at once:
 * one after the other, in a transaction, on the user's word, and in what a route does behind an upload.
 */
final class FerryProducer extends RemoteFileProducer<FTPFile> {

    private static final Logger LOG = LoggerFactory.getLogger(FerryProducer.class);

    private final FtpEndpoint<FTPFile> ftp;
    private final FerryDoor door;
    private final FerryOperations ferryOperations;
    private final boolean synchronous;
    private final Outbox outbox = new Outbox();
    private final UploadLine line = new UploadLine(this::isAwaited);
    private final HeaderNames headerNames = new HeaderNames();
    private final UploadCompanions companions;
    private final AtomicBoolean batchEnds = new AtomicBoolean();
    private volatile @Nullable Senders senders;

    FerryProducer(FtpEndpoint<FTPFile> endpoint, FerryDoor door, FerryOperations operations, boolean synchronous) {
        super(endpoint, operations);
        this.ftp = endpoint;
        this.door = door;
        this.ferryOperations = operations;
        this.synchronous = synchronous;
        this.companions = new UploadCompanions(endpoint, door, operations, new CompanionSender());
        operations.stopWhen(() -> !isRunAllowed());
    }

    private final class CompanionSender implements UploadCompanions.Sender {
        @Override
        public TransferResult send(Exchange exchange, LocalSource source, RemoteTarget target, Place place)
                throws IOException {
            return FerryProducer.this.send(exchange, source, target, place);
        }

        @Override
        public RemoteTarget target(Exchange exchange, String path) {
            return remoteTarget(exchange, path);
        }

        @Override
        public void check(String path) {
            checkJail(path);
        }
    }

    private boolean isAwaited() {
        Senders mine = senders;
        return mine != null && mine.isAwaited();
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
        senders = new Senders(
                getEndpoint().getCamelContext().getExecutorServiceManager(),
                this,
                door.options().uploadsAtOnce());
        super.doStart();
    }

    @Override
    protected void doStop() throws Exception {
        Senders mine = senders;
        if (mine != null) {
            mine.stop(outbox::breakOff);
            senders = null;
        }
        companions.close();
        outbox.close();
        super.doStop();
    }

    /** Says nothing in advance: a session is checked when it is leased. */
    @Override
    public void preWriteCheck(Exchange exchange) {
        // The pool asks an idle session with NOOP before it lends it.
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        headerNames.check(exchange);
        Senders mine = senders;
        boolean asSender = Senders.isSender();
        boolean here = asSender || synchronous || exchange.isTransacted() || mine == null || mine.atOnce() == 1;
        OutgoingBatches.Part part = companions.enter(exchange);
        Sending sending;
        try {
            sending = new Sending(exchange, mine, asSender, part);
        } catch (Exception e) {
            if (part != null) {
                part.failed();
            }
            exchange.setException(e);
            callback.done(true);
            return true;
        }
        if (here || mine == null) {
            sending.run();
            sending.giveTurnBack();
            callback.done(true);
            return true;
        }
        try {
            mine.run(() -> {
                sending.run();
                callback.done(false);
            });
            return false;
        } catch (RejectedExecutionException e) {
            sending.end(e);
            sending.giveTurnBack();
            callback.done(true);
            return true;
        }
    }

    /**
     * One message on its way.
     *
     * <p>Law: made by the thread that brings the message, in the order of messages, and run by one thread.
     */
    private final class Sending implements Runnable {

        private final Exchange exchange;
        private final @Nullable Object name;
        private final RemoteTarget target;
        private final @Nullable Senders turn;
        private final UploadLine.Entry place;
        private final OutgoingBatches.@Nullable Part part;

        /** Waits for its turn, and takes the next place. */
        Sending(Exchange exchange, @Nullable Senders senders, boolean asSender, OutgoingBatches.@Nullable Part part)
                throws IOException {
            this.part = part;
            this.exchange = exchange;
            this.name = exchange.getIn().getHeader(FtpConstants.FILE_NAME, String.class);
            this.target = remoteTarget(exchange, createFileName(exchange));
            String doneFile = doneFile(target.path());
            this.turn = asSender ? null : senders;
            if (turn != null) {
                // What can fail lies before: nobody would give the turn back.
                turn.await(ferryOperations.stop());
            }
            this.place = line.enter(comesInOrder(exchange), paths(target), doneFile);
            if (exchange.getProperty(ExchangePropertyKey.BATCH_COMPLETE, false, Boolean.class)) {
                batchEnds.set(true);
            }
        }

        @Override
        public void run() {
            try {
                place.awaitPaths(ferryOperations.stop());
                upload(exchange, target, place, part);
                end(null);
            } catch (Throwable e) {
                // Whatever it is, a message that says nothing of it would be committed.
                end(e);
            }
        }

        void giveTurnBack() {
            if (turn != null) {
                turn.done();
            }
        }

        /** The stock producer leaves the headers like this. */
        void end(@Nullable Throwable failure) {
            if (failure != null) {
                exchange.setException(failure);
                if (part != null) {
                    part.failed();
                }
            }
            place.close();
            disconnectWhereAsked();
            exchange.getIn().removeHeader(Exchange.OVERRULE_FILE_NAME);
            exchange.getIn().setHeader(FtpConstants.FILE_NAME, name);
        }
    }

    /** Files that nobody has sorted have no order that could be kept; moves of existing files to one name are not to meet. */
    private boolean comesInOrder(Exchange exchange) {
        boolean unsorted = exchange.getFromEndpoint() instanceof GenericFileEndpoint<?> from
                && from.getSortBy() == null
                && from.getSorter() == null
                && !from.isPreSort();
        return !unsorted || ftp.getFileExist() == GenericFileExist.Move;
    }

    private Set<String> paths(RemoteTarget target) {
        Set<String> paths = new HashSet<>(List.of(target.path()));
        String partial = target.partialPath();
        String sidecar = companions.sidecarOf(target.path());
        paths.add(partial == null ? target.path() : partial);
        paths.add(sidecar.isEmpty() ? target.path() : sidecar);
        return paths;
    }

    private String doneFile(String target) {
        return ftp.getDoneFileName() == null ? "" : door.doneFileName(target);
    }

    private void upload(
            Exchange exchange, RemoteTarget target, UploadLine.Entry place, OutgoingBatches.@Nullable Part part)
            throws Exception {
        checkJail(target.path());
        try (OutgoingContent content = OutgoingContent.of(
                exchange, ftp, ferryOperations.workDirectory().resolve("outgoing"))) {
            UploadCompanions.Upload companion = companions.begin(exchange, part, content.source(), target.path());
            TransferResult result = send(exchange, content.source(), target, place);
            FerryOperations.setHeaders(exchange.getIn(), result);
            companion.follow(result, place, () -> place.awaitDoneFile(ferryOperations.stop()));
            exchange.getIn().setHeader(FtpConstants.FILE_NAME_PRODUCED, target.path());
        } catch (TransferException e) {
            exchange.getIn().setHeader(FtpConstants.FTP_REPLY_CODE, e.replyCode());
            exchange.getIn().setHeader(FtpConstants.FTP_REPLY_STRING, e.replyText());
            throw FerryOperations.failed(e);
        }
    }

    /** After each file, or once nothing of a batch is under way any more. */
    private void disconnectWhereAsked() {
        boolean batchIsOver = line.isEmpty() && batchEnds.getAndSet(false);
        if (ftp.isDisconnect() || (batchIsOver && ftp.isDisconnectOnBatchComplete())) {
            try {
                disconnect();
            } catch (GenericFileOperationFailedException e) {
                LOG.debug("{}: idle sessions were not ended: {}", ftp, e.getMessage());
            }
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

    private TransferResult send(Exchange exchange, LocalSource source, RemoteTarget target, Place place)
            throws IOException {
        return outbox.send(
                exchange,
                ferryOperations.workDirectory(),
                door.pool(),
                source,
                target,
                door.transferOptions(),
                door.listener(),
                ferryOperations.stop(),
                place);
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
