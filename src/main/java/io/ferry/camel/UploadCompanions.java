package io.ferry.camel;

import io.ferry.stream.ChecksumAlgorithm;
import io.ferry.stream.ChecksumLines;
import io.ferry.stream.Disk;
import io.ferry.stream.FileDigest;
import io.ferry.transfer.LocalSource;
import io.ferry.transfer.Place;
import io.ferry.transfer.RemoteTarget;
import io.ferry.transfer.TransferResult;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.apache.camel.Expression;
import org.apache.camel.component.file.GenericFileExist;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/**
 * What one producer publishes with a file, in this order: the file, its checksum, the manifest of its batch, the done file. Each
 * says that what comes before it is whole.
 *
 * <p>Law: belongs to one producer, which closes it; safe from any thread.
 */
final class UploadCompanions implements Closeable {

    private final FtpEndpoint<FTPFile> ftp;
    private final FerryDoor door;
    private final FerryOperations operations;
    private final Sender sender;
    private final @Nullable ChecksumAlgorithm sidecars;
    private final @Nullable String manifest;
    private final OutgoingBatches batches = new OutgoingBatches();
    private @Nullable SentFiles sentFiles;

    /** Sends one file on behalf of an exchange. */
    interface Sender {
        /** Sends it, and returns once it has its final name. */
        TransferResult send(Exchange exchange, LocalSource source, RemoteTarget target, Place place) throws IOException;

        /** A target with the options of the endpoint. */
        RemoteTarget target(Exchange exchange, String path);

        /** Refuses a path that the endpoint does not allow. */
        void check(String path);
    }

    /**
     * The companions of a producer's files.
     *
     * @throws IllegalArgumentException for options that other options exclude
     */
    UploadCompanions(FtpEndpoint<FTPFile> endpoint, FerryDoor door, FerryOperations operations, Sender sender) {
        this.ftp = endpoint;
        this.door = door;
        this.operations = operations;
        this.sender = sender;
        this.sidecars = door.options().checksumAlgorithm();
        this.manifest = door.options().getManifest();
        String option = sidecars != null ? "checksumFile" : "manifest";
        boolean sums = sidecars != null || manifest != null;
        if (sums && endpoint.getFileExist() == GenericFileExist.Append) {
            throw new IllegalArgumentException(endpoint.getScheme() + " refuses the option " + option
                    + " with fileExist=Append: what is added is not the file.");
        }
        if (sums && !endpoint.getConfiguration().isBinary()) {
            throw new IllegalArgumentException(endpoint.getScheme() + " refuses the option " + option
                    + " with binary=false: lines of text are not the bytes that are summed up.");
        }
    }

    /**
     * One file, with what it was before it was sent.
     *
     * <p>Law: belongs to the thread that sends it.
     */
    final class Upload {

        private final Exchange exchange;
        private final OutgoingBatches.@Nullable Part part;
        private final String path;
        private String digest = "";
        private boolean isOpen;

        private Upload(Exchange exchange, OutgoingBatches.@Nullable Part part, String path) {
            this.exchange = exchange;
            this.part = part;
            this.path = path;
        }

        /** Before it is sent. */
        private void begin(LocalSource source) throws IOException {
            if (sidecars != null || part != null) {
                digest = source.digest(algorithm(), path);
            }
            if (part != null) {
                part.file(path);
                isOpen = sentFiles().begun(path);
            }
        }

        /** It has its final name, or was left alone. */
        void follow(TransferResult result, Place place, Turn turn) throws IOException {
            boolean mayLack = mayLackCompanions(result);
            if (sidecars != null && mayLack) {
                publishText(
                        exchange,
                        path + sidecars.suffix(),
                        ChecksumLines.line(digest, RemoteTarget.nameOf(path)),
                        place);
            }
            if (part != null) {
                note(result);
                if (part.sent()) {
                    publishManifests(exchange, part, place);
                }
            } else if (ftp.getDoneFileName() != null && mayLack) {
                turn.await();
                publishText(exchange, door.doneFileName(path), "", place);
            }
        }

        private void note(TransferResult result) throws IOException {
            boolean isNew = result.outcome() == TransferResult.Outcome.TRANSFERRED
                    // An earlier process has published it; what it had not begun is in a manifest already.
                    || (result.outcome() == TransferResult.Outcome.ALREADY_COMPLETE && isOpen);
            if (isNew) {
                sentFiles().sent(path, digest);
            } else {
                sentFiles().forgetBegun(path);
            }
        }

        /** A file that an earlier process published may lack them, unless its receiver has taken it all the same. */
        private boolean mayLackCompanions(TransferResult result) {
            if (sidecars == null && (part != null || ftp.getDoneFileName() == null)) {
                return false;
            }
            return result.outcome() == TransferResult.Outcome.TRANSFERRED
                    || (result.outcome() == TransferResult.Outcome.ALREADY_COMPLETE && operations.existsFile(path));
        }
    }

    /** Waits until no earlier upload writes the same done file. */
    interface Turn {
        void await() throws IOException;
    }

    /** Takes up a message, in the order of messages; null where there are no manifests. */
    OutgoingBatches.@Nullable Part enter(Exchange exchange) {
        return manifest == null ? null : batches.enter(exchange);
    }

