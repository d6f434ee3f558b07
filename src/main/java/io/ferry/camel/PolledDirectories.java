package io.ferry.camel;

import io.ferry.session.StoredListing;
import java.io.IOException;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.util.FileUtil;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directories of one consumer as the server lists them, and whether the first one is there.
 *
 * <p>Law: belongs to one consumer and its poll thread, which closes the entries it is given. Owns what the look at the first
 * directory has found, until the poll asks for it.
 */
final class PolledDirectories {

    private static final Logger LOG = LoggerFactory.getLogger(FerryConsumer.class);

    private final FtpEndpoint<FTPFile> endpoint;
    private final ConsumerOperations operations;
    private final ConsumerChecksums checksums;
    private final KnownFiles knownFiles;
    private final Supplier<String> onlyName;
    private final String first;

    /** What the first poll has found where it looked whether its directory is there. */
    private @Nullable Entries found;

    private boolean exactTimes;

    /**
     * The directories of an endpoint.
     *
     * @param onlyName the name of the one file that there is without a listing ({@code useList=false})
     */
    PolledDirectories(
            FtpEndpoint<FTPFile> endpoint,
            ConsumerOperations operations,
            ConsumerChecksums checksums,
            KnownFiles knownFiles,
            Supplier<String> onlyName) {
        this.endpoint = endpoint;
        this.operations = operations;
        this.checksums = checksums;
        this.knownFiles = knownFiles;
        this.onlyName = onlyName;
        this.first = endpoint.getConfiguration().getDirectory();
    }

    /**
     * Looks whether the endpoint's directory is there, and makes it where the endpoint says so.
     *
     * @param isAsItWillBe whether the poll that follows will find the directory as it is now
     * @throws GenericFileOperationFailedException where it is not there
     */
    void checkFirst(boolean isAsItWillBe) throws IOException {
        if ((isAsItWillBe && isListed())
                || operations.call(session -> session.directory(first)).isPresent()) {
            return;
        }
        forgetFound();
        String partner = endpoint.remoteServerInformation();
        if (endpoint.isAutoCreate()) {
            operations.buildDirectory(first, true);
            // As stock does; but a path that is spelled wrong would look like a partner who sends nothing.
            LOG.warn(
                    "{}: there was no directory {}; it has been made (autoCreate). Is the path right?", partner, first);
        } else {
            throw new GenericFileOperationFailedException(partner + ": there is no directory " + first
                    + ", or it may not be entered. Create it, correct the path, or set autoCreate=true.");
        }
    }

    /**
     * Lists the directory for the poll that follows. One that has things in it is there: no need to enter it and to go back, four
     * round trips.
     */
    private boolean isListed() throws IOException {
        if (!isUseList()) {
            return false;
        }
        String path = FileUtil.stripTrailingSeparator(first);
        try {
            Entries entries = entries(path);
            found = entries;
            return entries.areIn(FileUtil.stripPath(path));
        } catch (GenericFileOperationFailedException e) {
            // Whatever it is, the other way to look fails in its own words.
            LOG.debug("{}: {}", endpoint.remoteServerInformation(), e.getMessage());
            return false;
        }
    }

    /** Closes what was found and not asked for. */
    void forgetFound() throws IOException {
        if (found != null) {
            found.close();
            found = null;
        }
    }

    /**
     * The entries that may matter. Filters are asked afterwards, when no session is held: they are the user's code, may take
     * their time, and may ask the server themselves.
     */
    Entries entries(String path) throws IOException {
        Entries listed = found;
        found = null;
        if (listed != null) {
            return listed;
        }
        if (!isUseList()) {
            exactTimes = false;
            return Entries.of(List.of(onlyFile()));
        }
        boolean marked = endpoint.getDoneFileName() != null || checksums.needsSiblings();
        Predicate<String> known = knownFiles.lines(path);
        StoredListing listing = operations.call(session -> {
            exactTimes = session.listsExactTimes();
            return session.listWhole(
                    path,
                    operations.workDirectory(),
                    entry -> marked || entry.isFile() || (entry.isDirectory() && endpoint.isRecursive()),
                    known);
        });
        return Entries.of(listing, marked, endpoint.isPreSort());
    }

    private FTPFile onlyFile() {
        FTPFile file = new FTPFile();
        file.setType(FTPFile.FILE_TYPE);
        file.setName(onlyName.get());
        return file;
    }

    private boolean isUseList() {
        return endpoint.getConfiguration().isUseList();
    }

    /** Whether the times of the entries given last are exact; a line of LIST may be minutes coarse. */
    boolean hasExactTimes() {
        return exactTimes;
    }
}
