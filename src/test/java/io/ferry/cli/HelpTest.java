package io.ferry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.console.Screen;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;

/** What the command line says of itself. */
class HelpTest extends CliFixture {

    private static CommandLine line() {
        return Commands.line(() -> 0, () -> "version", Screen.none());
    }

    static Set<String> commands() {
        return line().getSubcommands().keySet();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyOptionAndParameterIsDescribed(String name) {
        CommandLine command = line().getSubcommands().get(name);
        String help = run(name, "--help").ended(ExitCode.OK).out();

        assertThat(command.getCommandSpec().usageMessage().header()).isNotEmpty();
        for (ArgSpec each : command.getCommandSpec().args()) {
            assertThat(each.description()).as("%s %s", name, each).isNotEmpty();
            assertThat(String.join("", each.description()))
                    .as("%s %s", name, each)
                    .isNotBlank();
        }
        command.getCommandSpec().options().forEach(each -> assertThat(help).contains(each.longestName()));
        assertThat(help).contains("Usage: ferry " + name);
        assertThat(run("help", name).ended(ExitCode.OK).out()).isEqualTo(help);
    }

    @Test
    void everyCommandAndExitCodeIsInTheHelp() {
        String help = run("--help").ended(ExitCode.OK).out();
        assertThat(help).contains(commands());
        for (ExitCode each : ExitCode.values()) {
            assertThat(help).containsPattern("\\n  " + each.code() + " +\\w");
        }
        assertThat(help).containsPattern("\\n  130 +Ctrl-C");
    }

    private static String readme() throws Exception {
        String readme = Files.readString(Path.of("README.md"));
        String section = readme.substring(readme.indexOf("## Command line"));
        return section.substring(0, section.indexOf("\n## ", 1));
    }

    @Test
    void theReadmeHasEveryCommandAndExitCode() throws Exception {
        String section = readme();
        List<String> codes =
                section.lines().filter(each -> each.matches("\\| \\d+ \\|.*")).toList();
        assertThat(codes)
                .containsExactlyElementsOf(ExitCode.meanings().entrySet().stream()
                        .map(each -> "| " + each.getKey() + " | " + each.getValue() + " |")
                        .toList());
        List<String> named = section.lines()
                .dropWhile(each -> !each.startsWith("| command |"))
                .takeWhile(each -> each.startsWith("|"))
                .skip(2)
                .map(each -> each.split("\\|")[1])
                .flatMap(each -> Pattern.compile("`([a-z]+)").matcher(each).results())
                .map(each -> each.group(1))
                .toList();
        assertThat(named).containsExactlyInAnyOrderElementsOf(commands());
    }

    @Test
    void theReadmesExamplesAreUnderstood() throws Exception {
        List<String> examples = readme().lines()
                .map(each -> each.replaceFirst("^\\$ ", ""))
                .filter(each -> each.startsWith("ferry "))
                .toList();
        assertThat(examples).hasSizeGreaterThan(5);
        for (String each : examples) {
            String[] words = each.replace("*.csv", "a.csv b.csv").split(" ");
            line().parseArgs(Arrays.copyOfRange(words, 1, words.length));
        }
    }

    @Test
    void theCompletionScriptCompletesCommandsAndOptions() throws Exception {
        String script = run("completion").ended(ExitCode.OK).out();
        Path file = Files.writeString(folder.resolve("ferry_completion"), script);

        assertThat(completed(file, "ferry do")).contains("doctor");
        assertThat(completed(file, "ferry get --bl")).contains("--block-size");
    }

    private String completed(Path script, String line) throws Exception {
        String words = "COMP_LINE='" + line + "'; COMP_POINT=${#COMP_LINE}; COMP_WORDS=(" + line + ");" + " COMP_CWORD="
                + (line.split(" ").length - 1) + "; _complete_ferry; echo \"${COMPREPLY[@]}\"";
        Process bash = new ProcessBuilder("bash", "-c", "source " + script + "; " + words)
                .redirectErrorStream(true)
                .start();
        String said = new String(bash.getInputStream().readAllBytes()).toLowerCase(Locale.ROOT);
        assertThat(bash.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return said;
    }
}
