package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.Vsftpd;
import io.ferry.transfer.RemoteTarget.WhenExists;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Uploads to servers that refuse what a proof would need: as much as can be proven is, and the rest is an error or said. */
class UnprovableUploadTest extends UploadFixture {

    private Vsftpd denying(String commands) {
        return on(Vsftpd.start(Vsftpd.plain().set("cmds_denied", commands)));
    }

    @Test
    void listingProvesTheSizeWhereSizeIsRefused() throws Exception {
        denying("SIZE");
        assertThat(send(drop(MB, 1), FAIL).verified()).isEqualTo("size " + MB + " at the server");
        Content.assertIs(server.root().resolve("file"), MB, 1);
        assertThat(remoteNames()).containsExactly("file");
    }

    @Test
    void uploadThatWasCutIsCaughtByTheListing() throws Exception {
        denying("SIZE");
        proxy.cutDataAfter(4 * MB, Direction.UP, Cut.SILENT);
        send(drop(10 * MB, 2), FAIL);
        Content.assertIs(server.root().resolve("file"), 10 * MB, 2);
        assertThat(recorder.events).anyMatch(event -> event.contains("(226) but has " + 4 * MB));
    }

    @Test
    void sizeThatNothingStatesIsAnErrorThatSaysWhatToSet() throws Exception {
        denying("SIZE,LIST,NLST,MDTM");
        assertThatThrownBy(() -> send(drop(MB, 3), FAIL))
                .isInstanceOf(TransferException.class)
                .hasMessageContaining("nothing proves")
                .hasMessageContaining("onUnprovable=accept");
        assertThat(remoteNames()).doesNotContain("file");
        assertThat(sent("STOR")).hasSize(1);
    }

