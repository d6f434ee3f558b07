package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import io.ferry.session.FtpException.Kind;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** From the greeting to a session in TYPE I, and what stands in the way. */
class LoginTest extends SessionTestBase {

    /** Everything that Ferry says at the finest level, until closed. */
    private static final class Ears extends AppenderBase<ILoggingEvent> implements AutoCloseable {
        private final List<String> lines = new CopyOnWriteArrayList<>();
        private final Logger logger = (Logger) LoggerFactory.getLogger("io.ferry");

        Ears() {
            start();
            logger.setLevel(Level.TRACE);
            logger.setAdditive(false);
            logger.addAppender(this);
        }

        @Override
        protected void append(ILoggingEvent event) {
            String trace =
                    event.getThrowableProxy() == null ? "" : ThrowableProxyUtil.asString(event.getThrowableProxy());
            lines.add(event.getFormattedMessage() + trace);
        }

        String text() {
            return String.join("\n", lines);
        }

        @Override
        public void close() {
            logger.detachAppender(this);
            logger.setAdditive(true);
            logger.setLevel(null);
        }
    }

    private static String traceOf(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    @Test
    void userThatNeedsNoPassword() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).on("USER", "230 Welcome.");
        assertThat(session(server).workingDirectory()).isEqualTo("/");
        assertThat(verbs(server)).doesNotContain("PASS");
    }

    @Test
    void stepsOfALogin() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).on("SITE", "200 Done.");
        server.features("UTF8", "SIZE");
        session(PartnerSetup.of(server).site("UMASK 022"));
        assertThat(verbs(server)).containsExactly("USER", "PASS", "FEAT", "TYPE", "OPTS", "SITE");
    }

    @Test
    void siteCommandsAreSentAfterEachLoginInOrder() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).on("SITE", "200 Done.");
        SessionPool pool = pool(PartnerSetup.of(server).maxSessions(2).site("UMASK 022", "IDLE 900"));
        keep(pool.lease());
        keep(pool.lease());
        assertThat(server.commands().stream().filter(command -> command.startsWith("SITE")))
                .containsExactly("SITE UMASK 022", "SITE IDLE 900", "SITE UMASK 022", "SITE IDLE 900");
    }

    @Test
    void refusedSiteCommandIsAnError() {
        ScriptedServer server = keep(ScriptedServer.start()).on("SITE", "504 No such SITE command.");
        SessionPool pool = pool(PartnerSetup.of(server).site("UMASK 022"));
        assertThat(failure(Kind.REFUSED, pool::lease))
                .hasMessageContaining("SITE UMASK 022")
                .hasMessageContaining("504 No such SITE command.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"USER", "PASS"})
    void accountIsSentWhereTheServerAsksForIt(String verb) throws Exception {
        ScriptedServer server =
                keep(ScriptedServer.start()).on(verb, "332 Account, please.").on("ACCT", "230 Welcome.");
        session(PartnerSetup.of(server).account("ledger"));
        assertThat(server.commands()).contains("ACCT ledger");
    }

    @Test
    void accountIsNotSentUnasked() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        session(PartnerSetup.of(server).account("ledger"));
        assertThat(verbs(server)).doesNotContain("ACCT");
    }

    @Test
    void accountThatIsAskedForAndNotGivenIsAClearError() {
        ScriptedServer server = keep(ScriptedServer.start()).on("PASS", "332 Account, please.");
        SessionPool pool = pool(PartnerSetup.of(server));
        assertThat(failure(Kind.LOGIN_REFUSED, pool::lease))
                .hasMessageContaining("asks for an account; set the option account")
                .hasMessageContaining("332");
        assertThat(verbs(server)).doesNotContain("ACCT");
    }

    @ParameterizedTest
    @CsvSource({
        "USER,530 Not allowed.,LOGIN_REFUSED",
        "PASS,530 Login incorrect.,LOGIN_REFUSED",
        "PASS,503 Log in with USER first.,LOGIN_REFUSED",
        "PASS,331 Once more.,LOGIN_REFUSED",
        "PASS,430 Later.,REFUSED_FOR_NOW",
        "USER,421 Too many users.,REFUSED_FOR_NOW",
        "PASS,421 Too many users.,REFUSED_FOR_NOW",
    })
    void refusedLogin(String verb, String reply, Kind kind) {
        ScriptedServer server = keep(ScriptedServer.start()).on(verb, reply);
        SessionPool pool = pool(PartnerSetup.of(server));
        FtpException failure = failure(kind, pool::lease);
        assertThat(failure).hasMessageContaining(reply).hasMessageContaining("ftp://ferry@127.0.0.1:" + server.port());
        assertThat(failure.isTransient()).isEqualTo(kind == Kind.REFUSED_FOR_NOW);
        assertThat(verbs(server)).doesNotContain("FEAT", "TYPE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void wrongPasswordAtARealServer(String name) {
        TestServer server = keep(name.equals("apache") ? ApacheFtp.start() : Vsftpd.start());
        SessionPool pool = pool(PartnerSetup.of(server).login("ferry", "open-barley"));
        assertThat(failure(Kind.LOGIN_REFUSED, pool::lease))
                .hasMessageContaining("Check user, password and account")
                .hasMessageContaining("530")
                .hasMessageNotContaining("open-barley");
    }

    @Test
    void emptyPasswordIsSentAsSuch() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).on("PASS", (session, argument) -> {
            return argument.isEmpty() ? "230 Welcome." : "530 Login incorrect.";
        });
        session(PartnerSetup.of(server).login("ferry", ""));
    }

    @ParameterizedTest
    @CsvSource({"421 Maintenance.,REFUSED_FOR_NOW", "530 You are banned.,REFUSED", "331 What?,REFUSED"})
    void serverThatDoesNotGreet(String greeting, Kind kind) {
        ScriptedServer server = keep(ScriptedServer.start()).greeting(greeting);
        SessionPool pool = pool(PartnerSetup.of(server));
        assertThat(failure(kind, pool::lease)).hasMessageContaining("connect").hasMessageContaining(greeting);
        assertThat(server.commands()).isEmpty();
    }

    @Test
    void serverThatGreetsLate() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).greeting("120 Ready in a minute.\r\n220 Ready.");
        assertThat(session(server).workingDirectory()).isEqualTo("/");
    }

    @Test
    void greetingOfManyLines() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.greeting("220-Welcome\r\n220-to\r\n    220 the\r\n221 jungle\r\n\r\n220 Ready.");
        assertThat(session(server).workingDirectory()).isEqualTo("/");
    }

    @Test
    void connectionThatIsClosedInTheGreeting() throws Exception {
        try (var listener = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
            Thread closer = new Thread(() -> {
                try {
                    listener.accept().close();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            closer.start();
            SessionPool pool = pool(PartnerSetup.at(listener.getLocalPort()));
            assertThat(failure(Kind.CONNECTION_LOST, pool::lease)).hasMessageContaining("broke at connect");
            closer.join();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ferry\r\nDELE /precious", "ferry\nDELE", "ferry\rDELE", "fer\u0000ry", "fer\u007fry"})
    void controlCharactersInTheUserNameAreRefused(String user) {
        ScriptedServer server = keep(ScriptedServer.start());
        SessionPool pool = pool(PartnerSetup.of(server).login(user, "sesame"));
        assertThat(failure(Kind.UNSAFE, pool::lease)).hasMessageContaining("USER not sent");
        assertThat(server.commands()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"swordfish\r\nDELE /precious", "swordfish\nDELE", "swordfish\u0000"})
    void controlCharactersInThePasswordAreRefusedWithoutShowingIt(String password) {
        ScriptedServer server = keep(ScriptedServer.start());
        SessionPool pool = pool(PartnerSetup.of(server).login("ferry", password));
        FtpException failure = failure(Kind.UNSAFE, pool::lease);
        assertThat(failure).hasMessageContaining("PASS not sent");
        assertThat(traceOf(failure)).doesNotContain("swordfish");
        assertThat(verbs(server)).containsExactly("USER");
    }

    @Test
    void controlCharactersInTheAccountOrASiteCommandAreRefused() {
        ScriptedServer server = keep(ScriptedServer.start()).on("PASS", "332 Account, please.");
        SessionPool pool = pool(PartnerSetup.of(server).account("ledger\r\nDELE /precious"));
        assertThat(failure(Kind.UNSAFE, pool::lease))
                .hasMessageContaining("ACCT not sent")
                .hasMessageNotContaining("ledger");
        server.standard("PASS");
        SessionPool other = pool(PartnerSetup.of(server).site("UMASK 022\r\nDELE /precious"));
        failure(Kind.UNSAFE, other::lease);
        assertThat(verbs(server)).doesNotContain("DELE", "ACCT", "SITE");
    }

    @Test
    void passwordIsNeverLoggedNorInAMessage() throws Exception {
        Ears ears = keep(new Ears());
        ScriptedServer server =
                keep(ScriptedServer.start()).on("PASS", "332 Account, please.").on("ACCT", "230 Welcome.");
        PartnerSetup partner =
                PartnerSetup.of(server).login("ferry", "swordfish").account("ledger");
        session(partner).workingDirectory();
        server.on("ACCT", "530 No.");
        FtpException refused = failure(Kind.LOGIN_REFUSED, pool(partner)::lease);
        server.on("PASS", (session, argument) -> {
            session.drop();
            return null;
        });
        FtpException lost = failure(Kind.CONNECTION_LOST, pool(partner)::lease);
        assertThat(ears.text() + traceOf(refused) + traceOf(lost) + partner.get())
                .contains("PASS ********", "ACCT ********", "> PWD", "< 257")
                .doesNotContain("swordfish", "ledger");
    }

    /** Some servers repeat the line that they did not understand. */
    @ParameterizedTest
    @ValueSource(strings = {"530 PASS %s: not understood.", "230 Welcome, %s!", "332 %s is right, account?"})
    void passwordThatTheServerRepeatsIsNotLoggedEither(String reply) {
        Ears ears = keep(new Ears());
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("PASS", (session, argument) -> reply.formatted(argument)).on("FEAT", "421 Bye.");
        SessionPool pool = pool(PartnerSetup.of(server).login("ferry", "swordfish"));
        FtpException failure = failure(pool::lease);
        assertThat(ears.text()).contains("PASS ********").doesNotContain("swordfish");
        assertThat(traceOf(failure) + failure.replyText()).doesNotContain("swordfish");
    }

    @Test
    void utf8IsAnnouncedWhereTheServerKnowsIt() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.features("SIZE", "UTF8");
        session(server);
        assertThat(server.commands()).containsSubsequence("FEAT", "TYPE I", "OPTS UTF8 ON");
    }

    @Test
    void utf8IsNotAnnouncedUnaskedOrAgainstTheUsersWord() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        session(server);
        server.features("UTF8");
        session(PartnerSetup.of(server).encoding("ISO-8859-1"));
        assertThat(verbs(server)).doesNotContain("OPTS");
    }

    @Test
    void refusedUtf8IsNoHindrance() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).on("OPTS", "501 No.");
        server.features("utf8");
        session(server);
        assertThat(verbs(server)).contains("OPTS", "TYPE");
    }

    @Test
    void serverWithoutFeat() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).features();
        assertThat(session(server).workingDirectory()).isEqualTo("/");
    }

    @ParameterizedTest
    @CsvSource({"504 Not here.,REFUSED", "451 Later.,REFUSED_FOR_NOW", "331 What?,REFUSED"})
    void refusedTypeIsAnError(String reply, Kind kind) {
        ScriptedServer server = keep(ScriptedServer.start()).on("TYPE", reply);
        SessionPool pool = pool(PartnerSetup.of(server));
        assertThat(failure(kind, pool::lease)).hasMessageContaining("TYPE I").hasMessageContaining(reply);
    }

    @Test
    void namesThatTheEncodingCannotWriteAreRefused() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        FtpSession session = session(PartnerSetup.of(server).encoding("ISO-8859-1"));
        assertThat(failure(Kind.UNSAFE, () -> session.delete("\u4f60\u597d")))
                .hasMessageContaining("ISO-8859-1")
                .hasMessageContaining("controlEncoding");
        assertThat(verbs(server)).doesNotContain("DELE");
        assertThat(session.isBroken()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nDELE b", "a\nb", "a\u0000b", "a\tb", "a\u007f"})
    void controlCharactersInNamesAreRefused(String name) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        FtpSession session = session(server);
        server.clearCommands();
        failure(Kind.UNSAFE, () -> session.size(name));
        failure(Kind.UNSAFE, () -> session.modified(name));
        failure(Kind.UNSAFE, () -> session.facts(name));
        failure(Kind.UNSAFE, () -> session.delete(name));
        failure(Kind.UNSAFE, () -> session.makeDirectory(name));
        failure(Kind.UNSAFE, () -> session.removeDirectory(name));
        failure(Kind.UNSAFE, () -> session.rename(name, "b"));
        failure(Kind.UNSAFE, () -> session.site(name));
        failure(Kind.UNSAFE, () -> session.retrieve(name, 0));
        failure(Kind.UNSAFE, () -> session.store(name, 0));
        failure(Kind.UNSAFE, () -> session.append(name));
        failure(Kind.UNSAFE, () -> session.list(name));
        failure(Kind.UNSAFE, () -> session.names(name));
        assertThat(verbs(server)).containsOnly("EPSV", "SYST");
        assertThat(session.workingDirectory()).isEqualTo("/");
    }
}
