package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class OutageTest {

    private Instant now = Instant.parse("2026-11-27T10:00:00Z");
    private final Outage outage = new Outage(() -> now);

    private int said(Duration time, Duration step) {
        int count = 0;
        for (Instant end = now.plus(time); now.isBefore(end); now = now.plus(step)) {
            count += outage.failed("partner", "down", "It is down.").isPresent() ? 1 : 0;
        }
        return count;
    }

    @Test
    void theFirstIsToldInFullAndTheOthersAfterPausesThatDouble() {
        assertThat(outage.failed("partner", "down", "It is down.")).contains("It is down.");
        // After 1, 2, 4, 8, 16 and 32 minutes, then each hour.
        assertThat(said(Duration.ofMinutes(63), Duration.ofSeconds(1))).isEqualTo(5);
        assertThat(said(Duration.ofHours(10), Duration.ofSeconds(10))).isEqualTo(10);
    }

    @Test
    void howOftenAndSinceWhenIsSaid() {
        outage.failed("partner", "down", "It is down.");
        outage.failed("partner", "down", "It is down.");
        now = now.plusSeconds(60);

        assertThat(outage.failed("partner", "down", "It is down.").orElseThrow())
                .matches("Still so since \\d\\d:00:00, 3 tries: It is down\\.");
        assertThat(outage.over("partner").orElseThrow()).matches("well again; since \\d\\d:00:00 3 tries had failed");
        assertThat(outage.over("partner")).isEmpty();
        assertThat(outage.failed("partner", "down", "It is down.")).contains("It is down.");
    }

    @Test
    void anotherFailureAndAnotherSubjectAreToldAtOnce() {
        outage.failed("partner", "down", "It is down.");

        assertThat(outage.failed("partner", "login", "Login refused.")).contains("Login refused.");
        assertThat(outage.failed("other", "down", "It is down.")).contains("It is down.");
        // The two take turns, and are known.
        assertThat(outage.failed("partner", "down", "It is down.")).isEmpty();
        assertThat(outage.failed("partner", "login", "Login refused.")).isEmpty();
    }

    @Test
    void whatHasNotComeForLongIsNew() {
        outage.failed("partner", "down", "It is down.");
        now = now.plus(Duration.ofHours(3));

        assertThat(outage.failed("partner", "down", "It is down.")).contains("It is down.");
    }
}