    /** A file is about to be sent: its digest is taken. */
    Upload begin(Exchange exchange, OutgoingBatches.@Nullable Part part, LocalSource source, String path)
            throws IOException {
        Upload upload = new Upload(exchange, part, path);
        upload.begin(source);
        return upload;
    }

    /** The path of a file's checksum, or an empty string. */
    String sidecarOf(String path) {
        return sidecars == null ? "" : path + sidecars.suffix();
    }

    private ChecksumAlgorithm algorithm() {
        return sidecars == null ? ChecksumAlgorithm.SHA256 : sidecars;
    }

    private Path outgoing() {
        return operations.workDirectory().resolve("outgoing");
    }

    /** One producer of an endpoint at a time has the files of its manifests. */
    private synchronized SentFiles sentFiles() throws IOException {
        SentFiles current = sentFiles;
        if (current == null) {
            String name = hash(String.join(
                    "\n", operations.partner(), ftp.getConfiguration().getDirectory(), String.valueOf(manifest)));
            current = new SentFiles(
                    outgoing().resolve("manifest-" + name), door.options().isDurable(), "the manifests of " + ftp);
            sentFiles = current;
        }
        return current;
    }

    private static String hash(String text) {
        byte[] digest = FileDigest.named("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest, 0, 8);
    }

    /** First what an earlier process was about to publish, then what has come since. */
    private void publishManifests(Exchange exchange, OutgoingBatches.Part part, Place place) throws IOException {
        // Who holds the lock below waits for nobody who may wait for it.
        place.awaitNext(operations.stop());
        // One at a time: what one has closed the other must not publish too.
        synchronized (batches) {
            SentFiles files = sentFiles();
            for (SentFiles.Closed left : files.closed()) {
                settle(left);
                publish(exchange, left, place);
            }
            List<ChecksumLines.Line> lines = files.files(part::owns);
            if (!lines.isEmpty()) {
                publish(exchange, close(exchange, lines), place);
            }
        }
    }

    private SentFiles.Closed close(Exchange exchange, List<ChecksumLines.Line> lines) throws IOException {
        String path = path(exchange);
        Path file = outgoing().resolve("manifest-" + hash(path + "\n" + System.nanoTime()) + ".closed");
        String text = lines.stream()
                .map(each -> ChecksumLines.line(each.digest(), relative(path, each.name())))
                .collect(Collectors.joining());
        write(file, text);
        SentFiles.Closed closed = new SentFiles.Closed(file, path);
        sentFiles().close(closed, lines);
        return closed;
    }

    private void write(Path file, String text) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            if (door.options().isDurable()) {
                channel.force(true);
            }
        }
        if (door.options().isDurable()) {
            Disk.sync(outgoing());
        }
    }

    /** How a manifest calls a file: by its way from the manifest's directory, where that leads down. */
    private static String relative(String manifestPath, String path) {
        String directory = manifestPath.substring(0, manifestPath.lastIndexOf('/') + 1);
        return path.startsWith(directory) ? path.substring(directory.length()) : path;
    }

    private String path(Exchange exchange) {
        Expression name = ftp.getCamelContext().resolveLanguage("simple").createExpression(manifest);
        String directory = ftp.getConfiguration().getDirectory();
        String path = (directory.isEmpty() || directory.endsWith("/") ? directory : directory + "/")
                + name.evaluate(exchange, String.class);
        sender.check(path);
        return path;
    }

    /** A process that died may not have come to take the files of a manifest from those that wait for one. */
    private void settle(SentFiles.Closed closed) throws IOException {
        if (Files.exists(closed.file())) {
            Set<ChecksumLines.Line> named = Set.copyOf(ChecksumLines.parse(Files.readString(closed.file())));
            SentFiles files = sentFiles();
            files.settle(files.files(name -> true).stream()
                    .filter(each ->
                            named.contains(new ChecksumLines.Line(each.digest(), relative(closed.path(), each.name()))))
                    .toList());
        }
    }

    private void publish(Exchange exchange, SentFiles.Closed closed, Place place) throws IOException {
        if (Files.exists(closed.file())) {
            // A drop of its own: should this process die, the next one knows whether it was published.
            TransferResult result =
                    sender.send(exchange, LocalSource.of(closed.file()), sender.target(exchange, closed.path()), place);
            boolean mayLack = result.outcome() == TransferResult.Outcome.TRANSFERRED
                    || (result.outcome() == TransferResult.Outcome.ALREADY_COMPLETE
                            && operations.existsFile(closed.path()));
            if (ftp.getDoneFileName() != null && mayLack) {
                publishText(exchange, door.doneFileName(closed.path()), "", place);
            }
        }
        sentFiles().published(closed);
        Files.deleteIfExists(closed.file());
    }

    /** A small file that replaces an earlier one. Told by its content, so that it may come again after a crash. */
    private void publishText(Exchange exchange, String path, String text, Place place) throws IOException {
        Path copy = OutgoingContent.empty(outgoing());
        try {
            Files.writeString(copy, text);
            RemoteTarget target =
                    RemoteTarget.replacing(path).withPartialsIn(door.options().getPartialDirectory());
            sender.send(exchange, LocalSource.of(copy, text.isEmpty() ? "done" : hash(text)), target, place);
        } finally {
            Files.delete(copy);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        if (sentFiles != null) {
            sentFiles.close();
            sentFiles = null;
        }
    }
}