    @Test
    void sizeThatNothingStatesIsSaidWhereThatIsAccepted() throws Exception {
        denying("SIZE,LIST,NLST,MDTM");
        TransferResult result = send(drop(MB, 4), ACCEPT);
        assertThat(result.verified()).startsWith("nothing: the server states no size");
        Content.assertIs(server.root().resolve("file"), MB, 4);
        assertThat(unproven()).hasSize(1).allMatch(event -> event.contains("SIZE, MLST and LIST"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"500 What?", "502 Not implemented.", "550 Not for you."})
    void unknownSizeIsProvenByADigest(String reply) throws Exception {
        on(ApacheFtp.start());
        proxy.replaceReply("SIZE", reply).always();
        proxy.replaceReply("MLST", "500 What?").always();
        proxy.replaceReply("LIST", "550 Not for you.").always();
        assertThat(send(drop(MB, 5), FAIL).verified()).startsWith("MD5 ");
        Content.assertIs(server.root().resolve("file"), MB, 5);
    }

    @Test
    void partialThatCannotBeReadBackIsBegunAgainUnderANewName() throws Exception {
        denying("RETR");
        proxy.cutDataAfter(4 * MB, Direction.UP, Cut.RST);
        TransferResult result = send(drop(10 * MB, 6), FAIL);
        assertThat(result.restartOffset()).isZero();
        Content.assertIs(server.root().resolve("file"), 10 * MB, 6);
        assertThat(recorder.events).anyMatch(event -> event.startsWith("restarted: what lies at the server cannot"));
        assertThat(sent("STOR")).hasSize(2).doesNotHaveDuplicates();
        assertThat(sent("REST")).containsOnly(sent("REST").get(0));
        assertThat(remoteNames()).containsExactly("file");
    }

    @Test
    void partialThatCanNeitherBeReadNorDeletedIsLeftBehindAndNeverBuiltOn() throws Exception {
        denying("RETR,DELE");
        proxy.cutDataAfter(4 * MB, Direction.UP, Cut.RST);
        LocalSource source = drop(10 * MB, 7);
        String first = RemoteTarget.replacing("file").partial(source.fingerprint(), installation.id());
        send(source, FAIL);
        Content.assertIs(server.root().resolve("file"), 10 * MB, 7);
        assertThat(remoteNames()).containsExactlyInAnyOrder("file", first);
    }

    @Test
    void partialThatCannotBeReadBackIsContinuedOnItsSizeWhereThatIsAccepted() throws Exception {
        denying("RETR");
        proxy.cutDataAfter(4 * MB, Direction.UP, Cut.RST);
        TransferResult result = send(drop(10 * MB, 8), ACCEPT);
        assertThat(result.restartOffset()).isPositive();
        Content.assertIs(server.root().resolve("file"), 10 * MB, 8);
        assertThat(unproven()).hasSize(1).allMatch(event -> event.contains("on its size"));
    }

    @Test
    void partialThatCannotBeReadBackIsContinuedOnItsDigest() throws Exception {
        on(ApacheFtp.start());
        proxy.replaceReply("RETR", "550 Not for you.").always();
        proxy.cutDataAfter(4 * MB, Direction.UP, Cut.RST);
        TransferResult result = send(drop(10 * MB, 9), FAIL);
        assertThat(result.restartOffset()).isPositive();
        Content.assertIs(server.root().resolve("file"), 10 * MB, 9);
        assertThat(unproven()).isEmpty();
        assertThat(sent("STOR")).hasSize(2);
    }

    @Test
    void partialWithAnotherDigestIsNotContinued() throws Exception {
        on(ApacheFtp.start());
        proxy.replaceReply("RETR", "550 Not for you.").always();
        LocalSource source = drop(4 * MB, 10);
        String partial = RemoteTarget.replacing("file").partial(source.fingerprint(), installation.id());
        byte[] other = Arrays.copyOf(Files.readAllBytes(source.file()), MB);
        other[0]++;
        Files.write(server.root().resolve(partial), other);
        assertThat(send(source, FAIL).restartOffset()).isZero();
        Content.assertIs(server.root().resolve("file"), 4 * MB, 10);
    }

    @Test
    void refusedRenameIsAnErrorThatLeavesTheVerifiedPartial() throws Exception {
        denying("RNFR");
        LocalSource source = drop(MB, 11);
        assertThatThrownBy(() -> send(source, FAIL))
                .isInstanceOf(TransferException.class)
                .hasMessageContaining("refuses to rename (550")
                .hasMessageContaining("onUnprovable=accept");
        assertThat(remoteNames())
                .containsExactly(RemoteTarget.replacing("file").partial(source.fingerprint(), installation.id()));
        assertThat(names(local.resolve("work/outgoing"))).isEmpty();
    }

    @Test
    void refusedRenameLeadsToTheFinalNameWhereThatIsAccepted() throws Exception {
        denying("RNFR");
        assertThat(send(drop(MB, 12), ACCEPT).verified()).isEqualTo("size " + MB + " at the server");
        Content.assertIs(server.root().resolve("file"), MB, 12);
        assertThat(remoteNames()).containsExactly("file");
        assertThat(unproven()).hasSize(1).allMatch(event -> event.contains("cannot appear whole"));
        proxy.clearCommands();
        upload(drop(2 * MB, 13), RemoteTarget.replacing("other"), ACCEPT).run();
        assertThat(sent("STOR")).containsExactly("STOR other");
        Content.assertIs(server.root().resolve("other"), 2 * MB, 13);
    }

    @Test
    void fileStoredDirectlyIsSentFromItsFirstByteAfterACut() throws Exception {
        denying("RNFR");
        send(drop(10, 14), ACCEPT);
        proxy.clearCommands();
        proxy.cutDataAfter(4 * MB, Direction.UP, Cut.SILENT);
        send(drop(10 * MB, 15), ACCEPT);
        Content.assertIs(server.root().resolve("file"), 10 * MB, 15);
        assertThat(sent("STOR")).containsExactly("STOR file", "STOR file");
        assertThat(sent("REST")).isEmpty();
        assertThat(remoteNames()).containsExactly("file");
    }

    @Test
    void everythingRefusedAtOnceIsAcceptedAndSaid() throws Exception {
        denying("SIZE,MDTM,RETR,RNFR,LIST,NLST,DELE");
        LocalSource source = drop(MB, 16);
        send(source, ACCEPT);
        Content.assertIs(server.root().resolve("file"), MB, 16);
        assertThat(unproven()).hasSize(3).doesNotHaveDuplicates();
    }

    @Test
    void nameThatMayBeWrittenOnlyOnceIsLeftForAnother() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        scripted.on("STOR", (session, argument) -> {
            boolean exists = scripted.get(session.resolve(argument)) != null;
            return exists ? "451 Append/Restart not permitted, try again" : session.standard("STOR", argument);
        });
        scripted.on("APPE", "451 Append/Restart not permitted, try again");
        proxy.cutDataAfter(2 * MB, Direction.UP, Cut.SILENT);
        send(drop(4 * MB, 17), FAIL);
        Content.assertIs(scripted.get("/file"), 4 * MB, 17);
        assertThat(scripted.paths()).containsExactly("/file");
        assertThat(recorder.events).anyMatch(event -> event.contains("refuses to continue"));
    }

