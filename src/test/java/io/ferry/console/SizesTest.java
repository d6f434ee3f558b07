package io.ferry.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SizesTest {

    @Test
    void bytesAreInBinaryUnitsWithOneDigit() {
        assertThat(Sizes.bytes(0)).isEqualTo("0 B");
        assertThat(Sizes.bytes(1023)).isEqualTo("1023 B");
        assertThat(Sizes.bytes(1024)).isEqualTo("1.0 KiB");
        assertThat(Sizes.bytes((1 << 20) - 1)).isEqualTo("1.0 MiB");
        assertThat(Sizes.bytes(128L << 20)).isEqualTo("128.0 MiB");
        assertThat(Sizes.bytes(Long.MAX_VALUE)).isEqualTo("8.0 EiB");
    }

    @Test
    void durationsGrowCoarser() {
        assertThat(Sizes.duration(Duration.ofMillis(999))).isEqualTo("999 ms");
        assertThat(Sizes.duration(Duration.ofMillis(5120))).isEqualTo("5.1 s");
        assertThat(Sizes.duration(Duration.ofSeconds(125))).isEqualTo("2 min 05 s");
        assertThat(Sizes.duration(Duration.ofMinutes(187))).isEqualTo("3 h 07 min");
    }

    @Test
    void anEmptyFileIsWholeAndALastByteIsMissedUntilItIsThere() {
        assertThat(Sizes.percent(0, 0)).isEqualTo(100);
        assertThat(Sizes.percent((5L << 30) - 1, 5L << 30)).isEqualTo(99);
    }
}
