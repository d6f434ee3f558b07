package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.ferry.session.FtpException.Kind;
import io.ferry.testkit.Await;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.Vsftpd;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing hangs: whatever a server leaves unsaid, undone or unread ends within the deadline that covers it. */
class DeadlinesTest extends SessionTestBase {

    private static final int SHORT = 300;

    /** What no pause of a busy machine reaches. */
    private static final int LONG = 20_000;

    /** Accepts connections into its backlog and never says a word. */
    private ServerSocket silent() throws IOException {
        return keep(new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1")));
    }

    @Test
    void silentGreeting() throws Exception {
        SessionPool pool = pool(PartnerSetup.at(silent().getLocalPort()).connect(SHORT));
        assertThat(failure(Kind.TIMED_OUT, pool::lease)).hasMessageContaining("no reply to connect");
    }

    @Test
    void connectionThatIsNotTakenUp() throws Exception {
        ServerSocket full = keep(new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1")));
        fill(full);
        SessionPool pool = pool(PartnerSetup.at(full.getLocalPort()).connect(SHORT));
        assertThat(failure(Kind.TIMED_OUT, pool::lease))
                .hasMessageContaining("cannot connect (no answer within PT0.3S)")
                .hasMessageContaining("Check host and port");
    }

    /** Once the backlog is full the kernel lets further connections wait. */
    private void fill(ServerSocket full) throws IOException {
        for (int i = 0; i < 10; i++) {
            Socket waiting = keep(new Socket());
            try {
                waiting.connect(new InetSocketAddress(full.getInetAddress(), full.getLocalPort()), 200);
            } catch (SocketTimeoutException e) {
                return;
            }
        }
        throw new AssertionError("the backlog takes everyone");
    }

    @Test
    void endlessRequestsToWaitForTheGreeting() throws Exception {
        ServerSocket dripping = silent();
        keep(drip(dripping, "120 Wait.\r\n".repeat(100_000), 20));
        SessionPool pool =
                pool(PartnerSetup.at(dripping.getLocalPort()).connect(LONG).reply(LONG));
        failure(Kind.UNSAFE, pool::lease);
    }

    @ParameterizedTest
    @ValueSource(strings = {"USER", "PASS", "FEAT", "TYPE"})
    void replyThatNeverComesDuringTheLogin(String verb) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).on(verb, (session, argument) -> null);
        SessionPool pool = pool(PartnerSetup.of(server).reply(SHORT));
        assertThat(failure(Kind.TIMED_OUT, pool::lease))
                .hasMessageContaining("no reply to " + verb)
                .hasMessageNotContaining(server.password());
    }

