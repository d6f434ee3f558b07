package io.ferry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * No command of the README is one that nobody runs: those of the build are in {@code .ci/run}, {@link ReadmeCommandsIT} runs all
 * others, and what is run by hand is named here.
 */
class ReadmeCommandsTest {

    private static final String FIGURES = "<!-- benchmark begin -->\\s+(?s:.{1000,})<!-- benchmark end -->";

    /** What takes up to an hour, and .ci/run does in short; where its results stand in the README. */
    private static final Map<String, String> BY_HAND = Map.of(
            "mvn verify -Pbench -Dferry.bench.cases=goals",
            FIGURES,
            "mvn verify -Pbench -Dferry.bench.cases='large-*,small-*'",
            FIGURES,
            "mvn verify -Pbench -Dferry.bench.rounds=1 -Dferry.bench.large=32MB -Dferry.bench.small=300"
                    + " -Dferry.bench.listed=2000",
            FIGURES);

    /** What the tests do themselves, and where. */
    private static final Map<String, String> BY_TESTS =
            Map.of("apt-get download", "src/test/java/io/ferry/testkit/DebianPackages.java");

    private static List<String> ci() throws IOException {
        return Files.readAllLines(Path.of(".ci/run")).stream()
                .map(String::strip)
                .map(line -> line.replaceFirst("^setsid ", ""))
                .filter(line -> line.startsWith("mvn ") || line.startsWith(".ci/"))
                .toList();
    }

    /** A line runs a command where it has all its words; what it has beyond them makes it short, quiet, or fit for a script. */
    private static boolean runs(String line, String command) {
        List<String> words = Arrays.asList(line.split(" "));
        return words.containsAll(Arrays.asList(command.split(" ")));
    }

    @Test
    void everyCommandOfTheBuildIsRun() throws IOException {
        List<String> commands = ReadmeCommands.all().stream()
                .filter(ReadmeCommands::isOfTheBuild)
                .toList();
        assertThat(commands).hasSizeGreaterThan(10);
        for (String each : commands) {
            if (BY_HAND.containsKey(each)) {
                assertThat(ReadmeCommands.readme()).as(each).containsPattern(BY_HAND.get(each));
            } else if (BY_TESTS.containsKey(each)) {
                assertThat(Path.of(BY_TESTS.get(each))).content().contains(each.split(" "));
            } else {
                assertThat(ci())
                        .as("lines of .ci/run, of which one has to run: " + each)
                        .anyMatch(line -> runs(line, each));
            }
        }
        assertThat(commands).containsAll(BY_HAND.keySet()).containsAll(BY_TESTS.keySet());
    }

    /** The properties of Ferry's own that an application may set; what the demo tells its routes is no setting. */
    @Test
    void everyPropertyIsInTheReadme() throws IOException {
        List<String> told = List.of("ferry.demo.port", "ferry.demo.password");
        Pattern property = Pattern.compile("\"(ferry\\.(?!cli\\.)[a-z]+(?:\\.[a-z]+)*)\"");
        List<String> known;
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            known = files.filter(file -> file.toString().endsWith(".java"))
                    .flatMap(ReadmeCommandsTest::lines)
                    .flatMap(line -> property.matcher(line).results())
                    .map(found -> found.group(1))
                    .filter(name -> !told.contains(name))
                    .distinct()
                    .toList();
        }
        List<String> named = Pattern.compile("`(ferry\\.[a-z]+(?:\\.[a-z]+)*)(?:=\\w+)?`")
                .matcher(ReadmeCommands.readme())
                .results()
                .map(found -> found.group(1))
                .distinct()
                .toList();
        assertThat(known).isNotEmpty();
        assertThat(named).containsExactlyInAnyOrderElementsOf(known);
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
