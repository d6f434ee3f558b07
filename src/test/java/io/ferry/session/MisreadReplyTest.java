package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.session.FtpException.Kind;
import io.ferry.testkit.Content;
import io.ferry.testkit.Ports;
import io.ferry.testkit.ScriptedServer;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Replies that were taken for something else than what they say. */
class MisreadReplyTest extends SessionTestBase {

    /** The session went back to the pool, with one more reply due. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"SIZE|213 ?", "MDTM|213 4711", "PWD|257 here", "PWD|213 4711"})
    void answerThatMakesNoSenseMayBelongToAnotherCommand(String verb, String reply) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/file", Content.bytes(10, 1));
        server.on(verb, reply);
        SessionPool pool = pool(PartnerSetup.of(server));
        Lease lease = pool.lease();
        failure(Kind.UNSAFE, () -> {
            switch (verb) {
                case "SIZE" -> lease.session().size("file");
                case "MDTM" -> lease.session().modified("file");
                default -> lease.session().workingDirectory();
            }
        });
        assertNotLentAgain(pool, lease);
    }

    /** A reply of another command was taken for a refusal, and the session was used again. */
    @ParameterizedTest
    @ValueSource(strings = {"PASV", "EPSV", "REST", "PORT", "CWD", "FEAT"})
    void positiveReplyOfAnotherCommandIsNoRefusal(String verb) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/file", Content.bytes(10, 1));
        SessionPool pool = pool(verb.equals("PORT") ? PartnerSetup.of(server).active() : PartnerSetup.of(server));
        if (verb.equals("PASV")) {
            server.on("EPSV", "502 Not implemented.");
        }
        server.on(verb, verb.equals("FEAT") ? "230 Welcome." : verb.equals("REST") ? "213 10" : "350 And to?");
        if (verb.equals("FEAT")) {
            assertThat(failure(Kind.CONNECTION_LOST, pool::lease)).hasMessageContaining("out of step");
            return;
        }
        Lease lease = pool.lease();
        FtpException failure = failure(() -> {
            if (verb.equals("CWD")) {
                lease.session().directory("in");
            } else {
                lease.session().retrieve("file", 5);
            }
        });
        assertThat(failure.isTransient() || failure.refuses("REST")).isTrue();
        assertNotLentAgain(pool, lease);
    }

    /** The consumer took the file for gone, and an upload took its partial for published. */
    @ParameterizedTest
    @ValueSource(strings = {"425 Cannot open the data connection.", "421 Shutting down.", "451 Try later."})
    void listingThatIsRefusedForNowDoesNotMeanThatThereIsNoFile(String reply) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).on("SIZE", "502 Not implemented.");
        server.on("LIST", reply);
        FtpSession session = session(server);
        assertThat(failure(() -> session.facts("file")).isTransient()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"450 No such file.", "550 No such file."})
    void listingThatRefusesTheFileMeansThatThereIsNone(String reply) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).on("SIZE", "502 Not implemented.");
        server.on("LIST", reply);
        assertThat(session(server).facts("file")).isEmpty();
    }

    /** Once a port of EPSV had been dead, a server that names its inner address in reply to PASV was never reached again. */
    @Test
    void innerAddressAfterADeadPortIsNoReasonToGiveUp() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/file", Content.bytes(100, 2));
        int dead = Ports.free();
        AtomicBoolean first = new AtomicBoolean(true);
        server.on(
                "EPSV",
                (session, argument) ->
                        first.getAndSet(false) ? "229 Passive (|||" + dead + "|)" : session.standard("EPSV", argument));
        server.on("PASV", "227 Passive (10,0,0,5,4,1).");
        SessionPool pool = pool(PartnerSetup.of(server).connect(2_000));
        Lease lease = pool.lease();
        failure(Kind.CONNECTION_LOST, () -> lease.session().retrieve("file", 0));
        lease.close();
        try (Lease next = pool.lease()) {
            assertThat(readAll(next.session().retrieve("file", 0))).hasSize(100);
        }
    }
}
