package io.ferry.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.stream.PartialFile.PartialInUseException;
import io.ferry.testkit.Await;
import io.ferry.testkit.Leaks;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
        ByteBuffer block = ByteBuffer.allocateDirect(MB);
        for (int left = bytes; left > 0; left -= MB) {
            partial.append(block.clear().limit(Math.min(left, MB)));
        }
    }

    private long synced() throws IOException {
        String text = Files.readString(record);
        return Long.parseLong(text.substring(text.lastIndexOf(' ') + 1).strip());
    }

    /** What was found to be wrong must not be built on because the thread was stopped right then. */
    @Test
    void nothingStaysOfWhatWasThrownAwayByAThreadThatIsInterrupted() throws Exception {
        PartialFile partial = PartialFile.open(path, true);
        append(partial, 2 * MB);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> partial.truncate(0)).isInstanceOf(ClosedByInterruptException.class);
        partial.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(path).doesNotExist();
        assertThat(record).doesNotExist();
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

    private void write(int bytes, String text) throws IOException {
        Files.createDirectories(path.getParent());
        Files.write(path, new byte[bytes]);
        if (text != null) {
            Files.writeString(record, text);
        }
    }

    @Test
    void recordOfAnEarlierPartialIsGoneBeforeTheFirstByte() throws Exception {
        Files.createDirectories(path.getParent());
        Files.writeString(record, "boot another\nsynced " + MB + "\n");
        try (PartialFile partial = PartialFile.open(path, false)) {
            assertThat(partial.path()).isEqualTo(path);
            assertThat(record).doesNotExist();
            append(partial, 10);
        }
        assertThat(synced()).isZero();
    }

    @Test
    void partialThatGrowsGetsTheRecordThatItHadNot() throws Exception {
        write(10, null);
        try (PartialFile partial = PartialFile.open(path, false)) {
            append(partial, MB);
            assertThat(record).exists();
        }
    }

    @Test
    void anotherBootCostsNothingWhereAllWasSynced() throws Exception {
        write(2 * MB, "boot another\nsynced " + 2 * MB + "\n");
        try (PartialFile partial = PartialFile.open(path, true)) {
            assertThat(partial.trim(OVERLAP)).isEmpty();
            assertThat(partial.length()).isEqualTo(2 * MB);
        }
        assertThat(Files.readString(record)).contains(PartialRecord.BOOT).endsWith("synced " + 2 * MB + "\n");
    }

    @Test
    void pathThatCannotBeOpenedIsNotLeftClaimed() throws Exception {
        Leaks leaks = Leaks.snapshot();
        Files.createDirectories(path);
        assertThatThrownBy(() -> PartialFile.open(path, true)).isInstanceOf(IOException.class);
        Files.delete(path);
        try (FileChannel other = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            FileLock held = other.lock();
            assertThatThrownBy(() -> PartialFile.open(path, true)).isInstanceOf(PartialInUseException.class);
            held.release();
        }
        PartialFile.open(path, true).close();
        Leaks.assertNoneSince(leaks, Duration.ofSeconds(1));
    }

    @Test
    void closedPartialIsFreeForAnotherProcess() throws Exception {
        PartialFile partial = PartialFile.open(path, true);
        append(partial, 10);
        partial.close();
        try (FileChannel other = FileChannel.open(path, StandardOpenOption.WRITE)) {
            assertThat(other.tryLock()).isNotNull();
        }
    }

    @Test
    void discardTakesTheRecordTooAndNothingElse() throws Exception {
        write(2 * MB, "boot another\nsynced 0\n");
        assertThat(PartialFile.discard(path)).isTrue();
        assertThat(path.getParent()).isEmptyDirectory();
        assertThat(PartialFile.discard(path)).isFalse();
        assertThat(PartialFile.discard(path.getParent())).isFalse();
        assertThat(path.getParent()).isEmptyDirectory();
    }

    @Test
    void recordIsToldByItsName() {
        assertThat(PartialFile.isRecord("file.part.record", ".part")).isTrue();
        assertThat(PartialFile.isRecord("file.part.record.new", ".part")).isTrue();
        assertThat(PartialFile.isRecord("file.part", ".part")).isFalse();
        assertThat(PartialFile.isRecord("file.record", ".part")).isFalse();
        assertThat("file.part.record.new".length() - "file.part".length()).isEqualTo(PartialFile.NAME_ROOM);
    }

    @Test
    void deletingARecordTellsWhetherThereWasOne() throws Exception {
        write(1, "boot another\nsynced 0\n");
        Path half = Files.writeString(path.resolveSibling("file.part.record.new"), "boo");
        assertThat(PartialRecord.delete(path)).isTrue();
        assertThat(half).doesNotExist();
        assertThat(PartialRecord.delete(path)).isFalse();
    }

    @Test
    void bytesAreReadWhereTheyLie() throws Exception {
        try (PartialFile partial = PartialFile.open(path, false)) {
            partial.append(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5}));
            byte[] into = new byte[4];
            partial.read(2, into, 3);
            assertThat(into).containsExactly(3, 4, 5, 0);
            assertThatThrownBy(() -> partial.read(3, into, 3))
                    .isInstanceOf(EOFException.class)
                    .hasMessageEndingWith("ends before byte 6");
        }
    }

    @Test
    void seedTakesThePlaceOfWhatWasThere() throws Exception {
        Path other = Files.write(directory.resolve("other"), new byte[] {1, 2, 3, 4});
        try (PartialFile partial = PartialFile.open(path, false)) {
            append(partial, 10);
            partial.seed(other, 3);
            assertThat(partial.length()).isEqualTo(3);
            assertThat(path).hasBinaryContent(new byte[] {1, 2, 3});
            append(partial, 1);
            assertThat(path).hasBinaryContent(new byte[] {1, 2, 3, 0});
            assertThatThrownBy(() -> partial.seed(other, 5))
                    .isInstanceOf(EOFException.class)
                    .hasMessageContaining("fewer than 5 bytes");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void existingFileIsReplacedOnlyWhereItMayBe(boolean replace) throws Exception {
        Path target = Files.writeString(directory.resolve("file"), "earlier");
        try (PartialFile partial = PartialFile.open(path, true)) {
            append(partial, 2 * MB);
            if (replace) {
                partial.publish(target, null, true);
            } else {
                assertThatThrownBy(() -> partial.publish(target, null, false))
                        .isInstanceOf(FileAlreadyExistsException.class);
            }
        }
        assertThat(Files.exists(path)).isEqualTo(!replace);
        assertThat(Files.exists(record)).isEqualTo(!replace);
        assertThat(target).hasSize(replace ? 2 * MB : "earlier".length());
    }

    @Test
    void publishedWithoutReplacingLeavesNoPartial() throws Exception {
        Path target = directory.resolve("inbox/file");
        try (PartialFile partial = PartialFile.open(path, true)) {
            append(partial, 2 * MB);
            partial.publish(target, null, false);
        }
        assertThat(target).hasSize(2 * MB);
        assertThat(path.getParent()).isEmptyDirectory();
    }

    /** Bytes that could not be synced are not whole. */
    @Test
    void whatCannotBeSyncedIsNotPublished() throws Exception {
        Path target = directory.resolve("file");
        try (PartialFile partial = PartialFile.open(path, true)) {
            append(partial, 10);
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> append(partial, 1)).isInstanceOf(ClosedByInterruptException.class);
            assertThat(Thread.interrupted()).isTrue();
            assertThatThrownBy(() -> partial.publish(target, null, true)).isInstanceOf(ClosedChannelException.class);
        }
        assertThat(target).doesNotExist();
        assertThat(path).hasSize(10);
    }

    /** It was tried for ever. */
    @Test
    @Timeout(30)
    void directoryThatIsReachedByWayOfOneThatIsMissingIsMade() throws Exception {
        Path around =
                directory.resolve("missing").resolve("..").resolve("there").resolve("file.part");
        try (PartialFile partial = PartialFile.open(around, true)) {
            append(partial, 10);
            partial.publish(directory.resolve("file"), null, true);
        }
        assertThat(directory.resolve("file")).hasSize(10);
    }

    /** A process that was killed between the two steps of publishing left two names of one file. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void partialThatIsPublishedAlreadyIsNotWrittenAgain(boolean discarded) throws Exception {
        Path target = directory.resolve("file");
        try (PartialFile partial = PartialFile.open(path, true)) {
            append(partial, 2 * MB);
        }
        Files.createLink(target, path);
        if (discarded) {
            assertThat(PartialFile.discard(path)).isTrue();
        } else {
            try (PartialFile partial = PartialFile.open(path, true)) {
                assertThat(partial.length()).isZero();
                append(partial, 10);
            }
            assertThat(path).hasSize(10);
        }
        assertThat(target).hasSize(2 * MB);
    }
}
