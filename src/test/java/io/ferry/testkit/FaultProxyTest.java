package io.ferry.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The proxy's faults as a client sees them that does nothing by itself. */
class FaultProxyTest {
    private static final int SIZE = 100_000;
    private static final long SEED = 5;

    private Leaks leaks;
    private ScriptedServer server;
    private FaultProxy proxy;

    @BeforeEach
    void start() {
        leaks = Leaks.snapshot();
        server = ScriptedServer.start();
        server.features("SIZE", "MLST size*;", "REST STREAM");
        server.on("MLST", "250-Begin\r\n type=file;size=100000; /file\r\n250 End");
        server.put("/file", Content.bytes(SIZE, SEED));
        proxy = FaultProxy.before(server);
    }

    @AfterEach
    void stop() {
        proxy.close();
        server.close();
        Leaks.assertNoneSince(leaks);
    }

    /** A control connection, line by line. */
    private final class Client implements AutoCloseable {
        private final Socket socket = new Socket(Local.HOST, proxy.port());
        private final InputStream in = new BufferedInputStream(socket.getInputStream());

        Client() throws IOException {
            socket.setSoTimeout(10_000);
        }

        static Client loggedIn(FaultProxyTest test) throws IOException {
            Client client = test.new Client();
            assertThat(client.reply()).startsWith("220");
            assertThat(client.ask("USER ferry")).startsWith("331");
            assertThat(client.ask("PASS sesame")).startsWith("230");
            return client;
        }

        /** The next line, or null at the end. */
        String reply() throws IOException {
            byte[] line = ControlLines.read(in);
            return line == null ? null : ControlLines.text(line);
        }

        void send(String command) throws IOException {
            socket.getOutputStream().write(ControlLines.bytes(command));
        }

        String ask(String command) throws IOException {
            send(command);
            return reply();
        }

