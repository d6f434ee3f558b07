package io.ferry.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.stream.PartialFile.PartialInUseException;
import io.ferry.testkit.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PartialFileTest {

    private static final int MB = 1 << 20;
    private static final int OVERLAP = 1 << 16;

    @TempDir
    Path directory;

    private Path path;
    private Path record;

    @BeforeEach
    void name() {
        path = directory.resolve("version/file.part");
        record = directory.resolve("version/file.part.record");
    }

    private static void append(PartialFile partial, int bytes) throws IOException {
        byte[] block = new byte[MB];
        for (int left = bytes; left > 0; left -= MB) {
            partial.append(block, Math.min(left, MB));
        }
    }

    private long synced() throws IOException {
        String text = Files.readString(record);
        return Long.parseLong(text.substring(text.lastIndexOf(' ') + 1).strip());
    }

    private void untilSynced(long bytes) {
        Await.until(bytes + " bytes are synced", Duration.ofSeconds(60), () -> {
            try {
                return synced() == bytes;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @Test
    void recordAppearsWithTheFirstMebibyte() throws Exception {
        try (PartialFile partial = PartialFile.open(path, true)) {
            append(partial, MB - 1);
            assertThat(record).doesNotExist();
            append(partial, 1);
            assertThat(synced()).isZero();
        }
        assertThat(synced()).isEqualTo(MB);
    }

    @Test
    void recordFollowsWhatIsSynced() throws Exception {
        try (PartialFile partial = PartialFile.open(path, true)) {
            append(partial, 65 * MB);
            untilSynced(64 * MB);
            append(partial, 63 * MB);
            untilSynced(128 * MB);
        }
        assertThat(synced()).isEqualTo(128 * MB);
    }

    @Test
    void withoutDurabilityNothingIsVouchedForBeyondThisBoot() throws Exception {
        try (PartialFile partial = PartialFile.open(path, false)) {
            append(partial, 65 * MB);
            assertThat(synced()).isZero();
        }
        assertThat(synced()).isZero();
        try (PartialFile partial = PartialFile.open(path, false)) {
            assertThat(partial.trim(OVERLAP)).isEmpty();
            assertThat(partial.length()).isEqualTo(65 * MB);
        }
    }

    @Test
    void recordGoesWithThePartial() throws Exception {
        Path target = directory.resolve("file");
        try (PartialFile partial = PartialFile.open(path, true)) {
            append(partial, 2 * MB);
            partial.truncate(0);
            assertThat(record).doesNotExist();
            append(partial, 2 * MB);
            assertThat(record).exists();
            partial.publish(target, null, true);
        }
        assertThat(record).doesNotExist();
        assertThat(path).doesNotExist();
        assertThat(target).hasSize(2 * MB);
    }

    @Test
    void recordNeverVouchesForBytesThatAreWrittenAgain() throws Exception {
        try (PartialFile partial = PartialFile.open(path, true)) {
            append(partial, 3 * MB);
        }
        try (PartialFile partial = PartialFile.open(path, true)) {
            partial.truncate(2 * MB);
            assertThat(synced()).isEqualTo(2 * MB);
            append(partial, MB / 2);
            assertThat(synced()).isEqualTo(2 * MB);
        }
        assertThat(synced()).isEqualTo(2 * MB + MB / 2);
    }

    @Test
    void bytesThatWereNeverComparedAreNotVouchedFor() throws Exception {
        Files.createDirectories(path.getParent());
        Files.write(path, new byte[OVERLAP]);
        try (PartialFile partial = PartialFile.open(path, true)) {
            assertThat(partial.trim(OVERLAP)).isEmpty();
        }
        assertThat(path).hasSize(OVERLAP);
        assertThat(record).doesNotExist();
    }

    @Test
    void anotherBootLeavesWhatWasSynced() throws Exception {
        Files.createDirectories(path.getParent());
        Files.write(path, new byte[3 * MB]);
        Files.writeString(record, "boot another\nsynced " + 2 * MB + "\n");
        try (PartialFile partial = PartialFile.open(path, true)) {
            assertThat(partial.trim(OVERLAP))
                    .hasValueSatisfying(why -> assertThat(why).contains("only " + 2 * MB));
            assertThat(partial.length()).isEqualTo(2 * MB);
            append(partial, MB);
            assertThat(Files.readString(record)).doesNotContain("another");
        }
        assertThat(synced()).isEqualTo(3 * MB);
    }

    @Test
    void unknownBootIsNeverThisOne() {
        assertThat(new PartialRecord(PartialRecord.UNKNOWN, 1).isOfThisBoot()).isFalse();
        assertThat(new PartialRecord("another", 1).isOfThisBoot()).isFalse();
        assertThat(new PartialRecord(PartialRecord.BOOT, 1).isOfThisBoot())
                .isEqualTo(!PartialRecord.BOOT.equals(PartialRecord.UNKNOWN));
    }

    @Test
    void secondOwnerIsRefusedAndTheFirstGoesOn() throws Exception {
        try (PartialFile partial = PartialFile.open(path, true)) {
            append(partial, 10);
            assertThatThrownBy(() -> PartialFile.open(path, true)).isInstanceOf(PartialInUseException.class);
            assertThatThrownBy(() -> PartialFile.open(path.getParent().resolve("../version/file.part"), true))
                    .isInstanceOf(PartialInUseException.class);
            assertThat(PartialFile.discard(path)).isFalse();
            append(partial, 10);
        }
        PartialFile.open(path, true).close();
        assertThat(path).hasSize(20);
    }

    @Test
    void emptyPartialLeavesNothing() throws Exception {
        PartialFile.open(path, true).close();
        assertThat(path).doesNotExist();
        assertThat(record).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void partialThatLostItsNameIsNotPublished(boolean anotherTookIt) throws Exception {
        Path target = directory.resolve("file");
        try (PartialFile partial = PartialFile.open(path, true)) {
            append(partial, MB);
            Files.delete(path);
            if (anotherTookIt) {
                Files.writeString(path, "half of another");
            }
            assertThatThrownBy(() -> partial.publish(target, null, true)).isInstanceOf(NoSuchFileException.class);
        }
        assertThat(target).doesNotExist();
        assertThat(Files.exists(path)).isEqualTo(anotherTookIt);
    }

    @Test
    void interruptedOwnerLeavesARecord() throws Exception {
        try (PartialFile partial = PartialFile.open(path, true)) {
            append(partial, MB / 2);
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> append(partial, 1)).isInstanceOf(ClosedByInterruptException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        try (PartialFile partial = PartialFile.open(path, true)) {
            assertThat(partial.trim(OVERLAP)).isEmpty();
            assertThat(partial.length()).isEqualTo(MB / 2);
        }
    }

    @Test
    void publishedFileKeepsTheTimeOfTheSource() throws Exception {
        Instant modified = Instant.parse("2020-02-02T02:02:02Z");
        Path target = directory.resolve("file");
        try (PartialFile partial = PartialFile.open(path, false)) {
            append(partial, 1);
            partial.publish(target, modified, true);
        }
        assertThat(Files.getLastModifiedTime(target)).isEqualTo(FileTime.from(modified));
    }

    @Test
    void digestIsThatOfTheWholeFile() throws Exception {
        try (PartialFile partial = PartialFile.open(path, false)) {
            append(partial, MB + 17);
            assertThat(partial.digest("SHA-256")).isEqualTo(FileDigest.of(path, "SHA-256"));
        }
    }
}
