package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import io.ferry.testkit.Proftpd;
import io.ferry.testkit.PureFtpd;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * How servers end data connections under TLS, and what a cut of the line looks like to either side: measured at the sockets, and the
 * README must say the same.
 */
class TlsEndsTest extends SessionTestBase {

    private static final int SIZE = 300_000;
    private static final int CUT = 100_000;
    /** What a server does not say in this time it says never, or when the client has closed the connection. */
    private static final int PATIENCE = 5_000;

    private static final String HEAD = """
            | server | TLS | it ends RETR and LIST with | it answers the close_notify of STOR with | RETR cut at byte N | STOR cut at byte N |
            |---|---|---|---|---|---|
            """;

    enum Server {
        VSFTPD("vsftpd", () -> Vsftpd.start(Vsftpd.secured())),
        PROFTPD("ProFTPD", () -> Proftpd.start(Proftpd.secured())),
        PUREFTPD("Pure-FTPd", () -> PureFtpd.start(PureFtpd.secured())),
        APACHE("Apache FtpServer", () -> ApacheFtp.start(ApacheFtp.secured()));

        private final String title;
        private final Supplier<TestServer> start;

        Server(String title, Supplier<TestServer> start) {
            this.title = title;
            this.start = start;
        }
    }

    @ParameterizedTest
    @EnumSource
    void readmeTellsWhatIsMeasured(Server kind) throws Exception {
        TestServer server = keep(kind.start.get());
        Content.write(server.root().resolve("file"), SIZE, 1);
        String rows = row(kind, server, "TLSv1.3") + row(kind, server, "TLSv1.2");
        assertThat(Files.readString(Path.of("README.md")))
                .as("README.md must hold these rows:\n" + HEAD + rows)
                .contains(HEAD)
                .contains(rows);
    }

    private static String row(Server kind, TestServer server, String protocol) throws Exception {
        String file = endOfDownload(server, protocol, "RETR", "file");
        String listing = endOfDownload(server, protocol, "LIST", "");
        return "| " + kind.title + " | " + protocol.replace("v", " ") + " | "
                + (file.equals(listing) ? file : file + "; " + listing) + " | " + endOfUpload(server, protocol) + " | "
                + cutDownload(server, protocol) + " | " + cutUpload(server, protocol) + " |\n";
    }

    private static String endOfDownload(TestServer server, String protocol, String verb, String argument)
            throws Exception {
        try (Client client = new Client(server, protocol)) {
            Data data = client.begin(verb, argument, Integer.MAX_VALUE);
            int count = data.drain();
            assertThat(count).isGreaterThanOrEqualTo(verb.equals("RETR") ? SIZE : 1);
            String end = data.end();
            data.named.close();
            assertThat(client.reply(verb)).isEqualTo("226");
            return end;
        }
    }

    private static String endOfUpload(TestServer server, String protocol) throws Exception {
        try (Client client = new Client(server, protocol)) {
            Data data = client.begin("STOR", "up", Integer.MAX_VALUE);
            data.secured.getOutputStream().write(Content.bytes(SIZE, 2));
            data.secured.shutdownOutput();
            data.plain.setSoTimeout(PATIENCE);
            String end;
            try {
                data.drain();
                end = data.end();
            } catch (SocketTimeoutException e) {
                end = "nothing";
            }
            data.named.close();
            assertThat(client.reply("STOR")).isEqualTo("226");
            Content.assertIs(server.root().resolve("up"), SIZE, 2);
            return end;
        }
    }

    /** Somebody on the line ends the connection towards the client in the middle of the file. */
    private static String cutDownload(TestServer server, String protocol) throws Exception {
        try (Client client = new Client(server, protocol)) {
            Data data = client.begin("RETR", "file", CUT);
            try {
                assertThat(data.drain()).isLessThan(SIZE);
                return "end of the data, " + (data.named.hasEnded() ? "no close_notify" : "close_notify");
            } catch (IOException e) {
                return "error";
            } finally {
                data.named.close();
            }
        }
    }

    /** Somebody on the line ends the connection towards the server in the middle of the file. */
    private static String cutUpload(TestServer server, String protocol) throws Exception {
        try (Client client = new Client(server, protocol)) {
            Data data = client.begin("STOR", "cut", Integer.MAX_VALUE);
            data.secured.getOutputStream().write(Content.bytes(CUT, 3));
            data.plain.shutdownOutput();
            String code = client.reply("STOR");
            data.named.close();
            Path partial = server.root().resolve("cut");
            long kept = Files.exists(partial) ? Files.size(partial) : 0;
            return code + ", "
                    + (kept == CUT ? "all that came is kept" : kept > 0 ? "some is kept" : "nothing is kept");
        }
    }

    /** A socket whose incoming bytes end where the test wants it. */
    private static final class CutSocket extends Socket {
        private int left;

        CutSocket(int left) {
            this.left = left;
        }

        @Override
        public InputStream getInputStream() throws IOException {
            return new FilterInputStream(super.getInputStream()) {
                @Override
                public int read() throws IOException {
                    byte[] one = new byte[1];
                    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
                }

                @Override
                public int read(byte[] into, int offset, int length) throws IOException {
                    int count = left == 0 ? -1 : super.read(into, offset, Math.min(left, length));
                    left -= Math.max(count, 0);
                    return count;
                }
            };
        }
    }

    /** A data connection, and what it is made of. */
    private record Data(Socket plain, NamedSocket named, SSLSocket secured) {
        /** Reads to the end, and tells how many bytes there were. */
        int drain() throws IOException {
            byte[] block = new byte[8192];
            int all = 0;
            for (int count = secured.getInputStream().read(block);
                    count >= 0;
                    count = secured.getInputStream().read(block)) {
                all += count;
            }
            return all;
        }

        /** What the end was that has been read. */
        String end() {
            return named.hasEnded() ? "**FIN without close_notify**" : "close_notify";
        }
    }

    /** One logged-in control connection, whose data connections are in the test's hands. */
    private static final class Client implements AutoCloseable {
        private final Watchdog watchdog = new Watchdog("ends");
        private final Partner partner;
        private final ControlConnection control;
        private final TlsLayer layer;

        Client(TestServer server, String protocol) throws IOException {
            Tls base = TlsTest.trusting(server.tls());
            Tls tls = new Tls(false, base.contexts(), true, List.of(protocol), List.of(), "P");
            partner = PartnerSetup.of(server).host("localhost").tls(tls).get();
            control = ControlConnection.open(partner, watchdog, socket -> {});
            layer = new TlsLayer(partner, tls, watchdog);
            Login login = new Login(partner, control, false);
            login.greet(layer);
            login.authenticate();
            login.features();
        }

        Data begin(String verb, String argument, int limit) throws IOException {
            int port = new PassivePort(partner, control, new Experience()).ask();
            Socket plain = new CutSocket(limit);
            plain.connect(new InetSocketAddress("127.0.0.1", port), 10_000);
            control.send(verb, argument, partner.timeouts().reply());
            assertThat(control.reply(verb, partner.timeouts().reply()).isPreliminary())
                    .isTrue();
            NamedSocket named = new NamedSocket(plain, partner.port());
            return new Data(plain, named, layer.layer(named, true));
        }

        String reply(String verb) throws IOException {
            return String.valueOf(
                    control.finalReply(verb, Duration.ofSeconds(20)).code());
        }

        @Override
        public void close() throws IOException {
            control.close();
            watchdog.close();
        }
    }
}
