package io.ferry.camel;

import io.ferry.transfer.Fingerprint;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.component.file.remote.RemoteFile;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/** A polled file that knows which version of it was listed, and which was delivered. */
final class FerryFile extends RemoteFile<FTPFile> {

    private @Nullable String listedPath;
    private boolean exactTime;
    private @Nullable Fingerprint delivered;

    /** The entry of a listing. */
    void listed(String path, boolean timeIsExact) {
        this.listedPath = path;
        this.exactTime = timeIsExact;
    }

    /** The path under which the file was listed, whatever it was renamed to since. */
    String listedPath() {
        return listedPath == null ? getAbsoluteFilePath() : listedPath;
    }

    /** Whether the listing's time is exact; a line of LIST may be minutes coarse, or have no time of day. */
    boolean hasExactTime() {
        return exactTime;
    }

    void delivered(Fingerprint version) {
        this.delivered = version;
    }

    /** The version that was transferred, or null before. */
    @Nullable
    Fingerprint delivered() {
        return delivered;
    }

    @Override
    public void copyFromPopulateAdditional(GenericFile<FTPFile> source, GenericFile<FTPFile> result) {
        super.copyFromPopulateAdditional(source, result);
        if (source instanceof FerryFile from && result instanceof FerryFile to) {
            to.listedPath = from.listedPath;
            to.exactTime = from.exactTime;
            to.delivered = from.delivered;
        }
    }
}
