package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.ferry.testkit.Leaks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class KeyLogTest {

    @TempDir
    Path directory;

    private Leaks leaks;

    @BeforeEach
    void begin() {
        leaks = Leaks.snapshot();
    }

    @AfterEach
    void end() {
        Leaks.assertNoneSince(leaks, Duration.ofSeconds(1));
    }

    private KeyLog open() throws IOException {
        return KeyLog.open(directory.resolve("log"), "this test");
    }

    static void assertInUse(Path file) {
        assertThatThrownBy(() -> KeyLog.open(file, "the other").close())
                .hasMessageContaining("Another Ferry runs the other")
                .hasMessageContaining("workDirectory");
    }

    static void assertFree(Path file) throws IOException {
        KeyLog.open(file, "the other").close();
    }

    @Test
    void keysOutliveTheProcess() throws Exception {
        try (KeyLog log = open()) {
            assertThat(log.add("a|b\\c\nd é", true)).isTrue();
            assertThat(log.add("gone", true)).isTrue();
            assertThat(log.add("gone", true)).isFalse();
            assertThat(log.remove("gone", false)).isTrue();
            assertThat(log.remove("gone", false)).isFalse();
        }
        try (KeyLog log = open()) {
            assertThat(log.keys()).containsExactly("a|b\\c\nd é");
        }
    }

    @Test
    void oneProcessAtATime() throws Exception {
        try (KeyLog log = open()) {
            log.add("key", true);
            assertInUse(directory.resolve("log"));
        }
        assertFree(directory.resolve("log"));
    }

    @Test
    void tornLastLineIsLeftOutAndNotBuiltUpon() throws Exception {
        Random random = new Random(20261122);
        for (int cut = 1; cut < 20; cut++) {
            Path file = directory.resolve("log");
            Files.deleteIfExists(file);
            try (KeyLog log = open()) {
                log.add("first", true);
                log.add("second", true);
            }
            byte[] content = Files.readAllBytes(file);
            int lastLine = content.length - new String(content, StandardCharsets.UTF_8).indexOf('\n') - 1;
            byte[] torn = java.util.Arrays.copyOf(content, content.length - cut);
            Files.write(file, torn);
            if (random.nextBoolean()) {
                Files.write(file, new byte[random.nextInt(50)], StandardOpenOption.APPEND);
            }
            try (KeyLog log = open()) {
                assertThat(log.contains("first")).as("cut %d", cut).isEqualTo(cut <= lastLine);
                assertThat(log.contains("second")).isFalse();
                log.add("third", true);
            }
            try (KeyLog log = open()) {
                assertThat(log.contains("third")).isTrue();
                assertThat(log.contains("second")).isFalse();
            }
        }
    }

    @Test
    void isWrittenAnewOnceMostLinesAreOfThePast() throws Exception {
        Path file = directory.resolve("log");
        try (KeyLog log = open()) {
            log.add("kept", false);
            for (int i = 0; i < 500; i++) {
                log.add("passing", false);
                log.remove("passing", false);
            }
            assertThat(Files.readAllLines(file)).hasSize(1);
            log.add("after", false);
            assertThat(Files.readAllLines(file)).hasSize(2);
            assertThat(log.keys()).containsExactly("kept", "after");
        }
        try (KeyLog log = open()) {
            assertThat(log.keys()).containsExactly("kept", "after");
            for (int i = 0; i < 1500; i++) {
                log.add("key " + i, false);
            }
            assertThat(Files.readAllLines(file)).as("nothing is of the past").hasSize(1502);
        }
        assertThat(Files.exists(directory.resolve("log.new"))).isFalse();
    }

    @Test
    void damagedLineInTheMiddleCostsThatLineOnly() throws Exception {
        try (KeyLog log = open()) {
            log.add("first", true);
            log.add("second", true);
            log.add("third", true);
        }
        Path file = directory.resolve("log");
        String content = Files.readString(file, StandardCharsets.UTF_8);
        Files.writeString(file, content.replace("+second", "+sec0nd"));
        try (KeyLog log = open()) {
            assertThat(log.keys()).containsExactly("first", "third");
        }
    }

    /** The lines whose checksums are wrong, or that are too short to have one, are said once; a sound file says nothing. */
    @Test
    void damagedLinesAtTheEndAreCutOffAndCounted() throws Exception {
        try (KeyLog log = open()) {
            log.add("first", true);
        }
        Path file = directory.resolve("log");
        long sound = Files.size(file);
        Files.writeString(file, "00000000+wrong\nshort\n\ntorn", StandardOpenOption.APPEND);
        ListAppender<ILoggingEvent> said = new ListAppender<>();
        said.start();
        Logger logger = (Logger) LoggerFactory.getLogger(KeyLog.class);
        logger.addAppender(said);
        try {
            open().close();
            assertThat(said.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .containsExactly(file + ": 3 damaged lines were left out");
            assertThat(file).hasSize(sound);
            open().close();
            assertThat(said.list).hasSize(1);
        } finally {
            logger.detachAppender(said);
        }
    }

    @Test
    void shortestKeyIsNotTakenForADamagedLine() throws Exception {
        try (KeyLog log = open()) {
            log.add("", false);
            log.add("\\n\\", false);
        }
        try (KeyLog log = open()) {
            assertThat(log.keys()).containsExactly("", "\\n\\");
        }
    }

    /** The lines that an earlier process wrote count too, or a file that is opened often would grow for ever. */
    @Test
    void isWrittenAnewAtTheFirstLineBeyondAThousandWhoeverWroteTheOthers() throws Exception {
        Path file = directory.resolve("log");
        try (KeyLog log = open()) {
            log.add("kept", false);
            log.add("too", false);
            pass(log, 499);
            assertThat(Files.readAllLines(file)).hasSize(1000);
        }
        try (KeyLog log = open()) {
            log.add("last", false);
            assertThat(Files.readAllLines(file)).hasSize(1001);
            log.remove("last", false);
            assertThat(Files.readAllLines(file)).hasSize(2);
        }
    }

    private static void pass(KeyLog log, int times) throws IOException {
        for (int i = 0; i < times; i++) {
            log.add("passing", false);
            log.remove("passing", false);
        }
    }

    @Test
    void isNotWrittenAnewWhileAQuarterOfItIsOfThePresent() throws Exception {
        Path file = directory.resolve("log");
        try (KeyLog log = open()) {
            for (int i = 0; i < 300; i++) {
                log.add("key " + i, false);
            }
            pass(log, 450);
            assertThat(Files.readAllLines(file)).as("a quarter").hasSize(1200);
            log.remove("key 0", false);
            assertThat(Files.readAllLines(file)).as("less than a quarter").hasSize(299);
            pass(log, 1);
            assertThat(Files.readAllLines(file)).hasSize(301);
        }
    }

    @Test
    void fileThatCannotBeOpenedIsNotLeftLocked() throws Exception {
        Path file = Files.createDirectories(directory.resolve("missing/log"));
        assertThatThrownBy(() -> KeyLog.open(file, "this test")).isInstanceOf(IOException.class);
        Files.delete(file);
        assertFree(file);
        Files.delete(file);
        Files.delete(directory.resolve("missing/log.lock"));
        Files.delete(file.getParent());
        assertFree(file);
    }

    @Test
    void rewriteThatFailsLeavesTheLogInUse() throws Exception {
        Path file = directory.resolve("log");
        try (KeyLog log = open()) {
            log.add("first", true);
            Path elsewhere = Files.move(file, directory.resolve("elsewhere"));
            Files.createDirectories(file.resolve("in the way"));
            assertThatThrownBy(log::clear).isInstanceOf(IOException.class);
            log.add("second", true);
            assertThat(Files.readAllLines(elsewhere)).hasSize(2);
        }
    }

    @Test
    void staysSmallAndRightOverManyChanges() throws Exception {
        long seed = System.nanoTime();
        System.out.println("KeyLogTest seed " + seed);
        Random random = new Random(seed);
        Set<String> expected = new HashSet<>();
        KeyLog log = open();
        try {
            for (int i = 0; i < 20_000; i++) {
                String key = "key " + random.nextInt(200);
                if (random.nextBoolean()) {
                    assertThat(log.add(key, false)).isEqualTo(expected.add(key));
                } else {
                    assertThat(log.remove(key, false)).isEqualTo(expected.remove(key));
                }
                if (random.nextInt(2000) == 0) {
                    log.close();
                    log = open();
                }
            }
            assertThat(new HashSet<>(log.keys())).isEqualTo(expected);
        } finally {
            log.close();
        }
        assertThat(Files.size(directory.resolve("log"))).isLessThan(40_000);
        try (KeyLog again = open()) {
            assertThat(new HashSet<>(again.keys())).isEqualTo(expected);
            again.clear();
        }
        try (KeyLog again = open()) {
            assertThat(again.keys()).isEmpty();
        }
    }
}
