package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.transfer.TransferOptions.Verify;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * After a power failure a partial can be as long as it was, with zeros where the disk never got the bytes. Only what the
 * record beside it vouches for is built on.
 */
class PowerLossTest extends DownloadFixture {

    private static final int SIZE = 24 * MB;
    private static final int SYNCED = 5 * MB;
    private static final String OTHER_BOOT = "boot 00000000-1111-2222-3333-444444444444\n";

    private Path cutDownload(boolean durable) throws IOException {
        on(ApacheFtp.start());
        TransferContract.aged(Content.write(server.root().resolve("file"), SIZE, 1));
        proxy.cutDataAfter(16 * MB, Direction.DOWN, Cut.FIN);
        assertThatThrownBy(
                        () -> download("file", options(1, Verify.SIZE, durable)).run())
                .isInstanceOf(TransferException.class);
        proxy.clearFaults();
        proxy.clearCommands();
        recorder.events.clear();
        Path partial = only(SUFFIX);
        assertThat(Files.size(partial)).isGreaterThan(SYNCED + 2 * MB);
        return partial;
    }

    private static Path record(Path partial) {
        return partial.resolveSibling(partial.getFileName() + ".record");
    }

    private static void zero(Path partial, long from, int count) throws IOException {
        try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(count), from);
        }
    }

    private void assertWhole(long rest) throws IOException {
        Download download = download("file", options(1, Verify.SIZE, true));
        download.run();
        Content.assertIs(download.file(), SIZE, 1);
        assertThat(server.commands()).contains("RETR file");
        assertThat(sent("REST")).isEqualTo(rest == 0 ? java.util.List.of() : java.util.List.of("REST " + rest));
        assertThat(files(".record")).isEmpty();
        assertThat(files(SUFFIX)).isEmpty();
    }

    @Test
    void nothingIsBuiltOnWhatTheDiskNeverGot() throws Exception {
        Path partial = cutDownload(true);
        zero(partial, SYNCED + MB, MB / 2);
        Files.writeString(record(partial), OTHER_BOOT + "synced " + SYNCED + "\n");
        assertWhole(SYNCED - TransferContract.OVERLAP);
    }

    /** The caller knows the offset from the length of the partial, which may lie. */
    @Test
    void demandedOffsetIsRefusedWhereTheDiskNeverGotTheBytesBeforeIt() throws Exception {
        Path partial = cutDownload(true);
        zero(partial, SYNCED + MB, MB / 2);
        Files.writeString(record(partial), OTHER_BOOT + "synced " + SYNCED + "\n");
        TransferOptions options = options(1, Verify.SIZE, true);
        assertThatThrownBy(() ->
                        download("file", options.restartingAt(SYNCED + 2 * MB)).run())
                .isInstanceOf(TransferException.class)
                .hasMessageContaining("here are " + SYNCED + " bytes")
                .hasMessageContaining("the machine was restarted");
        assertThat(sent("RETR")).isEmpty();
        Download download = download("file", options.restartingAt(SYNCED));
        assertThat(download.run().restartOffset()).isEqualTo(SYNCED);
        Content.assertIs(download.file(), SIZE, 1);
    }

    @Test
    void killedProcessLosesNothing() throws Exception {
        Path partial = cutDownload(true);
        // What a process leaves that had no time to sync: the record of its first mebibyte.
        Files.writeString(record(partial), Files.readString(record(partial)).replaceFirst("synced \\d+", "synced 0"));
        assertWhole(Files.size(partial) - TransferContract.OVERLAP);
    }

    @Test
    void orderlyEndSyncsAllThatCame() throws Exception {
        Path partial = cutDownload(true);
        assertThat(Files.readString(record(partial))).endsWith("\nsynced " + Files.size(partial) + "\n");
    }

    @Test
    void withoutDurabilityOnlyThisBootCounts() throws Exception {
        Path partial = cutDownload(false);
        assertThat(Files.readString(record(partial))).endsWith("\nsynced 0\n");
        Files.writeString(record(partial), OTHER_BOOT + "synced 0\n");
        assertWhole(0);
        assertThat(recorder.events)
                .anyMatch(event ->
                        event.startsWith("restarted: the machine was restarted since the partial was written"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "boot",
                "boot unknown\nsynced 0\n",
                "boot x\nsynced -7\n",
                "boot x\nsynced 99999999999999999999\n"
            })
    void recordThatMakesNoSenseVouchesForNothing(String text) throws Exception {
        Path partial = cutDownload(true);
        zero(partial, SYNCED + MB, MB / 2);
        Files.writeString(record(partial), text);
        assertWhole(0);
        assertThat(recorder.events).anyMatch(event -> event.startsWith("restarted: "));
    }

    @Test
    void longPartialWithoutARecordIsNotContinued() throws Exception {
        Path partial = cutDownload(true);
        zero(partial, SYNCED + MB, MB / 2);
        Files.delete(record(partial));
        assertWhole(0);
        assertThat(recorder.events).anyMatch(event -> event.contains("no record of how many have reached the disk"));
    }

    @Test
    void recordNeverVouchesForMoreThanThereIs() throws Exception {
        Path partial = cutDownload(true);
        try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
            channel.truncate(3 * MB);
        }
        Files.writeString(record(partial), OTHER_BOOT + "synced " + 9 * MB + "\n");
        assertWhole(3 * MB - TransferContract.OVERLAP);
    }

    @Test
    void recordOfAnEarlierPartialVouchesForNothing() throws Exception {
        Path partial = cutDownload(true);
        Files.delete(partial);
        Files.writeString(record(partial), OTHER_BOOT + "synced " + SIZE + "\n");
        proxy.cutDataAfter(16 * MB, Direction.DOWN, Cut.FIN);
        boolean[] seen = {false};
        Recorder looking = new Recorder() {
            @Override
            public void progressed(Transfer transfer, long offset) {
                if (offset < MB) {
                    seen[0] = true;
                    assertThat(record(partial)).doesNotExist();
                }
            }
        };
        Download download = new Download(
                pool,
                "file",
                LocalTarget.inWorkDirectory(work(), "file", SUFFIX),
                TransferContract.OPTIONS,
                looking,
                () -> false);
        download.run();
        Content.assertIs(download.file(), SIZE, 1);
        assertThat(seen[0]).isTrue();
    }
}
