package io.ferry.transfer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * A local file to upload, as it was when the upload began.
 *
 * @param file the file
 * @param fingerprint its version
 */
public record LocalSource(Path file, Fingerprint fingerprint) {

    /** A file that someone dropped: its path, size and modification time tell its version. */
    public static LocalSource of(Path file) throws IOException {
        return new LocalSource(file, observe(file, null));
    }

    /**
     * A file that holds a message's content: its digest tells its version, wherever and whenever it was written.
     *
     * @param digest the content's digest
     */
    public static LocalSource of(Path file, String digest) throws IOException {
        return new LocalSource(file, observe(file, digest));
    }

    private static Fingerprint observe(Path file, @Nullable String digest) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return digest == null
                ? new Fingerprint(
                        "",
                        file.toAbsolutePath().normalize().toString(),
                        attributes.size(),
                        attributes.lastModifiedTime().toInstant(),
                        null)
                : new Fingerprint("", "content", attributes.size(), null, digest);
    }

    long size() {
        return fingerprint.size();
    }

    /** The version that lies there now. */
    Fingerprint now() throws IOException {
        return observe(file, fingerprint.unique());
    }
}
