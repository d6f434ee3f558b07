package io.ferry.camel;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.Route;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.component.file.remote.FtpConfiguration;
import org.apache.camel.component.file.remote.FtpConstants;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.component.file.remote.FtpUtils;
import org.apache.camel.component.file.remote.RemoteFileConsumer;
import org.apache.camel.support.ExchangeHelper;
import org.apache.camel.util.FileUtil;
import org.apache.camel.util.ObjectHelper;
import org.apache.camel.util.StringHelper;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/**
 * Polls remote directories. The stock base class filters, sorts, locks and commits; this class goes through the directories entry by
 * entry ({@link PolledDirectories}), passes over names that are not safe ({@link NameCheck}), takes what is for this poll
 * ({@link EligibleFiles}), and hands it on file by file ({@link TransferThreads}) or in batches ({@link Manifests}).
 *
 * <p>Law: as the stock consumer, one poll at a time; transfers end at the next block once the consumer stops.
 */
final class FerryConsumer extends RemoteFileConsumer<FTPFile> {

    private final ConsumerOperations ferryOperations;
    private final FerryDoor door;
    private final DeliveryStrategy committing;
    private final ConsumerRecords records;
    private final ConsumerChecksums checksums;
    private final Manifests manifests;
    private final PolledDirectories directories;
    private final NameCheck names;
    private final EligibleFiles eligible;
    private final TransferThreads transferThreads;

    /** Such a consumer shows somebody what a poll would find; it delivers nothing, and leaves the records alone. */
    private final boolean isBrowsing;

    /** The one whose entries are visited. */
    private String directory = "";

    private boolean directoryKnown;
    /** A poll that was skipped ends as a good one does. */
    private boolean partnerMissed;

    private boolean pollWasWhole;

    FerryConsumer(
            FtpEndpoint<FTPFile> endpoint,
            FerryDoor door,
            @Nullable Processor processor,
            ConsumerOperations operations,
            DeliveryStrategy strategy,
            ConsumerRecords records,
            ConsumerChecksums checksums) {
        super(endpoint, processor, operations, strategy);
        this.ferryOperations = operations;
        this.door = door;
        this.committing = strategy;
        this.records = records;
        this.checksums = checksums;
        this.isBrowsing = processor == null;
        KnownFiles knownFiles = new KnownFiles(endpoint, isBrowsing || checksums.needsSiblings());
        this.directories = new PolledDirectories(
                endpoint,
                operations,
                checksums,
                knownFiles,
                () -> evaluateFileExpression(ExchangeHelper.getDummy(endpoint.getCamelContext())));
        this.names = new NameCheck(endpoint);
        this.eligible = new EligibleFiles(endpoint, door, checksums, knownFiles, isBrowsing);
        this.transferThreads = new TransferThreads(endpoint, door, operations);
        this.manifests =
                new Manifests(endpoint, operations, strategy, checksums, knownFiles, transferThreads, new BatchHost());
        checksums.manifests(manifests);
        operations.checkedBy(checksums.check());
        operations.stopWhen(() -> !isRunAllowed());
        if (!isBrowsing) {
            operations.gate(strategy);
        }
        if (endpoint.getExceptionHandler() == null && !endpoint.isBridgeErrorHandler()) {
            setExceptionHandler(new PlainExceptionHandler());
        }
    }

    @Override
    protected int poll() throws Exception {
        partnerMissed = false;
        int count = super.poll();
        if (!partnerMissed && getExceptionHandler() instanceof PlainExceptionHandler plain) {
            plain.polled(remoteServer());
        }
        return count;
    }

    @Override
    protected void doStart() throws Exception {
        ferryOperations.workDirectory(WorkDirectory.of(door.options(), getRoute(), endpoint));
        ferryOperations.finalNames(new FinalNames(getRoute()));
        committing.route(getRouteId());
        DurableFiles.join(endpoint.getCamelContext());
        door.serve(getRoute());
        eligible.start();
        if (!isBrowsing && isRetrieveFile()) {
            transferThreads.start(this);
        }
        super.doStart();
    }

    /** Without a route nobody shuts a consumer down; its next poll opens the records again. */
    @Override
    protected void doStop() throws Exception {
        super.doStop();
        directories.forgetFound();
        transferThreads.stop();
        if (getRoute() == null) {
            records.release();
            checksums.release();
        }
    }

    @Override
    protected void doShutdown() throws Exception {
        super.doShutdown();
        records.release();
        checksums.release();
    }

    /** What is known of files that may still be growing, or null without {@code stableFor}. */
    @Nullable
    Stability stability() {
        return eligible.stability();
    }

