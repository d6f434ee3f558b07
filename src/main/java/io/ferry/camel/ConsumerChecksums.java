package io.ferry.camel;

import io.ferry.stream.ChecksumAlgorithm;
import io.ferry.transfer.RemoteText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.camel.Route;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.component.file.remote.FtpConfiguration;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.util.AntPathMatcher;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The options {@code checksumFile} and {@code manifest} of one consumer: which files of a listing are for the route then, and what
 * goes with their commits.
 *
 * <p>Law: belongs to one consumer; opened and closed with its records. What a commit does is safe from any thread, the rest
 * belongs to the poll thread.
 */
final class ConsumerChecksums {

    private static final Logger LOG = LoggerFactory.getLogger(ConsumerChecksums.class);

    /** So many files that wait are kept in mind, so as to tell of each once; a server can make up any number. */
    private static final int MOST_TOLD = 1000;

    private final FtpEndpoint<FTPFile> endpoint;
    private final FerryDoor door;
    private final ConsumerOperations operations;
    private final @Nullable ChecksumAlgorithm algorithm;
    private final @Nullable String pattern;
    private final @Nullable ChecksumCheck check;
    private final Set<String> told = new HashSet<>();
    private FTPFile @Nullable [] searched;
    private Set<String> found = Set.of();
    private @Nullable Manifests manifests;
    private volatile @Nullable Sidecars sidecars;
    private volatile @Nullable BatchNotes batches;

    /**
     * The options of a consumer.
     *
     * @throws IllegalArgumentException for one that other options exclude
     */
    ConsumerChecksums(FtpEndpoint<FTPFile> endpoint, FerryDoor door, ConsumerOperations operations) {
        this.endpoint = endpoint;
        this.door = door;
        this.operations = operations;
        this.algorithm = door.options().checksumAlgorithm();
        this.pattern = door.options().getManifest();
        if (algorithm != null) {
            refuse("checksumFile", !endpoint.isDownload(), "download=false", "nothing arrives that could be compared");
            refuseText("checksumFile");
        }
        if (pattern != null) {
            checkManifest();
        }
        this.check = algorithm == null && pattern == null
                ? null
                : new ChecksumCheck(
                        this::reader, operations::workDirectory, door.options().getPartialSuffix(), algorithm);
    }

    private void refuseText(String option) {
        refuse(
                option,
                !endpoint.getConfiguration().isBinary(),
                "binary=false",
                "lines of text are not the bytes that were summed up");
    }

    private void checkManifest() {
        FtpConfiguration configuration = endpoint.getConfiguration();
        String lock = endpoint.getReadLock();
        refuse("manifest", !endpoint.isDownload(), "download=false", "nothing arrives that could be compared");
        refuseText("manifest");
        refuse("manifest", algorithm != null, "checksumFile", "the manifest has the checksums");
        refuse(
                "manifest",
                !configuration.isUseList(),
                "useList=false",
                "the files of a batch are looked for in the listing");
        refuse("manifest", endpoint.getDoneFileName() != null, "doneFileName", "the manifest is the trigger");
        refuse(
                "manifest",
                endpoint.getPreMove() != null,
                "preMove",
                "the files of a batch keep their names until its end");
        refuse(
                "manifest",
                (lock != null && !"none".equals(lock) && !"false".equals(lock))
                        || endpoint.getExclusiveReadLockStrategy() != null,
                "readLock",
                "the manifest says when the files are whole");
        refuse("manifest", door.options().isInOrder(), "inOrder", "a batch is in the order of its manifest");
        refuse(
                "manifest",
                endpoint.getMaxMessagesPerPoll() > 0,
                "maxMessagesPerPoll",
                "a batch is handed on as a whole");
    }

    private void refuse(String option, boolean both, String other, String why) {
        if (both) {
            throw new IllegalArgumentException(
                    endpoint.getScheme() + " refuses the option " + option + " with " + other + ": " + why + ".");
        }
    }

    /** Who compares what arrives, or null for nobody. */
    @Nullable
    ChecksumCheck check() {
        return check;
    }

    RemoteText.Reader reader() {
        return new RemoteText.Reader(door.pool(), door.transferOptions(), operations.stop());
    }

    /** Whether it matters what else is in a directory. */
    boolean needsSiblings() {
        return algorithm != null || pattern != null;
    }

    boolean hasManifests() {
        return pattern != null;
    }

