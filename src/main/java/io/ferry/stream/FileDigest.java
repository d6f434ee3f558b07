package io.ferry.stream;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Digests of whole files, read back from the disk. */
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
        MessageDigest digest = named(algorithm);
        byte[] block = new byte[BLOCK];
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            int count = 0;
            while (count >= 0) {
                count = in.read(block);
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
