package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Content;
import io.ferry.testkit.Fault;
import io.ferry.testkit.Proftpd;
import io.ferry.testkit.PureFtpd;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * RNFR goes along with SIZE where the server is known to take that, RNTO on its own behind it. What the server does not answer, or
 * not remember, costs an attempt at most, and is not tried again.
 */
class RenameAheadTest extends UploadFixture {

    private List<String> verbs() {
        return proxy.commands().stream()
                .map(command -> command.replaceFirst(" .*", ""))
                .toList();
    }

    /** After two, the first of which finds out that the server takes several commands at once. */
    private void warmUp(TestServer chosen) throws IOException {
        on(chosen);
        upload(drop(10, 1), RemoteTarget.replacing("first"), FAIL).run();
        send("second", 2, new Alone(true));
        proxy.clearCommands();
    }

    /** From STOR on: the port for it may have been asked for before. */
    private List<String> verbsFromStor() {
        return verbs().subList(verbs().indexOf("STOR"), verbs().size());
    }

    private TransferResult send(String name, long seed, Place place) throws IOException {
        Upload upload = new Upload(
                pool, drop(4096, seed), RemoteTarget.replacing(name), FAIL, installation, listener, () -> false, place);
        TransferResult result = upload.run();
        upload.forget();
        return result;
    }

    private void assertSent(String name, long seed) throws IOException {
        Content.assertIs(server.root().resolve(name), 4096, seed);
        assertThat(remoteNames()).containsExactly(name, "first", "second");
    }

    @Test
    void renameIsBegunWhileTheSizeIsAskedFor() throws IOException {
        warmUp(Vsftpd.start());
        Fault lost = proxy.dropReply("SIZE");
        send("file", 4, Place.ALONE);
        assertThat(lost.fired()).isEqualTo(1);
        assertThat(verbsFromStor().subList(0, 4)).containsExactly("STOR", "SIZE", "RNFR", "USER");
        assertSent("file", 4);
    }

    @Test
    void fileIsRenamedAtEachServer() throws IOException {
        for (TestServer each : List.of(Vsftpd.start(), Proftpd.start(), PureFtpd.start())) {
            warmUp(each);
            send("file", 4, new Alone(true));
            send("file", 5, Place.ALONE);
            assertThat(verbs().stream().filter("RNFR"::equals))
                    .as(each.getClass().getSimpleName())
                    .hasSize(2);
            assertThat(verbs().stream().filter("RNTO"::equals)).hasSize(2);
            assertSent("file", 5);
            pool.close();
            proxy.close();
            each.close();
        }
    }

    @Test
    void replyThatDoesNotComeIsNotWaitedForAgain() throws IOException {
        warmUp(Vsftpd.start());
        Fault lost = proxy.dropReply("RNFR");
        TransferResult result = send("file", 4, Place.ALONE);
        assertThat(lost.fired()).isEqualTo(1);
        assertThat(result.attempts()).isEqualTo(2);
        assertSent("file", 4);
        assertNoLongerAhead();
    }

    @Test
    void serverThatRemembersNoneIsToldAgain() throws IOException {
        warmUp(Vsftpd.start());
        Fault forgotten = proxy.replaceReply("RNTO", "503 Use RNFR first.");
        TransferResult result = send("file", 4, Place.ALONE);
        assertThat(forgotten.fired()).isEqualTo(1);
        assertThat(result.attempts()).isEqualTo(1);
        assertThat(verbsFromStor()).containsExactly("STOR", "SIZE", "RNFR", "RNTO", "RNFR", "RNTO");
        assertSent("file", 4);
        assertNoLongerAhead();
    }

    private void assertNoLongerAhead() throws IOException {
        proxy.clearCommands();
        proxy.dropReply("SIZE");
        send("file", 5, Place.ALONE);
        List<String> verbs = verbs();
        assertThat(verbs.subList(verbs.indexOf("SIZE"), verbs.indexOf("SIZE") + 2))
                .containsExactly("SIZE", "USER");
        assertSent("file", 5);
    }

    /** A size that is wrong ends the session: what it was told is not followed by RNTO, nor by anything else. */
    @Test
    void wrongSizeIsNotRenamed() throws IOException {
        warmUp(Vsftpd.start());
        Fault wrong = proxy.rewriteReply("SIZE", "213 4095");
        send("file", 4, Place.ALONE);
        assertThat(wrong.fired()).isEqualTo(1);
        assertThat(verbsFromStor().subList(0, 4)).containsExactly("STOR", "SIZE", "RNFR", "USER");
        assertSent("file", 4);
    }

    /** What is asked between SIZE and RNTO would come between RNFR and RNTO as well. */
    @Test
    void nothingIsAheadWhereTheServerIsAskedBetween() throws IOException {
        warmUp(Vsftpd.start());
        RemoteTarget careful =
                new RemoteTarget("file", null, ".ferry-part", RemoteTarget.WhenExists.FAIL, null, true, null, null);
        upload(drop(4096, 4), careful, FAIL).run();
        assertThat(verbs().stream().filter("RNFR"::equals)).hasSize(1);
        assertThat(verbs()).endsWith("RNFR", "RNTO");
        assertSent("file", 4);
    }

    /** It may be refused for having come with other commands: that is no word about the server's renames. */
    @ParameterizedTest
    @ValueSource(strings = {"450 Busy.", "503 One at a time.", "550 No.", "502 Not now."})
    void refusalOfWhatCameEarlyIsNotBelieved(String refusal) throws IOException {
        warmUp(Vsftpd.start());
        Files.writeString(server.root().resolve("file"), "old");
        Fault refused = proxy.replaceReply("RNFR", refusal);
        TransferResult result = send("file", 4, Place.ALONE);
        assertThat(refused.fired()).isEqualTo(1);
        assertThat(result.attempts()).isEqualTo(1);
        assertThat(verbsFromStor()).containsExactly("STOR", "SIZE", "RNFR", "RNFR", "RNTO");
        assertSent("file", 4);
        assertNoLongerAhead();
    }

    @Test
    void serverThatEndsTheSessionAtRntoIsToldAgain() throws IOException {
        warmUp(Vsftpd.start());
        Fault cut = proxy.cutControlOn("RNTO");
        TransferResult result = send("file", 4, Place.ALONE);
        assertThat(cut.fired()).isEqualTo(1);
        assertThat(result.attempts()).isEqualTo(2);
        assertSent("file", 4);
        assertNoLongerAhead();
    }

    /** Once it has worked, a line that is cut proves nothing about it. */
    @Test
    void cutAfterASuccessDoesNotEndIt() throws IOException {
        warmUp(Vsftpd.start());
        send("file", 4, Place.ALONE);
        proxy.cutControlOn("RNTO");
        send("file", 5, Place.ALONE);
        send("file", 6, Place.ALONE);
        proxy.clearCommands();
        proxy.dropReply("SIZE");
        send("file", 7, Place.ALONE);
        assertThat(verbsFromStor().subList(0, 4)).containsExactly("STOR", "SIZE", "RNFR", "USER");
        assertSent("file", 7);
    }

    /** Stale partials are looked for once in a while, which needs a question between. */
    @Test
    void nothingIsAheadWhereASweepIsDue() throws IOException {
        warmUp(Vsftpd.start());
        Files.createDirectory(server.root().resolve("new"));
        Upload upload = upload(drop(4096, 4), RemoteTarget.replacing("new/file"), FAIL);
        upload.run();
        upload.forget();
        assertThat(verbs().stream().filter("RNFR"::equals)).hasSize(1);
        assertThat(verbs()).containsSubsequence("SIZE", "MDTM", "RNFR", "RNTO");
    }
}
