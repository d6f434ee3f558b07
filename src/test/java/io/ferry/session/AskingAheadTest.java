package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.Vsftpd;
import java.io.BufferedInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Commands that only ask are sent before the one before is answered; never at the price of a reply that is taken for another's. */
class AskingAheadTest extends SessionTestBase {

    /** Answers the first command of what arrives at once, and forgets the rest, as some small servers do. */
    private final class Forgetful implements AutoCloseable {
        private static final Map<String, String> REPLIES = Map.of(
                "USER",
                "331 Password.",
                "PASS",
                "230 In.",
                "TYPE",
                "200 Type.",
                "SIZE",
                "213 5",
                "MDTM",
                "213 20200101000000");
        private final ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        private final List<String> commands = new CopyOnWriteArrayList<>();
        private final List<Socket> open = new CopyOnWriteArrayList<>();

        private Forgetful() throws Exception {
            thread(() -> {
                while (!listener.isClosed()) {
                    Socket socket = listener.accept();
                    open.add(socket);
                    thread(() -> serve(socket));
                }
            });
        }

        private void thread(Executable work) {
            new Thread(() -> {
                        try {
                            work.execute();
                        } catch (Throwable e) {
                            // The test is over, or its client has gone.
                            Thread.yield();
                        }
                    })
                    .start();
        }

        private void serve(Socket socket) throws Exception {
            say(socket, "220 Hello.");
            byte[] buffer = new byte[4096];
            try (InputStream in = new BufferedInputStream(socket.getInputStream())) {
                for (int count = in.read(buffer); count > 0; count = in.read(buffer)) {
                    String first = new String(buffer, 0, count, StandardCharsets.UTF_8).split("\r\n", 2)[0];
                    commands.add(first);
                    say(socket, REPLIES.getOrDefault(first.split(" ", 2)[0], "502 Not that."));
                }
            }
        }

        private void say(Socket socket, String line) throws Exception {
            socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public void close() throws Exception {
            listener.close();
            for (Socket each : open) {
                each.close();
            }
        }
    }

    @Test
    void serverThatForgetsIsAskedOneByOneFromThenOn() throws Exception {
        try (Forgetful server = new Forgetful()) {
            SessionPool pool =
                    pool(PartnerSetup.at(server.listener.getLocalPort()).maxSessions(2));
            try (Lease lease = pool.lease()) {
                assertThatThrownBy(() -> lease.session().factsBeforeTransfer("file"))
                        .isInstanceOfSatisfying(
                                FtpException.class, e -> assertThat(e.kind()).isEqualTo(FtpException.Kind.TIMED_OUT));
                assertThat(lease.session().isBroken()).isTrue();
            }
            for (int i = 0; i < 3; i++) {
                try (Lease lease = pool.lease()) {
                    RemoteFileFacts facts =
                            lease.session().factsBeforeTransfer("file").orElseThrow();
                    assertThat(facts.size()).isEqualTo(5);
                    assertThat(facts.modified()).isEqualTo("2020-01-01T00:00:00Z");
                }
            }
            assertThat(server.commands).doesNotContain("EPSV");
        }
    }

    @Test
    void replyThatIsMissingLeavesNoneForTheNextCommand() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        FaultProxy proxy = keep(FaultProxy.before(server));
        Files.writeString(server.root().resolve("file"), "12345");
        Files.writeString(server.root().resolve("other"), "1234567");
        SessionPool pool = pool(PartnerSetup.of(proxy).maxSessions(1).reply(1_000));
        try (Lease lease = pool.lease()) {
            assertThat(lease.session().facts("file").orElseThrow().size()).isEqualTo(5);
            proxy.dropReply("MDTM");
            assertThatThrownBy(() -> lease.session().facts("file")).isInstanceOf(FtpException.class);
            assertThat(lease.session().isBroken()).isTrue();
        }
        try (Lease lease = pool.lease()) {
            proxy.duplicateReply("SIZE", 0);
            assertThatThrownBy(() -> lease.session().facts("file")).isInstanceOf(FtpException.class);
            assertThat(lease.session().isBroken()).isTrue();
        }
        try (Lease lease = pool.lease()) {
            assertThat(lease.session().facts("other").orElseThrow().size()).isEqualTo(7);
        }
    }

    @Test
    void portThatWasAskedForAheadIsUsedOnce() throws Exception {
        ApacheFtp server = keep(ApacheFtp.start());
        FaultProxy proxy = keep(FaultProxy.before(server));
        Files.writeString(server.root().resolve("file"), "12345");
        SessionPool pool = pool(PartnerSetup.of(proxy));
        try (Lease lease = pool.lease()) {
            FtpSession session = lease.session();
            for (int i = 0; i < 2; i++) {
                session.factsBeforeTransfer("file");
                assertThat(read(session)).isEqualTo("12345");
            }
            assertThat(proxy.commands().stream().filter("EPSV"::equals)).hasSize(2);
            assertThat(read(session)).isEqualTo("12345");
            assertThat(proxy.commands().stream().filter("EPSV"::equals)).hasSize(3);
        }
    }

