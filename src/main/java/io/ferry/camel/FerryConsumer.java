package io.ferry.camel;

import io.ferry.session.StoredListing;
import io.ferry.transfer.LocalTarget;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.Route;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.component.file.GenericFileHelper;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Polls remote directories. The stock base class filters, sorts, locks and commits; this class lists, entry by entry, and
 * passes over names that are not safe.
 *
 * <p>Law: as the stock consumer, one poll at a time; transfers end at the next block once the consumer stops.
 */
final class FerryConsumer extends RemoteFileConsumer<FTPFile> {

    private static final Logger LOG = LoggerFactory.getLogger(FerryConsumer.class);

    /** So many refused names are kept in mind, so as to report each once; a server can make up any number. */
    private static final int MOST_REFUSED = 1000;

    /** Directories within directories end here, as they do on most disks; a server can make up any depth. */
    private static final int LONGEST_PATH = 4096;

    private final ConsumerOperations ferryOperations;
    private final FerryDoor door;
    private final DeliveryStrategy committing;
    private final ConsumerRecords records;
    private final ConsumerChecksums checksums;
    private final @Nullable ChecksumCheck check;
    private final Manifests manifests;
    private final String endpointPath;
    private final Set<String> refusedNames = new HashSet<>();
    private final InOrder order = new InOrder();
    private @Nullable ExecutorService transferThreads;
    private @Nullable Stability stability;

    /** Such a consumer shows somebody what a poll would find; it delivers nothing, and leaves the records alone. */
    private final boolean isBrowsing;

    /** What the first poll has found where it looked whether its directory is there. */
    private @Nullable Entries found;

    /** Not null where the records of this process alone decide what is new, and what is not new needs nothing more. */
    private @Nullable LineMemory lines;

    /** The one whose entries are visited. */
    private String directory = "";

    private boolean directoryKnown;
    /** A poll that was skipped ends as a good one does. */
    private boolean partnerMissed;

    private boolean pollWasWhole;
    private boolean exactTimes;

    FerryConsumer(
            FtpEndpoint<FTPFile> endpoint,
            FerryDoor door,
            @Nullable Processor processor,
            ConsumerOperations operations,
            DeliveryStrategy strategy,
            ConsumerRecords records,
            ConsumerChecksums checksums) {
        super(endpoint, processor, operations, strategy);
        this.door = door;
        this.committing = strategy;
        this.records = records;
        this.checksums = checksums;
        this.check = checksums.check();
        this.manifests = new Manifests(endpoint, door, operations, strategy, checksums, new BatchHost());
        checksums.manifests(manifests);
        operations.checkedBy(check);
        this.ferryOperations = operations;
        this.endpointPath = endpoint.getConfiguration().getDirectory();
        operations.stopWhen(() -> !isRunAllowed());
        this.isBrowsing = processor == null;
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
        String stableFor = door.options().getStableFor();
        stability = stableFor == null || isBrowsing ? null : Stability.of(stableFor);
        lines = leavesWhatIsKnown() ? new LineMemory() : null;
        DurableFiles.join(endpoint.getCamelContext());
        door.serve(getRoute());
        if (mayReadAhead()) {
            transferThreads = ReadAhead.threads(this, endpoint.getCamelContext(), door.options());
        }
        super.doStart();
    }

    /** Without a route nobody shuts a consumer down; its next poll opens the records again. */
    @Override
    protected void doStop() throws Exception {
        super.doStop();
        forgetFound();
        if (transferThreads != null) {
            endpoint.getCamelContext().getExecutorServiceManager().shutdownNow(transferThreads);
            transferThreads = null;
        }
        if (getRoute() == null) {
            records.release();
            checksums.release();
        }
    }

    private boolean leavesWhatIsKnown() {
        return !isBrowsing
                && Boolean.TRUE.equals(endpoint.isIdempotent())
                && endpoint.getIdempotentKey() instanceof FingerprintKey
                && endpoint.getIdempotentRepository() instanceof DeliveryRepository
                && !endpoint.isDelete()
                && endpoint.getMove() == null
                && endpoint.getDoneFileName() == null
                && !checksums.needsSiblings();
    }

