package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.session.FtpException;
import io.ferry.session.Lease;
import io.ferry.session.ListingFormat;
import io.ferry.session.Partner;
import io.ferry.session.SessionPool;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.Leaks;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import io.ferry.transfer.RemoteTarget.WhenExists;
import io.ferry.transfer.TransferResult.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a review found wrong between the last byte and the final name, and in the attempts that lead there. */
class PublishingTest {

    private static final int MB = 1 << 20;

    @TempDir
    Path local;

    private Leaks leaks;
    private TestServer server;
    private FaultProxy proxy;
    private SessionPool pool;
    private final Recorder recorder = new Recorder();
    private TransferListener listener = recorder;

    @BeforeEach
    void begin() {
        leaks = Leaks.snapshot();
    }

    @AfterEach
    void end() {
        if (pool != null) {
            pool.close();
            proxy.close();
            server.close();
        }
        Leaks.assertNoneSince(leaks);
    }

    private <T extends TestServer> T on(T chosen) {
        server = chosen;
        proxy = FaultProxy.before(chosen);
        pool = new SessionPool(new Partner(
                "127.0.0.1",
                proxy.port(),
                server.user(),
                server.password(),
                null,
                null,
                TransferContract.TIMEOUTS,
                true,
                Partner.PortRange.ANY,
                null,
                List.of(),
                ListingFormat.AUTO,
                2));
        return chosen;
    }

    private TransferResult upload(RemoteTarget target, long size, long seed) throws IOException {
        Path file = TransferContract.aged(Content.write(local.resolve("drop"), size, seed));
        return new Upload(pool, LocalSource.of(file), target, TransferContract.OPTIONS, listener, () -> false).run();
    }

    private static RemoteTarget target(String path, WhenExists whenExists) {
        return new RemoteTarget(path, null, ".part", whenExists, null, false, null);
    }

    private List<String> remoteNames() throws IOException {
        try (var files = Files.list(server.root())) {
            return files.map(each -> each.getFileName().toString()).sorted().toList();
        }
    }

    private Path remote(String name, long size, long seed) {
        return TransferContract.aged(Content.write(server.root().resolve(name), size, seed));
    }

    private List<String> sent(String verb) {
        return proxy.commands().stream()
                .filter(command -> command.startsWith(verb + " "))
                .toList();
    }

    @ParameterizedTest
    @EnumSource(
            value = WhenExists.class,
            names = {"IGNORE", "FAIL"})
    void fileThatAppearedDuringTheUploadWasOverwritten(WhenExists whenExists) throws Exception {
        on(Vsftpd.start());
        listener = new TransferListener() {
            @Override
            public void started(Transfer transfer, long size) {
                remote("file", 10, 1);
            }
        };
        if (whenExists == WhenExists.IGNORE) {
            assertThat(upload(target("file", whenExists), MB, 2).outcome()).isEqualTo(Outcome.IGNORED);
            assertThat(remoteNames()).containsExactly("file");
        } else {
            assertThatThrownBy(() -> upload(target("file", whenExists), MB, 2))
                    .hasMessageContaining("file exists, and fileExist=Fail");
        }
        Content.assertIs(server.root().resolve("file"), 10, 1);
        assertThat(sent("STOR")).hasSize(1);
        assertThat(sent("RNTO")).isEmpty();
    }

