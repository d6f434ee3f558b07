package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.ScriptedServer;
import io.ferry.transfer.TransferOptions.Verify;
import io.ferry.transfer.TransferResult.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is here counts only where the fingerprint, or a digest, proves that it came from the version that is there. */
class ProvenVersionTest extends DownloadFixture {

    /** Later than any test takes, so that the file is young for the whole of it: as a server's clock ahead makes it. */
    private static final Instant YOUNG = Instant.now().plusSeconds(3600);

    private static final Instant OLD = Instant.now().minusSeconds(3600);

    private static TransferOptions once(Verify verify) {
        return options(1, verify, true);
    }

    private Path remote(long size, long seed, Instant modified) throws IOException {
        Path file = Content.write(server.root().resolve("file"), size, seed);
        return Files.setLastModifiedTime(file, FileTime.from(modified));
    }

    private void cutDownload(Verify verify) {
        proxy.cutDataAfter(4 * MB, Direction.DOWN, Cut.FIN);
        assertThatThrownBy(() -> download("file", once(verify)).run()).isInstanceOf(TransferException.class);
        proxy.clearFaults();
        proxy.clearCommands();
    }

    private boolean saysWhy() {
        return recorder.events.stream().anyMatch(event -> event.startsWith("restarted: the file was so young"));
    }

    @Test
    void partialOfAYoungFileIsNotContinued() throws Exception {
        on(ApacheFtp.start());
        remote(10 * MB, 1, YOUNG);
        cutDownload(Verify.SIZE);
        // Of the same size and second, and with the same bytes where the partial ends: nothing but the content tells.
        byte[] other = Content.bytes(10 * MB, 1);
        Arrays.fill(other, 0, MB, (byte) 7);
        Files.write(server.root().resolve("file"), other);
        Files.setLastModifiedTime(server.root().resolve("file"), FileTime.from(YOUNG));
        Download download = download("file", once(Verify.SIZE));
        download.run();
        assertThat(Files.mismatch(download.file(), server.root().resolve("file")))
                .isEqualTo(-1);
        assertThat(sent("REST")).isEmpty();
        assertThat(saysWhy()).isTrue();
    }

