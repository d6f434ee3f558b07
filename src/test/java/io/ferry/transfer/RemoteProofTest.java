package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.session.Lease;
import io.ferry.stream.FileDigest;
import io.ferry.testkit.ScriptedServer;
import io.ferry.transfer.Attempts.Again;
import io.ferry.transfer.Attempts.Inconsistent;
import io.ferry.transfer.RemoteProof.Verdict;
import io.ferry.transfer.ResumeDecision.ResumeAt;
import io.ferry.transfer.TransferOptions.OnUnprovable;
import io.ferry.transfer.TransferOptions.Verify;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What one answer of a server proves, and what it does not. */
class RemoteProofTest extends UploadFixture {

    private static final int SIZE = 1000;
    private static final ResumeAt HALF = new ResumeAt(500, 100);
    private static final TransferOptions DIGEST = verifying(Verify.DIGEST);

    private ScriptedServer scripted;
    private LocalSource source;
    private byte[] content;
    private boolean stopping;

    @BeforeEach
    void connect() throws IOException {
        scripted = on(ScriptedServer.start());
        scripted.features("SIZE", "MDTM", "REST STREAM", "EPSV", "XMD5");
        source = drop(SIZE, 1);
        content = Files.readAllBytes(source.file());
    }

    private static TransferOptions verifying(Verify verify) {
        return new TransferOptions(
                FAIL.blockSize(),
                FAIL.overlap(),
                FAIL.resume(),
                verify,
                FAIL.attempts(),
                FAIL.reconnectDelay(),
                TransferOptions.AUTO,
                true,
                OnUnprovable.FAIL,
                Duration.ofDays(7));
    }

    private RemoteProof proof(TransferOptions options) {
        Transfer transfer = new Transfer(Transfer.Direction.UPLOAD, "me@host", "/file");
        Attempts attempts = new Attempts(transfer, options, recorder, () -> stopping);
        return new RemoteProof(source, options, attempts, new Doubts(transfer, options, recorder));
    }

    private void there(int length) {
        scripted.put("/part", Arrays.copyOf(content, length));
    }

    private Verdict compare(RemoteProof proof, ResumeAt resume) throws IOException {
        try (Lease lease = pool.lease()) {
            return proof.compare(lease.session(), "/part", 0, resume);
        }
    }

    private String confirm(RemoteProof proof, long base, long restartOffset) throws IOException {
        try (Lease lease = pool.lease()) {
            return proof.confirm(lease.session(), "/part", base, restartOffset, Set.of());
        }
    }

    private String md5() throws IOException {
        return FileDigest.of(source.file(), "MD5");
    }

    /** Offers MLST, with these facts about every path. */
    private void machineFacts(String facts) {
        scripted.features("SIZE", "MDTM", "EPSV", "MLST type*;size*;modify*;");
        scripted.on("MLST", (session, path) -> "250-Facts\r\n " + facts + " " + path + "\r\n250 End");
    }

    @Test
    void emptyAnswerToSizeIsDoubtedWhereAFileShouldBeAndEverAfter() throws Exception {
        machineFacts("type=file;size=5;modify=20240102030405;");
        scripted.on("SIZE", "550 Not for you.");
        RemoteProof proof = proof(FAIL);
        try (Lease lease = pool.lease()) {
            FtpSession session = lease.session();
            assertThat(proof.size(session, "/part", false)).isEmpty();
            assertThat(sent("MLST")).isEmpty();
            assertThat(proof.showsFiles()).isFalse();
            assertThat(proof.size(session, "/part", true)).contains(5L);
            assertThat(proof.size(session, "/part", false)).contains(5L);
            proof.look(session, "/part");
            assertThat(proof.showsFiles()).isTrue();
        }
    }

    @Test
    void sizeIsAskedForOtherwiseWhereTheServerDoesNotKnowTheCommand() throws Exception {
        machineFacts("type=file;size=0;modify=20240102030405;");
        scripted.on("SIZE", "502 Not implemented.");
        try (Lease lease = pool.lease()) {
            assertThat(proof(FAIL).size(lease.session(), "/part", false)).contains(0L);
        }
    }

    @Test
    void directoryIsNoFile() throws Exception {
        machineFacts("type=dir;size=4096;modify=20240102030405;");
        scripted.on("SIZE", "550 Not a plain file.");
        try (Lease lease = pool.lease()) {
            assertThat(proof(FAIL).exists(lease.session(), "/part")).isFalse();
        }
    }

