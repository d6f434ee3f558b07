package io.ferry.camel;

import io.ferry.transfer.Fingerprint;
import java.io.File;
import java.time.Instant;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.component.file.remote.FtpConfiguration;
import org.apache.camel.component.file.remote.RemoteFile;
import org.apache.camel.util.FileUtil;
import org.apache.camel.util.StringHelper;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/** A polled file that knows which version of it was listed, and which was delivered. */
final class FerryFile extends RemoteFile<FTPFile> {

    private static final char BACKSLASH = '\\';

    /** From the private use area of Unicode. */
    private static final char STAND_IN = '\uF05C';

    private @Nullable String listedPath;
    private boolean exactTime;
    private @Nullable Fingerprint delivered;
    private @Nullable Delivery delivery;
    private boolean known;
    private boolean unsettled;
    private volatile boolean ending;
    private boolean finished;
    private FileChecksum checksum = new FileChecksum();

    /** The entry of a listing. */
    void listed(String path, boolean timeIsExact) {
        this.listedPath = path;
        this.exactTime = timeIsExact;
    }

    /**
     * The file of an entry.
     *
     * @param path the directory that was listed
     * @param absolute the path under which the file was listed
     * @param timeIsExact whether the listing's time is
     */
    static FerryFile of(
            GenericFileEndpoint<FTPFile> endpoint, String path, String absolute, FTPFile entry, boolean timeIsExact) {
        String endpointPath = endpoint.getConfiguration().getDirectory();
        FerryFile file = new FerryFile();
        file.listed(absolute, timeIsExact);
        file.setCharset(endpoint.getCharset());
        file.setEndpointPath(endpointPath);
        file.setFile(entry);
        file.setFileNameOnly(entry.getName());
        file.setFileLength(entry.getSize());
        file.setDirectory(entry.isDirectory());
        Instant modified = entry.getTimestampInstant();
        if (modified != null) {
            file.setLastModified(modified.toEpochMilli());
        }
        file.setHostname(((FtpConfiguration) endpoint.getConfiguration()).getHost());
        file.setAbsolute(FileUtil.hasLeadingSeparator(path));
        file.setAbsoluteFilePath(absolute);
        String relative = endpointPath.isEmpty() ? absolute : StringHelper.after(absolute, endpointPath);
        relative = relative == null ? absolute : relative;
        file.setRelativeFilePath(relative.startsWith("/") ? relative.substring(1) : relative);
        file.setFileName(file.getRelativeFilePath());
        return file;
    }

    /** The polled file of an exchange. */
    static FerryFile of(Exchange exchange) {
        return (FerryFile) exchange.getProperty(ExchangePropertyKey.FILE_EXCHANGE_FILE, GenericFile.class);
    }

    /** The path under which the file was listed, whatever it was renamed to since. */
    String listedPath() {
        return listedPath == null ? getAbsoluteFilePath() : listedPath;
    }

    /** Whether the listing's time is exact; a line of LIST may be minutes coarse, or have no time of day. */
    boolean hasExactTime() {
        return exactTime;
    }

    /** Whether the listing speaks of what lies under a path, and nothing is decided yet that needs the server's word of now. */
    boolean mayBeTakenAsListed(String path) {
        return exactTime && !known && path.equals(listedPath());
    }

    /**
     * Whether the listing has stated another size for the same modification time: then the file is growing, or the server has told
     * a lie, now or then.
     */
    boolean contradicts(Fingerprint version) {
        return exactTime
                && version.modified() != null
                && version.modified().toEpochMilli() == getLastModified()
                && version.size() >= 0
                && getFile().getSize() >= 0
                && version.size() != getFile().getSize();
    }

    /** A backslash is a character of the name like any other, unless it separates names on this system. */
    @Override
    protected String normalizePathToProtocol(String path) {
        return File.separatorChar == BACKSLASH ? super.normalizePathToProtocol(path) : path;
    }

    /** The stock method turns each backslash of the new name into a slash; a character that it does not know stands in for it. */
    @Override
    public void changeFileName(String newName) {
        if (File.separatorChar == BACKSLASH || newName.indexOf(BACKSLASH) < 0 || newName.indexOf(STAND_IN) >= 0) {
            super.changeFileName(newName);
            return;
        }
        super.changeFileName(newName.replace(BACKSLASH, STAND_IN));
        setFileNameOnly(getFileNameOnly().replace(STAND_IN, BACKSLASH));
        setFileName(getFileName().replace(STAND_IN, BACKSLASH));
        setRelativeFilePath(getRelativeFilePath().replace(STAND_IN, BACKSLASH));
        setAbsoluteFilePath(getAbsoluteFilePath().replace(STAND_IN, BACKSLASH));
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

    /** What is known of its checksum. */
    FileChecksum checksum() {
        return checksum;
    }

    /** Its commit or rollback has begun. */
    void end() {
        ending = true;
    }

    boolean isEnding() {
        return ending;
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
            to.checksum = from.checksum;
        }
    }
}
