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
    private @Nullable Delivery delivery;
    private boolean known;
    private boolean unsettled;
    private boolean finished;

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

    void delivered(Fingerprint version, Delivery asDelivery) {
        this.delivered = version;
        this.delivery = asDelivery;
    }

    /** The delivery that it is, or null before it was transferred. */
    @Nullable
    Delivery delivery() {
        return delivery;
    }

    /** The idempotent repository knows its key. */
    void markKnown() {
        known = true;
    }

    boolean isKnown() {
        return known;
    }

    /** It is only here to hold back the later files of its directory. */
    void markUnsettled() {
        unsettled = true;
    }

    boolean isUnsettled() {
        return unsettled;
    }

    /** Nothing is left to do with it: committed, or passed over for good. */
    void finish() {
        finished = true;
    }

    boolean isFinished() {
        return finished;
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
            to.delivery = from.delivery;
            to.known = from.known;
        }
    }
}
