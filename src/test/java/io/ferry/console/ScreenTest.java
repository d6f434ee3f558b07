package io.ferry.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ScreenTest {

    private final ByteArrayOutputStream terminal = new ByteArrayOutputStream();
    private final Screen screen = Screen.on(new PrintStream(terminal, true, StandardCharsets.UTF_8));

    private String printed() {
        String text = terminal.toString(StandardCharsets.UTF_8);
        terminal.reset();
        return text;
    }

    @Test
    void aLineIsPrintedAboveTheBarsNeverAcrossOne() {
        screen.show("a", "bar a");
        screen.show("b", "bar b");
        printed();

        screen.print("a line\n");

        assertThat(printed()).isEqualTo("\u001b[2A\r\u001b[Ja line\nbar a\nbar b\n");
    }

    @Test
    void aBarThatIsDoneGoesAndTheOthersStay() {
        screen.show("a", "bar a");
        screen.show("b", "bar b");
        printed();

        screen.remove("a");
        assertThat(printed()).isEqualTo("\u001b[2A\r\u001b[Jbar b\n");

        screen.remove("b");
        assertThat(printed()).isEqualTo("\u001b[1A\r\u001b[J");
    }

    @Test
    void moreBarsThanFitAreNotDrawn() {
        for (int i = 0; i < 20; i++) {
            screen.show(i, "bar " + i);
        }
        printed();

        screen.show(19, "changed");

        assertThat(printed()).startsWith("\u001b[8A").doesNotContain("changed");
    }
}
