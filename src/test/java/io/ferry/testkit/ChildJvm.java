package io.ferry.testkit;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A Java program in a process of its own, on the class path and the Java of this JVM, so that a test can kill it. The
 * test that started it closes it, which kills what still runs; so does the end of this JVM.
 */
public final class ChildJvm implements AutoCloseable {
    private final Process process;
    private final Thread reader;
    private final Thread hook;
    private final List<String> lines = new ArrayList<>();

    /** What to start; each call changes and returns this object. */
    public static final class Options {
        private final String main;
        private final List<String> jvmArguments = new ArrayList<>();
        private final Map<String, String> environment = new HashMap<>();
        private List<String> arguments = List.of();
        private List<String> wrapper = List.of();
        private Path directory;

        private Options(String main) {
            this.main = main;
        }

        public Options property(String key, Object value) {
            return jvmArgument("-D" + key + "=" + value);
        }

        /** The largest heap, for example "64m". */
        public Options heap(String size) {
            return jvmArgument("-Xmx" + size);
        }

        public Options jvmArgument(String argument) {
            jvmArguments.add(argument);
            return this;
        }

        public Options arguments(Object... values) {
            arguments = List.of(values).stream().map(String::valueOf).toList();
            return this;
        }

        public Options environment(String key, String value) {
            environment.put(key, value);
            return this;
        }

        /** Starts it by another program, which must become the Java process itself, such as strace with -D. */
        public Options startedBy(List<String> command) {
            wrapper = List.copyOf(command);
            return this;
        }

        public Options directory(Path path) {
            directory = path;
            return this;
        }

        public ChildJvm start() {
            try {
                return new ChildJvm(this);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public static Options of(Class<?> main) {
        return new Options(main.getName());
    }

    public static Options of(String main) {
        return new Options(main);
    }

    private ChildJvm(Options options) throws IOException {
        List<String> command = new ArrayList<>(options.wrapper);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // As in this JVM; an option of its own may say otherwise.
        command.add("-Dorg.apache.camel.jmx.disabled=true");
        command.addAll(options.jvmArguments);
        command.add(options.main);
        command.addAll(options.arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("CLASSPATH", classPath());
        builder.environment().putAll(options.environment);
        if (options.directory != null) {
            builder.directory(options.directory.toFile());
        }
        process = builder.start();
        hook = new Thread(process::destroyForcibly, "ferry-child-hook");
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException e) {
            process.destroyForcibly();
            throw e;
        }
        process.getOutputStream().close();
        reader = Local.daemon("ferry-child-output", this::read);
    }

    /** Absolute, because the child may have another working directory. */
    private static String classPath() {
        String own = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Stream.of(own.split(File.pathSeparator))
                .map(entry -> new File(entry).getAbsolutePath())
                .collect(Collectors.joining(File.pathSeparator));
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** What it has written so far, the standard error included. */
    public String output() {
        synchronized (lines) {
            return String.join("\n", lines);
        }
    }

    /** Waits for a line that contains a match; fails at once when the process ends without one. */
    public Matcher awaitLine(String regex, Duration limit) {
        Pattern pattern = Pattern.compile(regex);
        long end = System.nanoTime() + limit.toNanos();
        synchronized (lines) {
            for (int at = 0; ; ) {
                for (; at < lines.size(); at++) {
                    Matcher matcher = pattern.matcher(lines.get(at));
                    if (matcher.find()) {
                        return matcher;
                    }
                }
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0 || !reader.isAlive()) {
                    throw new AssertionError("no line matches " + regex + " in:\n" + output());
                }
                try {
                    lines.wait(Math.min(left, 100));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new AssertionError("interrupted", e);
                }
            }
        }
    }

    /** Kills it with SIGKILL and returns once it is gone. */
    public void kill9() {
        process.toHandle().destroyForcibly();
        awaitExit(Duration.ofSeconds(10));
    }

    /** Asks it to end, with SIGTERM; {@link #awaitExit} tells how it ended. */
    public void stop() {
        process.toHandle().destroy(); // Process.destroy would close the output as well
    }

    /** Waits for the end and returns the exit code; after a signal that is 128 and its number. */
    public int awaitExit(Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("still running after " + limit + ":\n" + output());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
        Local.join(reader);
        return process.exitValue();
    }

    @Override
    public void close() {
        try {
            if (process.isAlive()) {
                kill9();
            }
            Local.join(reader);
        } finally {
            Local.closeQuietly(process.getInputStream());
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException ignored) {
                // this JVM is exiting
            }
        }
    }

    private void read() {
        try (var in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                synchronized (lines) {
                    lines.add(line);
                    lines.notifyAll();
                }
            }
        } catch (IOException ignored) {
            // closed
        }
    }
}