    /** Is the partner there, and the directory? A failure counts as a failed poll, unless the option says otherwise. */
    @Override
    protected boolean prePollCheck() throws Exception {
        directories.forgetFound();
        boolean renames = endpoint.getPreMove() != null || "rename".equals(endpoint.getReadLock());
        FerryOperations renaming = renames ? ferryOperations.direct() : null;
        if (!isBrowsing) {
            records.open(ferryOperations.workDirectory(), getRouteId(), renaming);
            checksums.open(ferryOperations.workDirectory(), getRouteId());
        }
        try {
            // A login that is refused is tried once a poll: some servers lock out who tries too often.
            ferryOperations.connect(getEndpoint().getConfiguration(), null);
            if (!directoryKnown && hasStartingDirectory()) {
                directories.checkFirst(eligible.stability() == null
                        && (isBrowsing || (records.haveNothingToTakeUp() && !checksums.needsSiblings())));
            }
            if (!isBrowsing) {
                Predicate<String> busy =
                        path -> endpoint.getInProgressRepository().contains(path);
                records.takeUp(committing::current, busy);
                checksums.takeUp(busy);
            }
        } catch (GenericFileOperationFailedException e) {
            if (getEndpoint().getConfiguration().isThrowExceptionOnConnectFailed()) {
                throw e;
            }
            partnerMissed = true;
            getExceptionHandler().handleException("Skipping this poll", e);
            return false;
        }
        directoryKnown = true;
        records.sweep(ferryOperations.workDirectory(), door.options());
        forceConsumerAsReady();
        return true;
    }

    @Override
    protected boolean pollDirectory(Exchange dynamic, String fileName, List<GenericFile<FTPFile>> fileList, int depth) {
        eligible.beginPoll(pollWasWhole);
        committing.beginPoll();
        pollWasWhole = false;
        pollWasWhole = doPollDirectory(dynamic, FileUtil.stripTrailingSeparator(fileName), "", fileList, depth);
        checksums.endPoll();
        return pollWasWhole;
    }

    @Override
    protected boolean doPollDirectory(
            Exchange dynamic, String absolutePath, String dirName, List<GenericFile<FTPFile>> fileList, int depth) {
        int level = depth + 1;
        List<String> subdirectories = new ArrayList<>();
        directory = absolutePath;
        boolean all = true;
        try (Entries entries = directories.entries(absolutePath)) {
            for (FTPFile entry = entries.next(); entry != null && all; entry = entries.next()) {
                all = visit(dynamic, absolutePath, fileList, level, subdirectories, entries.siblings(), entry);
            }
        } catch (IOException e) {
            throw FerryOperations.failed(e);
        } catch (GenericFileOperationFailedException e) {
            if (!ignoreCannotRetrieveFile(absolutePath, null, e)) {
                throw e;
            }
        }
        for (String subdirectory : subdirectories) {
            if (!canPollMoreFiles(fileList)) {
                return false;
            }
            String path = absolutePath.isEmpty() ? subdirectory : absolutePath + "/" + subdirectory;
            if (names.isTooDeep(path)) {
                continue;
            }
            all &= doSafePollSubDirectory(dynamic, path, subdirectory, fileList, level);
        }
        return all;
    }

    /** Takes one entry up; false once the poll has as many files as it may take. */
    private boolean visit(
            Exchange dynamic,
            String path,
            List<GenericFile<FTPFile>> fileList,
            int depth,
            List<String> subdirectories,
            FTPFile[] entries,
            FTPFile entry) {
        if (!canPollMoreFiles(fileList)) {
            return false;
        }
        FtpConfiguration configuration = (FtpConfiguration) endpoint.getConfiguration();
        if (configuration.isHandleDirectoryParserAbsoluteResult()) {
            entry.setName(FtpUtils.extractDirNameFromAbsolutePath(entry.getName()));
        }
        if (!names.isSafe(entry.getName(), getRoute())) {
            return true;
        }
        boolean isDirectory = entry.isDirectory();
        boolean wanted = isDirectory
                ? endpoint.isRecursive() && depth < endpoint.getMaxDepth()
                : entry.isFile() && depth >= endpoint.getMinDepth();
        if (!wanted) {
            return true;
        }
        String absolute = FtpUtils.absoluteFilePath(path, entry.getName());
        FerryFile file = FerryFile.of(endpoint, path, absolute, entry, directories.hasExactTimes());
        if (checksums.hasManifests()) {
            file.checksum().listed(path, entries);
        }
        Supplier<String> relative =
                getRelativeFilePath(endpoint.getConfiguration().getDirectory(), "", path, entry);
        if (isValidFile(dynamic, () -> file, entry.getName(), absolute, relative, isDirectory, entries)) {
            if (isDirectory) {
                if (names.staysInside(file.getRelativeFilePath(), getRoute())) {
                    subdirectories.add(entry.getName());
                }
            } else {
                fileList.add(file);
            }
        }
        return true;
    }

