package io.ferry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class FerryTest {

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int dispatch(String... words) {
        return Ferry.dispatch(List.of(words), new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @Test
    void anUnknownWordNamesTheWordsThereAre() {
        assertThat(dispatch("fetch")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("\"fetch\"", "run", "version", "help");
    }

    @Test
    void versionAndHelpSucceed() {
        assertThat(dispatch("version")).isZero();
        assertThat(dispatch("help")).isZero();
        assertThat(err.size()).isZero();
    }
}
