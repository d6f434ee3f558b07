package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.session.ListingFormat;
import io.ferry.session.Partner;
import io.ferry.session.SessionPool;
import io.ferry.session.Timeouts;
import io.ferry.session.Tls;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.Leaks;
import io.ferry.testkit.TestServer;
import io.ferry.transfer.RemoteTarget.WhenExists;
import io.ferry.transfer.TransferResult.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the engine promises, against any server that supports REST. Faults happen in a proxy between the two. */
abstract class TransferContract {

    static final int MB = 1 << 20;
    static final int OVERLAP = 64 << 10;
    static final Timeouts TIMEOUTS =
            new Timeouts(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(2), Duration.ofSeconds(10));
    static final TransferOptions OPTIONS = new TransferOptions(
            64 << 10,
            OVERLAP,
            TransferOptions.Resume.AUTO,
            TransferOptions.Verify.SIZE,
            3,
            Duration.ofMillis(20),
            TransferOptions.AUTO,
            true,
            TransferOptions.OnUnprovable.FAIL,
            Duration.ofDays(7));

    static final TransferOptions ONCE = new TransferOptions(
            64 << 10,
            OVERLAP,
            OPTIONS.resume(),
            OPTIONS.verify(),
            1,
            Duration.ZERO,
            TransferOptions.AUTO,
            true,
            TransferOptions.OnUnprovable.FAIL,
            Duration.ofDays(7));

    /** What may be on its way, in socket buffers, when a line is cut. */
    static final long IN_FLIGHT = 8L * MB;

    @TempDir
    Path local;

    Leaks leaks;
    TestServer server;
    FaultProxy proxy;
    SessionPool pool;
    Recorder recorder = new Recorder();

    abstract TestServer start();

    /** Whether the server continues a file at the offset of REST; one that does not makes transfers begin again. */
    boolean restarts() {
        return true;
    }

    /** Whether the server writes down which commands come. */
    boolean recordsCommands() {
        return true;
    }

    Tls tls() {
        return null;
    }

    Timeouts timeouts() {
        return TIMEOUTS;
    }

    @BeforeEach
    void connect() {
        leaks = Leaks.snapshot();
        server = start();
        proxy = FaultProxy.before(server);
        pool = new SessionPool(partner(proxy.port(), server.password()));
    }

    @AfterEach
    void disconnect() {
        if (pool != null) {
            pool.close();
            proxy.close();
            server.close();
            checkLeaks();
        }
    }

    void checkLeaks() {
        Leaks.assertNoneSince(leaks);
    }

    Partner partner(int port, String password) {
        return new Partner(
                tls() == null ? "127.0.0.1" : "localhost",
                port,
                server.user(),
                password,
                null,
                tls(),
                timeouts(),
                true,
                Partner.PortRange.ANY,
                null,
                List.of(),
                ListingFormat.AUTO,
                2);
    }

    Download download(String path) {
        return download(path, OPTIONS);
    }

    Download download(String path, TransferOptions options) {
        return new Download(
                pool,
                path,
                LocalTarget.inWorkDirectory(local.resolve("work"), path, ".part"),
                options,
                recorder,
                () -> false);
    }

    Upload upload(Path file, RemoteTarget target) throws IOException {
        return upload(file, target, OPTIONS);
    }

    Upload upload(Path file, RemoteTarget target, TransferOptions options) throws IOException {
        return new Upload(pool, LocalSource.of(file), target, options, recorder, () -> false);
    }

    Path remote(String name, long size, long seed) {
        Path file = aged(Content.write(server.root().resolve(name), size, seed));
        // Some servers act as another user than the test.
        file.toFile().setWritable(true, false);
        return file;
    }