    @Test
    void endThatIsTheSourcesIsTheSame() throws Exception {
        there(500);
        RemoteProof proof = proof(FAIL);
        assertThat(compare(proof, HALF)).isEqualTo(Verdict.SAME);
        assertThat(sent("REST")).containsExactly("REST 400");
        assertThat(proof.showsFiles()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 499})
    void endThatDiffersInItsFirstOrLastByteIsNotTheSame(int at) throws Exception {
        byte[] other = Arrays.copyOf(content, 500);
        other[at]++;
        scripted.put("/part", other);
        assertThat(compare(proof(FAIL), HALF)).isEqualTo(Verdict.DIFFERENT);
    }

    @Test
    void endThatIsShorterThanStatedIsNotTheSame() throws Exception {
        there(499);
        assertThat(compare(proof(FAIL), HALF)).isEqualTo(Verdict.DIFFERENT);
    }

    @Test
    void stopIsHeardWhileTheEndIsReadBack() {
        there(500);
        stopping = true;
        assertThatThrownBy(() -> compare(proof(FAIL), HALF)).isInstanceOf(InterruptedIOException.class);
    }

    @Test
    void partialThatGrewOnceMayGrowAndThatGrowsAgainTellsOfAServerThatIgnoresRest() {
        there(500);
        scripted.on("REST", "350 As if.");
        RemoteProof proof = proof(FAIL);
        assertThatThrownBy(() -> compare(proof, HALF))
                .isInstanceOf(Again.class)
                .hasMessageContaining("/part may still be growing");
        assertThat(proof.isDistrusted()).isFalse();
        assertThatThrownBy(() -> compare(proof, HALF)).isInstanceOf(Again.class).hasMessageContaining("ignores REST");
        assertThat(proof.isDistrusted()).isTrue();
    }

    @Test
    void partialThatGrowsFromLookToLookIsWaitedFor() {
        there(700);
        RemoteProof proof = proof(FAIL);
        assertThatThrownBy(() -> compare(proof, HALF)).isInstanceOf(Again.class);
        assertThatThrownBy(() -> compare(proof, new ResumeAt(600, 100)))
                .isInstanceOf(Inconsistent.class)
                .hasMessageContaining("may still be growing");
        assertThat(proof.isDistrusted()).isFalse();
    }

    @Test
    void partialThatIsBusyTwiceCannotBeRead() throws Exception {
        scripted.features("SIZE");
        there(500);
        scripted.on("RETR", "450 Busy.");
        RemoteProof proof = proof(FAIL);
        ResumeAt whole = new ResumeAt(500, 500);
        assertThatThrownBy(() -> compare(proof, whole))
                .isInstanceOfSatisfying(
                        FtpException.class, e -> assertThat(e.kind()).isEqualTo(FtpException.Kind.REFUSED_FOR_NOW));
        assertThat(compare(proof, whole)).isEqualTo(Verdict.UNKNOWN);
        assertThat(proof.whyUnknown()).contains("450 Busy.");
        assertThat(compare(proof, whole)).isEqualTo(Verdict.UNKNOWN);
        assertThat(sent("RETR")).as("not asked for again").hasSize(2);
    }

