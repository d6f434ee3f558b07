package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Await;
import io.ferry.testkit.ScriptedServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernel's own table of connections tells that both connections of a long transfer are kept alive. */
@EnabledOnOs(OS.LINUX)
class KeepAliveTest extends SessionTestBase {

    /** Linux counts timers in hundredths of a second. */
    private static final int TICKS = 100;

    private static final int KEEP_ALIVE_TIMER = 2;

    private ServerSocket door;

    @BeforeEach
    void open() throws IOException {
        door = keep(new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1")));
    }

    /** In how many ticks the kernel probes the connections to this port; a connection without such a timer is left out. */
    private static List<Long> probes(int remotePort) {
        List<Long> found = new ArrayList<>();
        String wanted = String.format(":%04X", remotePort);
        for (String table : new String[] {"/proc/net/tcp", "/proc/net/tcp6"}) {
            try {
                for (String line : Files.readAllLines(Path.of(table))) {
                    String[] columns = line.strip().split("\\s+");
                    String[] timer = columns.length > 5 ? columns[5].split(":") : new String[0];
                    if (columns.length > 5 && columns[2].endsWith(wanted) && columns[3].equals("01")) {
                        if (Integer.parseInt(timer[0], 16) == KEEP_ALIVE_TIMER) {
                            found.add(Long.parseLong(timer[1], 16));
                        }
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return found;
    }

    private static void assertProbedSoon(String what, int port) {
        // Unacknowledged data has its own timer first.
        Await.until(what + " is kept alive", FOR_EVER, () -> !probes(port).isEmpty());
        assertThat(probes(port))
                .as(what)
                .allSatisfy(ticks -> assertThat(ticks).isLessThanOrEqualTo((long) KeepAlive.IDLE * TICKS));
    }

    @ParameterizedTest
    @ValueSource(strings = {"RETR", "STOR"})
    void bothConnectionsOfATransferThatStandsStillAreProbed(String verb) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("EPSV", "229 Passive (|||" + door.getLocalPort() + "|)").on(verb, "150 Go on.");
        FtpSession session = session(server);
        try (DataConnection data = verb.equals("RETR") ? session.retrieve("file", 0) : session.store("file", 0)) {
            try (Socket peer = door.accept()) {
                assertProbedSoon("the control connection", server.port());
                assertProbedSoon("the data connection", door.getLocalPort());
                assertThat(peer.isConnected()).isTrue();
            }
        }
        // A reply to it could be taken for the transfer's.
        assertThat(verbs(server)).doesNotContain("NOOP");
    }
}