    /** Whether a listed file is one to take up: no sidecar, and a manifest where there are manifests. */
    boolean isTaken(String name) {
        if (pattern != null) {
            return AntPathMatcher.INSTANCE.match(pattern, name);
        }
        return algorithm == null || !name.endsWith(algorithm.suffix());
    }

    /** Whether a listed file has to wait for its sidecar. Tells once of each. */
    boolean isAwaited(FerryFile file, FTPFile[] siblings) {
        ChecksumAlgorithm sums = algorithm;
        if (sums == null || !endpoint.getConfiguration().isUseList()) {
            return false;
        }
        String sidecar = file.getFileNameOnly() + sums.suffix();
        boolean isThere = sidecarsAmong(siblings, sums.suffix()).contains(sidecar);
        if (isThere) {
            told.remove(file.listedPath());
        } else if (told.size() < MOST_TOLD && told.add(file.listedPath())) {
            LOG.info("{}: {} waits for {}", operations.partner(), file.listedPath(), sidecar);
        }
        return !isThere;
    }

    /** Gone through once for each directory, which may have any number of files. */
    private Set<String> sidecarsAmong(FTPFile[] siblings, String suffix) {
        if (siblings != searched) {
            searched = siblings;
            found = Arrays.stream(siblings)
                    .filter(FTPFile::isFile)
                    .map(FTPFile::getName)
                    .filter(name -> name != null && name.endsWith(suffix))
                    .collect(Collectors.toSet());
        }
        return found;
    }

    /** The listings are not needed any more. */
    void endPoll() {
        searched = null;
        found = Set.of();
    }

    /** Opens what is written down, unless it is open. */
    void open(Path directory, @Nullable String route) {
        String owner = "route " + route;
        try {
            if (algorithm != null && sidecars == null) {
                sidecars = new Sidecars(
                        operations.direct(), algorithm.suffix(), door.options().isDurable(), directory, owner);
            }
            if (pattern != null && batches == null) {
                batches = new BatchNotes(door.options().isDurable(), directory, owner);
            }
        } catch (IOException e) {
            throw new GenericFileOperationFailedException(
                    "No poll, local disk: the notes of " + owner + " cannot be opened in the work directory "
                            + directory + ": " + e,
                    e);
        }
    }

    /** Deals with what commits have left that were cut off, once it is known that the partner answers. */
    void takeUp(Predicate<String> busy) {
        Sidecars notes = sidecars;
        if (notes != null) {
            notes.takeUp(busy);
        }
        BatchNotes noted = batches;
        if (noted != null) {
            noted.takeUp(operations);
        }
    }

    void release() throws IOException {
        Sidecars notes = sidecars;
        sidecars = null;
        if (notes != null) {
            notes.close();
        }
        BatchNotes noted = batches;
        batches = null;
        if (noted != null) {
            noted.close();
        }
    }

    /**
     * The batch of a manifest that was read.
     *
     * @throws IllegalArgumentException where it is none, or names what no file of a batch may be called
     */
    IncomingBatch batch(FerryFile manifest, RemoteText read, @Nullable Route route) {
        return IncomingBatch.of(manifest, read, door.options().getPartialSuffix(), route);
    }

    /** The notes of batches, which are open. */
    BatchNotes batches() {
        BatchNotes notes = batches;
        if (notes == null) {
            throw new IllegalStateException("The consumer has stopped");
        }
        return notes;
    }

    /** Who hands batches on. */
    void manifests(Manifests hands) {
        manifests = hands;
    }

    /** The route has had the file, or it is set aside: its commit begins. */
    void delivering(FerryFile file) {
        Sidecars notes = sidecars;
        if (notes != null) {
            notes.delivering(file);
        }
        IncomingBatch batch = file.checksum().batch();
        if (batch != null) {
            batches().done(batch, file.getFileNameOnly());
        }
    }

    /** The operations that move a file away. */
    ArchiveOperations archive(FerryFile file, FerryOperations direct) {
        Sidecars notes = sidecars;
        return notes == null ? new ArchiveOperations(direct) : notes.archive(file, direct);
    }

    /**
     * The file's commit has ended.
     *
     * @param taken whether it was this commit that took the file away
     */
    void committed(FerryFile file, boolean taken) throws Exception {
        Sidecars notes = sidecars;
        if (notes != null) {
            notes.committed(file.listedPath(), taken);
        }
        IncomingBatch batch = file.checksum().batch();
        Manifests hands = manifests;
        if (batch != null && hands != null) {
            hands.committed(batch, file.getFileNameOnly());
        }
    }
}
