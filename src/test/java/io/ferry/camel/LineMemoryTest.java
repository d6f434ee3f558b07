package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

/** What is kept of a directory's lines from poll to poll. */
class LineMemoryTest {

    /** A line is known where it was known, or asked for, in the poll before: never another one. */
    @Property(tries = 200)
    void asASetWould(
            @ForAll @Size(max = 30) List<@Size(max = 200) List<@StringLength(max = 3) String>> polls,
            @ForAll boolean deep) {
        LineMemory memory = new LineMemory();
        Set<String> model = new HashSet<>();
        for (List<String> listed : polls) {
            if (memory.beginPoll(1)) {
                model.clear();
            }
            String directory = deep ? "a/b" : "";
            Predicate<String> known = memory.of(directory);
            Set<String> seen = new HashSet<>();
            for (String line : listed) {
                assertThat(known.test(line)).isEqualTo(model.contains(line) || seen.contains(line));
                memory.add(directory, line);
                seen.add(line);
            }
            model = seen;
        }
    }

    @Test
    void manyLines() {
        LineMemory memory = new LineMemory();
        memory.beginPoll(0);
        for (int i = 0; i < 100_000; i++) {
            memory.add("d", "-rw-r--r--    1 0        0               0 Nov 27 20:00 file-" + i);
        }
        for (int poll = 0; poll < 3; poll++) {
            assertThat(memory.beginPoll(0)).isFalse();
            Predicate<String> known = memory.of("d");
            for (int i = 0; i < 100_000; i++) {
                assertThat(known.test("-rw-r--r--    1 0        0               0 Nov 27 20:00 file-" + i))
                        .isTrue();
                assertThat(known.test("-rw-r--r--    1 0        0               1 Nov 27 20:00 file-" + i))
                        .isFalse();
            }
        }
    }

    @Test
    void whatTheRecordsHaveLostIsLookedAt() {
        LineMemory memory = new LineMemory();
        assertThat(memory.beginPoll(0)).isTrue();
        memory.add("d", "line");
        assertThat(memory.beginPoll(0)).isFalse();
        assertThat(memory.of("d").test("line")).isTrue();
        assertThat(memory.of("e").test("line")).isFalse();
        assertThat(memory.beginPoll(1)).isTrue();
        assertThat(memory.of("d").test("line")).isFalse();
    }

    @Test
    void eachLineIsLookedAtNowAndThen() {
        LineMemory memory = new LineMemory();
        int all = 0;
        for (int i = 0; i < 3 * LineMemory.EVERY; i++) {
            all += memory.beginPoll(0) ? 1 : 0;
        }
        assertThat(all).isEqualTo(3);
    }
}
