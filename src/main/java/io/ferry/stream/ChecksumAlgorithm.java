package io.ferry.stream;

import java.util.Arrays;
import java.util.Optional;

/** A digest for which files of checksums are in use, with the ending of their names. */
public enum ChecksumAlgorithm {
    /** As {@code sha256sum} writes it. */
    SHA256("SHA-256", ".sha256", 64),
    /** As {@code md5sum} writes it: finds accidents, not forgeries. */
    MD5("MD5", ".md5", 32);

    private final String digest;
    private final String suffix;
    private final int digits;

    ChecksumAlgorithm(String digest, String suffix, int digits) {
        this.digest = digest;
        this.suffix = suffix;
        this.digits = digits;
    }

    /** The name that {@link java.security.MessageDigest} knows. */
    public String digest() {
        return digest;
    }

    /** What is added to a file's name for that of its sidecar. */
    public String suffix() {
        return suffix;
    }

    /** The algorithm whose digests have so many hexadecimal digits. */
    public static Optional<ChecksumAlgorithm> ofDigits(int count) {
        return Arrays.stream(values()).filter(each -> each.digits == count).findFirst();
    }
}