        Socket data() throws IOException {
            Matcher port = Pattern.compile("\\|(\\d+)\\|").matcher(ask("EPSV"));
            assertThat(port.find()).isTrue();
            Socket data = new Socket(Local.HOST, Integer.parseInt(port.group(1)));
            data.setSoTimeout(10_000);
            return data;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private Client login() throws IOException {
        return Client.loggedIn(this);
    }

    @Test
    void theReplyOvertakesTheDataOfADownload() throws Exception {
        try (Client client = login();
                Socket data = client.data()) {
            Fault fault = proxy.replyBeforeDataAfter(60_000, Direction.DOWN, 200);
            assertThat(client.ask("RETR file")).startsWith("150");
            Content.assertIs(data.getInputStream().readNBytes(60_000), 60_000, SEED);
            assertThat(client.reply()).startsWith("226");
            assertThat(data.getInputStream().available()).isZero();
            assertThat(data.getInputStream().readAllBytes()).isEqualTo(Content.bytes(60_000, SIZE - 60_000, SEED));
            assertThat(fault.fired()).isEqualTo(1);
        }
    }

    @Test
    void theReplyOvertakesTheDataOfAnUpload() throws Exception {
        try (Client client = login();
                Socket data = client.data()) {
            proxy.replyBeforeDataAfter(1_000, Direction.UP, 1);
            assertThat(client.ask("STOR up")).startsWith("150");
            data.getOutputStream().write(Content.bytes(1_001, SEED));
            assertThat(client.reply()).startsWith("226");
            data.getOutputStream().write(Content.bytes(1_001, SIZE - 1_001, SEED));
            data.close();
            Await.until("all has arrived", java.time.Duration.ofSeconds(10), () -> server.get("/up").length == SIZE);
            Content.assertIs(server.get("/up"), SIZE, SEED);
            assertThat(client.ask("NOOP")).startsWith("200");
        }
    }

    @Test
    void dataComesInDripsAndWhole() throws Exception {
        try (Client client = login();
                Socket data = client.data()) {
            Fault fault = proxy.dripDataAfter(500, Direction.DOWN);
            proxy.delayDataAfter(90_000, Direction.DOWN, 1);
            assertThat(client.ask("RETR file")).startsWith("150");
            InputStream in = data.getInputStream();
            in.readNBytes(500);
            int smallest = SIZE;
            byte[] block = new byte[SIZE];
            int count = 500;
            for (int read = in.read(block); read >= 0; read = in.read(block)) {
                smallest = Math.min(smallest, read);
                count += read;
            }
            assertThat(count).isEqualTo(SIZE);
            assertThat(smallest).isEqualTo(1);
            assertThat(fault.fired()).isEqualTo(1);
        }
    }

    @Test
    void repliesAreMissingTwiceLateInDripsOrOther() throws Exception {
        try (Client client = login()) {
            proxy.duplicateReply("NOOP", 0);
            proxy.duplicateReply("TYPE", 1);
            proxy.dripReply("SYST");
            proxy.rewriteReply("MKD", "552 Full.");
            proxy.dropReply("PWD");
            assertThat(client.ask("NOOP")).isEqualTo("200 Done.");
            assertThat(client.reply()).isEqualTo("200 Done.");
            assertThat(client.ask("TYPE I")).isEqualTo("200 Done.");
            assertThat(client.reply()).isEqualTo("200 Done.");
            assertThat(client.ask("SYST")).isEqualTo("215 UNIX Type: L8");
            assertThat(client.ask("MKD /x")).isEqualTo("552 Full.");
            assertThat(server.commands()).contains("MKD /x");
            client.send("PWD");
            assertThat(client.ask("NOOP")).isEqualTo("200 Done.");
            assertThat(server.commands()).contains("PWD");
            client.socket.setSoTimeout(100);
            assertThatThrownBy(client::reply).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void sizesAreLiesInBothCommandsThatStateThem() throws Exception {
        try (Client client = login()) {
            proxy.lieAboutSize(-1_000).times(2);
            assertThat(client.ask("SIZE file")).isEqualTo("213 99000");
            assertThat(client.ask("MLST file")).isEqualTo("250-Begin");
            assertThat(client.reply()).contains("size=99000;");
            assertThat(client.reply()).isEqualTo("250 End");
            assertThat(client.ask("SIZE file")).isEqualTo("213 100000");
        }
    }

    @Test
    void aServiceEndsWith421AtACommandThatTheServerNeverSees() throws Exception {
        try (Client client = login()) {
            proxy.replaceReply("SIZE|MDTM", "421 Enough.").closing();
            assertThat(client.ask("MDTM file")).isEqualTo("421 Enough.");
            assertThat(client.reply()).isNull();
            assertThat(server.commands()).doesNotContain("MDTM file");
        }
    }

    @Test
    void theControlConnectionIsCutInTheMiddleOfALine() throws Exception {
        proxy.cutControlAfter("220 scri".length(), Direction.DOWN, Cut.FIN);
        try (Client client = new Client()) {
            assertThat(client.reply()).isEqualTo("220 scri");
            assertThat(client.reply()).isNull();
        }
        proxy.cutControlAfter("USER fe".length(), Direction.UP, Cut.RST);
        try (Client client = new Client()) {
            client.reply();
            client.send("USER ferry");
            assertThatThrownBy(client::reply).isInstanceOf(SocketException.class);
            assertThat(server.commands()).noneMatch("USER ferry"::equals);
        }
    }

    @Test
    void aTransferThatWasCutEndsWithAnyWord() throws Exception {
        server.on("RETR", (session, argument) -> {
            session.reply("150 Here it comes.");
            try {
                session.sendData(Content.bytes(50_000_000, SEED));
            } catch (IOException e) {
                return "451 My own word.";
            }
            return "226 Done.";
        });
        try (Client client = login();
                Socket data = client.data()) {
            proxy.cutDataAfter(10, Direction.DOWN, Cut.FIN).answering("426 Another word.");
            client.ask("RETR file");
            assertThat(data.getInputStream().readAllBytes()).hasSize(10);
            assertThat(client.reply()).isEqualTo("426 Another word.");
        }
    }

    @Test
    void oneBitIsAnother() throws Exception {
        try (Client client = login()) {
            proxy.flipDataAfter(10, Direction.DOWN);
            byte[] wrong = Content.bytes(SIZE, SEED);
            wrong[10] ^= 1 << 10 % 8;
            assertThat(retrieved(client)).isEqualTo(wrong);
            assertThat(retrieved(client)).isEqualTo(Content.bytes(SIZE, SEED));
        }
        proxy.flipControlAfter("2".length(), Direction.DOWN);
        try (Client client = new Client()) {
            assertThat(client.reply()).startsWith("200 scri");
        }
    }

    @Test
    void controlConnectionPausesAndDrips() throws Exception {
        Fault pause = proxy.delayControlAfter(5, Direction.DOWN, 5);
        Fault drip = proxy.dripControlAfter(2, Direction.UP);
        try (Client client = login()) {
            assertThat(retrieved(client)).hasSize(SIZE);
        }
        assertThat(pause.fired()).isOne();
        assertThat(drip.fired()).isOne();
    }

    @Test
    void recordsOfTlsAreLostRepeatedOrWithoutTheLast() throws Exception {
        byte[] one = {23, 3, 3, 0, 2, 'a', 'b'};
        byte[] two = {23, 3, 3, 0, 1, 'c'};
        byte[] closing = {21, 3, 3, 0, 2, 1, 0};
        server.put("/file", join(one, two, closing));
        try (Client client = login()) {
            proxy.dropRecordAfter(1, Direction.DOWN);
            assertThat(retrieved(client)).isEqualTo(join(one, closing));
            proxy.repeatRecordAfter(0, Direction.DOWN);
            assertThat(retrieved(client)).isEqualTo(join(one, one, two, closing));
            proxy.dropCloseNotify(Direction.DOWN);
            assertThat(retrieved(client)).isEqualTo(join(one, two));
            server.put("/file", join(one, closing, two));
            proxy.dropCloseNotify(Direction.DOWN);
            assertThat(retrieved(client)).isEqualTo(join(one, closing, two));
        }
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] retrieved(Client client) throws IOException {
        try (Socket data = client.data()) {
            assertThat(client.ask("RETR file")).startsWith("150");
            byte[] all = data.getInputStream().readAllBytes();
            assertThat(client.reply()).startsWith("226");
            return all;
        }
    }

    @Test
    void connectionsAreRefusedOrReset() throws Exception {
        try (Client client = login()) {
            proxy.deadPort();
            assertThatThrownBy(client::data).isInstanceOf(ConnectException.class);
            client.data().close();
        }
        proxy.resetConnections();
        try (Client client = new Client()) {
            assertThatThrownBy(client::reply).isInstanceOf(SocketException.class);
        }
        proxy.refuseConnections();
        // The kernel may complete one more connection for the socket that is being closed.
        Await.until("connections are refused", java.time.Duration.ofSeconds(10), FaultProxyTest.this::isRefused);
        proxy.acceptAgain();
        try (Client client = new Client()) {
            assertThat(client.reply()).startsWith("220");
        }
        Await.until("no session is open", java.time.Duration.ofSeconds(10), () -> proxy.openSessions() == 0);
    }

    private boolean isRefused() {
        try {
            new Client().close();
            return false;
        } catch (ConnectException e) {
            return true;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
