package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.session.FtpException.Kind;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import io.ferry.testkit.Ports;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where data connections go to and come from, and when a transfer counts as done. */
class DataConnectionsTest extends SessionTestBase {

    @Test
    void passiveAddressOfAThirdHostIsRefusedAndNotConnectedTo() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/file", Content.bytes(10, 1));
        ServerSocket third = keep(new ServerSocket(0, 1, InetAddress.getByName("127.0.0.2")));
        server.on("EPSV", "502 Not implemented.");
        server.on(
                "PASV",
                "227 Passive (127,0,0,2," + third.getLocalPort() / 256 + "," + third.getLocalPort() % 256 + ").");
        FtpSession session = session(server);
        FtpException failure = failure(Kind.UNSAFE, () -> session.retrieve("file", 0));
        assertThat(failure).hasMessageContaining("another host").hasMessageContaining("127.0.0.2");
        assertThat(server.commands()).noneMatch(command -> command.startsWith("RETR"));
        third.setSoTimeout(1);
        assertThatThrownBy(third::accept).isInstanceOf(SocketTimeoutException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "229 Entering Extended Passive Mode",
                "229 Passive (|||0|)",
                "229 Passive (|||65536|)",
                "229 Passive (|||99999999999|)",
                "229 Passive (|||-21|)",
                "229 Passive (|1|127.0.0.1|)",
            })
    void extendedPassiveReplyWithoutAUsablePortIsRefused(String reply) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/file", Content.bytes(10, 1));
        server.on("EPSV", reply);
        FtpSession session = session(server);
        assertThat(failure(Kind.UNSAFE, () -> session.retrieve("file", 0)))
                .hasMessageContaining("without a usable port")
                .hasMessageContaining("EPSV");
        assertThat(verbs(server)).doesNotContain("RETR", "PASV");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "227 Entering Passive Mode",
                "227 Passive (127,0,0,1,0,0).",
                "227 Passive (127,0,0,1,4).",
                "227 Passive (127,0,0,1,300,1).",
                "227 Passive (127,0,0,1,4,999).",
                "227 Passive (383,256,0,257,4,1).",
            })
    void passiveReplyWithoutAUsablePortIsRefused(String reply) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/file", Content.bytes(10, 1));
        server.on("EPSV", "500 Unknown command.").on("PASV", reply);
        FtpSession session = session(server);
        assertThat(failure(Kind.UNSAFE, () -> session.retrieve("file", 0)))
                .hasMessageContaining("without a usable port")
                .hasMessageContaining("PASV");
        assertThat(verbs(server)).doesNotContain("RETR");
    }

    @Test
    void refusedEpsvIsRememberedForTheSession() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/file", Content.bytes(100, 2));
        server.on("EPSV", "500 Unknown command.");
        FtpSession session = session(server);
        for (int i = 0; i < 3; i++) {
            assertThat(readAll(session.retrieve("file", 0))).isEqualTo(Content.bytes(100, 2));
        }
        assertThat(verbs(server).stream().filter("EPSV"::equals)).hasSize(1);
        assertThat(verbs(server).stream().filter("PASV"::equals)).hasSize(3);
    }

    @Test
    void epsvWithAnotherDelimiterIsRead() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/file", Content.bytes(100, 2));
        server.on(
                "EPSV",
                (session, argument) -> session.standard("EPSV", argument).replace('|', '!'));
        assertThat(readAll(session(server).retrieve("file", 0))).hasSize(100);
    }

    @Test
    void bothPassiveCommandsRefusedIsAnErrorThatNamesTheReply() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("EPSV", "500 Unknown command.").on("PASV", "425 No free port.");
        FtpSession session = session(server);
        assertThat(failure(Kind.REFUSED_FOR_NOW, () -> session.retrieve("file", 0)))
                .hasMessageContaining("PASV")
                .hasMessageContaining("425 No free port.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void activeModeWorksInBothDirectionsAndForListings(String name) throws Exception {
        TestServer server = keep(name.equals("apache") ? ApacheFtp.start() : Vsftpd.start());
        FtpSession session = session(PartnerSetup.of(server).active());
        byte[] content = Content.bytes(300_000, 3);
        try (DataConnection data = session.store("up", 0)) {
            data.write(content, content.length);
            data.finish();
        }
        assertThat(Files.readAllBytes(server.root().resolve("up"))).isEqualTo(content);
        assertThat(readAll(session.retrieve("up", 100_000))).isEqualTo(Arrays.copyOfRange(content, 100_000, 300_000));
        assertThat(namesOf(session.list(""))).containsExactly("up");
        assertThat(verbs(server)).contains("PORT").doesNotContain("PASV", "EPSV");
        assertThat(session.isBroken()).isFalse();
    }

    @Test
    void activePortsAreTakenFromTheRange() throws Exception {
        TestServer server = keep(ApacheFtp.start());
        Files.write(server.root().resolve("file"), Content.bytes(10, 1));
        int port = Ports.free();
        FtpSession session = session(PartnerSetup.of(server).activePorts(port, port));
        assertThat(readAll(session.retrieve("file", 0))).hasSize(10);
        assertThat(server.commands()).contains("PORT 127,0,0,1," + port / 256 + "," + port % 256);
    }

    @Test
    void addressSeenFromOutsideIsAnnouncedAndTheListenerStaysHere() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        AtomicInteger port = new AtomicInteger();
        server.on("PORT", (session, argument) -> {
            String[] numbers = argument.split(",");
            port.set(Integer.parseInt(numbers[4]) * 256 + Integer.parseInt(numbers[5]));
            return "200 Done.";
        });
        server.on("RETR", (session, argument) -> {
            session.reply("150 Here it comes.");
            // What an address translator does: the announced address leads to this host.
            try (Socket translated = new Socket(InetAddress.getByName("127.0.0.1"), port.get())) {
                translated.getOutputStream().write(Content.bytes(100, 2));
            }
            return "226 Done.";
        });
        FtpSession session = session(PartnerSetup.of(server).announced("203.0.113.7"));
        assertThat(readAll(session.retrieve("file", 0))).isEqualTo(Content.bytes(100, 2));
        assertThat(server.commands())
                .contains("PORT 203,0,113,7," + port.get() / 256 + "," + port.get() % 256)
                .noneMatch(command -> command.startsWith("EPRT"));
    }

    @Test
    void addressOfTheNewProtocolSeenFromOutsideIsAnnouncedWithEprt() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).on("EPRT", "522 Not here.");
        FtpSession session = session(PartnerSetup.of(server).announced("2001:db8::7"));
        assertThat(failure(Kind.REFUSED, () -> session.retrieve("file", 0)).refuses("EPRT"))
                .isTrue();
        assertThat(server.commands())
                .anyMatch(command -> command.matches("EPRT \\|2\\|2001:db8:0:0:0:0:0:7\\|\\d+\\|"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"gateway.example", "300.1.1.1", "1.2.3", "1.2.3.4.5", "1.2.3.4.", "::zz", ":::", "", "1,2,3,4"})
    void whatIsNoAddressIsRefusedBeforeAnythingConnects(String address) {
        ScriptedServer server = keep(ScriptedServer.start());
        assertThatThrownBy(() -> PartnerSetup.of(server).announced(address).get())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("activeExternalAddress takes an IP address");
        assertThat(server.commands()).isEmpty();
    }

    @Test
    void deadPortOfEpsvMakesTheNextSessionUsePasv() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/file", Content.bytes(100, 2));
        server.on("EPSV", (session, argument) -> "229 Passive (|||" + Ports.free() + "|)");
        SessionPool pool = pool(PartnerSetup.of(server).connect(2_000));
        for (int i = 0; i < 2; i++) {
            Lease lease = pool.lease();
            if (i == 0) {
                assertThat(failure(Kind.CONNECTION_LOST, () -> lease.session().retrieve("file", 0)))
                        .hasMessageContaining("cannot open the data connection for RETR")
                        .hasMessageContaining("firewall");
                assertNotLentAgain(pool, lease);
            } else {
                assertThat(readAll(lease.session().retrieve("file", 0))).hasSize(100);
                lease.close();
            }
        }
        assertThat(verbs(server)).containsSubsequence("EPSV", "USER", "PASV", "RETR");
        assertThat(verbs(server).stream().filter("EPSV"::equals)).hasSize(1);
    }

    @Test
    void deadPortsOfBothCommandsAreTriedInTurn() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/file", Content.bytes(100, 2));
        server.on("EPSV", (session, argument) -> "229 Passive (|||" + Ports.free() + "|)");
        server.on("PASV", (session, argument) -> {
            int port = Ports.free();
            return "227 Passive (127,0,0,1," + port / 256 + "," + port % 256 + ").";
        });
        SessionPool pool = pool(PartnerSetup.of(server).connect(2_000));
        for (int i = 0; i < 4; i++) {
            Lease lease = pool.lease();
            failure(Kind.CONNECTION_LOST, () -> lease.session().retrieve("file", 0));
            assertNotLentAgain(pool, lease);
        }
        assertThat(verbs(server).stream().filter(verb -> verb.endsWith("SV")))
                .containsExactly("EPSV", "PASV", "EPSV", "PASV");
    }

    @Test
    void refusedPasvAfterADeadPortIsNoReasonToGiveUp() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/file", Content.bytes(100, 2));
        server.onNext("EPSV", "229 Passive (|||" + Ports.free() + "|)").on("PASV", "502 Not here.");
        SessionPool pool = pool(PartnerSetup.of(server).connect(2_000));
        Lease lease = pool.lease();
        failure(Kind.CONNECTION_LOST, () -> lease.session().retrieve("file", 0));
        lease.close();
        try (Lease next = pool.lease()) {
            assertThat(readAll(next.session().retrieve("file", 0))).hasSize(100);
        }
    }

    @Test
    void takenActivePortsAreAnErrorThatNamesTheRange() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        ServerSocket taken = keep(new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1")));
        FtpSession session = session(PartnerSetup.of(server).activePorts(taken.getLocalPort(), taken.getLocalPort()));
        assertThat(failure(Kind.CONNECTION_LOST, () -> session.retrieve("file", 0)))
                .hasMessageContaining("no free local port in " + taken.getLocalPort());
    }

    /** Comes from 127.0.0.2 to the port that the client opened, and tells whether it was let in. */
    @Test
    void activeConnectionFromAnotherHostIsRefusedAndReceivesNothing() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        AtomicInteger port = new AtomicInteger();
        CountDownLatch asked = new CountDownLatch(1);
        AtomicInteger received = new AtomicInteger(-2);
        server.on("PORT", (session, argument) -> {
            String[] numbers = argument.split(",");
            port.set(Integer.parseInt(numbers[4]) * 256 + Integer.parseInt(numbers[5]));
            return "200 Done.";
        });
        server.on("STOR", (session, argument) -> {
            try (Socket stranger =
                    new Socket(InetAddress.getByName("127.0.0.1"), port.get(), InetAddress.getByName("127.0.0.2"), 0)) {
                session.reply("150 Send it.");
                stranger.setSoTimeout(20_000);
                received.set(stranger.getInputStream().read());
            } catch (IOException e) {
                received.set(-1);
            } finally {
                asked.countDown();
            }
            return null;
        });
        SessionPool pool = pool(PartnerSetup.of(server).active());
        Lease lease = pool.lease();
        FtpException failure = failure(Kind.UNSAFE, () -> lease.session().store("file", 0));
        assertThat(failure).hasMessageContaining("another host").hasMessageContaining("127.0.0.2");
        assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(received).hasValue(-1);
        assertNotLentAgain(pool, lease);
    }

    @Test
    void restGoesDirectlyBeforeTheTransferCommand() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/file", Content.bytes(1000, 4));
        FtpSession session = session(server);
        server.clearCommands();
        assertThat(readAll(session.retrieve("file", 400))).hasSize(600);
        assertThat(server.commands()).containsExactly("EPSV", "REST 400", "RETR file");
        server.clearCommands();
        try (DataConnection data = session.store("file", 1000)) {
            data.write(Content.bytes(50, 5), 50);
            data.finish();
        }
        assertThat(server.commands()).containsExactly("EPSV", "REST 1000", "STOR file");
        server.clearCommands();
        readAll(session.retrieve("file", 0));
        try (DataConnection data = session.append("file")) {
            data.finish();
        }
        assertThat(verbs(server)).containsExactly("EPSV", "RETR", "EPSV", "APPE");
    }

    @Test
    void restGoesDirectlyBeforeTheTransferCommandInActiveMode() throws Exception {
        TestServer server = keep(ApacheFtp.start());
        Files.write(server.root().resolve("file"), Content.bytes(1000, 4));
        FtpSession session = session(PartnerSetup.of(server).active());
        server.clearCommands();
        assertThat(readAll(session.retrieve("file", 400))).hasSize(600);
        assertThat(verbs(server)).containsExactly("PORT", "REST", "RETR");
    }

    @Test
    void refusedRestLeavesTheSessionFitForUseAndSendsNoTransferCommand() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/file", Content.bytes(1000, 4));
        server.onNext("REST", "502 Not implemented.");
        FtpSession session = session(server);
        FtpException failure = failure(Kind.REFUSED, () -> session.retrieve("file", 400));
        assertThat(failure.refuses("REST")).isTrue();
        assertThat(verbs(server)).doesNotContain("RETR");
        assertThat(readAll(session.retrieve("file", 400))).hasSize(600);
    }

    @Test
    void refusedTransferCommandLeavesTheSessionFitForUse() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/file", Content.bytes(1000, 4));
        FtpSession session = session(server);
        FtpException failure = failure(Kind.REFUSED, () -> session.retrieve("missing", 0));
        assertThat(failure.replyCode()).isEqualTo(550);
        assertThat(failure).hasMessageContaining("RETR missing").hasMessageContaining("550 No such file.");
        assertThat(readAll(session.retrieve("file", 0))).hasSize(1000);
    }

    @Test
    void finishWaitsForTheFinalReply() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        AtomicBoolean confirmed = new AtomicBoolean();
        CountDownLatch closed = new CountDownLatch(1);
        server.on("STOR", (session, argument) -> {
            session.reply("150 Send it.");
            session.receiveData();
            closed.countDown();
            try {
                // Time in which a finish() that does not wait would return.
                Thread.sleep(300);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            confirmed.set(true);
            return "226 Transfer complete.";
        });
        FtpSession session = session(server);
        try (DataConnection data = session.store("file", 0)) {
            data.write(new byte[10], 10);
            data.finish();
            assertThat(confirmed).isTrue();
        }
        assertThat(closed.getCount()).isZero();
        assertThat(session.isBroken()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"451 Disk error.", "426 Aborted.", "552 Quota exceeded.", "350 What now?"})
    void transferThatIsNotConfirmedIsAnErrorAndEndsTheSession(String reply) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("STOR", (session, argument) -> {
            session.reply("150 Send it.");
            session.receiveData();
            return reply;
        });
        SessionPool pool = pool(PartnerSetup.of(server));
        Lease lease = pool.lease();
        FtpException failure = failure(() -> {
            try (DataConnection data = lease.session().store("file", 0)) {
                data.write(new byte[10], 10);
                data.finish();
            }
        });
        assertThat(failure.replyText()).isEqualTo(reply.substring(4));
        assertThat(failure.isTransient()).isEqualTo(reply.startsWith("4"));
        assertNotLentAgain(pool, lease);
    }

    @ParameterizedTest
    @ValueSource(strings = {"226 Transfer complete.", "350 What now?", "550 No.", "425 Cannot open."})
    void transferThatDoesNotBeginIsAnError(String reply) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).on("RETR", reply);
        FtpSession session = session(server);
        assertThat(failure(() -> session.retrieve("file", 0)))
                .hasMessageContaining("RETR file")
                .hasMessageContaining(reply);
    }

    @Test
    void replyInTwoStepsToAPlainCommandDoesNotAnswerTheNextOne() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("DELE", "150 Deleting, please wait.\r\n250 Deleted.").on("RMD", "550 Not empty.");
        FtpSession session = session(server);
        session.delete("file");
        // The 250 must not have been left for this one.
        assertThat(failure(() -> session.removeDirectory("full"))).hasMessageContaining("550 Not empty");
    }

    @Test
    void sessionWhoseDataConnectionWasLeftUnfinishedIsNotLentAgain() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/file", Content.bytes(1000, 4));
        SessionPool pool = pool(PartnerSetup.of(server));
        Lease lease = pool.lease();
        try (DataConnection data = lease.session().retrieve("file", 0)) {
            assertThat(data.read(new byte[100])).isPositive();
        }
        assertNotLentAgain(pool, lease);
        assertThat(verbs(server).stream().filter("USER"::equals)).hasSize(2);
    }

    @Test
    void sessionWhoseListingWasLeftUnfinishedIsNotLentAgain() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.put("/a", new byte[1]).put("/b", new byte[1]);
        SessionPool pool = pool(PartnerSetup.of(server));
        Lease lease = pool.lease();
        try (Listing listing = lease.session().list("")) {
            assertThat(listing.next()).isNotNull();
        }
        assertNotLentAgain(pool, lease);
    }

    @Test
    void finishedTransferLeavesTheSessionForTheNextLease() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/file", Content.bytes(1000, 4));
        SessionPool pool = pool(PartnerSetup.of(server));
        FtpSession first;
        try (Lease lease = pool.lease()) {
            first = lease.session();
            readAll(first.retrieve("file", 0));
        }
        try (Lease lease = pool.lease()) {
            assertThat(lease.session()).isSameAs(first);
        }
        assertThat(verbs(server).stream().filter("USER"::equals)).hasSize(1);
    }

    @Test
    void resetOfTheDataConnectionTellsWhatTheServerSaysAndEndsTheSession() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("RETR", (session, argument) -> {
            session.reply("150 Here it comes.");
            session.openData().getOutputStream().write(new byte[100]);
            session.resetData();
            return "451 Read error on disk 7.";
        });
        SessionPool pool = pool(PartnerSetup.of(server));
        Lease lease = pool.lease();
        FtpException failure = failure(Kind.CONNECTION_LOST, () -> {
            try (DataConnection data = lease.session().retrieve("file", 0)) {
                readAll(data);
            }
        });
        assertThat(failure).hasMessageContaining("451 Read error on disk 7.");
        assertNotLentAgain(pool, lease);
    }

    @Test
    void leftoverReplyOfAnUnfinishedTransferNeverAnswersALaterCommand() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.put("/file", Content.bytes(1000, 4)).put("/other", new byte[7]);
        SessionPool pool = pool(PartnerSetup.of(server));
        try (Lease lease = pool.lease();
                DataConnection data = lease.session().retrieve("file", 0)) {
            assertThat(data.read(new byte[1])).isEqualTo(1);
        }
        try (Lease lease = pool.lease()) {
            assertThat(lease.session().size("other")).contains(7L);
        }
    }

    @Test
    void transferThatEndsWithAPreliminaryReplyOnlyMayBeTriedAgain() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        // What Pure-FTPd says after a RETR whose data connection broke; no final reply follows.
        server.on("RETR", (session, argument) -> {
            session.reply("150 Here it comes.");
            session.sendData(Content.bytes(10, 1));
            return "150 0.004 seconds (measured here), 290.83 Mbytes per second";
        });
        FtpSession session = session(server);
        FtpException failure = failure(Kind.CONNECTION_LOST, () -> readAll(session.retrieve("file", 0)));
        assertThat(failure).hasMessageContaining("without a final reply").hasMessageContaining("150 0.004 seconds");
        assertThat(failure.isTransient()).isTrue();
        assertThat(session.isBroken()).isTrue();
    }

    @Test
    void finalReplyAfterASecondPreliminaryOneIsTaken() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("RETR", (session, argument) -> {
            session.reply("150 Here it comes.");
            session.sendData(Content.bytes(10, 1));
            session.reply("150 Still here.");
            return "226 Done.";
        });
        assertThat(readAll(session(server).retrieve("file", 0))).isEqualTo(Content.bytes(10, 1));
    }
}
