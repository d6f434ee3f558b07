package io.ferry.transfer;

import io.ferry.session.RemoteFileFacts;
import io.ferry.stream.FileDigest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What tells one version of a file from another: where it is, its size, its modification time, and the server's {@code
 * unique} fact where there is one.
 *
 * @param place {@code user@host:port} for a remote file, empty for a local one
 * @param path the file's path
 * @param size bytes, -1 where the server does not say
 * @param modified the modification time, or null where the server does not say
 * @param unique MLST's {@code unique} fact, or null; it names the file, not its content: one that is overwritten in place
 *     keeps it (RFC 3659, section 7.5.2)
 * @param settled whether the modification time was at least one step of its resolution old when it was observed; two
 *     fingerprints that differ in nothing else are equal
 */
public record Fingerprint(
        String place,
        String path,
        long size,
        @Nullable Instant modified,
        @Nullable String unique,
        boolean settled) {

    private static final int HASH_BYTES = 8;

    /** A fingerprint whose modification time is taken on its word. */
    public Fingerprint(String place, String path, long size, @Nullable Instant modified, @Nullable String unique) {
        this(place, path, size, modified, unique, true);
    }

    /** The fingerprint of a remote file. */
    public static Fingerprint of(String place, String path, RemoteFileFacts facts) {
        return new Fingerprint(place, path, facts.size(), facts.modified(), facts.unique(), facts.settled());
    }

    /** Whether a file with the same fingerprint may be taken for the same version: the size alone is not enough. */
    public boolean tellsVersions() {
        return size >= 0 && (modified != null || unique != null);
    }

    /**
     * Whether it proved the version when it was observed: whoever changes the file afterwards changes the fingerprint. A
     * modification time of the very second, or one in the future, proves nothing, since a file of the same size may follow
     * with the same time.
     */
    public boolean isProof() {
        return tellsVersions() && (modified == null || settled);
    }

    /** The same version, as something that this observation does not prove. */
    Fingerprint unproven() {
        return new Fingerprint(place, path, size, modified, unique, false);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Fingerprint that
                && place.equals(that.place)
                && path.equals(that.path)
                && size == that.size
                && Objects.equals(modified, that.modified)
                && Objects.equals(unique, that.unique);
    }

    @Override
    public int hashCode() {
        return Objects.hash(place, path, size, modified, unique);
    }

    /** A short name for this version, 16 hexadecimal digits, for use in file names. */
    public String hash() {
        String text =
                String.join("\n", place, path, Long.toString(size), String.valueOf(modified), String.valueOf(unique));
        return hash(text);
    }

    /** 16 hexadecimal digits that tell a text from others. */
    static String hash(String text) {
        byte[] digest = FileDigest.named("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
    }

    /** What differs from another fingerprint of the same file, for messages. */
    public String difference(Fingerprint other) {
        if (size != other.size) {
            return "size " + size + ", now " + other.size;
        }
        return Objects.equals(modified, other.modified)
                ? "unique " + unique + ", now " + other.unique
                : "modified " + modified + ", now " + other.modified;
    }
}