    /** The server is slow, not deaf: it comes to the first STOR when the second one's file is complete and proven. */
    @Test
    void storThatTheServerCameToLateEmptiedTheFileBeforeItsRename() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        AtomicReference<String> unanswered = new AtomicReference<>();
        scripted.on("STOR", (session, path) -> {
            if (unanswered.compareAndSet(null, session.resolve(path))) {
                session.drop();
                return null;
            }
            return session.standard("STOR", path);
        });
        scripted.on("RNFR", (session, path) -> {
            boolean complete = scripted.paths().contains(session.resolve(path))
                    && scripted.get(session.resolve(path)).length == MB;
            if (complete && scripted.paths().contains(unanswered.get())) {
                scripted.put(unanswered.get(), new byte[0]);
            }
            return session.standard("RNFR", path);
        });
        upload(target("/file", WhenExists.REPLACE), MB, 3);
        Content.assertIs(scripted.get("/file"), MB, 3);
    }

    /** What has crossed is kept under the new name. */
    @Test
    void partialWhoseStorWasNotAnsweredIsRenamedAndContinued() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        AtomicInteger count = new AtomicInteger();
        proxy.cutDataAfter(MB / 2, Direction.UP, Cut.FIN);
        scripted.on("STOR", (session, path) -> {
            if (count.incrementAndGet() == 2) {
                session.drop();
                return null;
            }
            return session.standard("STOR", path);
        });
        TransferResult result = upload(target("/file", WhenExists.REPLACE), MB, 4);
        Content.assertIs(scripted.get("/file"), MB, 4);
        assertThat(result.restartOffset()).isGreaterThan(0);
        assertThat(sent("RNFR")).hasSize(2);
        assertThat(scripted.paths()).containsExactly("/file");
    }

    /** Such as where TLS's last record came to the server broken: what it had by then lay there under a name that nobody takes up. */
    @Test
    void partialThatWasGivenUpTogetherWithItsSessionStayed() throws Exception {
        on(ApacheFtp.start());
        proxy.rewriteReply("STOR", "551 Error on input file.");
        upload(RemoteTarget.replacing("file"), 100, 14);
        Content.assertIs(server.root().resolve("file"), 100, 14);
        assertThat(sent("STOR")).hasSize(2).doesNotHaveDuplicates();
        assertThat(remoteNames()).containsExactly("file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void fileTakenBeforeTheLostReplyToItsRenameWasSentTwice(String name) throws Exception {
        on(name.equals("vsftpd") ? Vsftpd.start() : ApacheFtp.start());
        AtomicInteger taken = new AtomicInteger();
        listener = new TransferListener() {
            @Override
            public void interrupted(Transfer transfer, long offset, String why, Duration wait) {
                take("file", taken);
            }
        };
        proxy.cutControlOnReplyTo("RNTO");
        TransferResult result = upload(RemoteTarget.replacing("file"), MB, 3);
        assertThat(result.outcome()).isEqualTo(Outcome.TRANSFERRED);
        assertThat(taken).hasValue(1);
        assertThat(remoteNames()).isEmpty();
        assertThat(sent("STOR")).hasSize(1);
    }

    /** What the receiver does, at once. */
    private void take(String name, AtomicInteger taken) {
        try {
            if (Files.deleteIfExists(server.root().resolve(name))) {
                taken.incrementAndGet();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void replyLostToTheRenameOfTheEarlierFileIsSurvived() throws Exception {
        on(ApacheFtp.start());
        remote("file", 10, 4);
        proxy.cutControlOnReplyTo("RNTO .file");
        upload(RemoteTarget.replacing("file"), MB, 5);
        Content.assertIs(server.root().resolve("file"), MB, 5);
        assertThat(remoteNames()).containsExactly("file");
        assertThat(sent("STOR")).hasSize(1);
    }

    @Test
    void refusedDeletionOfTheReplacedFileFailedTheUpload() throws Exception {
        on(ApacheFtp.start());
        remote("file", 10, 6);
        proxy.replaceReply("DELE", "550 No permission.").always();
        upload(RemoteTarget.replacing("file"), MB, 7);
        Content.assertIs(server.root().resolve("file"), MB, 7);
        assertThat(remoteNames()).hasSize(2).anyMatch(each -> each.endsWith(".ferry-aside"));
        assertThat(recorder.events).noneMatch(event -> event.startsWith("interrupted"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"RETR", "STOR"})
    void offsetOfARefusedTransferWasAppliedToTheNext(String verb) throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        scripted.put("/other", new byte[200]);
        scripted.onNext(verb, "550 Busy.");
        try (Lease lease = pool.lease()) {
            assertThatThrownBy(() -> {
                        if (verb.equals("RETR")) {
                            lease.session().retrieve("/other", 100);
                        } else {
                            lease.session().store("/other", 100);
                        }
                    })
                    .isInstanceOf(FtpException.class);
        }
        upload(RemoteTarget.replacing("/file"), MB, 8);
        Content.assertIs(scripted.get("/file"), MB, 8);
        assertThat(proxy.controlConnections()).isEqualTo(2);
        assertThat(recorder.events).containsExactly("started file " + MB, "completed");
    }

    @Test
    void uploadIsRightWhereStorAfterRestIsRefused() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        AtomicInteger stores = new AtomicInteger();
        scripted.on("STOR", (session, argument) -> {
            if (stores.incrementAndGet() == 2) {
                return "551 No restart.";
            }
            return session.standard("STOR", argument);
        });
        proxy.cutDataAfter(4 * MB, Direction.UP, Cut.SILENT);
        upload(RemoteTarget.replacing("/file"), 8 * MB, 9);
        Content.assertIs(scripted.get("/file"), 8 * MB, 9);
        assertThat(sent("APPE")).hasSize(1);
        assertThat(scripted.paths()).containsExactly("/file");
    }

    @Test
    void appendToATargetThatWasTakenEndedInAnIndexError() throws Exception {
        on(Vsftpd.start());
        remote("file", MB, 10);
        listener = new TransferListener() {
            @Override
            public void interrupted(Transfer transfer, long offset, String why, Duration wait) {
                take("file", new AtomicInteger());
            }
        };
        proxy.cutDataAfter(4 * MB, Direction.UP, Cut.RST);
        assertThatThrownBy(() -> upload(RemoteTarget.appending("file"), 10 * MB, 11))
                .isInstanceOf(TransferException.class)
                .hasMessageContaining("file was taken or replaced while bytes were added to it");
        assertThat(remoteNames()).isEmpty();
        assertThat(sent("APPE")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"MLST", "RETR"})
    void demandedOffsetWasForgottenAfterAnAttemptThatDidNotBegin(String lost) throws Exception {
        on(ApacheFtp.start());
        remote("file", MB, 12);
        Path mine = Content.write(local.resolve("file"), MB / 2, 12);
        proxy.cutControlOn(lost);
        TransferOptions options = TransferContract.OPTIONS.restartingAt(MB / 2);
        Download download =
                new Download(pool, "file", LocalTarget.file(mine, ".part", true), options, recorder, () -> false);
        assertThat(download.run().restartOffset()).isEqualTo(MB / 2);
        Content.assertIs(mine, MB, 12);
        assertThat(sent("REST")).isNotEmpty().containsOnly("REST " + (MB / 2 - TransferContract.OVERLAP));
        assertThat(proxy.bytesDown()).isEqualTo(MB / 2 + TransferContract.OVERLAP);
    }

    @Test
    void demandedOffsetOfAnUploadSurvivesAnAttemptThatDidNotBegin() throws Exception {
        on(Vsftpd.start());
        Path file = TransferContract.aged(Content.write(local.resolve("drop"), MB, 13));
        LocalSource source = LocalSource.of(file);
        RemoteTarget target = RemoteTarget.replacing("file");
        byte[] half = Arrays.copyOf(Files.readAllBytes(file), MB / 2);
        Files.write(
                server.root()
                        .resolve(target.partial(
                                source.fingerprint(), Installation.ofProcess().id())),
                half);
        proxy.cutControlOn("SIZE");
        TransferOptions options = TransferContract.OPTIONS.restartingAt(MB / 2);
        new Upload(pool, source, target, options, recorder, () -> false).run();
        Content.assertIs(server.root().resolve("file"), MB, 13);
        assertThat(sent("REST")).contains("REST " + MB / 2);
        assertThat(proxy.bytesUp()).isEqualTo(MB / 2);
    }
}
