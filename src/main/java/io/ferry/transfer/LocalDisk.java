package io.ferry.transfer;

import io.ferry.stream.PartialFile;
import io.ferry.stream.Spelling;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What can be wrong with the local disk: found out before bytes cross the wire where that is possible, and put into words. */
final class LocalDisk {

    private LocalDisk() {}

    /** Refuses a name that this machine cannot spell. */
    static void checkSpelling(String path, LocalTarget target, Fingerprint version) throws TransferException {
        try {
            target.published(version);
            target.partial(version);
        } catch (InvalidPathException e) {
            throw new TransferException(
                    path,
                    0,
                    "The name of " + path + " cannot be written to the local disk (" + e.getReason()
                            + "). Run Ferry in a locale with UTF-8, such as LC_ALL=C.UTF-8.",
                    e);
        }
    }

    /** Refuses a name that the file system in the partial's directory does not take. One that is within the partial's it has taken. */
    static void checkName(Path published, Path partial) throws IOException {
        if (String.valueOf(partial.getFileName()).contains(String.valueOf(published.getFileName()))) {
            return;
        }
        try {
            Files.readAttributes(published, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            // As it should be.
            return;
        }
    }

    /**
     * Refuses a file that would replace one of another name, on a disk that takes both names for one.
     *
     * @param home the directory whose own spelling does not matter
     * @param file where the file goes
     */
    static void checkClash(String path, Path home, Path file) throws IOException {
        Path there = Spelling.clash(home, file);
        if (there != null) {
            throw new TransferException(
                    path,
                    0,
                    "Download of " + path + " would replace " + there
                            + ", a file of another name: the local disk takes both"
                            + " names for one (upper and lower case, or composed letters). Take or rename that file, or give"
                            + " the two different directories.",
                    null);
        }
    }

    /**
     * Refuses a download for which there is no room.
     *
     * @param size bytes of the whole file, -1 where the server does not say
     */
    static void checkSpace(String path, PartialFile partial, long size) throws IOException {
        long missing = size - partial.length();
        // Not the file store's own: to find that, the JDK goes through all that is mounted.
        long usable = partial.path().toFile().getUsableSpace();
        // Some file systems cannot tell and say 0.
        if (usable > 0 && missing > usable) {
            throw new TransferException(
                    path,
                    partial.length(),
                    "Download of " + path + " needs " + missing + " more bytes, and the local disk of " + partial.path()
                            + " has room for " + usable + ". Free some, or set workDirectory to another disk."
                            + (partial.length() > 0 ? " The partial stays and is continued then." : ""),
                    null);
        }
    }

    /** What an error of the disk means and what can be done; null where it is none. */
    static @Nullable String describe(IOException failure) {
        if (failure instanceof ClosedByInterruptException) {
            return "stopped; the partial stays and the next transfer continues it";
        }
        if (!(failure instanceof FileSystemException disk)) {
            return failure.getClass() == IOException.class ? "local disk: " + failure : null;
        }
        String reason = String.valueOf(disk.getReason());
        return "local disk: " + disk.getFile() + ": " + meaning(disk, reason.toLowerCase(Locale.ROOT), reason);
    }

    private static String meaning(FileSystemException failure, String key, String reason) {
        if (failure instanceof AccessDeniedException) {
            return "access denied. Give the user that runs Ferry the right to write there, or set workDirectory";
        }
        if (failure instanceof NoSuchFileException) {
            return (failure.getReason() == null ? "it has vanished" : reason)
                    + ". Nothing but Ferry should remove files there";
        }
        if (failure instanceof FileAlreadyExistsException) {
            return "it is there already and may not be replaced";
        }
        if (key.contains("no space left") || key.contains("not enough space")) {
            return "the disk is full (" + reason + "). Free some space, or set workDirectory to another disk";
        }
        if (key.contains("quota")) {
            return "the quota is used up (" + reason + "). Free some space, or set workDirectory to another disk";
        }
        if (key.contains("read-only")) {
            return "the file system is read-only. Mount it for writing, or set workDirectory to another disk";
        }
        if (key.contains("too long")) {
            return "the disk takes no name as long as this. Ask the sender for a shorter one";
        }
        return reason;
    }
}