    @ParameterizedTest
    @ValueSource(strings = {"SIZE", "EPSV", "RETR"})
    void replyThatNeverComesEndsTheSession(String verb) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/file", Content.bytes(10, 1));
        SessionPool pool = pool(PartnerSetup.of(server).reply(SHORT));
        Lease lease = pool.lease();
        server.on(verb, (session, argument) -> null);
        assertThat(failure(Kind.TIMED_OUT, () -> {
                    lease.session().size("file");
                    lease.session().retrieve("file", 0);
                }))
                .hasMessageContaining("no reply to " + verb);
        server.standard(verb);
        assertThat(failure(Kind.CONNECTION_LOST, () -> lease.session().size("file")))
                .hasMessageContaining("broken already");
        assertNotLentAgain(pool, lease);
    }

    @Test
    void replyThatIsDrippedForEver() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/file", Content.bytes(10, 1));
        SessionPool pool = pool(PartnerSetup.of(server).reply(SHORT));
        Lease lease = pool.lease();
        server.on("SIZE", (session, argument) -> {
            dripTo(session::raw, "213 1" + "0".repeat(5000), 20);
            return null;
        });
        failure(Kind.TIMED_OUT, () -> lease.session().size("file"));
        server.standard("SIZE");
        assertNotLentAgain(pool, lease);
    }

    @Test
    void linesOfAReplyThatAreDrippedForEver() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        SessionPool pool = pool(PartnerSetup.of(server).reply(SHORT));
        Lease lease = pool.lease();
        server.on("PWD", (session, argument) -> {
            for (int i = 0; i < 2000; i++) {
                session.reply("257-still");
                pause(20);
            }
            return null;
        });
        failure(Kind.TIMED_OUT, () -> lease.session().workingDirectory());
        server.standard("PWD");
        assertNotLentAgain(pool, lease);
    }

    @Test
    void replyLineWithoutEndIsBounded() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        SessionPool pool = pool(PartnerSetup.of(server));
        Lease lease = pool.lease();
        server.on("PWD", (session, argument) -> {
            byte[] block = "x".repeat(65536).getBytes(StandardCharsets.US_ASCII);
            session.raw("257 ".getBytes(StandardCharsets.US_ASCII));
            while (true) {
                session.raw(block);
            }
        });
        assertThat(failure(Kind.UNSAFE, () -> lease.session().workingDirectory()))
                .hasMessageContaining("longer than 8192");
        server.standard("PWD");
        assertNotLentAgain(pool, lease);
    }

    @Test
    void replyOfLinesWithoutEndIsBounded() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        SessionPool pool = pool(PartnerSetup.of(server));
        Lease lease = pool.lease();
        server.on("PWD", (session, argument) -> {
            session.reply("257-Begin");
            while (true) {
                session.reply("257-and more".repeat(100));
            }
        });
        assertThat(failure(Kind.UNSAFE, () -> lease.session().workingDirectory()))
                .hasMessageContaining("more than 2000 lines");
        server.standard("PWD");
        assertNotLentAgain(pool, lease);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello", "99 no", "2576 no", "HTTP/1.1 400 Bad Request", ""})
    void whatIsNoReplyEndsTheSession(String line) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        SessionPool pool = pool(PartnerSetup.of(server));
        Lease lease = pool.lease();
        server.on("PWD", line);
        assertThat(failure(Kind.UNSAFE, () -> lease.session().workingDirectory()))
                .hasMessageContaining("no FTP reply to PWD: \"" + line + "\"");
        server.standard("PWD");
        assertNotLentAgain(pool, lease);
    }

    @Test
    void passiveDataConnectionThatIsNotTakenUp() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/file", Content.bytes(10, 1));
        ServerSocket full = keep(new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1")));
        fill(full);
        server.on("EPSV", "229 Passive (|||" + full.getLocalPort() + "|)");
        SessionPool pool = pool(PartnerSetup.of(server).connect(1_000));
        Lease lease = pool.lease();
        FtpException failure = failure(() -> lease.session().retrieve("file", 0));
        assertThat(failure.isTransient()).isTrue();
        assertThat(failure).hasMessageContaining("cannot open the data connection for RETR");
        assertNotLentAgain(pool, lease);
    }

    @Test
    void activeDataConnectionThatNeverComes() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("PORT", "200 Done.").on("RETR", "150 Here it comes.");
        SessionPool pool = pool(PartnerSetup.of(server).active().connect(1_000));
        Lease lease = pool.lease();
        FtpException failure = failure(() -> lease.session().retrieve("file", 0));
        assertThat(failure.isTransient()).isTrue();
        assertThat(failure).hasMessageContaining("did not open the data connection for RETR");
        assertNotLentAgain(pool, lease);
    }

    @Test
    void downloadThatStandsStill() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("RETR", (session, argument) -> {
            session.reply("150 Here it comes.");
            session.openData().getOutputStream().write(new byte[1000]);
            return null;
        });
        SessionPool pool = pool(PartnerSetup.of(server).stall(SHORT));
        Lease lease = pool.lease();
        List<Integer> counts = new ArrayList<>();
        FtpException failure = failure(Kind.TIMED_OUT, () -> {
            try (DataConnection data = lease.session().retrieve("file", 0)) {
                byte[] block = new byte[8192];
                for (int count = data.read(block); count >= 0; count = data.read(block)) {
                    counts.add(count);
                }
            }
        });
        assertThat(failure).hasMessageContaining("the data connection of RETR file stood still for PT0.3S");
        assertThat(counts.stream().mapToInt(Integer::intValue).sum()).isEqualTo(1000);
        assertNotLentAgain(pool, lease);
    }

    @Test
    void uploadThatTheServerDoesNotTake() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("STOR", (session, argument) -> {
            session.reply("150 Send it.");
            session.openData();
            return null;
        });
        SessionPool pool = pool(PartnerSetup.of(server).stall(SHORT));
        Lease lease = pool.lease();
        FtpException failure = failure(Kind.TIMED_OUT, () -> {
            try (DataConnection data = lease.session().store("file", 0)) {
                byte[] block = new byte[1 << 20];
                while (true) {
                    data.write(block, block.length);
                }
            }
        });
        assertThat(failure).hasMessageContaining("the data connection of STOR file stood still for PT0.3S");
        assertNotLentAgain(pool, lease);
    }

    @Test
    void slowUploadThatMovesDoesNotStandStill() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("STOR", (session, argument) -> {
            session.reply("150 Send it.");
            var in = session.openData().getInputStream();
            byte[] block = new byte[4 << 20];
            while (in.readNBytes(block, 0, block.length) > 0) {
                pause(100);
            }
            session.closeData();
            return "226 Transfer complete.";
        });
        FtpSession session = session(PartnerSetup.of(server).stall(700));
        assertTimeoutPreemptively(
                FOR_EVER,
                () -> assertThatCode(() -> {
                            try (DataConnection data = session.store("file", 0)) {
                                byte[] block = new byte[64 << 20];
                                data.write(block, block.length);
                                data.finish();
                            }
                        })
                        .doesNotThrowAnyException());
    }

    @Test
    void slowDownloadThatMovesDoesNotStandStill() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("RETR", (session, argument) -> {
            session.reply("150 Here it comes.");
            OutputStream out = session.openData().getOutputStream();
            dripTo(out::write, "x".repeat(20), 100);
            session.closeData();
            return "226 Transfer complete.";
        });
        FtpSession session = session(PartnerSetup.of(server).stall(1_000));
        byte[] received = assertTimeoutPreemptively(FOR_EVER, () -> readAll(session.retrieve("file", 0)));
        assertThat(received).hasSize(20);
    }

    @Test
    void finalReplyThatNeverComes() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("STOR", (session, argument) -> {
            session.reply("150 Send it.");
            session.receiveData();
            return null;
        });
        SessionPool pool = pool(PartnerSetup.of(server).reply(SHORT));
        Lease lease = pool.lease();
        assertThat(failure(Kind.TIMED_OUT, () -> {
                    try (DataConnection data = lease.session().store("file", 0)) {
                        data.write(new byte[10], 10);
                        data.finish();
                    }
                }))
                .hasMessageContaining("no reply to STOR");
        assertNotLentAgain(pool, lease);
    }

    @Test
    void listingThatStandsStill() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("LIST", (session, argument) -> {
            session.reply("150 Here it comes.");
            session.openData()
                    .getOutputStream()
                    .write("-rw-r--r-- 1 a a 5 Jan 02  2024 one\r\n-rw-r--r-".getBytes(StandardCharsets.US_ASCII));
            return null;
        });
        SessionPool pool = pool(PartnerSetup.of(server).stall(SHORT));
        Lease lease = pool.lease();
        List<String> names = new ArrayList<>();
        failure(Kind.TIMED_OUT, () -> {
            try (Listing listing = lease.session().list("")) {
                for (var entry = listing.next(); entry != null; entry = listing.next()) {
                    names.add(entry.getName());
                }
            }
        });
        assertThat(names).isSubsetOf("one");
        assertNotLentAgain(pool, lease);
    }

    @Test
    void listingLineWithoutEndIsBounded() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("LIST", (session, argument) -> {
            session.reply("150 Here it comes.");
            OutputStream out = session.openData().getOutputStream();
            byte[] block = "x".repeat(65536).getBytes(StandardCharsets.US_ASCII);
            while (true) {
                out.write(block);
            }
        });
        SessionPool pool = pool(PartnerSetup.of(server));
        Lease lease = pool.lease();
        assertThat(failure(Kind.UNSAFE, () -> namesOf(lease.session().list(""))))
                .hasMessageContaining("longer than 16384 bytes")
                .hasMessageContaining("ftp://ferry@127.0.0.1");
        assertNotLentAgain(pool, lease);
    }

    /** Each byte is in time for the stall time-out, and still the listing would take for ever. */
    @Test
    void listingThatIsDrippedForEver() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("LIST", (session, argument) -> {
            session.reply("150 Here it comes.");
            OutputStream out = session.openData().getOutputStream();
            dripTo(out::write, "-rw-r--r-- 1 a a 5 Jan 02  2024 one\r\n".repeat(1000), 50);
            return "226 Done.";
        });
        SessionPool pool = pool(PartnerSetup.of(server).reply(1_000));
        Lease lease = pool.lease();
        assertThat(failure(Kind.TIMED_OUT, () -> namesOf(lease.session().list(""))))
                .hasMessageContaining("the listing is slower than 100 bytes a second");
        assertNotLentAgain(pool, lease);
    }

    @ParameterizedTest
    @ValueSource(strings = {"LIST", "NLST"})
    void listingWithoutEndIsBounded(String verb) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on(verb, (session, argument) -> {
            session.reply("150 Here it comes.");
            OutputStream out = session.openData().getOutputStream();
            byte[] block = "\n".repeat(65536).getBytes(StandardCharsets.US_ASCII);
            while (true) {
                out.write(block);
            }
        });
        SessionPool pool = pool(PartnerSetup.of(server));
        Lease lease = pool.lease();
        assertThat(failure(Kind.UNSAFE, () -> {
                    if (verb.equals("LIST")) {
                        namesOf(lease.session().list(""));
                    } else {
                        lease.session().names("");
                    }
                }))
                .hasMessageContaining("more than 5000000 lines");
        assertNotLentAgain(pool, lease);
    }

    /** Those of one call are all in memory, and a server knows which names are wanted: it was told of one. */
    @Test
    void wantedNamesWithoutEndAreBounded() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).features("MLST type*;size*;modify*;");
        server.on("MLSD", (session, argument) -> {
            session.reply("150 Here it comes.");
            OutputStream out = session.openData().getOutputStream();
            byte[] block = "type=file; partial\r\n".repeat(5000).getBytes(StandardCharsets.US_ASCII);
            while (true) {
                out.write(block);
            }
        });
        SessionPool pool = pool(PartnerSetup.of(server));
        Lease lease = pool.lease();
        assertThat(failure(Kind.UNSAFE, () -> lease.session().names("", "partial"::equals)))
                .hasMessageContaining("over 1000000 names");
        assertNotLentAgain(pool, lease);
    }

    /** Neither the session nor the pool waits for a server that does not say good-bye. */
    @Test
    void goodbyeThatIsNotAnswered() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).on("QUIT", (session, argument) -> null);
        SessionPool pool = pool(PartnerSetup.of(server));
        pool.lease().close();
        assertTimeoutPreemptively(FOR_EVER, pool::endIdle);
        assertThat(verbs(server)).endsWith("QUIT");
    }

    /** What a round trip takes, or a server that does not answer, is waited for once and not once for each session. */
    @Test
    void sessionsSayGoodbyeTogether() throws Exception {
        AtomicInteger goodbyes = new AtomicInteger();
        AtomicInteger open = new AtomicInteger();
        ScriptedServer server = keep(ScriptedServer.start());
        FaultProxy proxy = keep(FaultProxy.before(server));
        server.on("QUIT", (session, argument) -> {
            if (goodbyes.incrementAndGet() == 3) {
                open.set(proxy.openSessions());
            }
            return null;
        });
        SessionPool pool = pool(PartnerSetup.of(proxy).maxSessions(3));
        try (Lease first = pool.lease();
                Lease second = pool.lease();
                Lease third = pool.lease()) {
            assertThat(List.of(first.session(), second.session(), third.session()))
                    .doesNotHaveDuplicates();
        }
        assertTimeoutPreemptively(FOR_EVER, pool::endIdle);
        Await.until("the last goodbye", FOR_EVER, () -> goodbyes.get() == 3);
        assertThat(open.get()).isEqualTo(3);
    }

    @Test
    void idleSessionThatDoesNotAnswerNoop() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).on("NOOP", (session, argument) -> null);
        SessionPool pool = pool(PartnerSetup.of(server).connect(1_000).reply(600_000));
        FtpSession first;
        try (Lease lease = pool.lease()) {
            first = lease.session();
        }
        long idleSince = System.nanoTime();
        Await.until("idle for long enough to be asked", FOR_EVER, () -> System.nanoTime() - idleSince > 1_100_000_000L);
        assertTimeoutPreemptively(FOR_EVER, () -> {
            try (Lease lease = pool.lease()) {
                assertThat(lease.session()).isNotSameAs(first);
            }
        });
    }

    @Test
    void tlsHandshakeOfTheControlConnectionThatStandsStill() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).on("AUTH", "234 Go on.");
        // The server says nothing to the first handshake message.
        server.intercept((session, line) -> !line.startsWith("AUTH"));
        Tls tls = new Tls(false, SSLContext::getDefault, true, List.of(), List.of(), "P");
        SessionPool pool = pool(PartnerSetup.of(server).connect(SHORT).tls(tls));
        assertThat(failure(Kind.TIMED_OUT, pool::lease))
                .hasMessageContaining("the TLS handshake of the control connection took longer than PT0.3S");
        assertThat(verbs(server)).doesNotContain("USER", "PASS");
    }

    @Test
    void implicitTlsHandshakeThatStandsStill() throws Exception {
        Tls tls = new Tls(true, SSLContext::getDefault, true, List.of(), List.of(), "P");
        SessionPool pool =
                pool(PartnerSetup.at(silent().getLocalPort()).connect(SHORT).tls(tls));
        assertThat(failure(Kind.TIMED_OUT, pool::lease)).hasMessageContaining("TLS handshake");
    }

    @Test
    void tlsHandshakeOfTheDataConnectionThatStandsStill() throws Exception {
        Vsftpd server = keep(Vsftpd.start(Vsftpd.secured().behindProxy()));
        Content.write(server.root().resolve("file"), 100_000, 1);
        FaultProxy proxy = keep(FaultProxy.before(server));
        Tls tls = TlsTest.trusting(server.tls());
        SessionPool pool = pool(PartnerSetup.of(server)
                .host("localhost")
                .port(proxy.port())
                .connect(2_000)
                .tls(tls));
        Lease lease = pool.lease();
        proxy.stallDataAfter(0, Direction.DOWN);
        assertThat(failure(Kind.TIMED_OUT, () -> lease.session().retrieve("file", 0)))
                .hasMessageContaining("the TLS handshake of the data connection took longer than PT2S");
        proxy.clearFaults();
        assertNotLentAgain(pool, lease);
    }

    @Test
    void uploadOverTlsThatTheServerDoesNotTake() throws Exception {
        Vsftpd server = keep(Vsftpd.start(Vsftpd.secured().behindProxy()));
        FaultProxy proxy = keep(FaultProxy.before(server));
        Tls tls = TlsTest.trusting(server.tls());
        SessionPool pool = pool(PartnerSetup.of(server)
                .host("localhost")
                .port(proxy.port())
                .stall(SHORT)
                .tls(tls));
        Lease lease = pool.lease();
        proxy.stallDataAfter(100_000, Direction.UP);
        assertThat(failure(Kind.TIMED_OUT, () -> {
                    try (DataConnection data = lease.session().store("file", 0)) {
                        byte[] block = new byte[1 << 20];
                        while (true) {
                            data.write(block, block.length);
                        }
                    }
                }))
                .hasMessageContaining("stood still");
        proxy.clearFaults();
        assertNotLentAgain(pool, lease);
    }

    /** The tickets of the next connections are lost then, but not the bytes. */
    @Test
    void serverThatDoesNotEndItsSideOfAnUpload() throws Exception {
        Vsftpd server = keep(Vsftpd.start(Vsftpd.secured().behindProxy()));
        FaultProxy proxy = keep(FaultProxy.before(server));
        Tls tls = TlsTest.trusting(server.tls());
        FtpSession session = session(PartnerSetup.of(server)
                .host("localhost")
                .port(proxy.port())
                .stall(1_000)
                .tls(tls));
        // Enough for the handshake that resumes the control connection's session.
        proxy.stallDataAfter(400, Direction.DOWN);
        assertTimeoutPreemptively(FOR_EVER, () -> {
            try (DataConnection data = session.store("file", 0)) {
                data.write(Content.bytes(1000, 1), 1000);
                data.finish();
            }
        });
        Content.assertIs(server.root().resolve("file"), 1000, 1);
    }

    @Test
    void commandThatTheServerDoesNotRead() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        CountDownLatch over = new CountDownLatch(1);
        keep(over::countDown);
        server.on("PWD", (session, argument) -> {
            session.reply("257 \"/\"");
            try {
                over.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            return null;
        });
        SessionPool pool = pool(PartnerSetup.of(server).reply(SHORT));
        Lease lease = pool.lease();
        lease.session().workingDirectory();
        String path = "x".repeat(16 << 20);
        failure(Kind.TIMED_OUT, () -> lease.session().delete(path));
        assertNotLentAgain(pool, lease);
    }

    @Test
    void nameIsSoughtWithinTheConnectTimeout() throws Exception {
        SessionPool pool = pool(PartnerSetup.at(21).host("no-such-host.invalid").connect(5_000));
        FtpException failure = failure(pool::lease);
        assertThat(failure.isTransient()).isTrue();
        assertThat(failure).hasMessageContaining("no-such-host.invalid");
    }

    private interface Sink {
        void write(byte[] bytes) throws IOException;
    }

    private static void dripTo(Sink sink, String text, int millis) throws IOException {
        for (byte each : text.getBytes(StandardCharsets.US_ASCII)) {
            sink.write(new byte[] {each});
            pause(millis);
        }
    }

    /** The pace of a slow server. */
    private static void pause(int millis) throws IOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** Writes this text, line by line, to whoever comes first, and reads nothing. */
    private static AutoCloseable drip(ServerSocket listener, String text, int millisBetweenLines) {
        List<Socket> accepted = new CopyOnWriteArrayList<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        Socket client = listener.accept();
                        accepted.add(client);
                        for (String line : text.split("(?<=\n)")) {
                            client.getOutputStream().write(line.getBytes(StandardCharsets.US_ASCII));
                            pause(millisBetweenLines);
                        }
                    } catch (IOException e) {
                        // The client has given up.
                        Thread.currentThread().interrupt();
                    }
                },
                "ferry-drip");
        thread.setDaemon(true);
        thread.start();
        return () -> {
            for (Socket each : accepted) {
                each.close();
            }
            listener.close();
            thread.join(10_000);
        };
    }
}
