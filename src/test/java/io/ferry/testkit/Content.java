package io.ferry.testkit;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/**
 * File content as a pure function of a seed and an offset, so that any splice, shift, hole or repetition shows at the
 * offset where it begins. Owns nothing.
 */
public final class Content {
    private static final int BLOCK = 1 << 18;

    private Content() {}

    /** The bytes [offset, offset + length) of the content. */
    public static byte[] bytes(long offset, int length, long seed) {
        byte[] target = new byte[length];
        fill(target, length, offset, seed);
        return target;
    }

    public static byte[] bytes(int size, long seed) {
        return bytes(0, size, seed);
    }

    /** Writes the content to a file, which it creates or replaces. */
    public static Path write(Path file, long size, long seed) {
        byte[] block = new byte[BLOCK];
        try (FileChannel out = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (long offset = 0; offset < size; offset += BLOCK) {
                int length = (int) Math.min(BLOCK, size - offset);
                fill(block, length, offset, seed);
                ByteBuffer buffer = ByteBuffer.wrap(block, 0, length);
                while (buffer.hasRemaining()) {
                    out.write(buffer);
                }
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The content as a stream of this size, made as it is read. */
    public static InputStream stream(long size, long seed) {
        return new InputStream() {
            private long position;

            @Override
            public int read() {
                return position == size ? -1 : bytes(position++, 1, seed)[0] & 0xff;
            }

            @Override
            public int read(byte[] target, int from, int length) {
                Objects.checkFromIndexSize(from, length, target.length);
                if (length == 0) {
                    return 0;
                }
                if (position == size) {
                    return -1;
                }
                int count = (int) Math.min(Math.min(length, BLOCK), size - position);
                System.arraycopy(bytes(position, count, seed), 0, target, from, count);
                position += count;
                return count;
            }

            @Override
            public int available() {
                return (int) Math.min(Integer.MAX_VALUE, size - position);
            }
        };
    }

    public static String sha256(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] block = new byte[BLOCK];
            for (int count = in.read(block); count >= 0; count = in.read(block)) {
                digest.update(block, 0, count);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** Throws an {@link AssertionError} with the first differing offset unless the file is exactly this content. */
    public static void assertIs(Path file, long size, long seed) {
        try (InputStream in = Files.newInputStream(file)) {
            check(file.toString(), in, size, seed);
        } catch (IOException e) {
            throw new AssertionError(file + ": " + e, e);
        }
    }

    public static void assertIs(byte[] actual, long size, long seed) {
        check("bytes", new ByteArrayInputStream(actual), size, seed);
    }

    /** As for a file; reads the stream to its end and leaves it to the caller to close. */
    public static void assertIs(InputStream actual, long size, long seed) {
        check("stream", actual, size, seed);
    }

    private static void check(String name, InputStream actual, long size, long seed) {
        byte[] expected = new byte[BLOCK];
        long offset = 0;
        long different = -1;
        try {
            while (true) {
                byte[] block = actual.readNBytes(BLOCK);
                if (block.length == 0) {
                    break;
                }
                int shared = (int) Math.max(0, Math.min(block.length, size - offset));
                fill(expected, shared, offset, seed);
                int at = Arrays.mismatch(block, 0, shared, expected, 0, shared);
                if (at >= 0 && different < 0) {
                    different = offset + at;
                }
                offset += block.length;
            }
        } catch (IOException e) {
            throw new AssertionError(name + ": read failed at " + offset + ": " + e, e);
        }
        if (different >= 0 || offset != size) {
            String first = different < 0 ? "the common part is the same" : "first difference at offset " + different;
            throw new AssertionError(
                    name + ": expected " + size + " bytes of seed " + seed + ", found " + offset + " bytes; " + first);
        }
    }

    private static void fill(byte[] target, int length, long offset, long seed) {
        ByteBuffer buffer = ByteBuffer.wrap(target).order(ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        while (at < length && ((offset + at) & 7) != 0) {
            target[at] = single(offset + at, seed);
            at++;
        }
        for (; at + 8 <= length; at += 8) {
            buffer.putLong(at, word((offset + at) >>> 3, seed));
        }
        for (; at < length; at++) {
            target[at] = single(offset + at, seed);
        }
    }

    private static byte single(long offset, long seed) {
        return (byte) (word(offset >>> 3, seed) >>> ((offset & 7) * 8));
    }

    private static long word(long index, long seed) {
        long z = (seed * 0x632be59bd9b4e019L) ^ (index * 0x9e3779b97f4a7c15L);
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
