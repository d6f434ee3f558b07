package io.ferry.transfer;

import io.ferry.stream.PartialFile;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Removes what nobody has continued or taken for a long time from a work directory: partials with their records, verified
 * files, and the directories of the versions once they are empty. Nothing else is ever removed: no name that Ferry does not
 * give, nothing behind a symbolic link, no partial that a transfer has open.
 *
 * <p>Partials beside a file outside of a work directory ({@link LocalTarget#file}) are not looked for: that directory is the
 * user's.
 */
public final class Housekeeping {

    /** The directory of one version: its fingerprint's hash. */
    private static final Pattern VERSION =
            Pattern.compile("[0-9a-f]{16}(" + Pattern.quote(LocalTarget.UNPROVEN) + ")?");

    private final String partialSuffix;
    private final Instant limit;
    private int removed;

    private Housekeeping(String partialSuffix, Instant limit) {
        this.partialSuffix = partialSuffix;
        this.limit = limit;
    }

    /**
     * Removes what has expired. A partial's age is that of its last byte; a verified file's that of its publication, or of the
     * last transfer that found it ready.
     *
     * @param directory the work directory of a route, with one directory for each version inside; it may be missing
     * @param partialSuffix what the names of partials end with
     * @param expiry how old they may become; zero keeps all for ever
     * @param now the present, by the clock of the disk
     * @return how many files were removed
     * @throws IOException when something could not be removed; the rest was gone through all the same
     */
    public static int removeExpired(Path directory, String partialSuffix, Duration expiry, Instant now)
            throws IOException {
        if (expiry.isZero()) {
            return 0;
        }
        Housekeeping keeper = new Housekeeping(partialSuffix, now.minus(expiry));
        IOException failure = null;
        for (Path version : entries(directory)) {
            String name = String.valueOf(version.getFileName());
            if (VERSION.matcher(name).matches() && Files.isDirectory(version, LinkOption.NOFOLLOW_LINKS)) {
                failure = keeper.tidy(version, failure);
            }
        }
        if (failure != null) {
            throw failure;
        }
        return keeper.removed;
    }

    private static List<Path> entries(Path directory) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            stream.forEach(entries::add);
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        }
        return entries;
    }

    private @Nullable IOException tidy(Path version, @Nullable IOException earlier) {
        try {
            tidy(version);
            return earlier;
        } catch (NoSuchFileException e) {
            // A transfer or a route took it meanwhile.
            return earlier;
        } catch (IOException e) {
            if (earlier == null) {
                return e;
            }
            earlier.addSuppressed(e);
            return earlier;
        }
    }

    private void tidy(Path version) throws IOException {
        // Publishing changes the directory; the file's own time is that of the source. What is removed below changes it
        // too.
        boolean unused = isExpired(version);
        List<Path> verified = new ArrayList<>();
        for (Path file : entries(version)) {
            String name = String.valueOf(file.getFileName());
            if (name.endsWith(partialSuffix)) {
                if (isExpiredFile(file) && PartialFile.discard(file)) {
                    removed++;
                }
            } else if (PartialFile.isRecord(name, partialSuffix)) {
                removeLeftRecord(file);
            } else {
                verified.add(file);
            }
        }
        // A version has one file; where there are more, not all are Ferry's.
        if (unused && verified.size() == 1 && Files.isRegularFile(verified.get(0), LinkOption.NOFOLLOW_LINKS)) {
            Files.delete(verified.get(0));
            removed++;
        }
        if (unused) {
            removeIfEmpty(version);
        }
    }

    /** A record goes with its partial; one that was left alone goes by its own age. */
    private void removeLeftRecord(Path record) throws IOException {
        String name = String.valueOf(record.getFileName());
        Path partial = record.resolveSibling(
                name.substring(0, name.lastIndexOf(partialSuffix + ".") + partialSuffix.length()));
        if (!Files.exists(partial, LinkOption.NOFOLLOW_LINKS)
                && isExpiredFile(record)
                && Files.deleteIfExists(record)) {
            removed++;
        }
    }

    private static void removeIfEmpty(Path version) throws IOException {
        try {
            Files.delete(version);
        } catch (DirectoryNotEmptyException e) {
            // Something is left that is still young, or not Ferry's.
            return;
        }
    }

    private boolean isExpiredFile(Path file) throws IOException {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && isExpired(file);
    }

    private boolean isExpired(Path path) throws IOException {
        try {
            return Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS)
                    .toInstant()
                    .isBefore(limit);
        } catch (NoSuchFileException e) {
            // Gone with its partial, or published.
            return false;
        }
    }
}
