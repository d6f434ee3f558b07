package io.ferry.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A disk of its own, of a few megabytes, in memory, mounted on an empty directory; {@link #close()} unmounts it. Mounting
 * needs root on Linux: elsewhere the test is left out.
 */
public final class SmallDisk implements AutoCloseable {
    private final Path directory;

    private SmallDisk(Path directory) {
        this.directory = directory;
    }

    public static SmallDisk mount(Path directory, long bytes) {
        boolean mounted = run("mount", "-t", "tmpfs", "-o", "size=" + bytes, "ferry-test", directory.toString());
        if (!mounted) {
            System.err.println("LEFT OUT: no disk can be mounted here (root on Linux is needed)");
        }
        Assumptions.assumeTrue(mounted, "mount needs root on Linux");
        return new SmallDisk(directory);
    }

    public Path directory() {
        return directory;
    }

    /** Lets nobody write any more, not even root. */
    public void makeReadOnly() {
        if (!run("mount", "-o", "remount,ro", directory.toString())) {
            throw new AssertionError("remount of " + directory + " failed");
        }
    }

    @Override
    public void close() {
        if (!run("umount", "-l", directory.toString())) {
            throw new AssertionError("umount of " + directory + " failed");
        }
    }

    private static boolean run(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException(e));
        }
    }
}
