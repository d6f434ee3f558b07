package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What has expired in a work directory is looked for at the first poll, and then once a day for as long as the route runs. */
class SweepTest {

    @TempDir
    Path work;

    /** The origin of such a clock may be anywhere: this one overflows between the first two days. */
    private final AtomicLong clock =
            new AtomicLong(Long.MAX_VALUE - Duration.ofHours(1).toNanos());

    private final ConsumerRecords records = new ConsumerRecords(new Deliveries(new DeliveryRepository()), clock::get);
    private final FerryOptions options = new FerryOptions();

    /** A partial that nobody has continued for longer than the default expiry. */
    private Path stalePartial(String name) throws IOException {
        Path version = Files.createDirectories(work.resolve("0123456789abcdef"));
        Path partial = Files.writeString(version.resolve(name + options.getPartialSuffix()), "half");
        Duration age = OptionValues.duration("partialExpiry", options.getPartialExpiry())
                .plusHours(1);
        return Files.setLastModifiedTime(partial, FileTime.from(Instant.now().minus(age)));
    }

    private void pollAfter(Duration time) {
        clock.addAndGet(time.toNanos());
        records.sweep(work, options);
    }

    @Test
    void sweepsAtTheFirstPollAndThenDaily() throws Exception {
        Path first = stalePartial("first");
        pollAfter(Duration.ZERO);
        assertThat(first).doesNotExist();
        for (int day = 1; day <= 3; day++) {
            Path next = stalePartial("of day " + day);
            pollAfter(Duration.ofHours(12));
            pollAfter(Duration.ofHours(12).minusNanos(1));
            assertThat(next).as("the day is not over").exists();
            pollAfter(Duration.ofNanos(1));
            assertThat(next).doesNotExist();
        }
    }
}
