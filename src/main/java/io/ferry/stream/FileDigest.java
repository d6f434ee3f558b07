package io.ferry.stream;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Digests of files, read back from the disk. */
public final class FileDigest {

    private static final int BLOCK = 1 << 18;

    private FileDigest() {}

    /**
     * The digest of a file's content.
     *
     * @param algorithm a name that {@link MessageDigest} knows, such as SHA-256
     * @return lower-case hexadecimal
     */
    public static String of(Path file, String algorithm) throws IOException {
        return of(file, algorithm, Long.MAX_VALUE);
    }

    /**
     * The digest of a file's beginning.
     *
     * @param algorithm a name that {@link MessageDigest} knows, such as SHA-256
     * @param length how many bytes, or more than the file has for all of it
     * @return lower-case hexadecimal
     */
    public static String of(Path file, String algorithm, long length) throws IOException {
        MessageDigest digest = named(algorithm);
        byte[] block = new byte[BLOCK];
        try (InputStream in = Files.newInputStream(file)) {
            long left = length;
            int count = 0;
            while (count >= 0 && left > 0) {
                count = in.read(block, 0, (int) Math.min(block.length, left));
                digest.update(block, 0, Math.max(count, 0));
                left -= Math.max(count, 0);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** The same of a file that is open. */
    static String of(FileChannel channel, String algorithm) throws IOException {
        MessageDigest digest = named(algorithm);
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        long offset = 0;
        while (channel.read(block, offset) >= 0) {
            offset += block.flip().limit();
            digest.update(block);
            block.clear();
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** A digest that the JDK has. */
    public static MessageDigest named(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalArgumentException("This Java has no digest " + algorithm, e);
        }
    }
}
