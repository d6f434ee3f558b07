package io.ferry.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * The certificate authority of this test JVM. Its directory is shared by all servers and deleted when the JVM exits;
 * nobody closes it.
 */
final class Certs {
    /** A server's key and certificate, as PKCS12 and as PEM, and what its clients have to trust. */
    record Issued(Path keystore, String password, Path certPem, Path keyPem, TestServer.Tls tls) {
        /** TLS as a client that trusts the authority and does not look at names. */
        Socket layer(Socket plain) throws IOException {
            try (InputStream in = Files.newInputStream(tls.truststore())) {
                KeyStore trusted = KeyStore.getInstance("PKCS12");
                trusted.load(in, tls.truststorePassword().toCharArray());
                TrustManagerFactory factory =
                        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
                factory.init(trusted);
                SSLContext context = SSLContext.getInstance("TLS");
                context.init(null, factory.getTrustManagers(), null);
                return context.getSocketFactory().createSocket(plain, Local.HOST, plain.getPort(), true);
            } catch (GeneralSecurityException e) {
                throw new IOException(e);
            }
        }
    }

    static final String OWN_NAMES = "dns:localhost,ip:127.0.0.1";
    private static final String PASSWORD = "changeit";
    private static final Map<String, Issued> ISSUED = new HashMap<>();
    private static Path directory;

    private Certs() {}

    /** A certificate for these names in keytool's notation, e.g. "dns:localhost"; issued once and then reused. */
    static Issued issue(String names, boolean expired) {
        return issue(names, expired ? ScriptedTls.Sort.EXPIRED : ScriptedTls.Sort.GOOD);
    }

    /** As {@link #issue(String, boolean)}, of this sort. */
    static synchronized Issued issue(String names, ScriptedTls.Sort sort) {
        return ISSUED.computeIfAbsent(names + sort, key -> {
            try {
                return create(names, sort);
            } catch (IOException | GeneralSecurityException e) {
                throw new IllegalStateException("no certificate for " + names, e);
            }
        });
    }

    private static Issued create(String names, ScriptedTls.Sort sort) throws IOException, GeneralSecurityException {
        if (directory == null) {
            directory = Local.tempDirectory("certs");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> Local.delete(directory)));
            keytool("ca", "-dname", "CN=Ferry test authority", "-startdate", "-30d", "-ext", "bc:c=ca:true");
            write(directory.resolve("ca.pem"), "CERTIFICATE", all().getCertificate("ca"));
            KeyStore trust = empty();
            trust.setCertificateEntry("ca", all().getCertificate("ca"));
            store(trust, directory.resolve("trust.p12"));
        }
        String alias = "server" + ISSUED.size();
        String start = sort == ScriptedTls.Sort.EXPIRED ? "-10d" : "-1d";
        List<String> more =
                new ArrayList<>(List.of("-dname", sort.subject(), "-startdate", start, "-ext", "san=" + names));
        if (sort != ScriptedTls.Sort.SELF_SIGNED) {
            more.addAll(List.of("-signer", "ca"));
        }
        keytool(alias, more.toArray(String[]::new));
        KeyStore all = all();
        PrivateKey key = (PrivateKey) all.getKey(alias, PASSWORD.toCharArray());
        Certificate[] chain = all.getCertificateChain(alias);
        KeyStore own = empty();
        own.setKeyEntry("server", key, PASSWORD.toCharArray(), chain);
        Path keystore = directory.resolve(alias + ".p12");
        store(own, keystore);
        Path certPem = directory.resolve(alias + ".pem");
        write(certPem, "CERTIFICATE", chain);
        Path keyPem = directory.resolve(alias + ".key");
        Files.writeString(keyPem, pem("PRIVATE KEY", key.getEncoded()));
        TestServer.Tls tls = new TestServer.Tls(directory.resolve("ca.pem"), directory.resolve("trust.p12"), PASSWORD);
        return new Issued(keystore, PASSWORD, certPem, keyPem, tls);
    }

    private static void keytool(String alias, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                alias,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-validity",
                alias.equals("ca") ? "60" : "5",
                "-storetype",
                "PKCS12",
                "-keystore",
                directory.resolve("all.p12").toString(),
                "-storepass",
                PASSWORD));
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        try (InputStream output = process.getInputStream()) {
            String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException("keytool: " + text);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static KeyStore all() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(directory.resolve("all.p12"))) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }

    private static KeyStore empty() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static void store(KeyStore store, Path file) throws IOException, GeneralSecurityException {
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, PASSWORD.toCharArray());
        }
    }

    private static void write(Path file, String type, Certificate... certificates)
            throws IOException, GeneralSecurityException {
        StringBuilder text = new StringBuilder();
        for (Certificate certificate : certificates) {
            text.append(pem(type, certificate.getEncoded()));
        }
        Files.writeString(file, text);
    }

    private static String pem(String type, byte[] content) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n";
    }
}
