package io.ferry.stream;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a partial's bytes, in a small file beside it. The bytes of a killed process are safe in the page cache;
 * those of a machine that lost its power are safe only as far as they were synced, while the file's length may say more.
 *
 * @param boot which start of the machine wrote it, {@link #UNKNOWN} where the operating system does not say
 * @param synced so many bytes from the start are known to be on the disk
 */
record PartialRecord(String boot, long synced) {

    static final String UNKNOWN = "unknown";

    /** What the name ends with, behind the partial's name. */
    static final String SUFFIX = ".record";

    /** What the name of a record ends with while it is written. */
    static final String NEW_SUFFIX = SUFFIX + ".new";

    /** How many bytes the longest of these names has more than the partial's. */
    static final int ROOM = NEW_SUFFIX.length();

    /** This start of the machine. Linux makes it up at each boot (random(4)). */
    static final String BOOT = boot(Path.of("/proc/sys/kernel/random/boot_id"));

    /** No record has more bytes. */
    private static final int LONGEST = 4096;

    private static final Pattern TEXT = Pattern.compile("boot (\\S+)\nsynced (\\d{1,18})\n");

    private static String boot(Path source) {
        try {
            String id = Files.readString(source).strip();
            return id.matches("\\S+") ? id : UNKNOWN;
        } catch (IOException e) {
            return UNKNOWN;
        }
    }

    /** Whether no power can have been lost since it was written. */
    boolean isOfThisBoot() {
        return !boot.equals(UNKNOWN) && boot.equals(BOOT);
    }

    private static Path beside(Path partial, String suffix) {
        return partial.resolveSibling(partial.getFileName() + suffix);
    }

    /** The record of a partial, or null where there is none, or none that makes sense. */
    static @Nullable PartialRecord read(Path partial) throws IOException {
        Path file = beside(partial, SUFFIX);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return null;
        }
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            Matcher record = TEXT.matcher(new String(in.readNBytes(LONGEST), StandardCharsets.US_ASCII));
            return record.matches() ? new PartialRecord(record.group(1), Long.parseLong(record.group(2))) : null;
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /**
     * Puts a record of this boot beside the partial, in the place of an earlier one.
     *
     * @param durable whether it is on the disk when this returns
     */
    static void write(Path partial, long synced, boolean durable) throws IOException {
        Path file = beside(partial, NEW_SUFFIX);
        try {
            // Made anew, so that nothing that lies there, such as a symbolic link, is written through.
            Files.deleteIfExists(file);
            Files.createFile(file);
            // Not a channel: the channel of an interrupted thread closes itself, and a stop is when this is written.
            try (FileOutputStream out = new FileOutputStream(file.toFile())) {
                out.write(("boot " + BOOT + "\nsynced " + synced + "\n").getBytes(StandardCharsets.US_ASCII));
                sync(out, durable);
            }
            Files.move(
                    file, beside(partial, SUFFIX), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            Files.deleteIfExists(file);
            throw e;
        }
        if (durable) {
            Disk.sync(Objects.requireNonNull(file.toAbsolutePath().getParent()));
        }
    }

    private static void sync(FileOutputStream out, boolean durable) throws IOException {
        if (durable) {
            out.getFD().sync();
        }
    }

    /** Takes the record away; whether there was one. */
    static boolean delete(Path partial) throws IOException {
        Files.deleteIfExists(beside(partial, NEW_SUFFIX));
        return Files.deleteIfExists(beside(partial, SUFFIX));
    }
}
