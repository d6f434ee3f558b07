package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.session.FtpException.Kind;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Await;
import io.ferry.testkit.Content;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Buffers over every sort of data connection carry what remains in them, from where they stand, and nothing else. */
class LineBuffersTest extends SessionTestBase {

    private static final int SIZE = 1_000_003;

    private enum Line {
        PASSIVE,
        ACTIVE,
        TLS,
        ACTIVE_TLS
    }

    private FtpSession session(Line line) throws IOException {
        boolean tls = line == Line.TLS || line == Line.ACTIVE_TLS;
        TestServer server = keep(tls ? Vsftpd.start(Vsftpd.secured()) : Vsftpd.start());
        PartnerSetup partner = PartnerSetup.of(server);
        if (tls) {
            partner = partner.host("localhost").tls(TlsTest.trusting(server.tls()));
        }
        return session(line == Line.ACTIVE || line == Line.ACTIVE_TLS ? partner.active() : partner);
    }

    @ParameterizedTest
    @EnumSource
    void bothWays(Line line) throws Exception {
        FtpSession session = session(line);
        byte[] content = Content.bytes(SIZE, 1);
        try (DataConnection data = session.store("file", 0)) {
            assertThat(data.takesDirect()).isEqualTo(line == Line.PASSIVE || line == Line.ACTIVE);
            send(data, content);
            data.finish();
        }
        try (DataConnection data = session.retrieve("file", 0)) {
            assertThat(receive(data)).isEqualTo(content);
            data.finish();
        }
    }

    @Test
    void linesOfText() throws Exception {
        TestServer server = keep(ApacheFtp.start());
        FtpSession session = session(PartnerSetup.of(server).ascii());
        byte[] text = "a line\n".repeat(50_000).getBytes(StandardCharsets.US_ASCII);
        try (DataConnection data = session.store("file", 0)) {
            assertThat(data.takesDirect()).isFalse();
            send(data, text);
            data.finish();
        }
        assertThat(Files.exists(server.root().resolve("file"))).isTrue();
        try (DataConnection data = session.retrieve("file", 0)) {
            assertThat(receive(data)).isEqualTo(text);
            data.finish();
        }
    }

    /** In the middle of a buffer, with bytes around that must not cross. */
    private static void send(DataConnection data, byte[] content) throws IOException {
        ByteBuffer buffer = data.takesDirect() ? ByteBuffer.allocateDirect(300_000) : slice(300_000);
        for (int sent = 0; sent < content.length; ) {
            int count = Math.min(content.length - sent, 299_000);
            buffer.clear().position(17).limit(17 + count);
            buffer.put(content, sent, count).position(17);
            data.write(buffer);
            assertThat(buffer.position()).isEqualTo(17 + count);
            assertThat(buffer.limit()).isEqualTo(17 + count);
            sent += count;
        }
    }

    private static byte[] receive(DataConnection data) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer buffer = data.takesDirect() ? ByteBuffer.allocateDirect(50_000) : slice(50_000);
        buffer.position(23);
        for (int count = data.read(buffer); count >= 0; count = data.read(buffer)) {
            assertThat(buffer.position()).isEqualTo(23 + count);
            byte[] read = new byte[count];
            buffer.get(23, read);
            all.writeBytes(read);
            buffer.clear().position(23);
        }
        assertThat(buffer.position()).isEqualTo(23);
        return all.toByteArray();
    }

    /** An array of which the buffer is a part. */
    private static ByteBuffer slice(int size) {
        return ByteBuffer.allocate(size + 100).slice(50, size);
    }

    /** Whoever waits for the server is let go: for its connection in active mode, for its bytes, for room to send. */
    @ParameterizedTest
    @ValueSource(strings = {"accept", "read", "write"})
    void interruptEndsWhatWaits(String wait) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("PORT", "200 Done.");
        server.on("RETR", (session, argument) -> {
            session.reply("150 Here it comes.");
            if (wait.equals("read")) {
                session.openData();
            }
            return null;
        });
        server.on("STOR", (session, argument) -> {
            session.reply("150 Send it.");
            session.openData();
            return null;
        });
        PartnerSetup partner =
                PartnerSetup.of(server).connect(60_000).stall(60_000).reply(60_000);
        SessionPool pool = pool(wait.equals("accept") ? partner.active() : partner);
        Lease lease = pool.lease();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = new Thread(() -> {
            try (DataConnection data = wait.equals("write")
                    ? lease.session().store("file", 0)
                    : lease.session().retrieve("file", 0)) {
                ByteBuffer block = ByteBuffer.allocateDirect(1 << 20);
                while (wait.equals("write")) {
                    data.write(block.clear());
                }
                data.read(block);
            } catch (Throwable e) {
                thrown.set(e);
            }
        });
        thread.start();
        Await.until("the thread waits", FOR_EVER, () -> standsIn(thread, wait));
        thread.interrupt();
        thread.join(FOR_EVER.toMillis());
        assertThat(thread.isAlive()).isFalse();
        assertThat(thrown.get())
                .isInstanceOfSatisfying(
                        FtpException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CONNECTION_LOST))
                .hasMessageContaining("interrupted");
        assertNotLentAgain(pool, lease);
    }

    private static boolean standsIn(Thread thread, String method) {
        StackTraceElement[] before = thread.getStackTrace();
        LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
        StackTraceElement[] after = thread.getStackTrace();
        boolean within = false;
        for (StackTraceElement each : after) {
            within |= each.getMethodName().equals(method) && each.getClassName().startsWith("io.ferry.session.Data");
        }
        return within && Arrays.equals(before, after);
    }
}
