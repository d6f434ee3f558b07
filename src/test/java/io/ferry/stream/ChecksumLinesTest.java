package io.ferry.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The text is the one of GNU coreutils, whose own programs are the judges. */
class ChecksumLinesTest {

    private static final String DIGEST = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    @TempDir
    Path directory;

    private int run(String... command) throws Exception {
        return new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"plain.csv", " two  spaces ", "back\\slash", "line\nfeed", "carriage\rreturn", "*star", "é"})
    void whatIsWrittenPassesTheCheckOfCoreutilsAndIsReadBack(String name) throws Exception {
        Path file = Files.writeString(directory.resolve(name), "content of " + name);
        for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
            String digest = FileDigest.of(file, algorithm.digest());
            String line = ChecksumLines.line(digest, name);
            Files.writeString(directory.resolve("sums"), line);
            String program = algorithm == ChecksumAlgorithm.MD5 ? "md5sum" : "sha256sum";
            assertThat(run(program, "--check", "--strict", "sums")).isZero();
            assertThat(ChecksumLines.parse(line)).containsExactly(new ChecksumLines.Line(digest, name));
            assertThat(ChecksumLines.parse(line).get(0).algorithm()).isEqualTo(algorithm);
        }
    }

    @Test
    void othersWriteUpperCaseBinaryMarksCarriageReturnsAndDigestsAlone() {
        String text = DIGEST.toUpperCase(java.util.Locale.ROOT) + " *a.bin\r\n\r\n" + DIGEST + "\n";
        assertThat(ChecksumLines.parse(text))
                .isEqualTo(List.of(new ChecksumLines.Line(DIGEST, "a.bin"), new ChecksumLines.Line(DIGEST, "")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "hello", "0123  short", DIGEST + "-a", DIGEST + "0  a", DIGEST + "  a\n<html>"})
    void anythingElseIsNoChecksum(String text) {
        assertThatThrownBy(() -> ChecksumLines.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
