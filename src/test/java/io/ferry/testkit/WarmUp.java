package io.ferry.testkit;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.apache.mina.filter.ssl.SslFilter;

/**
 * Starts, once in a JVM and before the first {@link Leaks#snapshot()}, all that the JVM and the libraries start at its first
 * use and then keep until the JVM ends. After that it is part of each snapshot, and no leak check needs to know it. Nothing is
 * left out by name here: what is not really started by this shows up as a leak of the test that uses it first.
 */
final class WarmUp {
    private static boolean done;

    private WarmUp() {}

    static synchronized void once() {
        if (done) {
            return;
        }
        try {
            sockets();
            Ports.free();
            classPath();
            random();
            timer();
            reapers();
            Handshakes.first();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        done = true;
    }

    /** The first socket and the first channel make the JVM open descriptors that it keeps. */
    private static void sockets() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept();
                FileChannel channel = FileChannel.open(Path.of("/dev/null"), StandardOpenOption.READ)) {
            channel.size();
            accepted.shutdownOutput();
            client.getInputStream().readAllBytes();
        }
    }

    /** The class loader opens an archive when it first looks into it: for what is nowhere it looks into all. */
    private static void classPath() {
        if (ClassLoader.getSystemResource("io/ferry/testkit/nowhere") != null) {
            throw new IllegalStateException("it is somewhere");
        }
    }

    /** The random devices stay open. */
    private static void random() {
        SecureRandom random = new SecureRandom();
        random.nextBytes(random.generateSeed(1));
    }

    /** The thread that time-outs of futures are waited for in. */
    private static void timer() {
        new CompletableFuture<>()
                .completeOnTimeout(null, 1, TimeUnit.MILLISECONDS)
                .join();
    }

    /**
     * The thread that waits for the end of a process waits a minute more for the next process. Not to be outwaited, so it is
     * told to end at once.
     */
    private static void reapers() {
        try {
            Field executor = Class.forName("java.lang.ProcessHandleImpl").getDeclaredField("processReaperExecutor");
            executor.setAccessible(true);
            ((ThreadPoolExecutor) executor.get(null)).setKeepAliveTime(0, TimeUnit.SECONDS);
        } catch (InaccessibleObjectException e) {
            throw new IllegalStateException("run the tests with --add-opens java.base/java.lang=ALL-UNNAMED", e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JVM waits for processes in another way", e);
        }
    }

    /** MINA, below the embedded Apache FtpServer, starts a thread for each of the first two handshakes, and keeps both. */
    private static final class Handshakes extends SslFilter {
        private Handshakes() throws NoSuchAlgorithmException {
            super(SSLContext.getDefault());
        }

        static void first() {
            EXECUTOR.execute(() -> {});
            EXECUTOR.execute(() -> {});
        }
    }
}
