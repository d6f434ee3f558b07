package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Content;
import io.ferry.testkit.ScriptedServer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Once something went wrong on a data connection nobody knows which replies are still due: the session is not used again, and
 * the next one hears the answers to its own commands only.
 */
class AfterDataErrorTest extends SessionTestBase {

    private static final String[] LINES = {
        "-rw-r--r-- 1 a a 5 Jan 02  2024 one\r\n", "-rw-r--r-- 1 a a 5 Jan 02  2024 two.txt\r\n"
    };

    /** What the server does once the transfer has begun and some of its bytes are across. */
    enum Fault {
        RESET("reset and no reply", null),
        RESET_426("reset, then 426", "426 Connection closed; transfer aborted."),
        RESET_226("reset, then 226", "226 Transfer complete."),
        REPLY_426("426 in the middle", "426 Failure writing network stream."),
        REPLY_451("451 in the middle", "451 Local error."),
        REPLY_552("552 in the middle", "552 Quota exceeded."),
        GOODBYE("421 in the middle", "421 Shutting down."),
        STALL("nothing more", null);

        private final String name;
        private final String reply;

        Fault(String name, String reply) {
            this.name = name;
            this.reply = reply;
        }

        @Override
        public String toString() {
            return name;
        }

        private String apply(ScriptedServer.Session session) {
            if (name.startsWith("reset")) {
                session.resetData();
            } else if (this != STALL) {
                session.closeData();
            }
            return reply;
        }
    }

    static Stream<Arguments> faults() {
        return Stream.of("RETR", "STOR", "APPE", "LIST", "NLST")
                .flatMap(verb -> Arrays.stream(Fault.values()).map(fault -> Arguments.of(verb, fault)));
    }

    private static boolean isUpload(String verb) {
        return verb.equals("STOR") || verb.equals("APPE");
    }

    private static void transfer(FtpSession session, String verb) throws IOException {
        switch (verb) {
            case "RETR" -> readAll(session.retrieve("file", 0));
            case "LIST" -> namesOf(session.list(""));
            case "NLST" -> session.names("");
            default -> upload(session, verb, Content.bytes(1 << 20, 3), 64);
        }
    }

    private static void upload(FtpSession session, String verb, byte[] block, int times) throws IOException {
        try (DataConnection data = verb.equals("STOR") ? session.store("file", 0) : session.append("file")) {
            for (int i = 0; i < times; i++) {
                data.write(block, block.length);
            }
            data.finish();
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("faults")
    void sessionIsNotUsedAgain(String verb, Fault fault) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).put("/other", new byte[7]);
        server.on(verb, (session, argument) -> {
            session.reply("150 Go on.");
            var data = session.openData();
            if (isUpload(verb)) {
                data.getInputStream().readNBytes(100_000);
            } else {
                OutputStream out = data.getOutputStream();
                out.write(verb.equals("RETR") ? Content.bytes(5000, 1) : LINES[0].getBytes(StandardCharsets.US_ASCII));
            }
            return fault.apply(session);
        });
        SessionPool pool = pool(PartnerSetup.of(server).stall(700).reply(1_000));
        Lease lease = pool.lease();
        assertThat(failure(() -> transfer(lease.session(), verb))).hasMessageContaining("ftp://ferry@127.0.0.1");
        assertThat(lease.session().isBroken()).isTrue();
        assertNotLentAgain(pool, lease);
        try (Lease next = pool.lease()) {
            assertThat(next.session().size("other")).contains(7L);
        }
    }

    /** All of it is on its way by then, and 226 may be about less than that. */
    @ParameterizedTest
    @ValueSource(strings = {"STOR", "APPE"})
    void smallUploadIsBrokenByAResetThoughTheServerConfirmsIt(String verb) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on(verb, (session, argument) -> {
            session.reply("150 Go on.");
            assertThat(session.openData().getInputStream().read()).isNotNegative();
            return Fault.RESET_226.apply(session);
        });
        SessionPool pool = pool(PartnerSetup.of(server));
        Lease lease = pool.lease();
        assertThat(failure(
                        FtpException.Kind.CONNECTION_LOST,
                        () -> upload(lease.session(), verb, Content.bytes(4096, 3), 1)))
                .hasMessageContaining(verb + " file");
        assertNotLentAgain(pool, lease);
    }

    @ParameterizedTest
    @MethodSource("cuts")
    void listingThatIsCutIsNoShorterListingEvenWhereTheServerConfirmsIt(String verb, int bytes) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.features("MLST type*;size*;modify*;");
        server.on(verb, (session, argument) -> {
            session.reply("150 Here it comes.");
            String line = verb.equals("MLSD") ? "type=file;size=5;modify=20240102030405; two.txt\r\n" : LINES[1];
            session.sendData((line + line).substring(0, line.length() + bytes).getBytes(StandardCharsets.US_ASCII));
            return "226 Done.";
        });
        PartnerSetup setup = PartnerSetup.of(server);
        SessionPool pool = pool(verb.equals("LIST") ? setup.withoutMachineListing() : setup);
        Lease lease = pool.lease();
        assertThat(failure(
                        FtpException.Kind.CONNECTION_LOST,
                        () -> namesOf(lease.session().list(""))))
                .hasMessageContaining("ends in the middle of a line");
        assertNotLentAgain(pool, lease);
    }

    /** In the facts, in the name, and between CR and LF. */
    static Stream<Arguments> cuts() {
        return Stream.of(
                Arguments.of("LIST", 10),
                Arguments.of("LIST", LINES[1].length() - 6),
                Arguments.of("LIST", LINES[1].length() - 1),
                Arguments.of("MLSD", 10),
                Arguments.of("MLSD", 44),
                Arguments.of("MLSD", 48));
    }
}
