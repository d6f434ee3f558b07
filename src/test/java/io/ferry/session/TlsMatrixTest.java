package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.Proftpd;
import io.ferry.testkit.PureFtpd;
import io.ferry.testkit.ServerHello;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each real server, explicit and implicit, TLS 1.3 and 1.2: fifty transfers and half as many listings in a row, and both directions
 * from the middle of a file on another session. vsftpd and ProFTPD refuse each data connection that does not resume.
 * Pure-FTPd is asked through a proxy that reads its handshakes.
 */
class TlsMatrixTest extends SessionTestBase {

    private static final int SIZE = 200_000;
    private static final int HALF = 77_777;
    private static final int ROUNDS = 25;

    private int failed;

    /** A server and how TLS begins; vsftpd and ProFTPD refuse data connections that do not resume the TLS session. */
    enum Cell {
        VSFTPD_EXPLICIT_13(() -> Vsftpd.start(Vsftpd.secured()), false, "TLSv1.3"),
        VSFTPD_EXPLICIT_12(() -> Vsftpd.start(Vsftpd.secured()), false, "TLSv1.2"),
        VSFTPD_IMPLICIT_13(() -> Vsftpd.start(Vsftpd.implicit()), true, "TLSv1.3"),
        VSFTPD_IMPLICIT_12(() -> Vsftpd.start(Vsftpd.implicit()), true, "TLSv1.2"),
        PROFTPD_EXPLICIT_13(() -> Proftpd.start(Proftpd.secured()), false, "TLSv1.3"),
        PROFTPD_EXPLICIT_12(() -> Proftpd.start(Proftpd.secured()), false, "TLSv1.2"),
        PROFTPD_IMPLICIT_13(() -> Proftpd.start(Proftpd.implicit()), true, "TLSv1.3"),
        PROFTPD_IMPLICIT_12(() -> Proftpd.start(Proftpd.implicit()), true, "TLSv1.2"),
        PUREFTPD_EXPLICIT_13(() -> PureFtpd.start(PureFtpd.secured().behindProxy()), false, "TLSv1.3"),
        PUREFTPD_EXPLICIT_12(() -> PureFtpd.start(PureFtpd.secured().behindProxy()), false, "TLSv1.2");

        private final Supplier<TestServer> server;
        private final boolean implicit;
        private final String protocol;

        Cell(Supplier<TestServer> server, boolean implicit, String protocol) {
            this.server = server;
            this.implicit = implicit;
            this.protocol = protocol;
        }

        Tls tls(TestServer running) {
            Tls base = TlsTest.trusting(running.tls());
            return new Tls(implicit, base.contexts(), true, List.of(protocol), List.of(), "P");
        }
    }

    @ParameterizedTest
    @EnumSource
    void fiftyTransfersInARowAndBothDirectionsFromTheMiddle(Cell cell) throws Exception {
        TestServer server = keep(cell.server.get());
        FaultProxy proxy = server.mirroredPorts().isEmpty() ? null : keep(FaultProxy.before(server));
        Content.write(server.root().resolve("file"), SIZE, 1);
        SessionPool pool = pool(PartnerSetup.of(proxy == null ? server : proxy)
                .host("localhost")
                .tls(cell.tls(server)));
        byte[] up = Content.bytes(SIZE, 2);
        for (int i = 0; i < ROUNDS; i++) {
            String name = "up" + i;
            patiently(pool, session -> assertThat(namesOf(session.list(""))).contains("file"));
            patiently(
                    pool,
                    session -> assertThat(readAll(session.retrieve("file", 0))).isEqualTo(Content.bytes(SIZE, 1)));
            patiently(pool, session -> store(session, name, up, 0, SIZE));
        }
        patiently(pool, session -> store(session, "half", up, 0, HALF));
        try (Lease lease = pool.lease()) {
            lease.session().distrust();
        }
        patiently(
                pool,
                session -> assertThat(readAll(session.retrieve("file", HALF)))
                        .isEqualTo(Arrays.copyOfRange(Content.bytes(SIZE, 1), HALF, SIZE)));
        patiently(pool, session -> store(session, "half", up, HALF, SIZE));
        assertThat(failed).isLessThanOrEqualTo(1);
        for (Path each : List.of(server.root().resolve("up0"), server.root().resolve("half"))) {
            Content.assertIs(each, SIZE, 2);
        }
        assertThat(Files.size(server.root().resolve("up" + (ROUNDS - 1)))).isEqualTo(SIZE);
        assertReused(server, proxy, cell);
    }

