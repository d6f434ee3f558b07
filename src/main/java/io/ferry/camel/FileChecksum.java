package io.ferry.camel;

import io.ferry.transfer.Checksum;
import io.ferry.transfer.Fingerprint;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the checksum of one polled file: that it is of a batch whose manifest states it, or which sidecar has been
 * compared.
 *
 * <p>Law: belongs to one file; written by the thread that transfers it, before the poll thread reads.
 */
final class FileChecksum {

    private static final FTPFile[] NONE = {};

    private volatile @Nullable IncomingBatch batch;
    private volatile @Nullable Checksum stated;
    private volatile @Nullable Fingerprint sidecar;
    private volatile boolean awaited;
    private String directory = "";
    private FTPFile[] siblings = NONE;

    /** The batch that the file is of, and what its manifest says of it. */
    void of(IncomingBatch ofBatch, Checksum says) {
        this.batch = ofBatch;
        this.stated = says;
    }

    /** The batch that the file is of, or null. */
    @Nullable
    IncomingBatch batch() {
        return batch;
    }

    /** What the manifest says, or null. */
    @Nullable
    Checksum stated() {
        return stated;
    }

    /** There is no sidecar yet: the file is for a later poll. */
    void await() {
        awaited = true;
    }

    boolean isAwaited() {
        return awaited;
    }

    /** It is compared with this version of the sidecar; where it is set aside because of that, the sidecar goes along. */
    void compared(Fingerprint with) {
        sidecar = with;
    }

    /** The version of the sidecar that the file was compared with, or null. */
    @Nullable
    Fingerprint sidecar() {
        return sidecar;
    }

    /** Where a manifest was listed, and with what. */
    void listed(String in, FTPFile[] with) {
        directory = in;
        siblings = with;
    }

    String directory() {
        return directory;
    }

    /** What was listed with it; once, since it is not to be kept as long as the batch is at work. */
    FTPFile[] takeSiblings() {
        FTPFile[] taken = siblings;
        siblings = NONE;
        return taken;
    }
}
