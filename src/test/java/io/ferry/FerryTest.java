package io.ferry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class FerryTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int dispatch(String... words) {
        return Ferry.dispatch(List.of(words), new PrintWriter(out, true), new PrintWriter(err, true));
    }

    @Test
    void anUnknownWordNamesTheWordsThereAre() {
        assertThat(dispatch("fetch")).isEqualTo(2);
        assertThat(err.toString()).contains("\"fetch\"", "run", "get", "version", "help");
    }

    @Test
    void versionAndHelpSucceed() {
        assertThat(dispatch("version")).isZero();
        assertThat(dispatch("help")).isZero();
        assertThat(out.toString()).contains("on Apache Camel", "Usage: ferry");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void runTakesNoFurtherWords() {
        assertThat(dispatch("run", "fast")).isEqualTo(2);
        assertThat(err.toString()).contains("fast");
    }
}
