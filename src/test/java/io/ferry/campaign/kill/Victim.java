package io.ferry.campaign.kill;

import io.ferry.testkit.Await;
import io.ferry.testkit.ChildJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A Ferry process, started by Ferry's own launcher, that can be killed from any thread.
 *
 * <p>Law: owns the process until closed.
 */
final class Victim implements AutoCloseable {

    static final Duration LIMIT = Duration.ofSeconds(60);

    private static final int TOLD = 60;

    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch dead = new CountDownLatch(1);
    private final AtomicBoolean struck = new AtomicBoolean();
    private volatile ChildJvm process;
    private long startedAt;

    /** Starts it in a folder; the step of the {@link Journal} at which it stands still, or an empty string. */
    void start(Path folder, String stopAt) {
        start(folder, stopAt, List.of());
    }

    /** The same, started by another program that becomes it. */
    void start(Path folder, String stopAt, List<String> startedBy) {
        startedAt = System.nanoTime();
        process = ChildJvm.of("io.ferry.Ferry")
                .heap("128m")
                // Lives are short: a compiler that warms up quickly, and one thread to collect.
                .jvmArgument("-XX:TieredStopAtLevel=1")
                .jvmArgument("-XX:+UseSerialGC")
                .property("logback.configurationFile", "logback.xml")
                .property(Journal.STOP_AT, stopAt)
                .startedBy(startedBy)
                .directory(folder)
                .arguments("run")
                .start();
        started.countDown();
    }

    /** Kills it, once, and returns when it is gone; from any thread, also from one that runs before it is started. */
    void kill() {
        try {
            if (!started.await(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("never started");
            }
            if (struck.compareAndSet(false, true)) {
                process.kill9();
                dead.countDown();
            }
            dead.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether it was killed. */
    boolean isDead() {
        return dead.getCount() == 0;
    }

    /** Nanoseconds since it was started. */
    long age() {
        return System.nanoTime() - startedAt;
    }

    boolean hasSaid(String text) {
        return process.output().contains(text);
    }

    /** The last lines that it has said. */
    String output() {
        List<String> lines =
                process == null ? List.of() : process.output().lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - TOLD), lines.size()));
    }

    /** Waits, looking often, until it is killed or the condition holds; a process that ends by itself is a failure. */
    void await(String what, BooleanSupplier condition) {
        while (!isDead() && !condition.getAsBoolean()) {
            if (age() > LIMIT.toNanos()) {
                String said = output();
                throw new AssertionError("not within " + LIMIT + ": " + what + "; the process said:\n" + said
                        + "\nIts threads:\n" + threads());
            }
            if (!process.isAlive() && !struck.get()) {
                throw new AssertionError("ended by itself before: " + what + "; it said:\n" + output());
            }
            LockSupport.parkNanos(50_000);
        }
    }

    /** What the threads are about that are in Ferry or Camel. */
    private String threads() {
        try {
            new ProcessBuilder("kill", "-QUIT", Long.toString(process.pid()))
                    .start()
                    .waitFor();
        } catch (IOException e) {
            return e.toString();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
        Await.holds(Duration.ofSeconds(10), () -> hasSaid("JNI global refs"));
        return Stream.of(process.output().split("\n\n"))
                .filter(block -> block.contains("io.ferry.") || block.contains("org.apache.camel."))
                .collect(Collectors.joining("\n\n"));
    }

    @Override
    public void close() {
        if (process != null) {
            process.close();
        }
    }
}