    /** A file that no one is writing any more: days old and of a whole minute, since some servers only list times. */
    static Path aged(Path file) {
        try {
            Instant then = Instant.now().minus(2, ChronoUnit.DAYS).truncatedTo(ChronoUnit.MINUTES);
            Files.setLastModifiedTime(file, FileTime.from(then));
            return file;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    List<String> remoteNames() throws IOException {
        try (var files = Files.list(server.root())) {
            return files.map(each -> each.getFileName().toString()).sorted().toList();
        }
    }

    List<Path> localFiles() throws IOException {
        if (!Files.exists(local.resolve("work"))) {
            return List.of();
        }
        try (var files = Files.walk(local.resolve("work"))) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 65535, 65536, 65537, 3 * MB + 7})
    void downloadsWholeFiles(long size) throws Exception {
        remote("file", size, 1);
        Download download = download("file");
        TransferResult result = download.run();
        Content.assertIs(download.file(), size, 1);
        assertThat(result.size()).isEqualTo(size);
        assertThat(result.verified()).startsWith("size " + size);
        assertThat(localFiles()).containsExactly(download.file());
        assertThat(Files.getLastModifiedTime(download.file()).to(java.util.concurrent.TimeUnit.SECONDS))
                .isEqualTo(Files.getLastModifiedTime(server.root().resolve("file"))
                        .to(java.util.concurrent.TimeUnit.SECONDS));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 65536, 3 * MB + 7})
    void uploadsWholeFiles(long size) throws Exception {
        Path file = aged(Content.write(local.resolve("drop"), size, 2));
        TransferResult result = upload(file, RemoteTarget.replacing("file")).run();
        Content.assertIs(server.root().resolve("file"), size, 2);
        assertThat(result.verified()).isEqualTo("size " + size + " at the server");
        assertThat(remoteNames()).containsExactly("file");
    }

    @ParameterizedTest
    @CsvSource({"FIN", "RST"})
    void downloadResumesAfterTheDataConnectionIsCut(Cut cut) throws Exception {
        remote("file", 20 * MB, 3);
        proxy.cutDataAfter(8 * MB, Direction.DOWN, cut);
        Download download = download("file");
        TransferResult result = download.run();
        Content.assertIs(download.file(), 20 * MB, 3);
        assertResumed(result, proxy.bytesDown(), 20 * MB);
        if (restarts() && recordsCommands()) {
            assertThat(server.commands()).contains("REST " + (result.restartOffset() - OVERLAP));
        }
    }

    @Test
    void downloadResumesAfterTheControlConnectionIsCut() throws Exception {
        remote("file", 20 * MB, 4);
        proxy.cutControlDuringDataAfter(8 * MB, Direction.DOWN);
        Download download = download("file");
        download.run();
        Content.assertIs(download.file(), 20 * MB, 4);
        assertContinued();
        if (restarts()) {
            assertThat(proxy.bytesDown()).isLessThanOrEqualTo(20 * MB + OVERLAP + IN_FLIGHT);
        }
    }

    @Test
    void downloadEndsAStallAndResumes() throws Exception {
        remote("file", 10 * MB, 6);
        proxy.stallDataAfter(4 * MB, Direction.DOWN);
        Download download = download("file");
        download.run();
        Content.assertIs(download.file(), 10 * MB, 6);
        assertThat(recorder.events).anyMatch(event -> event.contains("stood still"));
        assertContinued();
    }

    @Test
    void downloadOfAReplacedFileBeginsAgain() throws Exception {
        remote("file", 10 * MB, 9);
        proxy.cutDataAfter(4 * MB, Direction.DOWN, Cut.FIN);
        assertThatThrownBy(() -> download("file", ONCE).run()).isInstanceOf(TransferException.class);
        remote("file", 10 * MB, 10);
        Files.setLastModifiedTime(
                server.root().resolve("file"), FileTime.from(Instant.now().minusSeconds(1800)));
        Download download = download("file");
        download.run();
        Content.assertIs(download.file(), 10 * MB, 10);
        assertThat(recorder.resumes()).isZero();
    }

    @Test
    void nextDownloadContinuesThePartialOfAnEarlierOne() throws Exception {
        remote("file", 10 * MB, 11);
        proxy.cutDataAfter(4 * MB, Direction.DOWN, Cut.FIN);
        assertThatThrownBy(() -> download("file", ONCE).run())
                .isInstanceOf(TransferException.class)
                .hasMessageContaining("at byte")
                .hasMessageContaining("RETR");
        assertThat(localFiles())
                .extracting(each -> each.getFileName().toString())
                .containsExactlyInAnyOrder("file.part", "file.part.record");
        Download download = download("file");
        download.run();
        Content.assertIs(download.file(), 10 * MB, 11);
        assertContinued();
    }

    @Test
    void verifiedFileIsNotTransferredAgain() throws Exception {
        remote("file", MB, 12);
        download("file").run();
        proxy.clearCommands();
        Download again = download("file");
        assertThat(again.run().outcome()).isEqualTo(Outcome.ALREADY_COMPLETE);
        assertThat(proxy.commands()).noneMatch(command -> command.startsWith("RETR"));
        Content.assertIs(again.file(), MB, 12);
    }

