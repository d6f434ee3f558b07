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
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.X509TrustManager;
import org.apache.commons.net.ftp.FTPSClient;

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
            classPath();
            random();
            timer();
            reapers();
            tlsOfTheEmbeddedServer();
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

    /** MINA, below Apache FtpServer, keeps two threads for handshakes, and starts one for each of the first two. */
    private static void tlsOfTheEmbeddedServer() throws IOException {
        try (ApacheFtp server = ApacheFtp.start(ApacheFtp.secured())) {
            for (int handshake = 0; handshake < 2; handshake++) {
                FTPSClient client = new FTPSClient(false);
                client.setTrustManager(new TrustsAll());
                client.connect(server.host(), server.port());
                client.disconnect();
            }
        }
    }

    private static final class TrustsAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {
            // a client's certificate is never asked for
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
            // the handshake is all that is wanted
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
