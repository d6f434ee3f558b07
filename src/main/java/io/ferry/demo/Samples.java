package io.ferry.demo;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;

/**
 * The demo's files: small ones and a large one in the server's {@code outbound}, and a large one in the local {@code outbox}.
 *
 * <p>Law: they are made once. What has been delivered is not made again, so a restart of the demo over the same directory
 * carries on where it stood.
 */
final class Samples {

    /** Bytes of each large file: 128 MiB. */
    static final long LARGE = 128L << 20;

    /** The large file on the server. */
    static final String LARGE_PULL = "measurements.bin";

    /** The large file in the outbox. */
    static final String LARGE_PUSH = "recordings.bin";

    private static final Duration AGE = Duration.ofHours(1);
    private static final int PULL_SEED = 1;
    private static final int PUSH_SEED = 2;

    private final Path server;
    private final Path outbox;

    Samples(Path data) {
        this.server = data.resolve("demo-server");
        this.outbox = data.resolve("outbox");
    }

    /** The server's root directory. */
    Path server() {
        return server;
    }

    /**
     * Makes the files, unless an earlier start did.
     *
     * @return whether they were made now
     */
    boolean make() throws IOException {
        Path outbound = Files.createDirectories(server.resolve("outbound"));
        Files.createDirectories(server.resolve("inbound"));
        Files.createDirectories(outbox);
        // Written last, so that a start which is interrupted in the middle is made up for by the next.
        Path made = server.resolve(".samples-made");
        if (Files.exists(made)) {
            return false;
        }
        write(outbound.resolve("customers.csv"), customers());
        write(outbound.resolve("order-1001.json"), "{\"order\": 1001, \"customer\": 7, \"total\": \"129.50\"}\n");
        write(outbound.resolve("welcome.txt"), "These files came over FTP. Each was whole before it got its name.\n");
        write(outbound.resolve("end-of-day.flag"), "");
        write(accented(outbound), "A name with a space and a letter beyond ASCII.\n");
        fill(outbound.resolve(LARGE_PULL), PULL_SEED);
        fill(outbox.resolve(LARGE_PUSH), PUSH_SEED);
        Files.createFile(made);
        return true;
    }

    private static Path accented(Path directory) {
        try {
            return directory.resolve("Z\u00fcrich report.txt");
        } catch (InvalidPathException e) {
            // A JVM in the POSIX locale cannot name such a file.
            return directory.resolve("Zurich report.txt");
        }
    }

    private static String customers() {
        StringBuilder csv = new StringBuilder("id,name,city\n");
        for (int i = 1; i <= 100; i++) {
            csv.append(i)
                    .append(",Customer ")
                    .append(i)
                    .append(",City ")
                    .append(i % 10)
                    .append('\n');
        }
        return csv.toString();
    }

    private static void write(Path file, String content) throws IOException {
        Files.writeString(file, content, StandardCharsets.UTF_8);
    }

    /** Every eight bytes are a function of their offset and the seed: a splice, a gap or a repetition shows in the digest. */
    private static void fill(Path file, int seed) throws IOException {
        Path unfinished = file.resolveSibling("." + file.getFileName() + ".making");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(unfinished), 1 << 20)) {
            byte[] word = new byte[Long.BYTES];
            for (long offset = 0; offset < LARGE; offset += Long.BYTES) {
                long mixed = mix(offset + ((long) seed << 48));
                for (int i = 0; i < Long.BYTES; i++) {
                    word[i] = (byte) (mixed >>> (8 * i));
                }
                out.write(word);
            }
        }
        // A file of this very second would be no proof of its version, so that a cut would begin it again.
        Files.setLastModifiedTime(unfinished, FileTime.from(Instant.now().minus(AGE)));
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    }

    // The finalizer of SplitMix64.
    private static long mix(long value) {
        long z = value * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
