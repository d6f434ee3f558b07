package io.ferry.transfer;

import io.ferry.stream.Disk;
import io.ferry.stream.PartialFile;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a download goes on the local disk.
 *
 * @param directory the directory
 * @param name the final name, one path segment
 * @param partialSuffix what the partial's name ends with
 * @param perVersion whether each version of the source gets a directory of its own inside {@code directory}, named by its
 *     fingerprint; a whole file found there is known to be verified and is not transferred again where the fingerprint is
 *     proof
 * @param replace whether an existing file under the final name may be replaced
 */
public record LocalTarget(Path directory, String name, String partialSuffix, boolean perVersion, boolean replace) {

    /** The suffix of partials unless another is asked for. */
    public static final String DEFAULT_SUFFIX = ".ferry-part";

    /** What is added to the fingerprint's hash where a version is not proven by its fingerprint. */
    static final String UNPROVEN = ".unproven";

    /** What stands in the name of a segment's partial before the place of its first byte. */
    private static final String SEGMENT = ".at";

    /** The longest name of a partial, in bytes: file systems take 255, and its record's name is longer. */
    private static final int LONGEST_PARTIAL = 255 - PartialFile.NAME_ROOM;

    /** Checks that the name cannot leave the directory. */
    public LocalTarget {
        checkName(name);
        directory = directory.normalize();
    }

    /** A file in a work directory, one directory per version, for a route to take from there. */
    public static LocalTarget inWorkDirectory(Path workDirectory, String name, String partialSuffix) {
        return new LocalTarget(workDirectory, name, partialSuffix, true, true);
    }

    /** A file under its final name, with the partial beside it. */
    public static LocalTarget file(Path file, String partialSuffix, boolean replace) {
        Path directory = file.toAbsolutePath().getParent();
        Path last = file.getFileName();
        if (directory == null || last == null) {
            throw new IllegalArgumentException(file + " names no file");
        }
        return new LocalTarget(directory, last.toString(), partialSuffix, false, replace);
    }

    /**
     * Where the version is published. What was received of a version that its fingerprint does not prove has a place of its
     * own, so that it is never taken for a later version with the same fingerprint.
     */
    Path published(Fingerprint source) {
        return home(source).resolve(name);
    }

    /** Where the version's partial lies. */
    Path partial(Fingerprint source) {
        return partial(source, "");
    }

    /**
     * Where the partial of a segment lies.
     *
     * @param start the place in the file of its first byte
     */
    Path segment(Fingerprint source, long start) {
        return partial(source, SEGMENT + start);
    }

    /** The partials of the version's segments that there are, by the place in the file of their first bytes. */
    SortedMap<Long, Path> segments(Fingerprint source) throws IOException {
        SortedMap<Long, Path> found = new TreeMap<>();
        Pattern ending = Pattern.compile(".*" + Pattern.quote(SEGMENT) + "(\\d{1,18})" + Pattern.quote(partialSuffix));
        try (DirectoryStream<Path> files = Files.newDirectoryStream(home(source))) {
            for (Path file : files) {
                Matcher matcher = ending.matcher(String.valueOf(file.getFileName()));
                if (matcher.matches()) {
                    long start = Long.parseLong(matcher.group(1));
                    if (file.equals(segment(source, start))) {
                        found.put(start, file);
                    }
                }
            }
        } catch (NoSuchFileException e) {
            return found;
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return found;
    }

    private Path partial(Fingerprint source, String part) {
        String stem = perVersion ? name : "." + name + "." + version(source);
        String partial = stem + part + partialSuffix;
        boolean tooLong = partial.getBytes(StandardCharsets.UTF_8).length > LONGEST_PARTIAL;
        return home(source).resolve(tooLong ? "." + version(source) + part + partialSuffix : partial);
    }

    /**
     * Makes the version's own directory.
     *
     * @return whether it is new, so that nothing of the version can be in it; false where versions have none of their own
     */
    boolean makeHome(Fingerprint source) throws IOException {
        if (!perVersion) {
            return false;
        }
        try {
            Files.createDirectory(home(source));
            return true;
        } catch (FileAlreadyExistsException | NoSuchFileException e) {
            return false;
        }
    }

    /** Whether there may be a partial of this version from before its fingerprint proved it. */
    boolean hasUnproven(Fingerprint source) {
        return !perVersion || !Disk.isMissing(home(source.unproven()));
    }

    /** Refuses a place of this version that a symbolic link leads out of the directory. */
    void refuseLinks(Fingerprint source) throws IOException {
        if (perVersion) {
            Disk.refuseLink(home(source));
            Disk.refuseLink(home(source.unproven()));
        }
    }

    /** Removes a file from a work directory, where nobody has renamed it away, and its version's directory. */
    public static void discard(Path file) throws IOException {
        boolean renamed = Disk.isMissing(file);
        if (!renamed) {
            Files.deleteIfExists(file);
        }
        if (!removeHome(file) && renamed) {
            // A link that leads nowhere may lie there.
            Files.deleteIfExists(file);
            removeHome(file);
        }
    }

    /** Whether the version's directory is gone: another transfer of the same version may be under way in it. */
    private static boolean removeHome(Path file) throws IOException {
        Path version = file.getParent();
        try {
            return version == null || Files.deleteIfExists(version);
        } catch (NoSuchFileException e) {
            return true;
        } catch (DirectoryNotEmptyException e) {
            return false;
        }
    }

    /** A verified file of this version is about to be used again: it does not expire now. */
    void keep(Fingerprint source) throws IOException {
        Files.setLastModifiedTime(home(source), FileTime.from(Instant.now()));
    }

    private Path home(Fingerprint source) {
        return perVersion ? directory.resolve(version(source)) : directory;
    }

    private static String version(Fingerprint source) {
        return source.isProof() ? source.hash() : source.hash() + UNPROVEN;
    }

    /**
     * Refuses a name that would lead out of a directory, or that no operating system should be asked to write.
     *
     * @param name one path segment, as a server spells it
     * @throws IllegalArgumentException for an empty name, {@code .}, {@code ..}, separators of this system, control characters, and
     *     characters that could not be decoded
     */
    public static void checkName(String name) {
        boolean leads = name.isEmpty() || name.equals(".") || name.equals("..");
        boolean hostile = name.chars().anyMatch(c -> c == '/' || c == File.separatorChar || c < ' ' || c == 0x7f);
        if (name.indexOf('\uFFFD') >= 0) {
            throw new IllegalArgumentException("Refused: \"" + printable(name)
                    + "\" is not in the encoding of this session. Set ftpClient.controlEncoding, such as ISO-8859-1.");
        }
        if (leads || hostile) {
            throw new IllegalArgumentException("Refused: \"" + printable(name)
                    + "\" is no safe file name (empty, a path, or with control characters)");
        }
    }

    private static String printable(String name) {
        StringBuilder text = new StringBuilder();
        name.chars()
                .forEach(c ->
                        text.append(c < ' ' || c == 0x7f ? String.format("\\u%04x", c) : String.valueOf((char) c)));
        return text.toString();
    }
}
