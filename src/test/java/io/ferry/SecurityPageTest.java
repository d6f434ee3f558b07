package io.ferry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The README's table of threats names tests that there are. */
class SecurityPageTest {

    private static final Pattern NAMED = Pattern.compile("`(\\w+Test)\\.(\\w+)`");
    private static final Pattern TEST =
            Pattern.compile("@(Test|ParameterizedTest|Property)\\b[^{}]*?\\bvoid (\\w+)\\(");

    private static Path source(String name) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
            List<Path> found =
                    files.filter(file -> file.endsWith(name + ".java")).toList();
            assertThat(found).as("test class " + name).hasSize(1);
            return found.get(0);
        }
    }

    @Test
    void everyThreatNamesATestThatExists() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        String section = readme.substring(readme.indexOf("## Security"), readme.indexOf("### What it is built from"));
        List<String> rows = section.lines()
                .dropWhile(line -> !line.startsWith("| threat |"))
                .takeWhile(line -> line.startsWith("|"))
                .skip(2)
                .toList();
        assertThat(rows).hasSizeGreaterThan(10);
        for (String row : rows) {
            Matcher named = NAMED.matcher(row);
            int tests = 0;
            for (; named.find(); tests++) {
                assertThat(methods(Files.readString(source(named.group(1)))))
                        .as(named.group(1))
                        .contains(named.group(2));
            }
            assertThat(tests).as(row).isPositive();
        }
    }

    /** The methods that are tests; braces in the values of a parameterized one are passed over. */
    private static List<String> methods(String source) {
        List<String> names = new ArrayList<>();
        String plain = source.replaceAll("\"(\\\\.|[^\"\\\\])*\"", "x").replaceAll("\\{[x,\\s+]*\\}", "x");
        Matcher test = TEST.matcher(plain);
        while (test.find()) {
            names.add(test.group(2));
        }
        return names;
    }
}