    /** A transfer does not begin before a file was renamed or locked that is to be. */
    private boolean mayReadAhead() {
        String lock = endpoint.getReadLock();
        boolean isLocked = (lock != null && !"none".equals(lock)) || endpoint.getExclusiveReadLockStrategy() != null;
        boolean isStock = ((FtpEndpoint<?>) endpoint).getProcessStrategy() == null;
        return !isBrowsing
                && isRetrieveFile()
                && isStock
                && !isLocked
                && endpoint.getPreMove() == null
                && !(door.options().isInOrder() && stability != null)
                && door.options().getConcurrentTransfers() > 1;
    }

    @Override
    public int processBatch(Queue<Object> exchanges) {
        if (checksums.hasManifests() && getCustomProcessor() == null) {
            return processManifests(exchanges);
        }
        return processFiles(exchanges);
    }

    /** Each batch is one of Camel's, with its own index and size. */
    private int processManifests(Queue<Object> polled) {
        int count = 0;
        try {
            for (Object each : polled) {
                count += isRunAllowed() ? manifests.process(fileOf((Exchange) each), check) : 0;
            }
        } finally {
            removeExcessiveInProgressFiles(
                    new ArrayDeque<>(polled.stream().map(Exchange.class::cast).toList()), 0);
        }
        return count;
    }

    private static FerryFile fileOf(Exchange exchange) {
        return (FerryFile) exchange.getProperty(ExchangePropertyKey.FILE_EXCHANGE_FILE, GenericFile.class);
    }

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
        public @Nullable String key(Exchange exchange, FerryFile file) {
            return keyOf(exchange, () -> file, file.listedPath());
        }

