package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.SmallDisk;
import io.ferry.transfer.TransferOptions.Verify;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A disk that is full, read-only, or pulled away: the error says so, nothing half is published, the source stays. */
class LocalDiskTest extends DownloadFixture {

    private static final TransferOptions THRICE = options(3, Verify.SIZE, true);

    @Override
    Path work() {
        return local.resolve("disk/work");
    }

    private SmallDisk disk(long bytes) throws IOException {
        return SmallDisk.mount(Files.createDirectories(local.resolve("disk")), bytes);
    }

    private Path remote(long size, long seed) {
        return TransferContract.aged(Content.write(server.root().resolve("file"), size, seed));
    }

    private TransferException failure() {
        TransferException failure = catchThrowableOfType(
                TransferException.class, () -> download("file", THRICE).run());
        assertThat(failure).isNotNull();
        assertThat(recorder.events).noneMatch(event -> event.startsWith("interrupted"));
        assertThat(server.root().resolve("file")).exists();
        return failure;
    }

    private void assertArrives(long size, long seed) throws IOException {
        Download download = download("file", THRICE);
        download.run();
        Content.assertIs(download.file(), size, seed);
    }

    @Test
    void missingRoomIsSeenBeforeTheFirstByte() throws Exception {
        on(ApacheFtp.start());
        remote(20 * MB, 1);
        try (SmallDisk disk = disk(8 * MB)) {
            assertThat(failure())
                    .hasMessageContaining("Download of file needs")
                    .hasMessageContaining("has room for")
                    .hasMessageContaining(String.valueOf(20 * MB))
                    .hasMessageContaining(disk.directory().toString())
                    .hasMessageContaining("workDirectory");
            assertThat(sent("RETR")).isEmpty();
        }
    }

    @Test
    void partialWaitsForRoom() throws Exception {
        on(ApacheFtp.start());
        remote(12 * MB, 2);
        try (SmallDisk disk = disk(16 * MB)) {
            proxy.cutDataAfter(4 * MB, Direction.DOWN, Cut.FIN);
            assertThatThrownBy(() ->
                            download("file", options(1, Verify.SIZE, true)).run())
                    .isInstanceOf(TransferException.class);
            recorder.events.clear();
            proxy.clearCommands();
            Path filler = Files.write(disk.directory().resolve("filler"), new byte[8 * MB]);
            long there = Files.size(only(SUFFIX));
            TransferException failure = failure();
            assertThat(failure).hasMessageContaining("The partial stays");
            assertThat(failure.offset()).isEqualTo(there);
            assertThat(sent("RETR")).isEmpty();
            assertThat(Files.size(only(SUFFIX))).isEqualTo(there);
            Files.delete(filler);
            assertArrives(12 * MB, 2);
            assertThat(recorder.resumes()).isEqualTo(1);
        }
    }

    /** Something else takes the room while the file comes. */
    private Recorder doing(long offset, Runnable what) {
        boolean[] done = {false};
        return new Recorder() {
            @Override
            public void progressed(Transfer transfer, long now) {
                if (!done[0] && now >= offset) {
                    done[0] = true;
                    what.run();
                }
            }
        };
    }

    private TransferException failureOf(Recorder listener) {
        Download download = new Download(
                pool, "file", LocalTarget.inWorkDirectory(work(), "file", SUFFIX), THRICE, listener, () -> false);
        TransferException failure = catchThrowableOfType(TransferException.class, download::run);
        assertThat(failure).isNotNull();
        assertThat(listener.events).noneMatch(event -> event.startsWith("interrupted"));
        assertThat(server.root().resolve("file")).exists();
        return failure;
    }

