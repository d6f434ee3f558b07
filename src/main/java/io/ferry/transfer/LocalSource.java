package io.ferry.transfer;

import io.ferry.stream.ChecksumAlgorithm;
import io.ferry.stream.FileDigest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A local file to upload, as it was when the upload began.
 *
 * @param file the file
 * @param fingerprint its version
 */
public record LocalSource(Path file, Fingerprint fingerprint) {

    /** Local clocks tell file times apart that are so far from each other; kernels stamp files with a clock that ticks. */
    private static final Duration TICK = Duration.ofMillis(10);

    /** A time without a fraction may come from a file system that keeps none. */
    private static final Duration COARSE_TICK = Duration.ofSeconds(1);

    private static final int MOST_LOOKS = 10;

    /**
     * A file that someone dropped: its path, size and modification time tell its version. Where the file was changed within the
     * last tick of its clock (10 ms, or 1 s for a time in whole seconds), a further change might leave the same time: then
     * this waits out the tick, and looks again. One that still changes after that is caught when it is sent.
     */
    public static LocalSource of(Path file) throws IOException {
        Fingerprint seen = observe(file, null);
        for (int look = 1; look < MOST_LOOKS && isYoung(seen); look++) {
            try {
                Thread.sleep(tick(seen).toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("stopped before " + file + " was sent");
            }
            seen = observe(file, null);
        }
        return new LocalSource(file, seen);
    }

    /** Whether a change from now on might not show in the modification time. */
    private static boolean isYoung(Fingerprint seen) {
        Instant modified = seen.modified();
        Instant now = Instant.now();
        // A time in the future was set by hand, and a change would move it back.
        return modified != null
                && !modified.isAfter(now)
                && modified.plus(tick(seen)).isAfter(now);
    }

    private static Duration tick(Fingerprint seen) {
        Instant modified = seen.modified();
        return modified != null && modified.getNano() == 0 ? COARSE_TICK : TICK;
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

    /** Whether it is a file that someone dropped, rather than a copy of a message's content. */
    boolean isDropped() {
        return fingerprint.unique() == null;
    }

    /**
     * The digest of its content. One that is taken before the upload is that of the bytes which are published, since neither ends
     * well once the file is another version.
     *
     * @param remotePath where it goes, for the error
     * @return lower-case hexadecimal
     * @throws TransferException where the file has changed
     */
    public String digest(ChecksumAlgorithm algorithm, String remotePath) throws IOException {
        String digest = FileDigest.of(file, algorithm.digest());
        checkUnchanged(remotePath);
        return digest;
    }

    /** Fails where the file is not the version any more that the upload began with. */
    void checkUnchanged(String remotePath) throws IOException {
        Fingerprint now = observe(file, fingerprint.unique());
        if (!now.equals(fingerprint)) {
            throw new TransferException(
                    remotePath,
                    0,
                    "The local file " + file + " changed while it was sent (" + fingerprint.difference(now)
                            + "); it is not published",
                    null);
        }
    }
}
