package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ScriptedServer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a modification time is so old that a later change must show another: by the step of what the server tells. */
class SettledTimeTest extends SessionTestBase {

    private static final Instant ASKED = Instant.parse("2024-01-02T03:04:05Z");

    @ParameterizedTest
    @CsvSource({
        "-1000, true",
        "-999, false",
        "0, false",
        "1, false",
        "3600000, false",
        "-3600000, true",
    })
    void wholeSecondsAreSettledAfterOneSecond(long millis, boolean settled) {
        assertThat(RemoteFileFacts.isSettled(ASKED.plusMillis(millis), Duration.ofSeconds(1), ASKED))
                .isEqualTo(settled);
    }

    @Test
    void fractionsOfASecondAreFiner() {
        assertThat(RemoteFileFacts.resolution(ASKED)).isEqualTo(Duration.ofSeconds(1));
        assertThat(RemoteFileFacts.resolution(ASKED.plusMillis(250))).isEqualTo(Duration.ofMillis(100));
        assertThat(RemoteFileFacts.isSettled(null, Duration.ofSeconds(1), ASKED))
                .isFalse();
    }

    private boolean isSettledByList(String pattern, Duration age) throws Exception {
        String time = DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH)
                .format(LocalDateTime.ofInstant(Instant.now().minus(age), ZoneId.systemDefault()));
        ScriptedServer server =
                keep(ScriptedServer.start()).on("SIZE", "502 No.").on("MDTM", "502 No.");
        server.listing("-rw-r--r-- 1 a a 55 " + time + " file");
        return session(server).facts("file").orElseThrow().settled();
    }

    @ParameterizedTest
    @CsvSource({
        "MMM dd HH:mm, PT1M, false",
        "MMM dd HH:mm, PT25H, false",
        "MMM dd HH:mm, PT27H, true",
        "MMM dd  yyyy, PT25H, false",
        "MMM dd  yyyy, PT75H, true",
    })
    void listShowsMinutesOrDaysInATimeZoneThatNobodyKnows(String pattern, Duration age, boolean settled)
            throws Exception {
        assertThat(isSettledByList(pattern, age)).isEqualTo(settled);
    }

    @ParameterizedTest
    @CsvSource({"PT2H, false", "PT-2S, true"})
    void mdtmIsJudgedByThisMachinesClock(Duration ahead, boolean settled) throws Exception {
        String stamp = DateTimeFormatter.ofPattern("uuuuMMddHHmmss", Locale.ROOT)
                .format(LocalDateTime.ofInstant(Instant.now().plus(ahead), ZoneOffset.UTC));
        ScriptedServer server =
                keep(ScriptedServer.start()).put("/file", new byte[5]).time("/file", stamp);
        assertThat(session(server).facts("file").orElseThrow().settled()).isEqualTo(settled);
    }
}
