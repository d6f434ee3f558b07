package io.ferry.camel;

import io.ferry.session.StoredListing;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.apache.camel.util.FileUtil;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one polled directory. They are all in memory only where an option needs them at once.
 *
 * <p>Law: owns the listing that it reads; used by the poll thread.
 */
final class Entries implements Closeable {

    private static final FTPFile[] NONE = {};

    private final @Nullable StoredListing listing;
    private final Iterator<FTPFile> all;
    private final FTPFile[] siblings;
    private final int known;
    private final @Nullable FTPFile first;

    private Entries(@Nullable StoredListing listing, List<FTPFile> all, boolean marked) {
        this.listing = listing;
        this.all = all.iterator();
        this.known = all.size();
        this.first =
                listing != null ? listing.first() : all.stream().findFirst().orElse(null);
        this.siblings = marked ? all.toArray(FTPFile[]::new) : NONE;
    }

    static Entries of(List<FTPFile> entries) {
        return new Entries(null, entries, true);
    }

    /**
     * The entries of a listing, which is closed with them.
     *
     * @param marked whether done files are looked for among them ({@code doneFileName})
     * @param sorted whether they come by name ({@code preSort})
     */
    static Entries of(StoredListing listing, boolean marked, boolean sorted) throws IOException {
        if (!marked && !sorted) {
            return new Entries(listing, List.of(), false);
        }
        try (listing) {
            List<FTPFile> all = new ArrayList<>();
            for (FTPFile entry = listing.next(); entry != null; entry = listing.next()) {
                all.add(entry);
            }
            if (sorted) {
                all.sort(Comparator.comparing(FTPFile::getName));
            }
            return new Entries(null, all, marked);
        }
    }

    /** The next entry, or null after the last one. */
    @Nullable
    FTPFile next() throws IOException {
        if (listing != null) {
            return listing.next();
        }
        return all.hasNext() ? all.next() : null;
    }

    private long size() {
        return listing == null ? known : listing.size();
    }

    /**
     * Whether they are in a directory of this name for certain. One alone may be the file, or the link, that the path itself names;
     * told before the first is taken.
     */
    boolean areIn(String directory) {
        return size() > 1
                || (size() == 1
                        && first != null
                        && !FileUtil.stripPath(first.getName()).equalsIgnoreCase(directory));
    }

    /** All entries of the directory, where done files are looked for among them. */
    FTPFile[] siblings() {
        return siblings;
    }

    @Override
    public void close() throws IOException {
        if (listing != null) {
            listing.close();
        }
    }
}
