package io.ferry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.transfer.Tree.Entry;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** When a file counts as the same by its time. */
class SyncTimesTest {

    private static final Instant THEN = Instant.parse("2024-01-02T03:04:05Z");

    private static Entry file(long size, Instant modified) {
        return Entry.file(size, modified);
    }

    @Test
    void downwardsTheTimeIsTheSameButForWhatAFileSystemRounds() {
        assertThat(SyncCommand.isCopy(file(5, THEN), file(5, THEN.plusMillis(1900))))
                .isTrue();
        assertThat(SyncCommand.isCopy(file(5, THEN), file(5, THEN.plusSeconds(2))))
                .isFalse();
        assertThat(SyncCommand.isCopy(file(5, THEN), file(5, THEN.minusSeconds(2))))
                .isFalse();
        assertThat(SyncCommand.isCopy(file(6, THEN), file(5, THEN))).isFalse();
        assertThat(SyncCommand.isCopy(file(5, null), file(5, THEN))).isFalse();
    }

    @Test
    void upwardsALaterTimeIsTheSameAndAnEarlierOneIsNot() {
        assertThat(SyncCommand.isAfter(file(5, THEN.plusSeconds(86_400)), file(5, THEN)))
                .isTrue();
        assertThat(SyncCommand.isAfter(file(5, THEN.minusSeconds(3)), file(5, THEN)))
                .isFalse();
        assertThat(SyncCommand.isAfter(file(6, THEN.plusSeconds(1)), file(5, THEN)))
                .isFalse();
        assertThat(SyncCommand.isAfter(file(5, null), file(5, THEN))).isFalse();
    }
}