    private static String read(FtpSession session) throws Exception {
        return read(session, "file");
    }

    private static String read(FtpSession session, String path) throws Exception {
        try (DataConnection data = session.retrieve(path, 0)) {
            byte[] block = new byte[100];
            int count = 0;
            for (int read = data.read(block, count, 100 - count);
                    read >= 0;
                    read = data.read(block, count, 100 - count)) {
                count += read;
            }
            data.finish();
            return new String(block, 0, count, StandardCharsets.UTF_8);
        }
    }

    @Test
    void missingFileIsMissing() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        SessionPool pool = pool(PartnerSetup.of(server));
        Files.writeString(server.root().resolve("file"), "12345");
        try (Lease lease = pool.lease()) {
            assertThat(lease.session().factsBeforeTransfer("none")).isEmpty();
            assertThat(lease.session().factsBeforeTransfer("file")).isPresent();
            assertThat(lease.session().factsBeforeTransfer("none")).isEmpty();
            assertThat(lease.session().isBroken()).isFalse();
        }
    }

    @Test
    void endOfOneFileAsksForTheNext() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        endOfOneFileAsksForTheNext(
                keep(FaultProxy.before(server)), server.root(), "SIZE a", "MDTM a", "SIZE b", "MDTM b", "EPSV");
    }

    @Test
    void endOfOneFileAsksForTheNextWithMlst() throws Exception {
        ApacheFtp server = keep(ApacheFtp.start());
        endOfOneFileAsksForTheNext(keep(FaultProxy.before(server)), server.root(), "MLST a", "MLST b", "EPSV");
    }

    private void endOfOneFileAsksForTheNext(FaultProxy proxy, Path root, String... commands) throws Exception {
        Files.writeString(root.resolve("a"), "123");
        Files.writeString(root.resolve("b"), "12345");
        SessionPool pool = pool(PartnerSetup.of(proxy).maxSessions(2));
        try (Lease first = pool.lease();
                Lease other = pool.lease()) {
            first.session().factsBeforeTransfer("a");
            proxy.clearCommands();
            assertThat(first.session()
                            .factsAndNext("a", new Upcoming("b"))
                            .orElseThrow()
                            .size())
                    .isEqualTo(3);
            assertThat(proxy.commands()).containsExactly(commands);
            assertThat(other.session().isBroken()).isFalse();
        }
        proxy.clearCommands();
        try (Lease lease = pool.lease("b")) {
            FtpSession session = lease.session();
            assertThat(session.factsBeforeTransfer("b").orElseThrow().size()).isEqualTo(5);
            assertThat(read(session, "b")).isEqualTo("12345");
            assertThat(proxy.commands()).containsExactly("RETR b");
            assertThat(session.facts("b").orElseThrow().size()).isEqualTo(5);
            assertThat(proxy.commands()).as("an answer is used once").hasSizeGreaterThan(1);
        }
    }

    /** What was told of one file is not another's, and is of no use once something else was asked. */
    @Test
    void otherFileThanTheOneAskedAboutIsAskedAbout() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        Files.writeString(server.root().resolve("a"), "123");
        Files.writeString(server.root().resolve("b"), "12345");
        SessionPool pool = pool(PartnerSetup.of(server));
        try (Lease lease = pool.lease()) {
            FtpSession session = lease.session();
            session.facts("a");
            session.factsAndNext("a", new Upcoming("b"));
            assertThat(session.factsBeforeTransfer("a").orElseThrow().size()).isEqualTo(3);
            Files.writeString(server.root().resolve("b"), "1234567");
            assertThat(session.factsBeforeTransfer("b").orElseThrow().size()).isEqualTo(7);
            session.factsAndNext("a", new Upcoming("none"));
            assertThat(session.factsBeforeTransfer("none")).isEmpty();
            assertThat(session.isBroken()).isFalse();
        }
    }

    /** A commit that compares versions before it deletes the file must not compare with what was there a moment ago. */
    @Test
    void whatWasToldAheadOfATransferAnswersNothingElse() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        Files.writeString(server.root().resolve("a"), "123");
        Files.writeString(server.root().resolve("b"), "12345");
        SessionPool pool = pool(PartnerSetup.of(server));
        try (Lease lease = pool.lease()) {
            FtpSession session = lease.session();
            session.facts("a");
            session.factsAndNext("a", new Upcoming("b"));
            Files.writeString(server.root().resolve("b"), "1234567");
            assertThat(session.facts("b").orElseThrow().size()).isEqualTo(7);
            assertThat(session.isBroken()).isFalse();
        }
    }

    @Test
    void missingReplyOfTheNextFileLeavesNothingToBelieve() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        FaultProxy proxy = keep(FaultProxy.before(server));
        Files.writeString(server.root().resolve("a"), "123");
        Files.writeString(server.root().resolve("b"), "12345");
        SessionPool pool = pool(PartnerSetup.of(proxy).maxSessions(1).reply(1_000));
        for (String reply : List.of("SIZE", "MDTM")) {
            try (Lease lease = pool.lease()) {
                lease.session().facts("a");
                proxy.dropReply(reply);
                assertThatThrownBy(() -> lease.session().factsAndNext("a", new Upcoming("b")))
                        .isInstanceOf(FtpException.class);
                assertThat(lease.session().isBroken()).isTrue();
            }
        }
        try (Lease lease = pool.lease()) {
            assertThat(lease.session().factsBeforeTransfer("b").orElseThrow().size())
                    .isEqualTo(5);
        }
    }

    private static void readThenAsk(FtpSession session) throws Exception {
        session.factsBeforeTransfer("file");
        try (DataConnection data = session.retrieve("file", 0)) {
            byte[] block = new byte[100];
            while (data.read(block) >= 0) {
                assertThat(block[0]).isEqualTo((byte) '1');
            }
            session.finishAndAsk(data, "file", null);
        }
        assertThat(session.factsAndNext("file", null).orElseThrow().size()).isEqualTo(5);
    }

    private static List<String> afterRetr(FaultProxy proxy) {
        List<String> commands = proxy.commands();
        return commands.subList(commands.lastIndexOf("RETR file") + 1, commands.size());
    }

    private static void assertAskedAfterTheReply(SessionPool pool, FaultProxy proxy) throws Exception {
        try (Lease lease = pool.lease()) {
            readThenAsk(lease.session());
            proxy.dropReply("RETR");
            assertThatThrownBy(() -> readThenAsk(lease.session())).isInstanceOf(FtpException.class);
            assertThat(afterRetr(proxy)).isEmpty();
        }
    }

    @Test
    void dataThatHaveEndedAreAskedAboutBeforeTheReply() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        FaultProxy proxy = keep(FaultProxy.before(server));
        Files.writeString(server.root().resolve("file"), "12345");
        SessionPool pool = pool(PartnerSetup.of(proxy).maxSessions(1).reply(1_000));
        try (Lease lease = pool.lease()) {
            readThenAsk(lease.session());
            readThenAsk(lease.session());
            proxy.dropReply("RETR");
            assertThatThrownBy(() -> readThenAsk(lease.session()))
                    .isInstanceOf(FtpException.class)
                    .hasMessageContaining("another command's reply");
            assertThat(afterRetr(proxy)).containsExactly("SIZE file", "MDTM file");
            assertThat(lease.session().isBroken()).isTrue();
        }
    }

    @Test
    void serverThatForgetsAtTheEndOfATransferIsAskedAfterItFromThenOn() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        FaultProxy proxy = keep(FaultProxy.before(server));
        Files.writeString(server.root().resolve("file"), "12345");
        SessionPool pool = pool(PartnerSetup.of(proxy).maxSessions(1).reply(1_000));
        try (Lease lease = pool.lease()) {
            lease.session().factsBeforeTransfer("file");
            proxy.dropReply("SIZE|MDTM").always();
            FtpSession session = lease.session();
            try (DataConnection data = session.retrieve("file", 0)) {
                assertThat(data.read(new byte[100])).isEqualTo(5);
                assertThat(data.read(new byte[100])).isNegative();
                session.finishAndAsk(data, "file", null);
            }
            assertThatThrownBy(() -> session.factsAndNext("file", null))
                    .isInstanceOfSatisfying(
                            FtpException.class, e -> assertThat(e.kind()).isEqualTo(FtpException.Kind.TIMED_OUT));
            assertThat(session.isBroken()).isTrue();
        }
        proxy.clearFaults();
        assertAskedAfterTheReply(pool, proxy);
    }

    /** Such as one that takes whatever arrives during a transfer for a request to end it. */
    @Test
    void serverThatEndsTheSessionInsteadIsAskedAfterTheTransferFromThenOn() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        FaultProxy proxy = keep(FaultProxy.before(server));
        Files.writeString(server.root().resolve("file"), "12345");
        SessionPool pool = pool(PartnerSetup.of(proxy).maxSessions(1).reply(1_000));
        proxy.cutControlOn("SIZE").skip(1);
        try (Lease lease = pool.lease()) {
            assertThatThrownBy(() -> readThenAsk(lease.session())).isInstanceOf(FtpException.class);
            assertThat(lease.session().isBroken()).isTrue();
        }
        assertAskedAfterTheReply(pool, proxy);
    }

    /** RFC 959 has 226 and 250 for it; a server that says something else is asked afterwards, from then on. */
    @Test
    void serverThatEndsTransfersWithAnotherReplyIsAskedAfterIt() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        FaultProxy proxy = keep(FaultProxy.before(server));
        Files.writeString(server.root().resolve("file"), "12345");
        SessionPool pool = pool(PartnerSetup.of(proxy).maxSessions(1));
        proxy.rewriteReply("RETR", "200 Sent.").always();
        try (Lease lease = pool.lease()) {
            assertThatThrownBy(() -> readThenAsk(lease.session()))
                    .isInstanceOf(FtpException.class)
                    .hasMessageContaining("another command's reply");
            assertThat(lease.session().isBroken()).isTrue();
        }
        for (int i = 0; i < 2; i++) {
            try (Lease lease = pool.lease()) {
                readThenAsk(lease.session());
                assertThat(lease.session().isBroken()).isFalse();
            }
        }
    }

    /** Replies that nobody has read would answer the commands of the next lease. */
    @Test
    void answersThatNobodyReadsEndTheSession() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        Files.writeString(server.root().resolve("file"), "12345");
        SessionPool pool = pool(PartnerSetup.of(server).maxSessions(1));
        FtpSession first;
        try (Lease lease = pool.lease()) {
            first = lease.session();
            first.factsBeforeTransfer("file");
            try (DataConnection data = first.retrieve("file", 0)) {
                assertThat(data.read(new byte[100])).isEqualTo(5);
                assertThat(data.read(new byte[100])).isNegative();
                first.finishAndAsk(data, "file", null);
            }
            assertThat(first.isBroken()).isTrue();
            assertThatThrownBy(() -> first.delete("file")).isInstanceOf(FtpException.class);
        }
        try (Lease lease = pool.lease()) {
            assertThat(lease.session()).isNotSameAs(first);
        }
    }

    /** A session costs a round trip less once it is known that nothing gets lost; what needs a reply still waits for it. */
    @Test
    void laterSessionsAskForTheFeaturesAndSetTheTypeInOneGo() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        FaultProxy proxy = keep(FaultProxy.before(server));
        Files.writeString(server.root().resolve("file"), "12345");
        SessionPool pool = pool(PartnerSetup.of(proxy).maxSessions(2).reply(1_000));
        try (Lease first = pool.lease()) {
            assertThat(first.session().facts("file").orElseThrow().size()).isEqualTo(5);
            proxy.clearCommands();
            proxy.dropReply("FEAT");
            assertThatThrownBy(pool::lease).isInstanceOf(FtpException.class);
            assertThat(proxy.commands()).endsWith("FEAT", "TYPE I");
        }
        try (Lease first = pool.lease();
                Lease second = pool.lease()) {
            assertThat(first.session().facts("file").orElseThrow().size()).isEqualTo(5);
            assertThat(second.session().facts("file").orElseThrow().size()).isEqualTo(5);
        }
    }

    /** A restart costs a round trip less; one that is refused ends the session, which sends the file from its start by then. */
    @Test
    void transferDoesNotWaitForTheReplyToRest() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        FaultProxy proxy = keep(FaultProxy.before(server));
        Files.writeString(server.root().resolve("file"), "12345");
        SessionPool pool = pool(PartnerSetup.of(proxy).maxSessions(1).reply(1_000));
        try (Lease lease = pool.lease()) {
            FtpSession session = lease.session();
            session.facts("file");
            try (DataConnection data = session.retrieve("file", 2)) {
                assertThat(readAll(data)).asString(StandardCharsets.UTF_8).isEqualTo("345");
            }
            proxy.clearCommands();
            proxy.dropReply("REST");
            assertThatThrownBy(() -> session.retrieve("file", 2)).isInstanceOf(FtpException.class);
            assertThat(proxy.commands()).endsWith("REST 2", "RETR file");
            assertThat(session.isBroken()).isTrue();
        }
        try (Lease lease = pool.lease()) {
            proxy.replaceReply("REST", "502 Not here.");
            assertThatThrownBy(() -> lease.session().retrieve("file", 2))
                    .isInstanceOfSatisfying(
                            FtpException.class,
                            e -> assertThat(e.refuses("REST")).isTrue());
            assertThat(lease.session().isBroken()).isTrue();
        }
    }
}
