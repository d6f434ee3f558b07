package io.ferry.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Await;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;
import org.apache.commons.net.ftp.FTP;
import org.apache.commons.net.ftp.FTPClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo's server, seen by a client that knows nothing of Ferry. */
class DemoServerTest {

    @TempDir
    Path root;

    @Test
    void theLineIsCutOnceAtTheMarkAndRestCarriesOn() throws Exception {
        long mark = Samples.LARGE * 2 / 5;
        try (var file = Files.newByteChannel(
                root.resolve("large.bin"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            file.position(Samples.LARGE - 1);
            file.write(ByteBuffer.allocate(1));
        }
        try (DemoServer server = new DemoServer(root, 0, "secret")) {
            FTPClient client = login(server);
            long first = retrieve(client, mark - (1 << 20));
            assertThat(client.getReplyCode()).isEqualTo(426);
            assertThat(first).isBetween(1L, 1L << 20);

            assertThat(retrieve(client, mark - (1 << 20))).isEqualTo(Samples.LARGE - mark + (1 << 20));
            assertThat(client.getReplyCode()).isEqualTo(226);
            client.disconnect();
        }
    }

    @Test
    void aStoppedDemoLeavesNoThread() throws Exception {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        try (DemoServer server = new DemoServer(root, 0, "secret")) {
            login(server).disconnect();
        }
        // MINA's threads end by themselves once they have noticed.
        Await.until(
                "the end of the server's threads",
                Duration.ofSeconds(30),
                () -> Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> !before.contains(thread))
                        .noneMatch(thread -> !thread.isDaemon()));
    }

    @Test
    void samplesAreMadeOnceAndHoldWhatTheyAreSaidTo() throws Exception {
        Samples samples = new Samples(root);
        assertThat(samples.make()).isTrue();
        assertThat(Files.size(root.resolve("demo-server/outbound").resolve(Samples.LARGE_PULL)))
                .isEqualTo(Samples.LARGE)
                .isGreaterThan(100_000_000);
        Files.delete(root.resolve("demo-server/outbound/customers.csv"));

        assertThat(new Samples(root).make()).isFalse();
        assertThat(root.resolve("demo-server/outbound/customers.csv")).doesNotExist();
    }

    private static FTPClient login(DemoServer server) throws IOException {
        FTPClient client = new FTPClient();
        client.connect("127.0.0.1", server.port());
        assertThat(client.login("demo", "secret")).isTrue();
        client.enterLocalPassiveMode();
        client.setFileType(FTP.BINARY_FILE_TYPE);
        return client;
    }

    private static long retrieve(FTPClient client, long offset) throws IOException {
        client.setRestartOffset(offset);
        long count = 0;
        try (InputStream in = client.retrieveFileStream("large.bin")) {
            byte[] block = new byte[1 << 16];
            for (int n = in.read(block); n >= 0; n = in.read(block)) {
                count += n;
            }
        } catch (IOException e) {
            // Bytes under way at a cut may be lost to a reset; what counts is the server's reply.
            assertThat(e).isInstanceOf(SocketException.class);
        }
        client.completePendingCommand();
        return count;
    }
}
