package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Content;
import io.ferry.testkit.Proftpd;
import io.ferry.testkit.PureFtpd;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each real server, explicit and implicit, TLS 1.3 and 1.2: fifty transfers and half as many listings in a row, and both directions
 * from the middle of a file on another session. vsftpd and ProFTPD refuse each data connection that does not resume.
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
        PUREFTPD_EXPLICIT_13(() -> PureFtpd.start(PureFtpd.secured()), false, "TLSv1.3"),
        PUREFTPD_EXPLICIT_12(() -> PureFtpd.start(PureFtpd.secured()), false, "TLSv1.2");

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
        Content.write(server.root().resolve("file"), SIZE, 1);
        SessionPool pool = pool(PartnerSetup.of(server).host("localhost").tls(cell.tls(server)));
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
        assertReused(server, cell);
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
    private void assertReused(TestServer server, Cell cell) {
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
        }
    }

    private static long count(String text, String pattern) {
        return Pattern.compile(pattern).matcher(text).results().count();
    }
}