    @Test
    void lostConnectionIsNoRefusal() throws Exception {
        there(500);
        scripted.on("RETR", (session, argument) -> {
            session.drop();
            return null;
        });
        RemoteProof proof = proof(FAIL);
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> compare(proof, HALF)).isInstanceOf(FtpException.class);
        }
        scripted.standard("RETR");
        assertThat(compare(proof, HALF)).isEqualTo(Verdict.SAME);
    }

    /** The offset of REST would hold for the next transfer of the session. */
    @Test
    void refusedReadingAfterRestEndsTheSession() throws Exception {
        scripted.features("SIZE");
        there(500);
        scripted.on("RETR", "550 Not for you.");
        RemoteProof proof = proof(FAIL);
        assertThatThrownBy(() -> compare(proof, HALF)).isInstanceOf(Again.class);
        assertThat(compare(proof, HALF)).isEqualTo(Verdict.UNKNOWN);
        assertThat(sent("RETR")).hasSize(1);
    }

    @Test
    void refusedRestIsARefusalToReadBack() throws Exception {
        scripted.features("SIZE");
        there(500);
        scripted.on("REST", "502 Not implemented.");
        RemoteProof proof = proof(FAIL);
        assertThat(compare(proof, HALF)).isEqualTo(Verdict.UNKNOWN);
        assertThat(proof.whyUnknown()).contains("502 Not implemented.");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void digestOfTheBeginningProvesWhatCannotBeRead(boolean same) throws Exception {
        there(SIZE);
        scripted.on("RETR", "550 Not for you.");
        scripted.on("XMD5", "250 " + (same ? md5() : "0".repeat(32)));
        ResumeAt whole = new ResumeAt(SIZE, SIZE);
        assertThat(compare(proof(ACCEPT), whole)).isEqualTo(same ? Verdict.SAME : Verdict.DIFFERENT);
        assertThat(unproven()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"MLST, true, SAME", "MLST, false, UNKNOWN", "LIST, true, UNKNOWN", "SIZE, true, SAME"})
    void sizeAloneIsAcceptedOnlyWhereItCountsBytes(String by, boolean accept, Verdict verdict) throws Exception {
        there(500);
        scripted.features("SIZE");
        scripted.on("RETR", "550 Not for you.");
        if (!by.equals("SIZE")) {
            scripted.listing("-rw-r--r-- 1 ferry ferry 500 Jan 02  2024 part");
            scripted.on("SIZE", "502 Not implemented.");
        }
        if (by.equals("MLST")) {
            machineFacts("type=file;size=500;modify=20240102030405;");
        }
        RemoteProof proof = proof(accept ? ACCEPT : FAIL);
        try (Lease lease = pool.lease()) {
            assertThat(proof.size(lease.session(), "/part", true)).contains(500L);
            assertThat(proof.compare(lease.session(), "/part", 0, new ResumeAt(500, 500)))
                    .isEqualTo(verdict);
        }
        assertThat(unproven()).hasSize(verdict == Verdict.SAME ? 1 : 0);
    }

    @Test
    void digestThatIsRefusedForNowIsAskedForAgain() throws Exception {
        there(SIZE);
        scripted.on("SIZE", "502 Not implemented.");
        scripted.on("LIST", "550 Not for you.");
        scripted.onNext("XMD5", "450 Busy.", "550 Not for you.", "250 " + md5());
        RemoteProof proof = proof(FAIL);
        assertThatThrownBy(() -> confirm(proof, 0, 0)).isInstanceOf(FtpException.class);
        assertThatThrownBy(() -> confirm(proof, 0, 0))
                .isInstanceOf(TransferException.class)
                .hasMessageContaining("nothing proves");
        assertThat(confirm(proof, 0, 0)).isEqualTo("MD5 " + md5());
        assertThat(confirm(proof(ACCEPT), 1, 0)).startsWith("nothing: the server states no size");
    }

    @Test
    void nothingIsAskedWhereNothingIsToBeVerified() throws Exception {
        assertThat(confirm(proof(verifying(Verify.NONE)), 0, 0)).isEqualTo("nothing");
        assertThat(scripted.commands()).noneMatch(command -> command.startsWith("SIZE"));
    }

    @Test
    void wholeFileIsConfirmedByItsSizeBehindWhatWasThereBefore() throws Exception {
        there(SIZE);
        RemoteProof proof = proof(FAIL);
        assertThat(confirm(proof, 0, 500)).isEqualTo("size 1000 at the server");
        assertThat(proof.showsFiles()).isTrue();
        there(SIZE + 7);
        assertThat(confirm(proof(DIGEST), 7, 0)).isEqualTo("size 1000 at the server");
    }

    @ParameterizedTest
    @CsvSource({"999, 500, false", "500, 500, false", "499, 500, true", "1001, 500, true", "0, 0, false"})
    void wrongSizeIsCaughtAndTellsWhetherTheServerWritesWhereItIsAskedTo(
            int length, long restartOffset, boolean distrusted) throws Exception {
        there(length);
        RemoteProof proof = proof(FAIL);
        try (Lease lease = pool.lease()) {
            assertThatThrownBy(() -> proof.confirm(lease.session(), "/part", 0, restartOffset, Set.of()))
                    .isInstanceOf(Inconsistent.class)
                    .hasMessageContaining("has " + length + " of 1000 bytes");
            assertThat(lease.session().isBroken()).isTrue();
        }
        assertThat(proof.isDistrusted()).isEqualTo(distrusted);
    }

    @Test
    void digestIsComparedBesideTheSize() throws Exception {
        there(SIZE);
        scripted.onNext("XMD5", "250 " + md5(), "250 " + "0".repeat(32));
        RemoteProof proof = proof(DIGEST);
        assertThat(confirm(proof, 0, 0)).isEqualTo("size 1000 at the server, MD5 " + md5());
        assertThat(proof.isDistrusted()).isFalse();
        assertThatThrownBy(() -> confirm(proof, 0, 0))
                .isInstanceOf(Inconsistent.class)
                .hasMessageContaining("MD5 differs");
        assertThat(proof.isDistrusted()).isTrue();
    }
}
