package io.ferry.transfer;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Where a download goes on the local disk.
 *
 * @param directory the directory
 * @param name the final name, one path segment
 * @param partialSuffix what the partial's name ends with
 * @param perVersion whether each version of the source gets a directory of its own inside {@code directory}, named by its
 *     fingerprint; a whole file found there is known to be verified and is not transferred again
 * @param replace whether an existing file under the final name may be replaced
 */
public record LocalTarget(Path directory, String name, String partialSuffix, boolean perVersion, boolean replace) {

    /** The suffix of partials unless another is asked for. */
    public static final String DEFAULT_SUFFIX = ".ferry-part";

    private static final int LONGEST_NAME = 255;

    /** Checks that the name cannot leave the directory. */
    public LocalTarget {
        checkName(name);
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

    /** Where the version is published. */
    Path published(Fingerprint source) {
        return home(source).resolve(name);
    }

    /** Where the version's partial lies. */
    Path partial(Fingerprint source) {
        String partial = perVersion ? name + partialSuffix : "." + name + "." + source.hash() + partialSuffix;
        boolean tooLong = partial.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME;
        return home(source).resolve(tooLong ? "." + source.hash() + partialSuffix : partial);
    }

    private Path home(Fingerprint source) {
        return perVersion ? directory.resolve(source.hash()) : directory;
    }

    /**
     * Refuses a name that would lead out of a directory, or that no operating system should be asked to write.
     *
     * @param name one path segment, as a server spells it
     * @throws IllegalArgumentException for an empty name, {@code .}, {@code ..}, separators, control characters, and characters
     *     that could not be decoded
     */
    public static void checkName(String name) {
        boolean leads = name.isEmpty() || name.equals(".") || name.equals("..");
        boolean hostile = name.chars().anyMatch(c -> c == '/' || c == '\\' || c < ' ' || c == 0x7f);
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
