package io.ferry.session;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * The other end of a control connection over TLS, for words that real servers do not say: implicit or after AUTH TLS, with a
 * self-signed certificate for localhost and 127.0.0.1. It answers 200 to whatever is not scripted. It owns its port and
 * threads, which {@link #close()} ends.
 */
final class TlsPeer implements AutoCloseable {

    /** What one client's socket is, once TLS is on it. */
    interface Scene {
        /** Says more than the reply. */
        void play(Socket client) throws IOException;
    }

    private static final String PASSWORD = "changeit";

    private final boolean implicit;
    private final KeyStore store;
    private final ServerSocket listener;
    private final List<Socket> clients = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final List<String> commands = new CopyOnWriteArrayList<>();
    private final Map<String, String> replies = new ConcurrentHashMap<>(Map.of(
            "USER", "331 Password, please.",
            "PASS", "230 Welcome.",
            "AUTH", "234 Go on.",
            "FEAT", "211 None."));
    private final Map<String, Scene> after = new ConcurrentHashMap<>();

    static TlsPeer implicit(Path directory) throws Exception {
        return new TlsPeer(directory, true);
    }

    static TlsPeer explicit(Path directory) throws Exception {
        return new TlsPeer(directory, false);
    }

    private TlsPeer(Path directory, boolean implicit) throws Exception {
        this.implicit = implicit;
        this.store = issued(directory);
        this.listener = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"));
        start(this::accept);
    }

    /** Made once for all peers of this JVM. */
    private static KeyStore issued;

    private static synchronized KeyStore issued(Path directory) throws Exception {
        if (issued == null) {
            issued = issue(directory.resolve("peer.p12"));
        }
        return issued;
    }

    private static KeyStore issue(Path file) throws Exception {
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "peer",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=Ferry test peer",
                        "-ext",
                        "san=dns:localhost,ip:127.0.0.1",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        keytool.getOutputStream().close();
        if (keytool.waitFor() != 0) {
            throw new IllegalStateException("keytool ended with " + keytool.exitValue());
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }

    /** Trusts this peer's certificate. */
    Tls trusted() {
        return new Tls(implicit, this::clientContext, true, List.of(), List.of(), "P");
    }

    private SSLContext clientContext() throws Exception {
        KeyStore trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        trust.setCertificateEntry("peer", store.getCertificate("peer"));
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trust);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }

    private SSLContext serverContext() throws Exception {
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        return context;
    }

    TlsPeer on(String verb, String reply) {
        replies.put(verb, reply);
        return this;
    }

    /** Goes on like this after the reply to the command has been sent. */
    TlsPeer after(String verb, Scene scene) {
        after.put(verb, scene);
        return this;
    }

    Certificate certificate() throws Exception {
        return store.getCertificate("peer");
    }

    int port() {
        return listener.getLocalPort();
    }

    List<String> commands() {
        return List.copyOf(commands);
    }

    private void start(Runnable task) {
        Thread thread = new Thread(task, "ferry-tls-peer");
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                clients.add(client);
                start(() -> serve(client));
            }
        } catch (IOException e) {
            // The listener is closed: no more clients.
            close(listener);
        }
    }

    private void serve(Socket plain) {
        try {
            Socket client = implicit ? secure(plain) : plain;
            say(client, "220 peer");
            for (String line = hear(client); line != null; line = hear(client)) {
                String verb = line.split(" ", 2)[0];
                commands.add(line);
                say(client, replies.getOrDefault(verb, "200 Done."));
                if (verb.equals("AUTH")) {
                    client = secure(plain);
                }
                Scene scene = after.get(verb);
                if (scene != null) {
                    scene.play(client);
                }
            }
        } catch (Exception e) {
            // The client is gone, or does not want to go on: that is what the tests look at.
            close(plain);
        }
    }

    private Socket secure(Socket plain) throws Exception {
        SSLSocket secured =
                (SSLSocket) serverContext().getSocketFactory().createSocket(plain, null, plain.getPort(), true);
        secured.setUseClientMode(false);
        secured.startHandshake();
        return secured;
    }

    static void say(Socket client, String line) throws IOException {
        client.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
        client.getOutputStream().flush();
    }

    private static String hear(Socket client) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = client.getInputStream().read();
                b != '\n';
                b = client.getInputStream().read()) {
            if (b < 0) {
                return null;
            }
            line.append((char) b);
        }
        return line.toString().stripTrailing();
    }

    private static void close(Closeable closeable) {
        try {
            closeable.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws Exception {
        close(listener);
        clients.forEach(TlsPeer::close);
        for (Thread thread : threads) {
            thread.join(5_000);
        }
    }
}