    @Test
    void downloadOfAMissingFileIsRefusedAtOnce() {
        assertThatThrownBy(() -> download("nothing").run())
                .isInstanceOf(TransferException.class)
                .hasMessageContaining("there is no file nothing");
        assertThat(recorder.events).noneMatch(event -> event.startsWith("interrupted"));
    }

    @ParameterizedTest
    @CsvSource({"FIN", "RST", "SILENT"})
    void uploadResumesAfterTheDataConnectionIsCut(Cut cut) throws Exception {
        Path file = aged(Content.write(local.resolve("drop"), 20 * MB, 13));
        proxy.cutDataAfter(8 * MB, Direction.UP, cut);
        TransferResult result = upload(file, RemoteTarget.replacing("file")).run();
        Content.assertIs(server.root().resolve("file"), 20 * MB, 13);
        assertResumed(result, proxy.bytesUp(), 20 * MB);
        if (restarts() && recordsCommands()) {
            assertThat(server.commands()).contains("REST " + result.restartOffset());
        }
        assertThat(remoteNames()).containsExactly("file");
    }

    @Test
    void uploadResumesAfterTheControlConnectionIsCut() throws Exception {
        Path file = aged(Content.write(local.resolve("drop"), 20 * MB, 14));
        proxy.cutControlDuringDataAfter(8 * MB, Direction.UP);
        upload(file, RemoteTarget.replacing("file")).run();
        Content.assertIs(server.root().resolve("file"), 20 * MB, 14);
        assertThat(remoteNames()).containsExactly("file");
    }

    @Test
    void uploadOfAnotherVersionIsNeverContinued() throws Exception {
        Path file = aged(Content.write(local.resolve("drop"), 10 * MB, 16));
        proxy.cutDataAfter(4 * MB, Direction.UP, Cut.FIN);
        assertThatThrownBy(
                        () -> upload(file, RemoteTarget.replacing("file"), ONCE).run())
                .isInstanceOf(TransferException.class);
        proxy.clearFaults();
        Content.write(file, 10 * MB, 17);
        recorder.events.clear();
        upload(file, RemoteTarget.replacing("file")).run();
        Content.assertIs(server.root().resolve("file"), 10 * MB, 17);
        assertThat(recorder.resumes()).isZero();
    }

    @Test
    void finalNameShowsTheOldFileUntilTheNewOneIsWhole() throws Exception {
        remote("file", MB, 18);
        Path file = aged(Content.write(local.resolve("drop"), 10 * MB, 19));
        proxy.cutDataAfter(4 * MB, Direction.UP, Cut.FIN);
        assertThatThrownBy(
                        () -> upload(file, RemoteTarget.replacing("file"), ONCE).run())
                .isInstanceOf(TransferException.class);
        Content.assertIs(server.root().resolve("file"), MB, 18);
        proxy.clearFaults();
        upload(file, RemoteTarget.replacing("file")).run();
        Content.assertIs(server.root().resolve("file"), 10 * MB, 19);
        assertThat(remoteNames()).containsExactly("file");
    }

    @ParameterizedTest
    @EnumSource(
            value = WhenExists.class,
            names = {"FAIL", "IGNORE"})
    void existingFileIsLeftAlone(WhenExists whenExists) throws Exception {
        remote("file", MB, 22);
        Path file = aged(Content.write(local.resolve("drop"), 2 * MB, 23));
        RemoteTarget target = new RemoteTarget("file", null, ".part", whenExists, null, false, null);
        if (whenExists == WhenExists.FAIL) {
            assertThatThrownBy(() -> upload(file, target).run()).hasMessageContaining("exists, and fileExist=Fail");
        } else {
            assertThat(upload(file, target).run().outcome()).isEqualTo(Outcome.IGNORED);
        }
        Content.assertIs(server.root().resolve("file"), MB, 22);
        assertThat(remoteNames()).containsExactly("file");
    }