    /** What the line says of a handshake that resumes nothing: the first one of a session. */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void firstHandshakeResumesNothing(String protocol) throws Exception {
        TestServer server = keep(PureFtpd.start(PureFtpd.secured()));
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try (Socket plain = recording(said)) {
            plain.connect(new InetSocketAddress("127.0.0.1", server.port()), 10_000);
            BufferedReader replies =
                    new BufferedReader(new InputStreamReader(plain.getInputStream(), StandardCharsets.US_ASCII));
            assertThat(replies.readLine()).startsWith("220");
            plain.getOutputStream().write("AUTH TLS\r\n".getBytes(StandardCharsets.US_ASCII));
            String line = replies.readLine();
            while (!line.startsWith("234")) {
                line = replies.readLine();
            }
            said.reset();
            SSLSocket secured = (SSLSocket) TlsTest.trusting(server.tls())
                    .contexts()
                    .create()
                    .getSocketFactory()
                    .createSocket(plain, "localhost", server.port(), true);
            secured.setEnabledProtocols(new String[] {protocol});
            secured.startHandshake();
        }
        assertThat(ServerHello.resumes(said.toByteArray())).isFalse();
    }

    private static Socket recording(ByteArrayOutputStream said) {
        return new Socket() {
            @Override
            public InputStream getInputStream() throws IOException {
                return new FilterInputStream(super.getInputStream()) {
                    @Override
                    public int read(byte[] into, int offset, int length) throws IOException {
                        int count = super.read(into, offset, length);
                        said.write(into, offset, Math.max(count, 0));
                        return count;
                    }
                };
            }
        };
    }

    /** A step with a session. */
    private interface Step {
        void with(FtpSession session) throws Exception;
    }

    /** As each transfer does: one more session where the first is lost, which teaches the pool what this server demands. */
    private void patiently(SessionPool pool, Step step) throws Exception {
        try (Lease lease = pool.lease()) {
            step.with(lease.session());
            return;
        } catch (FtpException e) {
            if (!e.isTransient()) {
                throw e;
            }
            failed++;
        }
        try (Lease lease = pool.lease()) {
            step.with(lease.session());
        }
    }

    private static void store(FtpSession session, String name, byte[] content, int from, int to) throws Exception {
        byte[] block = Arrays.copyOfRange(content, from, to);
        try (DataConnection data = session.store(name, from)) {
            data.write(block, block.length);
            data.finish();
        }
    }

    /** What the servers write down about each handshake. */
    private void assertReused(TestServer server, FaultProxy proxy, Cell cell) {
        String log = server.log();
        if (server instanceof Vsftpd) {
            int transfers = 3 * ROUNDS + 3;
            assertThat(count(log, "SSL version: " + cell.protocol + ", [^\n]*, reused, "))
                    .as(log)
                    .isEqualTo(transfers);
            assertThat(log).doesNotContain("No SSL session reuse");
        } else if (server instanceof Proftpd) {
            assertThat(count(log, "client reused (TLS|SSL) session for data connection"))
                    .isEqualTo(3 * ROUNDS + 3);
            assertThat(count(log, "client did not reuse (TLS|SSL) session")).isEqualTo(failed);
        } else {
            // This server demands no reuse and logs no handshakes: the line itself says it, and the log what was
            // transferred. Of
            // TLS 1.3 it hands out no tickets.
            assertThat(failed).isZero();
            List<Boolean> resumed =
                    proxy.openings().stream().map(ServerHello::resumes).toList();
            assertThat(resumed).hasSize(3 * ROUNDS + 3).containsOnly(cell.protocol.equals("TLSv1.2"));
            assertThat(count(log, "\"PUT [^\n]*\" 200 ")).as(log).isEqualTo(ROUNDS + 2);
            assertThat(count(log, "\"GET [^\n]*\" 200 ")).as(log).isEqualTo(ROUNDS + 1);
        }
    }

    private static long count(String text, String pattern) {
        return Pattern.compile(pattern).matcher(text).results().count();
    }
}
