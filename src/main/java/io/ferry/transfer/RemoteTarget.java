package io.ferry.transfer;

import io.ferry.session.FtpSession;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where an upload goes on the server.
 *
 * @param path the final path
 * @param partialPath the partial's path, or null for one beside the final path that carries the source's fingerprint
 * @param partialSuffix what a partial named by Ferry ends with
 * @param whenExists what happens to an existing file under the final path
 * @param mover moves an existing file away, for {@link WhenExists#MOVE}; null otherwise
 * @param makeDirectories whether missing directories above the path are made
 * @param chmod argument of SITE CHMOD, set before publishing, or null
 * @param partialDirectory the directory for partials named by Ferry, relative to the login directory or absolute, on the same
 *     file system as the path; null for the directory of the path
 */
public record RemoteTarget(
        String path,
        @Nullable String partialPath,
        String partialSuffix,
        WhenExists whenExists,
        @Nullable Mover mover,
        boolean makeDirectories,
        @Nullable String chmod,
        @Nullable String partialDirectory) {

    private static final int LONGEST_NAME = 255;
    private static final String ASIDE_SUFFIX = ".ferry-aside";
    private static final Pattern ASIDE =
            Pattern.compile("\\.(.+)\\.[0-9a-f]{16}\\.([0-9a-f]{1,15})\\.([0-9a-f]{8})" + Pattern.quote(ASIDE_SUFFIX));

    /**
     * A file that was set aside, as its name tells.
     *
     * @param name the name of the file that was to replace it
     * @param since when it was set aside, by the clock of the installation
     * @param installation who did it
     */
    record Aside(String name, Instant since, String installation) {}

    /** What happens to an existing file under the final path. Decided before the transfer and again at publishing. */
    public enum WhenExists {
        /** It is replaced once the new file is verified. */
        REPLACE,
        /** The upload fails. */
        FAIL,
        /** It stays, and nothing is transferred. */
        IGNORE,
        /** The bytes are added at its end; there is no partial and no publishing. */
        APPEND,
        /** It is moved away once the new file is verified. */
        MOVE,
        /** The rename is tried; what it does to an existing file is the server's choice. */
        TRY_RENAME
    }

    /** Moves an existing file out of the way. */
    public interface Mover {
        /**
         * Moves it.
         *
         * @param session the session of the upload: the mover must not lease another
         * @param path the file that exists
         * @throws IOException when it cannot be moved
         */
        void move(FtpSession session, String path) throws IOException;
    }

    /** A target whose partial lies beside it. */
    public RemoteTarget(
            String path,
            @Nullable String partialPath,
            String partialSuffix,
            WhenExists whenExists,
            @Nullable Mover mover,
            boolean makeDirectories,
            @Nullable String chmod) {
        this(path, partialPath, partialSuffix, whenExists, mover, makeDirectories, chmod, null);
    }

    /** A file that replaces an existing one, with a partial named by Ferry. */
    public static RemoteTarget replacing(String path) {
        return new RemoteTarget(path, null, LocalTarget.DEFAULT_SUFFIX, WhenExists.REPLACE, null, false, null);
    }

    /** Bytes added at the end of a file. */
    public static RemoteTarget appending(String path) {
        return new RemoteTarget(path, null, LocalTarget.DEFAULT_SUFFIX, WhenExists.APPEND, null, false, null);
    }

    /** The same with partials in another directory; null for beside the file. */
    public RemoteTarget withPartialsIn(@Nullable String directory) {
        return new RemoteTarget(path, partialPath, partialSuffix, whenExists, mover, makeDirectories, chmod, directory);
    }

    /** Whether the partial's name tells the version, so that one that is found can be continued. */
    boolean partialTellsVersion() {
        return partialPath == null;
    }

    /**
     * Where the bytes go until they are whole.
     *
     * @param installation the id of who sends
     */
    String partial(Fingerprint source, String installation) {
        return partial(source, "", installation);
    }

    /**
     * Another partial of the same version, where what lies under the first name cannot be built on.
     *
     * @param variant tells it from the others, empty for the first one
     */
    String partial(Fingerprint source, String variant, String installation) {
        if (whenExists == WhenExists.APPEND) {
            return path;
        }
        if (partialPath != null) {
            return variant.isEmpty() ? partialPath : partialPath + "-" + variant;
        }
        String tail = (variant.isEmpty() ? "" : "-" + variant) + partialTail(installation, partialSuffix);
        return partialHome() + partialHead(source, tail.length()) + tail;
    }

    /** What the names of all partials of an installation end with. */
    static String partialTail(String installation, String suffix) {
        return "." + installation + suffix;
    }

    /** What the names of the partials of a version begin with, whoever sends it. */
    String partialHead(Fingerprint source, int tail) {
        String name = "." + nameOf(path) + ".";
        String hash = source.hash();
        boolean tooLong = name.getBytes(StandardCharsets.UTF_8).length + hash.length() + tail > LONGEST_NAME;
        if (tooLong || partialDirectory != null) {
            // Partials of several targets may lie there: the name or the directory alone does not tell them apart.
            hash = Fingerprint.hash(source.hash() + "\n" + path);
        }
        return (tooLong ? "." : name) + hash;
    }

    /** The directory of the partials, with a slash at its end; empty for the login directory. */
    String partialHome() {
        String directory = partialDirectory;
        if (directory == null) {
            return path.substring(0, path.lastIndexOf('/') + 1);
        }
        return directory.isEmpty() || directory.endsWith("/") ? directory : directory + "/";
    }

    /**
     * Where an existing file lies while it is replaced: a hidden name beside the final one that tells the version which replaces
     * it, when that was by the local clock, and who did it.
     */
    String asideNow(Fingerprint source, String installation) {
        String suffix = "." + Long.toHexString(System.currentTimeMillis()) + "." + installation + ASIDE_SUFFIX;
        String directory = path.substring(0, path.lastIndexOf('/') + 1);
        String name = "." + path.substring(directory.length()) + "." + source.hash() + suffix;
        boolean tooLong = name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME;
        return directory + (tooLong ? "." + source.hash() + suffix : name);
    }

    /** What the name of a file tells that was set aside; empty for other names, and for one that was too long to tell all. */
    static Optional<Aside> aside(String name) {
        Matcher parts = ASIDE.matcher(name);
        return parts.matches()
                ? Optional.of(new Aside(
                        parts.group(1), Instant.ofEpochMilli(Long.parseLong(parts.group(2), 16)), parts.group(3)))
                : Optional.empty();
    }

    /** The last segment of a path. */
    public static String nameOf(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** The directory above a path, or an empty string for the login directory. */
    static String parentOf(String path) {
        int slash = path.lastIndexOf('/');
        return slash <= 0 ? "" : path.substring(0, slash);
    }
}
