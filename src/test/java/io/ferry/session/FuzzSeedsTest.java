package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Everything that the fuzzer began with, and whatever it has found, in each build. */
class FuzzSeedsTest {

    static final Path SEEDS = Path.of("src", "test", "resources", "fuzz");

    static List<Path> seeds(String target) throws IOException {
        try (Stream<Path> files = Files.list(SEEDS.resolve(target))) {
            return files.sorted().toList();
        }
    }

    private static void all(String target, Consumer<byte[]> fuzz) throws IOException {
        List<Path> seeds = seeds(target);
        assertThat(seeds).hasSizeGreaterThan(10);
        for (Path seed : seeds) {
            byte[] input = Files.readAllBytes(seed);
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> fuzz.accept(input), () -> seed + " takes too long");
        }
    }

    @Test
    void repliesGiveAValueOrAnError() throws Exception {
        all("replies", ReplyFuzz::fuzzerTestOneInput);
    }

    @Test
    void listingsGiveEntriesOrAnError() throws Exception {
        all("listings", ListingFuzz::fuzzerTestOneInput);
    }
}
