package io.ferry.transfer;

import io.ferry.session.FtpSession;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
 */
public record RemoteTarget(
        String path,
        @Nullable String partialPath,
        String partialSuffix,
        WhenExists whenExists,
        @Nullable Mover mover,
        boolean makeDirectories,
        @Nullable String chmod) {

    private static final int LONGEST_NAME = 255;

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

    /** A file that replaces an existing one, with a partial named by Ferry. */
    public static RemoteTarget replacing(String path) {
        return new RemoteTarget(path, null, LocalTarget.DEFAULT_SUFFIX, WhenExists.REPLACE, null, false, null);
    }

    /** Bytes added at the end of a file. */
    public static RemoteTarget appending(String path) {
        return new RemoteTarget(path, null, LocalTarget.DEFAULT_SUFFIX, WhenExists.APPEND, null, false, null);
    }

    /** Whether the partial's name tells the version, so that one that is found can be continued. */
    boolean partialTellsVersion() {
        return partialPath == null;
    }

    String partial(Fingerprint source) {
        if (whenExists == WhenExists.APPEND) {
            return path;
        }
        return partialPath != null ? partialPath : beside(source, partialSuffix);
    }

    /** A hidden name beside the final one, with the source's fingerprint in it. */
    String beside(Fingerprint source, String suffix) {
        String directory = path.substring(0, path.lastIndexOf('/') + 1);
        String name = "." + path.substring(directory.length()) + "." + source.hash() + suffix;
        boolean tooLong = name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME;
        return directory + (tooLong ? "." + source.hash() + suffix : name);
    }

    /** The directory above a path, or an empty string for the login directory. */
    static String parentOf(String path) {
        int slash = path.lastIndexOf('/');
        return slash <= 0 ? "" : path.substring(0, slash);
    }
}
