package io.ferry.testkit;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A disk of its own that does not tell upper from lower case and keeps names as they were written: exFAT, in a file, by a driver
 * of Debian's packages, mounted on an empty directory. Mounting needs root on Linux and its loop and FUSE devices.
 *
 * <p>Law: owns the image and the mount; {@link #close()} ends both.
 */
public final class FoldingDisk implements AutoCloseable {
    private static final long BYTES = 24 << 20;

    private final Path directory;
    private final String device;

    private FoldingDisk(Path directory, String device) {
        this.directory = directory;
        this.device = device;
    }

    /**
     * Mounts one.
     *
     * @param image where the disk's content lies; made here
     * @param directory an empty directory
     */
    public static FoldingDisk mount(Path image, Path directory) throws IOException {
        DebianPackages.Program make = DebianPackages.find("/usr/sbin/mkfs.exfat", "exfatprogs");
        DebianPackages.Program mount = DebianPackages.find("/sbin/mount.exfat-fuse", "exfat-fuse", "libfuse2");
        if (make == null || mount == null) {
            DebianPackages.cannotRun("exFAT is not to be had: " + DebianPackages.missing("/sbin/mount.exfat-fuse")
                    + DebianPackages.missing("/usr/sbin/mkfs.exfat"));
            throw new AssertionError();
        }
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(BYTES);
        }
        run(make, List.of(make.binary().toString(), image.toString()));
        String device;
        try {
            device = run(null, List.of("losetup", "-f", "--show", image.toString()))
                    .trim();
        } catch (IOException e) {
            DebianPackages.cannotRun("no loop device: " + e.getMessage());
            throw new AssertionError(e);
        }
        FoldingDisk disk = new FoldingDisk(directory, device);
        try {
            run(mount, List.of(mount.binary().toString(), device, directory.toString()));
        } catch (IOException e) {
            run(null, List.of("losetup", "-d", device));
            DebianPackages.cannotRun("exFAT cannot be mounted: " + e.getMessage());
        }
        return disk;
    }

    public Path directory() {
        return directory;
    }

    @Override
    public void close() throws IOException {
        run(null, List.of("umount", directory.toString()));
        run(null, List.of("losetup", "-d", device));
    }

    private static String run(DebianPackages.@Nullable Program of, List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command)).redirectErrorStream(true);
        if (of != null) {
            builder.environment().putAll(of.environment());
        }
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(command + ": " + output);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        return output;
    }
}
