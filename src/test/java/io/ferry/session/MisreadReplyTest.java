package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.session.FtpException.Kind;
import io.ferry.testkit.Content;
import io.ferry.testkit.ScriptedServer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Replies that were taken for something else than what they say. */
class MisreadReplyTest extends SessionTestBase {

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
}
