package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Looks for input that breaks a parser, guided by coverage (Jazzer), in the profile {@code fuzz}. What it finds lies in
 * target/fuzz and belongs beside the seeds, where each build reads it; the corpus grows from run to run.
 */
@EnabledIfSystemProperty(named = "ferry.fuzz.seconds", matches = "[1-9]\\d*")
class FuzzCampaignTest {

    private static final Path HOME = Path.of("target", "fuzz");
    private static final int TARGETS = 2;
    private static final int LONGEST_INPUT = 20_000;
    private static final int LONGEST_RUN_SECONDS = 20;
    private static final Pattern COUNT = Pattern.compile("#(\\d+)\\s+DONE\\s+cov: (\\d+)");

    @ParameterizedTest
    @CsvSource({"replies, ReplyFuzz", "listings, ListingFuzz"})
    void nothingIsFound(String seeds, String target) throws Exception {
        int seconds = Math.max(1, Integer.getInteger("ferry.fuzz.seconds") / TARGETS);
        Path corpus = Files.createDirectories(HOME.resolve("corpus").resolve(seeds));
        Path findings = Files.createDirectories(HOME.resolve("findings"));
        ChildJvm.Options fuzzer = ChildJvm.of("com.code_intelligence.jazzer.Jazzer")
                .heap("512m")
                .property("jdk.attach.allowAttachSelf", true)
                .jvmArgument("-XX:+EnableDynamicAgentLoading")
                .arguments(
                        "--target_class=io.ferry.session." + target,
                        "--instrumentation_includes=io.ferry.**:org.apache.commons.net.**",
                        "--custom_hook_includes=io.ferry.**",
                        "--reproducer_path=" + findings,
                        "-max_total_time=" + seconds,
                        "-max_len=" + LONGEST_INPUT,
                        "-timeout=" + LONGEST_RUN_SECONDS,
                        "-rss_limit_mb=2048",
                        "-artifact_prefix=" + findings + "/" + seeds + "-",
                        "-print_final_stats=1",
                        corpus,
                        FuzzSeedsTest.SEEDS.resolve(seeds));
        try (ChildJvm run = fuzzer.start()) {
            int exit = run.awaitExit(Duration.ofSeconds(seconds).multipliedBy(2).plusMinutes(5));
            Files.writeString(HOME.resolve(seeds + ".log"), run.output());
            assertThat(exit)
                    .as("findings are in " + findings + ":\n" + tail(run.output()))
                    .isZero();
            Matcher count = COUNT.matcher(run.output());
            assertThat(count.find()).as(tail(run.output())).isTrue();
            report(seeds + ": " + count.group(1) + " inputs in " + seconds + " s, " + count.group(2)
                    + " edges covered\n");
        }
    }

    private static void report(String line) throws IOException {
        System.out.print(line);
        Files.writeString(HOME.resolve("report-" + line.substring(0, line.indexOf(':')) + ".txt"), line);
    }

    private static String tail(String output) {
        List<String> lines = output.lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
    }
}