    @Test
    void appendedBytesAreNotSentTwice() throws Exception {
        remote("file", MB, 24);
        Path file = aged(Content.write(local.resolve("drop"), 10 * MB, 25));
        proxy.cutDataAfter(4 * MB, Direction.UP, Cut.FIN);
        Upload upload = upload(file, RemoteTarget.appending("file"));
        if (restarts()) {
            upload.run();
        } else {
            // What was appended cannot be proven there, so nothing more is.
            assertThatThrownBy(upload::run).hasMessageContaining("cannot go on");
        }
        byte[] all = Files.readAllBytes(server.root().resolve("file"));
        Content.assertIs(Arrays.copyOf(all, MB), MB, 24);
        int appended = restarts() ? 10 * MB : all.length - MB;
        Content.assertIs(Arrays.copyOfRange(all, MB, all.length), appended, 25);
    }

    @Test
    void missingDirectoriesAreMade() throws Exception {
        Path file = aged(Content.write(local.resolve("drop"), MB, 26));
        upload(file, new RemoteTarget("a/b/file", null, ".part", WhenExists.REPLACE, null, true, null))
                .run();
        Content.assertIs(server.root().resolve("a/b/file"), MB, 26);
    }

    @Test
    void fileThatChangesWhileItIsSentIsNotPublished() throws Exception {
        Path file = aged(Content.write(local.resolve("drop"), 4 * MB, 27));
        LocalSource source = LocalSource.of(file);
        Content.write(file, 5 * MB, 28);
        Upload upload = new Upload(pool, source, RemoteTarget.replacing("file"), OPTIONS, recorder, () -> false);
        assertThatThrownBy(upload::run).hasMessageContaining("changed while it was sent");
        assertThat(remoteNames()).doesNotContain("file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nDELE file", "a\nb", "a\0b"})
    void namesCannotBecomeCommands(String name) throws Exception {
        remote("file", 1, 29);
        assertThatThrownBy(() -> new Download(
                                pool,
                                name,
                                LocalTarget.inWorkDirectory(local, "x", ".part"),
                                OPTIONS,
                                recorder,
                                () -> false)
                        .run())
                .hasMessageContaining("control character");
        Path file = aged(Content.write(local.resolve("drop"), 1, 30));
        assertThatThrownBy(() -> upload(file, RemoteTarget.replacing(name)).run())
                .hasMessageContaining("control character");
        assertThat(remoteNames()).containsExactly("file");
    }

    @Test
    void stoppingLeavesAPartialThatIsContinued() throws Exception {
        remote("file", 10 * MB, 31);
        AtomicInteger blocks = new AtomicInteger();
        Download stopped = new Download(
                pool,
                "file",
                LocalTarget.inWorkDirectory(local.resolve("work"), "file", ".part"),
                OPTIONS,
                recorder,
                () -> blocks.incrementAndGet() > 20);
        assertThatThrownBy(stopped::run).hasMessageContaining("stopped");
        assertThat(recorder.events).noneMatch(event -> event.startsWith("interrupted"));
        Download next = download("file");
        next.run();
        Content.assertIs(next.file(), 10 * MB, 31);
        assertContinued();
    }

    @Test
    void sessionIsUsedAgain() throws Exception {
        for (int i = 0; i < 5; i++) {
            remote("file" + i, 1000, i);
            download("file" + i).run();
        }
        assertThat(proxy.controlConnections()).isEqualTo(1);
    }

    @Test
    void wrongPasswordIsNotTriedAgain() {
        try (SessionPool wrong = new SessionPool(partner(proxy.port(), "wrong"))) {
            Download download = new Download(
                    wrong, "file", LocalTarget.inWorkDirectory(local, "file", ".part"), OPTIONS, recorder, () -> false);
            assertThatThrownBy(download::run)
                    .hasMessageContaining("login refused")
                    .hasMessageContaining("530")
                    .hasMessageNotContaining("wrong");
            assertThat(proxy.controlConnections()).isEqualTo(1);
        }
    }

    /** The transfer went on where it had stopped; where the server ignores REST it began again. */
    private void assertContinued() {
        assertThat(recorder.resumes()).isEqualTo(restarts() ? 1 : 0);
    }

    private void assertResumed(TransferResult result, long onTheWire, long size) {
        assertContinued();
        if (restarts()) {
            assertThat(result.attempts()).isEqualTo(2);
            assertThat(result.restartOffset()).isPositive();
            assertThat(onTheWire).isLessThanOrEqualTo(size + OVERLAP + IN_FLIGHT);
        } else {
            assertThat(result.restartOffset()).isZero();
        }
    }
}
