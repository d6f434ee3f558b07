package io.ferry.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.apache.commons.net.ftp.FTP;
import org.apache.commons.net.ftp.FTPClient;
import org.apache.commons.net.ftp.FTPSClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The test kit's own tests, with commons-net as the client. */
class TestKitTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final int SIZE = 300_001;
    private static final long SEED = 7;

    @TempDir
    private Path directory;

    private Leaks before;

    @BeforeEach
    void rememberWhatIsOpen() {
        before = Leaks.snapshot();
    }

    @AfterEach
    void leavesNothingBehind() {
        Leaks.assertNoneSince(before);
    }

    @TestFactory
    Stream<DynamicTest> everyServerStoresServesAndRefusesAWrongPassword() {
        List<Supplier<TestServer>> servers = List.of(
                ApacheFtp::start,
                Vsftpd::start,
                Proftpd::start,
                PureFtpd::start,
                FakeFtp::start,
                ScriptedServer::start);
        return servers.stream()
                .map(start -> DynamicTest.dynamicTest("server " + servers.indexOf(start), () -> {
                    try (TestServer server = start.get()) {
                        storesServesAndRefusesAWrongPassword(server);
                    }
                }));
    }

    private static void storesServesAndRefusesAWrongPassword(TestServer server) throws Exception {
        FTPClient stranger = connect(server);
        assertFalse(stranger.login(server.user(), "wrong"));
        assertEquals(530, stranger.getReplyCode());
        stranger.disconnect();
        try (FaultProxy proxy = FaultProxy.before(server)) {
            for (boolean extended : new boolean[] {false, true}) {
                FTPClient client = login(proxy);
                client.setUseEPSVwithIPv4(extended);
                proxy.clearBytes();
                assertTrue(client.storeFile("/a.bin", Content.stream(SIZE, SEED)), client.getReplyString());
                assertEquals(SIZE, proxy.bytesUp());
                ByteArrayOutputStream received = new ByteArrayOutputStream();
                assertTrue(client.retrieveFile("/a.bin", received), client.getReplyString());
                assertEquals(SIZE, proxy.bytesDown());
                Content.assertIs(received.toByteArray(), SIZE, SEED);
                assertEquals(1, client.listFiles("/").length);
                client.quit();
                client.disconnect();
            }
            assertTrue(proxy.commands().containsAll(List.of("PASS <password>", "STOR /a.bin", "RETR /a.bin")));
        }
        assertTrue(server.commands().contains("RETR /a.bin"), server.log());
        server.clearCommands();
        assertEquals(List.of(), server.commands());
    }

    /** Another's greeting on the port that was to be the server's once failed the test. */
    @TestFactory
    Stream<DynamicTest> aServerWhosePortAnotherHasTakesTheNext() {
        Map<String, Function<IntSupplier, TestServer>> servers = Map.of(
                "vsftpd", ports -> Vsftpd.start(drawing(Vsftpd.plain(), ports)),
                "vsftpd over TLS", ports -> Vsftpd.start(drawing(Vsftpd.implicit(), ports)),
                "ProFTPD", ports -> Proftpd.start(drawing(Proftpd.plain(), ports)),
                "Pure-FTPd", ports -> PureFtpd.start(drawing(PureFtpd.plain(), ports)));
        return servers.entrySet().stream()
                .map(each -> DynamicTest.dynamicTest(each.getKey(), () -> {
                    try (ScriptedServer other = ScriptedServer.start()) {
                        AtomicInteger drawn = new AtomicInteger();
                        IntSupplier ports = () -> drawn.incrementAndGet() < 3 ? other.port() : Ports.free();
                        try (TestServer server = each.getValue().apply(ports)) {
                            assertEquals(3, drawn.get());
                            assertNotEquals(other.port(), server.port());
                            assertTrue(Files.isDirectory(server.root()));
                        }
                        login(other).disconnect();
                    }
                }));
    }

    private static <O extends DebianServer.Options<O>> O drawing(O options, IntSupplier ports) {
        options.ports = ports;
        return options;
    }

    @Test
    void portsBelongToOneJvmAlone() throws Exception {
        Set<Integer> blocks = new HashSet<>();
        List<ChildJvm> children = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                children.add(ChildJvm.of(PortsMain.class).start());
            }
            blocks.add(Ports.free() / Ports.BLOCK);
            for (ChildJvm child : children) {
                int port = Integer.parseInt(
                        child.awaitLine("port (\\d+)", Duration.ofSeconds(60)).group(1));
                assertThrows(IOException.class, () -> new Socket(InetAddress.getLoopbackAddress(), port));
                blocks.add(port / Ports.BLOCK);
            }
            assertEquals(4, blocks.size(), () -> "blocks " + blocks);
        } finally {
            children.forEach(ChildJvm::close);
        }
    }

    /** Takes a port number and stays. */
    static final class PortsMain {
        public static void main(String[] arguments) throws Exception {
            System.out.println("port " + Ports.free());
            new CountDownLatch(1).await();
        }
    }

    @Test
    void vsftpdRefusesDataThatDoesNotResumeTheSessionAndComesBackAfterACrash() throws Exception {
        try (Vsftpd server = Vsftpd.start(Vsftpd.secured())) {
            FTPClient client = login(server);
            try {
                assertFalse(client.storeFile("a.bin", Content.stream(SIZE, SEED)));
            } catch (IOException ignored) {
                // the server may reset the data connection before it says why
            }
            Await.until("a refusal", LIMIT, () -> server.log().contains("\"522 "));
            client.disconnect();
            server.crash();
            assertThrows(IOException.class, () -> new Socket(server.host(), server.port()).close());
            server.restart();
            login(server).disconnect();
        }
    }

    @Test
    void proftpdAndPureFtpdComeBackAfterACrash() throws Exception {
        try (Proftpd server = Proftpd.start()) {
            FTPClient client = login(server);
            server.crash();
            assertThrows(IOException.class, client::noop);
            client.disconnect();
            assertThrows(IOException.class, () -> new Socket(server.host(), server.port()).close());
            server.restart();
            login(server).disconnect();
        }
        try (PureFtpd server = PureFtpd.start()) {
            FTPClient client = login(server);
            server.crash();
            assertThrows(IOException.class, client::noop);
            client.disconnect();
            assertThrows(IOException.class, () -> new Socket(server.host(), server.port()).close());
            server.restart();
            login(server).disconnect();
        }
    }

    private static boolean isStored(FTPClient client, String name) {
        try {
            return storeReply(client, name) == 226;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void vsftpdAndApacheShareALoginDirectoryAndApacheSpeaksTls() throws Exception {
        Content.write(directory.resolve("here.bin"), SIZE, SEED);
        try (ApacheFtp server =
                ApacheFtp.start(ApacheFtp.secured().root(directory).maxLogins(1))) {
            FTPClient client = login(server);
            // commons-net drops the data connection without waiting for the server's side, which then may say 426.
            Await.until("an upload over TLS", LIMIT, () -> isStored(client, "there.bin"));
            Content.assertIs(directory.resolve("there.bin"), SIZE, SEED);
            FTPClient second = connect(server);
            assertThrows(IOException.class, () -> second.login(server.user(), server.password()));
            assertEquals(421, second.getReplyCode());
            second.disconnect();
            client.disconnect();
        }
        try (Vsftpd server = Vsftpd.start(Vsftpd.plain().root(directory))) {
            FTPClient client = login(server);
            client.setRestartOffset(SIZE - 1);
            ByteArrayOutputStream received = new ByteArrayOutputStream();
            assertTrue(client.retrieveFile("there.bin", received));
            assertArrayEquals(Content.bytes(SIZE - 1, 1, SEED), received.toByteArray());
            assertTrue(server.commands().contains("REST " + (SIZE - 1)));
            client.disconnect();
        }
        assertTrue(Files.exists(directory.resolve("here.bin")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vsftpd", "proftpd", "pureftpd"})
    void killedJvmTakesItsServerWithIt(String name) throws Exception {
        real(name).close(); // or this test does not run
        try (ChildJvm child = ChildJvm.of(ServerMain.class)
                .property("java.io.tmpdir", directory)
                .arguments(name)
                .start()) {
            int port = Integer.parseInt(
                    child.awaitLine("port (\\d+)", Duration.ofSeconds(60)).group(1));
            child.kill9();
            Await.until("nobody listens", LIMIT, () -> {
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    return !socket.isConnected();
                } catch (IOException e) {
                    return true;
                }
            });
        }
    }

    private static TestServer real(String name) {
        return switch (name) {
            case "vsftpd" -> Vsftpd.start();
            case "proftpd" -> Proftpd.start();
            default -> PureFtpd.start();
        };
    }

    static final class ServerMain {
        public static void main(String[] args) throws Exception {
            TestServer server = real(args[0]);
            FTPClient session = login(server);
            System.out.println("port " + server.port());
            Thread.currentThread().join();
            session.disconnect();
        }
    }

    @Test
    void proxyCutsDownloadsAfterExactlySoManyBytes() throws Exception {
        try (Vsftpd server = Vsftpd.start();
                FaultProxy proxy = FaultProxy.before(server)) {
            Content.write(server.root().resolve("a.bin"), 50_000_000, SEED);
            FTPClient client = login(proxy);

            var lie = proxy.cutDataAfter(123_457, Direction.DOWN, Cut.FIN).hideError226();
            assertTrue(client.listFiles("/").length > 0);
            assertEquals(0, lie.fired());
            proxy.clearBytes();
            ByteArrayOutputStream received = new ByteArrayOutputStream();
            assertTrue(client.retrieveFile("a.bin", received), client.getReplyString());
            Content.assertIs(received.toByteArray(), 123_457, SEED);
            assertEquals(123_457, proxy.bytesDown());
            assertEquals(1, lie.fired());

            proxy.cutDataAfter(0, Direction.DOWN, Cut.FIN);
            received.reset();
            assertFalse(client.retrieveFile("a.bin", received));
            assertEquals(426, client.getReplyCode());
            assertEquals(0, received.size());

            proxy.cutDataAfter(1_000_000, Direction.DOWN, Cut.SILENT);
            assertTrue(client.retrieveFile("a.bin", received));
            Content.assertIs(received.toByteArray(), 1_000_000, SEED);

            proxy.cutDataAfter(1_000, Direction.DOWN, Cut.RST);
            assertThrows(IOException.class, () -> client.retrieveFile("a.bin", new ByteArrayOutputStream()));
            client.disconnect();
        }
    }

    @Test
    void proxyCutsUploadsAfterExactlySoManyBytes() throws Exception {
        try (Vsftpd server = Vsftpd.start();
                FaultProxy proxy = FaultProxy.before(server)) {
            FTPClient client = login(proxy);
            proxy.cutDataAfter(100_001, Direction.UP, Cut.SILENT).containing("a.bin");
            assertEquals(226, storeReply(client, "b.bin"));
            assertEquals(226, storeReply(client, "a.bin"));
            Content.assertIs(server.root().resolve("a.bin"), 100_001, SEED);
            assertEquals(SIZE + 100_001, proxy.bytesUp());
            client.disconnect();

            for (Cut cut : List.of(Cut.FIN, Cut.RST)) {
                FTPClient other = login(proxy);
                proxy.cutDataAfter(100_001, Direction.UP, cut);
                assertThrows(IOException.class, () -> other.storeFile("c.bin", Content.stream(1 << 28, SEED)));
                other.disconnect();
                Path file = server.root().resolve("c.bin");
                Await.until("the server has it", LIMIT, () -> file.toFile().length() > 0);
            }
        }
    }

    @Test
    void proxyBreaksTheControlConnection() throws Exception {
        try (Vsftpd server = Vsftpd.start();
                FaultProxy proxy = FaultProxy.before(server)) {
            Content.write(server.root().resolve("a.bin"), SIZE, SEED);
            FTPClient client = login(proxy);
            proxy.replaceReply("SIZE", "550 No.").times(2);
            assertEquals(550, client.sendCommand("SIZE a.bin"));
            assertEquals(550, client.sendCommand("SIZE a.bin"));
            assertEquals(213, client.sendCommand("SIZE a.bin"));
            assertEquals(
                    1, server.commands().stream().filter("SIZE a.bin"::equals).count());
            var delay = proxy.delayReply("NOOP", 20);
            assertEquals(200, client.sendCommand("NOOP"));
            assertEquals(1, delay.fired());

            proxy.cutControlOnReplyTo("RNTO");
            assertEquals(350, client.sendCommand("RNFR a.bin"));
            assertThrows(IOException.class, () -> client.sendCommand("RNTO b.bin"));
            assertTrue(Files.exists(server.root().resolve("b.bin")));
            client.disconnect();

            FTPClient other = login(proxy);
            proxy.cutControlOn("DELE");
            assertThrows(IOException.class, () -> other.sendCommand("DELE b.bin"));
            assertTrue(Files.exists(server.root().resolve("b.bin")));
            assertFalse(server.commands().contains("DELE b.bin"));
            other.disconnect();
        }
    }

    @Test
    void proxyStallsDataAndDropsTheControlConnectionMeanwhile() throws Exception {
        try (ApacheFtp server = ApacheFtp.start();
                FaultProxy proxy = FaultProxy.before(server)) {
            int size = 50_000_000;
            Content.write(server.root().resolve("a.bin"), size, SEED);
            FTPClient client = login(proxy);
            proxy.stallDataAfter(1_000, Direction.DOWN);
            proxy.cutControlDuringDataAfter(2_000, Direction.DOWN);
            try (InputStream in = client.retrieveFileStream("a.bin")) {
                Content.assertIs(in.readNBytes(1_000), 1_000, SEED);
                assertEquals(0, in.available());
                assertEquals(200, proxyAlive(proxy));
                proxy.release();
                assertEquals(size - 1_000, in.readAllBytes().length);
            }
            assertThrows(IOException.class, client::completePendingCommand);
            client.disconnect();
        }
    }

    private int proxyAlive(FaultProxy proxy) throws Exception {
        FTPClient other = login(proxy);
        try {
            return other.noop();
        } finally {
            other.disconnect();
        }
    }

    @Test
    void proxyCutsEncryptedDataOfAMirroredServer() throws Exception {
        try (Vsftpd server = Vsftpd.start(Vsftpd.secured().behindProxy().set("require_ssl_reuse", "NO"));
                FaultProxy proxy = FaultProxy.before(server)) {
            Content.write(server.root().resolve("a.bin"), 10_000_000, SEED);
            FTPClient client = login(proxy);
            proxy.cutDataAfter(1_000_000, Direction.DOWN, Cut.RST);
            assertThrows(IOException.class, () -> client.retrieveFile("a.bin", new ByteArrayOutputStream()));
            assertEquals(1_000_000, proxy.bytesDown());
            client.disconnect();
        }
    }

    @Test
    void scriptedServerSaysWhatItIsTold() throws Exception {
        try (ScriptedServer server = ScriptedServer.start().put("/a.bin", Content.bytes(SIZE, SEED))) {
            server.onNext("SIZE", "213 5", "550 Never heard of it.").on("MDTM", "213 20300101000000");
            server.on("NOOP", (session, argument) -> {
                session.raw("200-one\r\n 200 two\r\n200 three\r\n".getBytes(StandardCharsets.US_ASCII));
                return null;
            });
            server.on("RETR", (session, argument) -> {
                session.reply("150 Half of it.");
                session.sendData(Content.bytes(SIZE / 2, SEED));
                return "226 All of it.";
            });
            server.listing("total 1", "-rw-r--r-- 1 a b 3 Jan 1 2024 c d");
            FTPClient client = login(server);
            assertEquals("5", client.getSize("a.bin"));
            assertEquals(550, client.sendCommand("SIZE a.bin"));
            assertEquals(String.valueOf(SIZE), client.getSize("a.bin"));
            assertEquals("20300101000000", client.getModificationTime("a.bin"));
            assertEquals(200, client.noop());
            assertEquals("c d", client.listFiles()[0].getName());
            ByteArrayOutputStream received = new ByteArrayOutputStream();
            assertTrue(client.retrieveFile("a.bin", received));
            Content.assertIs(received.toByteArray(), SIZE / 2, SEED);
            client.setRestartOffset(10);
            server.standard("RETR");
            received.reset();
            assertTrue(client.retrieveFile("a.bin", received));
            assertEquals(SIZE - 10, received.size());
            assertTrue(client.rename("a.bin", "dir/b.bin"));
            assertEquals(List.of("/dir/b.bin"), server.paths());
            assertTrue(server.commands().contains("REST 10"));
            client.disconnect();
        }
    }

    @Test
    void contentTellsWhereItDiffers() throws Exception {
        Path file = Content.write(directory.resolve("a"), 1_000_003, SEED);
        Content.assertIs(file, 1_000_003, SEED);
        assertArrayEquals(
                Files.readAllBytes(file), Content.stream(1_000_003, SEED).readAllBytes());
        assertArrayEquals(Content.bytes(5, 11, SEED), copy(Content.bytes(16, SEED), 5));
        byte[] spliced = Files.readAllBytes(file);
        System.arraycopy(spliced, 0, spliced, 700_005, 1_000);
        AssertionError error = assertThrows(AssertionError.class, () -> Content.assertIs(spliced, 1_000_003, SEED));
        assertTrue(error.getMessage().contains("offset 700005"), error.getMessage());
        assertThrows(AssertionError.class, () -> Content.assertIs(file, 1_000_004, SEED));
        assertThrows(AssertionError.class, () -> Content.assertIs(file, 1_000_002, SEED));
        Path other = Content.write(directory.resolve("b"), 1_000_003, SEED + 1);
        assertFalse(Content.sha256(file).equals(Content.sha256(other)));
    }

    private static byte[] copy(byte[] bytes, int from) {
        return Arrays.copyOfRange(bytes, from, bytes.length);
    }

    @Test
    void childJvmIsHeardStoppedAndKilled() {
        var options = ChildJvm.of(EchoMain.class)
                .property("greeting", "hello")
                .heap("32m")
                .directory(directory)
                .arguments("a", 2);
        try (ChildJvm child = options.start()) {
            assertEquals(
                    "a 2", child.awaitLine("hello (.*) in " + directory, LIMIT).group(1));
            child.stop();
            assertEquals(143, child.awaitExit(LIMIT));
            assertTrue(child.output().contains("goodbye"));
        }
        try (ChildJvm child = options.start()) {
            child.awaitLine("hello", LIMIT);
            child.kill9();
            assertEquals(137, child.awaitExit(LIMIT));
            assertFalse(child.output().contains("goodbye"));
            assertThrows(AssertionError.class, () -> child.awaitLine("never", LIMIT));
        }
    }

    static final class EchoMain {
        public static void main(String[] args) throws Exception {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("goodbye")));
            System.out.println(System.getProperty("greeting") + " " + String.join(" ", args) + " in "
                    + Path.of("").toAbsolutePath());
            Thread.currentThread().join();
        }
    }

    private static int storeReply(FTPClient client, String name) throws IOException {
        client.storeFile(name, Content.stream(SIZE, SEED));
        return client.getReplyCode();
    }

    private static FTPClient connect(TestServer server) throws Exception {
        FTPClient client = new FTPClient();
        if (server.tls() != null) {
            FTPSClient secure = new FTPSClient(false);
            secure.setTrustManager(trust(server.tls()));
            secure.setEndpointCheckingEnabled(true);
            client = secure;
        }
        client.connect(server.host(), server.port());
        return client;
    }

    private static FTPClient login(TestServer server) throws Exception {
        FTPClient client = connect(server);
        assertTrue(client.login(server.user(), server.password()), client.getReplyString());
        if (client instanceof FTPSClient secure) {
            secure.execPBSZ(0);
            secure.execPROT("P");
        }
        client.enterLocalPassiveMode();
        client.setFileType(FTP.BINARY_FILE_TYPE);
        return client;
    }

    private static TrustManager trust(TestServer.Tls tls) throws Exception {
        KeyStore store = KeyStore.getInstance(
                tls.truststore().toFile(), tls.truststorePassword().toCharArray());
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers()[0];
    }
}