        @Override
        public @Nullable ExecutorService threads() {
            return transferThreads;
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

    private int processFiles(Queue<Object> exchanges) {
        ExecutorService threads = transferThreads;
        int count =
                getMaxMessagesPerPoll() > 0 ? Math.min(getMaxMessagesPerPoll(), exchanges.size()) : exchanges.size();
        if (threads == null || count < 2 || getCustomProcessor() != null) {
            return super.processBatch(exchanges);
        }
        List<Exchange> poll =
                exchanges.stream().limit(count).map(Exchange.class::cast).toList();
        try (ReadAhead ahead = new ReadAhead(
                threads, door.pool(), door.options().getConcurrentTransfers(), poll, ferryOperations::retrieval)) {
            ferryOperations.readAhead(ahead);
            return super.processBatch(exchanges);
        } finally {
            ferryOperations.readAhead(null);
        }
    }

    /** What is known of files that may still be growing, or null without {@code stableFor}. */
    @Nullable
    Stability stability() {
        return stability;
    }

    @Override
    protected void doShutdown() throws Exception {
        super.doShutdown();
        records.release();
        checksums.release();
    }

    /** Is the partner there, and the directory? A failure counts as a failed poll, unless the option says otherwise. */
    @Override
    protected boolean prePollCheck() throws Exception {
        forgetFound();
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
                checkDirectory();
            }
            if (!isBrowsing) {
                records.takeUp(
                        committing::current,
                        path -> endpoint.getInProgressRepository().contains(path));
                checksums.takeUp(path -> endpoint.getInProgressRepository().contains(path));
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

    private void forgetFound() throws IOException {
        if (found != null) {
            found.close();
            found = null;
        }
    }

    private void checkDirectory() throws IOException {
        if (isSeen()
                || ferryOperations
                        .call(session -> session.directory(endpointPath))
                        .isPresent()) {
            return;
        }
        if (endpoint.isAutoCreate()) {
            ferryOperations.buildDirectory(endpointPath, true);
            // As stock does; but a path that is spelled wrong would look like a partner who sends nothing.
            LOG.warn(
                    "{}: there was no directory {}; it has been made (autoCreate). Is the path right?",
                    remoteServer(),
                    endpointPath);
        } else {
            throw new GenericFileOperationFailedException(remoteServer() + ": there is no directory " + endpointPath
                    + ", or it may not be entered. Create it, correct the path, or set autoCreate=true.");
        }
    }

    /** A directory that has things in it is there: no need to enter it and to go back, four round trips. */
    private boolean isSeen() throws IOException {
        boolean isAsItWillBe = isBrowsing || (records.haveNothingToTakeUp() && !checksums.needsSiblings());
        if (!isUseList() || stability != null || !isAsItWillBe) {
            return false;
        }
        try {
            Entries entries = list(FileUtil.stripTrailingSeparator(endpointPath));
            // One alone may be what the path names itself: a file.
            if (entries.size() < 2) {
                entries.close();
                return false;
            }
            found = entries;
            return true;
        } catch (GenericFileOperationFailedException e) {
            // Whatever it is, the other way to look fails in its own words.
            LOG.debug("{}: {}", remoteServer(), e.getMessage());
            return false;
        }
    }

    @Override
    protected boolean pollDirectory(Exchange dynamic, String fileName, List<GenericFile<FTPFile>> fileList, int depth) {
        boolean all = lines == null
                || !(endpoint.getIdempotentRepository() instanceof DeliveryRepository records)
                || lines.beginPoll(records.lost());
        if (endpoint.getIdempotentKey() instanceof FingerprintKey key) {
            // After a poll that broke off, or took all that it may take, lines come that it has not seen.
            key.beginPoll(all, !all && pollWasWhole);
        }
        order.beginPoll();
        committing.beginPoll();
        if (stability != null) {
            stability.beginPoll(pollWasWhole);
        }
        pollWasWhole = false;
        pollWasWhole = doPollDirectory(dynamic, FileUtil.stripTrailingSeparator(fileName), "", fileList, depth);
        checksums.endPoll();
        return pollWasWhole;
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
        if (!isMatched(dynamic, file, name, absoluteFilePath, relativeFilePath, isDirectory, files)) {
            return false;
        }
        if (isDirectory) {
            return true;
        }
        if (endpoint.getInProgressRepository().contains(absoluteFilePath)) {
            order.holdBack(absoluteFilePath);
            return false;
        }
        FerryFile polled = (FerryFile) file.get();
        if (!isBrowsing && Boolean.TRUE.equals(endpoint.isIdempotent()) && isKnown(dynamic, file, absoluteFilePath)) {
            if (!endpoint.isDelete() && endpoint.getMove() == null) {
                remember(polled);
                return false;
            }
            // Its commit may be what a crash has left; the transfer's first look at the file will tell.
            polled.markKnown();
        }
        if (!isBrowsing && checksums.isAwaited(polled, files)) {
            if (!door.options().isInOrder()) {
                return false;
            }
            polled.markUnsettled();
        }
        if (stability != null
                && !stability.isStable(absoluteFilePath, polled.getFileLength(), polled.getLastModified())) {
            if (!door.options().isInOrder()) {
                return false;
            }
            polled.markUnsettled();
        }
        return endpoint.getInProgressRepository().add(absoluteFilePath);
    }

    private void remember(FerryFile known) {
        String line = known.getFile().getRawListing();
        if (lines != null
                && line != null
                && endpoint.getIdempotentKey() instanceof FingerprintKey key
                && key.isSettled(known)) {
            lines.add(directory, line);
        }
    }

    private @Nullable String keyOf(Exchange dynamic, Supplier<GenericFile<FTPFile>> file, String absoluteFilePath) {
        if (endpoint.getIdempotentKey() instanceof FingerprintKey fingerprint) {
            return fingerprint.of((FerryFile) file.get());
        }
        return endpoint.getIdempotentKey() == null
                ? absoluteFilePath
                : endpoint.getIdempotentKey()
                        .evaluate(GenericFileHelper.createDummy(endpoint, dynamic, file), String.class);
    }

    private boolean isKnown(Exchange dynamic, Supplier<GenericFile<FTPFile>> file, String absoluteFilePath) {
        String key = keyOf(dynamic, file, absoluteFilePath);
        return key != null && endpoint.getIdempotentRepository().contains(key);
    }

    @Override
    protected boolean processExchange(Exchange exchange) {
        FerryFile file = fileOf(exchange);
        try {
            return door.options().isInOrder()
                    ? order.next(file, () -> super.processExchange(exchange))
                    : super.processExchange(exchange);
        } finally {
            ferryOperations.leave(exchange);
        }
    }

    @Override
    protected boolean doPollDirectory(
            Exchange dynamic, String absolutePath, String dirName, List<GenericFile<FTPFile>> fileList, int depth) {
        int level = depth + 1;
        List<String> subdirectories = new ArrayList<>();
        directory = absolutePath;
        boolean all = true;
        try (Entries entries = isUseList() ? list(absolutePath) : Entries.of(List.of(namedFile()))) {
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
            if (path.length() > LONGEST_PATH) {
                warnOnce(path.substring(0, 80), "Refused: the directory " + path.substring(0, 80) + "… lies too deep");
                continue;
            }
            all &= doSafePollSubDirectory(dynamic, path, subdirectory, fileList, level);
        }
        return all;
    }

    /**
     * The entries that may matter. Filters are asked afterwards, when no session is held: they are the user's code, may take
     * their time, and may ask the server themselves.
     */
    private Entries list(String path) throws IOException {
        Entries first = found;
        found = null;
        if (first != null) {
            return first;
        }
        boolean marked = getEndpoint().getDoneFileName() != null || checksums.needsSiblings();
        Predicate<String> known = lines == null ? line -> false : lines.of(path);
        StoredListing listing = ferryOperations.call(session -> {
            exactTimes = session.listsExactTimes();
            return session.listWhole(
                    path,
                    ferryOperations.workDirectory(),
                    entry -> marked || entry.isFile() || (entry.isDirectory() && endpoint.isRecursive()),
                    known);
        });
        return Entries.of(listing, marked, getEndpoint().isPreSort());
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
        if (!isSafe(entry.getName())) {
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
        FerryFile file = FerryFile.of(endpoint, path, absolute, entry, exactTimes);
        if (checksums.hasManifests()) {
            file.checksum().listed(path, entries);
        }
        Supplier<String> relative = getRelativeFilePath(endpointPath, "", path, entry);
        if (isValidFile(dynamic, () -> file, entry.getName(), absolute, relative, isDirectory, entries)) {
            if (isDirectory) {
                if (staysInside(file.getRelativeFilePath())) {
                    subdirectories.add(entry.getName());
                }
            } else {
                fileList.add(file);
            }
        }
        return true;
    }

    /** A name that could lead out of a directory, or hide a command, is reported once and left where it is. */
    private boolean isSafe(String name) {
        try {
            LocalTarget.checkName(name);
            WorkDirectory.checkName(name, getRoute());
            return true;
        } catch (IllegalArgumentException e) {
            warnOnce(name, String.valueOf(e.getMessage()));
            return false;
        }
    }

    private boolean staysInside(String relative) {
        try {
            WorkDirectory.checkInside(relative, getRoute());
            return true;
        } catch (IllegalArgumentException e) {
            warnOnce(relative, String.valueOf(e.getMessage()));
            return false;
        }
    }

    private void warnOnce(String name, String message) {
        if (refusedNames.size() < MOST_REFUSED && refusedNames.add(name)) {
            LOG.warn("{}: {}", remoteServer(), message);
        }
    }

    private FTPFile namedFile() {
        FTPFile file = new FTPFile();
        file.setType(FTPFile.FILE_TYPE);
        file.setName(
                evaluateFileExpression(ExchangeHelper.getDummy(getEndpoint().getCamelContext())));
        exactTimes = false;
        return file;
    }

    private boolean isUseList() {
        return ((FtpConfiguration) endpoint.getConfiguration()).isUseList();
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
}
