package io.ferry.camel;

import io.ferry.stream.ChecksumAlgorithm;
import io.ferry.transfer.Checksum;
import io.ferry.transfer.Download;
import io.ferry.transfer.LocalTarget;
import io.ferry.transfer.RemoteText;
import io.ferry.transfer.TransferException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Has each received file compared with its checksum before the route gets it.
 *
 * <p>Law: belongs to one consumer; safe from any thread.
 */
final class ChecksumCheck {

    /** A sidecar has one line. */
    private static final long MOST = 1 << 16;

    private final Supplier<RemoteText.Reader> readers;
    private final Supplier<Path> workDirectory;
    private final String partialSuffix;
    private final @Nullable ChecksumAlgorithm sidecars;

    /**
     * A check.
     *
     * @param sidecars the algorithm of the sidecars, or null where only manifests say what a file is to be
     */
    ChecksumCheck(
            Supplier<RemoteText.Reader> readers,
            Supplier<Path> workDirectory,
            String partialSuffix,
            @Nullable ChecksumAlgorithm sidecars) {
        this.readers = readers;
        this.workDirectory = workDirectory;
        this.partialSuffix = partialSuffix;
        this.sidecars = sidecars;
    }

    /**
     * Compares one that has arrived. A file whose sidecar is not there waits; it stays in the work directory.
     *
     * @return what was compared with what; empty where it waits, or there is nothing to compare it with
     * @throws TransferException where it is not what the checksum says, or the sidecar cannot be read
     */
    String check(FerryFile file, Download download) throws TransferException {
        RemoteText.Reader reader = readers.get();
        String path = file.getAbsoluteFilePath();
        Checksum stated = file.checksum().stated();
        if (stated != null) {
            return stated.confirm(reader.partner(), path, download.file());
        }
        if (sidecars != null) {
            // A file that preMove has renamed has left its sidecar where it was.
            String sidecar = file.listedPath() + sidecars.suffix();
            Optional<RemoteText> read = reader.read(sidecar, target(sidecar), MOST);
            if (read.isEmpty()) {
                file.checksum().await();
                return "";
            }
            return compare(reader.partner(), file, download, sidecar, read.get());
        }
        return "";
    }

    private static String compare(String partner, FerryFile file, Download download, String sidecar, RemoteText read)
            throws TransferException {
        String path = file.getAbsoluteFilePath();
        read.discard();
        file.checksum().compared(read.version());
        Checksum stated = Checksum.ofSidecar(partner, path, sidecar, read.text());
        return stated.confirm(partner, path, download.file());
    }

    /** Where a file of checksums lies while it is read. */
    LocalTarget target(String path) {
        return LocalTarget.inWorkDirectory(
                workDirectory.get(), path.substring(path.lastIndexOf('/') + 1), partialSuffix);
    }
}