    @Test
    void partialThatWasBegunYoungIsNotContinuedOnceTheFileIsOld() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        scripted.put("/file", Content.bytes(10 * MB, 2));
        Instant modified = Instant.now().plusSeconds(1);
        scripted.time("/file", stamp(modified));
        cutDownload(Verify.SIZE);
        assertThat(files(SUFFIX)).hasSize(1);
        io.ferry.testkit.Await.until(
                "the file is old", Duration.ofSeconds(10), () -> Instant.now().isAfter(modified.plusSeconds(2)));
        scripted.put("/file", Content.bytes(10 * MB, 3));
        scripted.time("/file", stamp(modified));
        Download download = download("file", once(Verify.SIZE));
        download.run();
        Content.assertIs(download.file(), 10 * MB, 3);
        assertThat(sent("REST")).isEmpty();
        assertThat(saysWhy()).isTrue();
        assertThat(files(SUFFIX)).isEmpty();
    }

    private static String stamp(Instant time) {
        return DateTimeFormatter.ofPattern("uuuuMMddHHmmss", Locale.ROOT)
                .format(LocalDateTime.ofInstant(time, ZoneOffset.UTC));
    }

    @Test
    void retryInTheSameTransferBeginsAgainToo() throws Exception {
        on(ApacheFtp.start());
        remote(10 * MB, 4, YOUNG);
        proxy.cutDataAfter(4 * MB, Direction.DOWN, Cut.FIN);
        Download download = download("file", TransferContract.OPTIONS);
        assertThat(download.run().saved()).isZero();
        Content.assertIs(download.file(), 10 * MB, 4);
        assertThat(recorder.resumes()).isZero();
        assertThat(saysWhy()).isTrue();
    }

    @Test
    void digestProvesWhatATimeCannot() throws Exception {
        on(ApacheFtp.start());
        remote(10 * MB, 5, YOUNG);
        cutDownload(Verify.DIGEST);
        Download download = download("file", once(Verify.DIGEST));
        assertThat(download.run().saved()).isPositive();
        Content.assertIs(download.file(), 10 * MB, 5);
        // Once the file is old, what was begun while it was young is still worth a digest.
        Download ready = download("file", once(Verify.DIGEST));
        assertThat(ready.run().outcome()).isEqualTo(Outcome.ALREADY_COMPLETE);
        remote(10 * MB, 6, YOUNG);
        Download replaced = download("file", once(Verify.DIGEST));
        assertThat(replaced.run().outcome()).isEqualTo(Outcome.TRANSFERRED);
        Content.assertIs(replaced.file(), 10 * MB, 6);
    }

    @Test
    void spliceIsCaughtByTheDigest() throws Exception {
        on(ApacheFtp.start());
        remote(10 * MB, 7, YOUNG);
        cutDownload(Verify.DIGEST);
        byte[] other = Content.bytes(10 * MB, 7);
        Arrays.fill(other, 0, MB, (byte) 7);
        Files.write(server.root().resolve("file"), other);
        Files.setLastModifiedTime(server.root().resolve("file"), FileTime.from(YOUNG));
        Download download = download("file", options(2, Verify.DIGEST, true));
        download.run();
        assertThat(Files.mismatch(download.file(), server.root().resolve("file")))
                .isEqualTo(-1);
        assertThat(recorder.events).anyMatch(event -> event.contains("MD5 differs"));
    }

    @Test
    void readyFileOfAYoungVersionIsTransferredAgain() throws Exception {
        on(ApacheFtp.start());
        remote(MB, 8, YOUNG);
        download("file", once(Verify.SIZE)).run();
        remote(MB, 9, YOUNG);
        Download again = download("file", once(Verify.SIZE));
        assertThat(again.run().outcome()).isEqualTo(Outcome.TRANSFERRED);
        Content.assertIs(again.file(), MB, 9);
    }

    @Test
    void sourceThatShrankBelowThePartialBeginsAgain() throws Exception {
        on(ApacheFtp.start());
        remote(10 * MB, 10, OLD);
        cutDownload(Verify.SIZE);
        // What a partial of this very version with too many bytes would be: nothing that can have come from it.
        try (var partial = Files.newByteChannel(only(SUFFIX), java.nio.file.StandardOpenOption.WRITE)) {
            partial.position(11 * MB);
            partial.write(java.nio.ByteBuffer.wrap(new byte[1]));
        }
        Download download = download("file", once(Verify.SIZE));
        download.run();
        Content.assertIs(download.file(), 10 * MB, 10);
        assertThat(recorder.events).anyMatch(event -> event.contains("more than the source's"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"size", "time"})
    void changeBetweenStartAndEndIsCaughtBeforePublishing(String what) throws Exception {
        on(ApacheFtp.start());
        Path file = remote(10 * MB, 11, OLD);
        boolean[] changed = {false};
        Recorder changing = new Recorder() {
            @Override
            public void progressed(Transfer transfer, long offset) {
                if (offset >= 4 * MB && !changed[0]) {
                    changed[0] = true;
                    assertThat(publishedFiles()).isEmpty();
                    change(file, what);
                }
            }
        };
        Download download = new Download(
                pool,
                "file",
                LocalTarget.inWorkDirectory(work(), "file", SUFFIX),
                TransferContract.OPTIONS,
                changing,
                () -> false);
        download.run();
        assertThat(changed[0]).isTrue();
        assertThat(changing.events).anyMatch(event -> event.startsWith("interrupted"));
        assertThat(Files.mismatch(download.file(), file)).isEqualTo(-1);
        assertThat(publishedFiles()).isEqualTo("file");
    }

    /** The names of what a route could take. */
    private String publishedFiles() {
        try {
            return String.join(
                    ",",
                    files("").stream()
                            .map(each -> each.getFileName().toString())
                            .filter(each -> !each.contains(SUFFIX))
                            .toList());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void change(Path file, String what) {
        try {
            if (what.equals("size")) {
                Files.write(file, new byte[MB], java.nio.file.StandardOpenOption.APPEND);
            }
            Files.setLastModifiedTime(file, FileTime.from(OLD.plusSeconds(60)));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
