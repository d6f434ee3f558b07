package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InterruptedIOException;
import java.time.LocalTime;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes pass as fast as the rate says, on a clock of the test's. */
class ThrottleTest {

    private static final class Hands implements Throttle.Clock {
        private long nanos = -5_000;
        private LocalTime time = LocalTime.NOON;

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public LocalTime timeOfDay() {
            return time;
        }

        @Override
        public void sleep(long howLong) throws InterruptedException {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            nanos += howLong;
        }
    }

    private final Hands clock = new Hands();

    private long millisFor(Throttle throttle, int times, int bytes) throws Exception {
        long begin = clock.nanos;
        for (int i = 0; i < times; i++) {
            throttle.pass(bytes, () -> {});
        }
        return TimeUnit.NANOSECONDS.toMillis(clock.nanos - begin);
    }

    @Test
    void tenSecondsForTenTimesTheRate() throws Exception {
        Throttle throttle = new Throttle(Rates.of("1MB"), clock);
        assertThat(millisFor(throttle, 10 * 64, 1 << 14)).isBetween(9_900L, 10_000L);
        // A pause saves up a tenth of a second, and no more.
        clock.nanos += TimeUnit.HOURS.toNanos(1);
        assertThat(millisFor(throttle, 64, 1 << 14)).isBetween(890L, 1_000L);
    }

    /** The bytes of one that has given up have crossed all the same. */
    @Test
    void severalShareOneRate() throws Exception {
        Throttle throttle = new Throttle(Rates.of("1MB"), clock);
        assertThatThrownBy(() -> throttle.pass(1 << 20, () -> {
                    throw new InterruptedIOException("stopped");
                }))
                .isInstanceOf(InterruptedIOException.class);
        assertThat(millisFor(throttle, 1, 1 << 18)).isBetween(1_200L, 1_250L);
    }

    @Test
    void rateGoesByTheTimeOfDay() throws Exception {
        Throttle throttle = new Throttle(Rates.of("08:00-18:00=1MB, 22:00-06:00=4MB"), clock);
        assertThat(millisFor(throttle, 4, 1 << 20)).isBetween(3_900L, 4_000L);
        clock.time = LocalTime.of(20, 0);
        assertThat(millisFor(throttle, 1000, 1 << 20)).isZero();
        assertThat(throttle.slice(1 << 20)).isEqualTo(1 << 20);
        clock.time = LocalTime.of(5, 59);
        clock.nanos += TimeUnit.HOURS.toNanos(1);
        assertThat(millisFor(throttle, 4, 1 << 20)).isBetween(890L, 1_000L);
    }

    @ParameterizedTest
    @CsvSource({"1KB, 1024", "80KB, 10240", "1GB, 65536"})
    void slicesAreSmallWhereTheRateIs(String rate, int slice) {
        assertThat(new Throttle(Rates.of(rate), clock).slice(65_536)).isEqualTo(slice);
    }

    @Test
    void stopEndsTheWait() {
        Throttle throttle = new Throttle(Rates.of("1KB"), clock);
        assertThatThrownBy(() -> throttle.pass(1 << 20, () -> {
                    if (clock.nanos > TimeUnit.SECONDS.toNanos(2)) {
                        throw new InterruptedIOException("stopped");
                    }
                }))
                .isInstanceOf(InterruptedIOException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "fast", "0", "1000", "8:00-18:00=2MB", "08:00-18:00=", "25:00-26:00=2MB", "2MB,", "2MB/s"})
    void whatIsNoRateIsRefused(String text) {
        assertThatThrownBy(() -> Rates.of(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("such as 2MB or 08:00-18:00=2MB");
    }
}
