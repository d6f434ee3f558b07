package io.ferry.camel;

import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.commons.net.ftp.FTPFile;

/**
 * First in, first out, for each directory: a file that is not delivered and committed holds back the later ones of its
 * directory until a later poll.
 *
 * <p>Law: belongs to one consumer and its poll thread.
 */
final class InOrder {

    private final Set<String> heldBack = new HashSet<>();

    /** One file after the other, oldest first, and all of them looked at before the first is taken. */
    static void prepare(FtpEndpoint<FTPFile> endpoint) {
        endpoint.setSynchronous(true);
        endpoint.setEagerMaxMessagesPerPoll(false);
        if (endpoint.getSorter() == null && endpoint.getSortBy() == null) {
            endpoint.setSorter(Comparator.comparingLong((GenericFile<FTPFile> file) -> file.getLastModified())
                    .thenComparing(GenericFile::getAbsoluteFilePath));
        }
    }

    void beginPoll() {
        heldBack.clear();
    }

    /** A file that is still at work, elsewhere, holds back the later ones of its directory. */
    void holdBack(String path) {
        heldBack.add(directoryOf(path));
    }

    private static String directoryOf(String path) {
        return path.substring(0, path.lastIndexOf('/') + 1);
    }

    /**
     * Processes a file unless its directory is held back.
     *
     * @return whether the file was started
     */
    boolean next(FerryFile file, BooleanSupplier process) {
        String directory = directoryOf(file.listedPath());
        if (file.isUnsettled()) {
            heldBack.add(directory);
        }
        if (heldBack.contains(directory)) {
            return false;
        }
        boolean started = process.getAsBoolean();
        if (!file.isFinished()) {
            heldBack.add(directory);
        }
        return started;
    }
}