    @Test
    void fullServerIsNotAskedAgain() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        scripted.on("STOR", "552 Quota exceeded.");
        RemoteTarget target = new RemoteTarget("/a/file", null, ".part", WhenExists.REPLACE, null, true, null);
        assertThatThrownBy(() -> upload(drop(MB, 18), target, FAIL).run())
                .isInstanceOf(TransferException.class)
                .hasMessageContaining("no room for /a/file")
                .hasMessageContaining("552 Quota exceeded");
        assertThat(sent("STOR")).hasSize(1);
    }

    @Test
    void roomThatIsMissingForNowIsAskedForAgain() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        scripted.onNext("STOR", "452 Insufficient storage space.");
        send(drop(MB, 19), FAIL);
        Content.assertIs(scripted.get("/file"), MB, 19);
        assertThat(sent("STOR")).hasSize(2);
    }

    @Test
    void oneSessionIsEnough() throws Exception {
        on(Vsftpd.start(Vsftpd.plain().maxPerIp(1)));
        Path existing = Content.write(server.root().resolve("file"), 10, 20);
        proxy.cutDataAfter(4 * MB, Direction.UP, Cut.FIN);
        send(drop(10 * MB, 21), FAIL);
        Content.assertIs(existing, 10 * MB, 21);
    }

    /** Between the cut and the next attempt nothing may be added twice. */
    @Test
    void appendedBytesAreNotSentTwiceAfterAReset() throws Exception {
        on(Vsftpd.start());
        Content.write(server.root().resolve("file"), MB, 22);
        proxy.cutDataAfter(4 * MB, Direction.UP, Cut.RST);
        upload(drop(10 * MB, 23), RemoteTarget.appending("file"), FAIL).run();
        byte[] all = Files.readAllBytes(server.root().resolve("file"));
        Content.assertIs(Arrays.copyOf(all, MB), MB, 22);
        Content.assertIs(Arrays.copyOfRange(all, MB, all.length), 10 * MB, 23);
        assertThat(sent("APPE")).hasSize(2);
    }

    @Test
    void appendToAFileOfUnknownSizeEndsAtTheFirstCut() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        for (String verb : new String[] {"SIZE", "LIST"}) {
            scripted.on(verb, "502 Not implemented.");
        }
        AtomicInteger appends = new AtomicInteger();
        scripted.on("APPE", (session, argument) -> {
            appends.incrementAndGet();
            session.reply("150 Send it.");
            session.openData();
            session.resetData();
            return "426 Lost.";
        });
        assertThatThrownBy(() -> upload(drop(MB, 24), RemoteTarget.appending("/file"), ACCEPT)
                        .run())
                .hasMessageContaining("Nothing more is sent");
        assertThat(appends).hasValue(1);
    }

    /** The listing that should have shown the partial was refused for now, and the partial taken for published. */
    @ParameterizedTest
    @ValueSource(strings = {"425 Cannot open the data connection.", "451 Try later."})
    void refusedListingAfterALostRenameDoesNotMeanThatItHappened(String reply) throws Exception {
        denying("SIZE");
        proxy.cutControlOn("RNTO");
        listener = new Recorder() {
            @Override
            public void interrupted(Transfer transfer, long offset, String why, Duration wait) {
                super.interrupted(transfer, offset, why, wait);
                if (why.contains("RNTO")) {
                    proxy.replaceReply("LIST", reply);
                }
            }
        };
        send(drop(MB, 12), FAIL);
        Content.assertIs(server.root().resolve("file"), MB, 12);
        assertThat(remoteNames()).containsExactly("file");
    }

    /** No upload that is worth it was ever begun where the server refuses a listing only after it has announced it. */
    @Test
    void listingThatIsRefusedAfterItWasAnnouncedMeansThatThereIsNoOthersPartial() throws Exception {
        on(ScriptedServer.start()).on("LIST", (session, argument) -> {
            session.reply("150 Here it comes.");
            session.sendData(new byte[0]);
            return "550 Not for you.";
        });
        upload(drop(2 * MB, 13), RemoteTarget.replacing("/file"), ONCE).run();
        Content.assertIs(((ScriptedServer) server).get("/file"), 2 * MB, 13);
    }

    /** The second partial had a name that no later upload knew, and stayed until it expired. */
    @Test
    void renewedPartialThatIsGivenUpIsRemovedByTheNextUpload() throws Exception {
        denying("RETR");
        LocalSource source = drop(10 * MB, 14);
        for (int i = 0; i < 2; i++) {
            proxy.cutDataAfter(4 * MB, Direction.UP, Cut.RST);
            assertThatThrownBy(() -> send(source, ONCE)).isInstanceOf(TransferException.class);
        }
        assertThat(remoteNames()).hasSize(1).allMatch(name -> name.matches(".*-[0-9a-f]{8}\\.[0-9a-f]{8}\\..*"));
        send(source, ONCE);
        Content.assertIs(server.root().resolve("file"), 10 * MB, 14);
        assertThat(remoteNames()).containsExactly("file");
    }
}
