package io.ferry.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Closeable;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.Selector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The leak check sees each kind of leak while it lasts, whatever its name, and no longer. */
class LeaksTest {
    @TempDir
    private Path directory;

    private interface Leak {
        Closeable open() throws Exception;
    }

    private static void isSeen(String as, Leak leak) throws Exception {
        Leaks before = Leaks.snapshot();
        try (Closeable open = leak.open()) {
            assertThat(open).isNotNull();
            assertThatThrownBy(() -> Leaks.assertNoneSince(before, Duration.ofMillis(1)))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining(as);
        }
        Leaks.assertNoneSince(before);
    }

    private static Closeable thread(ThreadGroup group, String name) {
        CountDownLatch end = new CountDownLatch(1);
        Thread thread = new Thread(group, () -> awaited(end), name);
        thread.setDaemon(true);
        thread.start();
        return end::countDown;
    }

    private static void awaited(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void threadOfAnyName() throws Exception {
        ThreadGroup own = Thread.currentThread().getThreadGroup();
        ThreadGroup top = own;
        while (top.getParent() != null) {
            top = top.getParent();
        }
        ThreadGroup ofTheJvm = top;
        isSeen("thread left", () -> thread(own, "left"));
        isSeen("thread ssl-exec-1", () -> thread(own, "ssl-exec-1"));
        isSeen("thread ForkJoinPool.commonPool-worker-1", () -> thread(own, "ForkJoinPool.commonPool-worker-1"));
        isSeen("thread process reaper", () -> thread(ofTheJvm, "process reaper"));
    }

    @Test
    void idlePool() throws Exception {
        isSeen("thread pool-", () -> {
            var pool = Executors.newSingleThreadExecutor();
            pool.submit(() -> {}).get();
            return pool::shutdown;
        });
        isSeen("thread ForkJoinPool-", () -> {
            ForkJoinPool pool = new ForkJoinPool(1);
            pool.submit(() -> {}).get();
            return pool::shutdown;
        });
    }

    @Test
    void workInTheCommonPool() throws Exception {
        isSeen("work in the common pool", () -> {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch end = new CountDownLatch(1);
            ForkJoinPool.commonPool().execute(() -> {
                begun.countDown();
                awaited(end);
            });
            begun.await();
            return end::countDown;
        });
    }

    @Test
    void socket() throws Exception {
        isSeen("socket:[", Local::listen);
        try (ServerSocket server = Local.listen()) {
            isSeen("socket:[", () -> new Socket(Local.HOST, server.getLocalPort()));
        }
        isSeen("eventpoll", Selector::open);
    }

    @Test
    void fileOfAnyName() throws Exception {
        Path file = Files.createFile(directory.resolve("left"));
        isSeen(file.toString(), () -> Files.newInputStream(file));
        Path again = Files.createFile(directory.resolve("again"));
        try (var first = Files.newInputStream(again)) {
            assertThat(first.read()).isEqualTo(-1);
            isSeen(again.toString(), () -> Files.newInputStream(again));
        }
        Path archive = directory.resolve("left.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(archive))) {
            out.putNextEntry(new java.util.zip.ZipEntry("entry"));
        }
        isSeen(archive.toString(), () -> new ZipFile(archive.toFile()));
        isSeen("/dev/urandom", () -> Files.newInputStream(Path.of("/dev/urandom")));
        Path ofJava = Path.of(System.getProperty("java.home"), "release");
        isSeen("/release", () -> Files.newInputStream(ofJava));
    }

    @Test
    void whatProcessesNeededIsGoneWithThem() throws Exception {
        Leaks before = Leaks.snapshot();
        Process process = new ProcessBuilder("sleep", "60").start();
        try {
            assertThatThrownBy(() -> Leaks.assertNoneSince(before, Duration.ofMillis(1)))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("thread ")
                    .hasMessageContaining("pipe:[");
        } finally {
            process.destroyForcibly().waitFor();
            Local.closeQuietly(process.getOutputStream());
            Local.closeQuietly(process.getInputStream());
            Local.closeQuietly(process.getErrorStream());
        }
        Leaks.assertNoneSince(before);
    }
}