    private static void fill(Path file) {
        try (var out = Files.newOutputStream(file)) {
            while (true) {
                out.write(new byte[4096]);
            }
        } catch (IOException e) {
            // Full, as it should be.
            return;
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void diskThatFillsUpInTheMiddleKeepsThePartial(boolean beforeTheRecord) throws Exception {
        on(ApacheFtp.start());
        remote(12 * MB, 3);
        try (SmallDisk disk = disk(16 * MB)) {
            Path filler = disk.directory().resolve("filler");
            TransferException failure = failureOf(doing(beforeTheRecord ? MB / 2 : 4 * MB, () -> fill(filler)));
            assertThat(failure)
                    .hasMessageContaining("the disk is full")
                    .hasMessageContaining(work().toString())
                    .hasMessageContaining("workDirectory");
            assertThat(sent("RETR")).hasSize(1);
            assertThat(files("/file")).isEmpty();
            assertThat(files(".new")).isEmpty();
            assertThat(Files.size(only(SUFFIX))).isEqualTo(failure.offset()).isPositive();
            Files.delete(filler);
            assertArrives(12 * MB, 3);
            assertThat(recorder.resumes()).isEqualTo(beforeTheRecord ? 0 : 1);
        }
    }

    @Test
    void readOnlyDiskIsNamed() throws Exception {
        on(ApacheFtp.start());
        remote(MB, 4);
        try (SmallDisk disk = disk(8 * MB)) {
            disk.makeReadOnly();
            assertThat(failure())
                    .hasMessageContaining("read-only")
                    .hasMessageContaining(disk.directory().toString());
            assertThat(sent("RETR")).isEmpty();
        }
    }

    @Test
    void workDirectoryThatIsAFileIsNamed() throws Exception {
        on(ApacheFtp.start());
        remote(MB, 5);
        Files.createDirectories(work().getParent());
        Files.writeString(work(), "not a directory");
        assertThat(failure()).hasMessageContaining("local disk: ").hasMessageContaining(work().toString());
        assertThat(sent("RETR")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void partialThatVanishesIsNotPublished(boolean anotherTookIts) throws Exception {
        on(ApacheFtp.start());
        remote(12 * MB, 6);
        TransferException failure = failureOf(doing(4 * MB, () -> {
            try {
                Path partial = only(SUFFIX);
                Files.delete(partial);
                if (anotherTookIts) {
                    Files.writeString(partial, "half of another");
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }));
        assertThat(failure)
                .hasMessageContaining("was removed while it was written")
                .hasMessageContaining(SUFFIX);
        assertThat(files("/file")).isEmpty();
        assertArrives(12 * MB, 6);
    }

    @Test
    void nameThatIsTooLongIsRefusedBeforeTheFirstByte() throws Exception {
        String name = "n".repeat(256);
        ScriptedServer scripted = on(ScriptedServer.start());
        scripted.put("/" + name, Content.bytes(MB, 7));
        scripted.time("/" + name, "20200102030405");
        assertThatThrownBy(() -> download("/" + name, THRICE).run())
                .isInstanceOf(TransferException.class)
                .hasMessageContaining("no name as long as this");
        assertThat(sent("RETR")).isEmpty();
        assertThat(files("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {238, 239, 244, 245, 250, 251, 255})
    void longestNamesAreCutAndContinued(int length) throws Exception {
        String name = "n".repeat(length);
        on(ApacheFtp.start());
        TransferContract.aged(Content.write(server.root().resolve(name), 12 * MB, 8));
        proxy.cutDataAfter(4 * MB, Direction.DOWN, Cut.FIN);
        assertThatThrownBy(() -> download(name, options(1, Verify.SIZE, true)).run())
                .isInstanceOf(TransferException.class);
        Download download = download(name, THRICE);
        assertThat(download.run().saved()).isPositive();
        Content.assertIs(download.file(), 12 * MB, 8);
        assertThat(files("")).containsExactly(download.file());
    }

    @ParameterizedTest
    @CsvSource({
        "No space left on device,the disk is full",
        "Disk quota exceeded,the quota is used up",
        "Read-only file system,the file system is read-only",
        "File name too long,no name as long as this",
        "Input/output error,Input/output error"
    })
    void whatTheDiskSaysIsPutIntoWords(String reason, String words) {
        assertThat(LocalDisk.describe(new FileSystemException("/drops/x", null, reason)))
                .startsWith("local disk: /drops/x: ")
                .contains(words);
    }

    @Test
    void deniedAccessSaysWhatToDo() {
        assertThat(LocalDisk.describe(new AccessDeniedException("/drops/x"))).contains("/drops/x", "right to write");
    }
}
