package io.ferry.camel;

import java.util.function.BooleanSupplier;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/**
 * Which of the files that match are for this poll: those that no record, no unfinished writer, no missing checksum and, with
 * {@code inOrder}, no earlier file of their directory holds back.
 *
 * <p>Law: belongs to one consumer and its poll thread.
 */
final class EligibleFiles {

    private final FtpEndpoint<FTPFile> endpoint;
    private final FerryDoor door;
    private final ConsumerChecksums checksums;
    private final KnownFiles knownFiles;
    private final boolean isBrowsing;
    private final InOrder order = new InOrder();
    private @Nullable Stability stability;

    EligibleFiles(
            FtpEndpoint<FTPFile> endpoint,
            FerryDoor door,
            ConsumerChecksums checksums,
            KnownFiles knownFiles,
            boolean isBrowsing) {
        this.endpoint = endpoint;
        this.door = door;
        this.checksums = checksums;
        this.knownFiles = knownFiles;
        this.isBrowsing = isBrowsing;
    }

    /** The consumer starts: its options are as they will be. */
    void start() {
        String stableFor = door.options().getStableFor();
        stability = stableFor == null || isBrowsing ? null : Stability.of(stableFor);
        knownFiles.start();
    }

    /** What is known of files that may still be growing, or null without {@code stableFor}. */
    @Nullable
    Stability stability() {
        return stability;
    }

    /**
     * A poll begins.
     *
     * @param lastWasWhole whether the last poll saw all files
     */
    void beginPoll(boolean lastWasWhole) {
        knownFiles.beginPoll(lastWasWhole);
        order.beginPoll();
        if (stability != null) {
            stability.beginPoll(lastWasWhole);
        }
    }

    /**
     * Takes a file for this poll: nobody else gets it until it is processed.
     *
     * @param directory the one whose listing has the file
     * @param siblings what else is in it, where that matters
     * @return false for one that is not for this poll
     */
    boolean take(Exchange exchange, FerryFile file, String directory, FTPFile[] siblings) {
        String path = file.listedPath();
        if (endpoint.getInProgressRepository().contains(path)) {
            order.holdBack(path);
            return false;
        }
        if (!isBrowsing && knownFiles.contains(exchange, file)) {
            if (!endpoint.isDelete() && endpoint.getMove() == null) {
                knownFiles.leave(file, directory);
                return false;
            }
            // Its commit may be what a crash has left; the transfer's first look at the file will tell.
            file.markKnown();
        }
        if (!isBrowsing && checksums.isAwaited(file, siblings)) {
            if (!door.options().isInOrder()) {
                return false;
            }
            file.markUnsettled();
        }
        if (stability != null && !stability.isStable(path, file.getFileLength(), file.getLastModified())) {
            if (!door.options().isInOrder()) {
                return false;
            }
            file.markUnsettled();
        }
        return endpoint.getInProgressRepository().add(path);
    }

    /** Processes a file that was taken, unless an earlier one holds it back; whether it was started. */
    boolean process(FerryFile file, BooleanSupplier process) {
        return door.options().isInOrder() ? order.next(file, process) : process.getAsBoolean();
    }
}
