package io.ferry.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a program to its end and measures it. CPU time is what the kernel adds to this process for children that have ended
 * (cutime and cstime, see proc(5), in steps of 10 ms), so that nothing else may end meanwhile. The largest resident set is the
 * kernel's high-water mark, read every 5 ms while it runs.
 */
final class ProcessMeter {
    private static final double TICKS_PER_SECOND = 100;

    private ProcessMeter() {}

    /** Throws an {@link IOException} with its output where it does not end with status 0 in time. */
    static Measured run(List<String> command, Path scratch, Duration limit) throws IOException, InterruptedException {
        Path output = Files.createTempFile(scratch, "output", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(scratch.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("HOME", scratch.toString()); // no settings of whoever runs this
        builder.environment().put("LC_ALL", "C.UTF-8");
        long ticks = childTicks();
        long start = System.nanoTime();
        Process process = builder.start();
        Thread hook = new Thread(process::destroyForcibly, "ferry-bench-hook");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            return measure(process, start, ticks, command, output, limit);
        } finally {
            process.destroyForcibly();
            Runtime.getRuntime().removeShutdownHook(hook);
        }
    }

    private static Measured measure(
            Process process, long start, long ticks, List<String> command, Path output, Duration limit)
            throws IOException, InterruptedException {
        process.getOutputStream().close();
        long peak = 0;
        long end = start + limit.toNanos();
        while (!process.waitFor(5, TimeUnit.MILLISECONDS)) {
            peak = Math.max(peak, highWater(process.pid()));
            if (System.nanoTime() > end) {
                process.destroyForcibly().waitFor();
                throw new IOException("not within " + limit + ": " + shown(command) + ": " + tail(output));
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        if (process.exitValue() != 0) {
            throw new IOException("status " + process.exitValue() + ": " + shown(command) + ": " + tail(output));
        }
        return new Measured(seconds, (childTicks() - ticks) / TICKS_PER_SECOND, peak);
    }

    private static String shown(List<String> command) {
        return command.get(0);
    }

    private static String tail(Path output) throws IOException {
        String text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8).strip();
        return text.substring(Math.max(0, text.length() - 2_000));
    }

    private static long childTicks() throws IOException {
        String stat = Files.readString(Path.of("/proc/self/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return Long.parseLong(fields[13]) + Long.parseLong(fields[14]);
    }

    /** KiB; 0 once the process has ended. */
    private static long highWater(long pid) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"), StandardCharsets.ISO_8859_1)) {
                if (line.startsWith("VmHWM:")) {
                    return Long.parseLong(line.replaceAll("\\D", ""));
                }
            }
        } catch (IOException e) {
            return 0;
        }
        return 0;
    }
}