    /** Partials are never files, whoever writes them. */
    @Override
    protected boolean isMatched(
            Exchange dynamic,
            Supplier<GenericFile<FTPFile>> file,
            String name,
            String absoluteFilePath,
            Supplier<String> relativeFilePath,
            boolean isDirectory,
            FTPFile[] files) {
        return !name.endsWith(door.options().getPartialSuffix())
                && (isDirectory || isBrowsing || checksums.isTaken(name))
                && super.isMatched(dynamic, file, name, absoluteFilePath, relativeFilePath, isDirectory, files);
    }

    /** As stock, but for files that a record or an unfinished writer holds back. */
    @Override
    protected boolean isValidFile(
            Exchange dynamic,
            Supplier<GenericFile<FTPFile>> file,
            String name,
            String absoluteFilePath,
            Supplier<String> relativeFilePath,
            boolean isDirectory,
            FTPFile[] files) {
        return isMatched(dynamic, file, name, absoluteFilePath, relativeFilePath, isDirectory, files)
                && (isDirectory || eligible.take(dynamic, (FerryFile) file.get(), directory, files));
    }

    @Override
    public int processBatch(Queue<Object> exchanges) {
        if (getCustomProcessor() != null) {
            return super.processBatch(exchanges);
        }
        List<Exchange> polled = exchanges.stream().map(Exchange.class::cast).toList();
        return checksums.hasManifests() ? processManifests(polled) : processFiles(polled, exchanges);
    }

    private int processManifests(List<Exchange> polled) {
        try {
            return manifests.process(polled.stream().map(FerryFile::of).toList());
        } finally {
            removeExcessiveInProgressFiles(new ArrayDeque<>(polled), 0);
        }
    }

    private int processFiles(List<Exchange> polled, Queue<Object> exchanges) {
        int most = getMaxMessagesPerPoll() > 0 ? getMaxMessagesPerPoll() : polled.size();
        try (ReadAhead ahead = transferThreads.ahead(polled.subList(0, Math.min(most, polled.size())))) {
            ferryOperations.readAhead(ahead);
            return super.processBatch(exchanges);
        } finally {
            ferryOperations.readAhead(null);
        }
    }

    @Override
    protected boolean processExchange(Exchange exchange) {
        FerryFile file = FerryFile.of(exchange);
        try {
            return eligible.process(file, () -> super.processExchange(exchange));
        } finally {
            ferryOperations.leave(exchange);
        }
    }

    @Override
    protected boolean isMatched(Supplier<GenericFile<FTPFile>> file, String doneFileName, FTPFile[] files) {
        String onlyName = FileUtil.stripPath(doneFileName);
        return Arrays.stream(files).anyMatch(each -> each.getName().equals(onlyName));
    }

    @Override
    protected Supplier<String> getRelativeFilePath(
            String endpointPath, String path, String absolutePath, FTPFile file) {
        return () -> {
            String relative = endpointPath.isEmpty() ? absolutePath : StringHelper.after(absolutePath, endpointPath);
            return FileUtil.stripLeadingSeparator(ObjectHelper.isEmpty(relative) ? "" : relative + "/")
                    + file.getName();
        };
    }

    @Override
    protected void updateFileHeaders(GenericFile<FTPFile> file, Message message) {
        long length = file.getFile().getSize();
        file.setFileLength(length);
        if (length >= 0) {
            message.setHeader(FtpConstants.FILE_LENGTH, length);
        }
        if (file.getFile().getTimestamp() != null) {
            long modified = file.getFile().getTimestamp().getTimeInMillis();
            file.setLastModified(modified);
            message.setHeader(FtpConstants.FILE_LAST_MODIFIED, modified);
        }
    }

    @Override
    protected boolean ignoreCannotRetrieveFile(
            @Nullable String name, @Nullable Exchange exchange, @Nullable Exception cause) {
        if (exchange != null
                && exchange.getProperty(ExchangePropertyKey.FILE_EXCHANGE_FILE, GenericFile.class)
                        instanceof FerryFile file
                && (file.isFinished() || file.checksum().isAwaited())) {
            return true;
        }
        return ((FtpConfiguration) endpoint.getConfiguration()).isIgnoreFileNotFoundOrPermissionError()
                && cause instanceof GenericFileOperationFailedException failed
                && failed.getCode() == 550;
    }

    /** What {@link Manifests} needs of the stock consumer. */
    private final class BatchHost implements Manifests.Host {
        @Override
        public Exchange exchange(FerryFile file) {
            Exchange exchange = createExchange(file);
            endpoint.configureExchange(exchange);
            endpoint.configureMessage(file, exchange.getIn());
            return exchange;
        }

        @Override
        public int process(Queue<Object> exchanges) {
            return FerryConsumer.super.processBatch(exchanges);
        }

        @Override
        public @Nullable Route route() {
            return getRoute();
        }

        @Override
        public void failed(String message, Exception failure) {
            getExceptionHandler().handleException(message, failure);
        }
    }
}
