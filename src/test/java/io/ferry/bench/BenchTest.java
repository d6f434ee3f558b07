package io.ferry.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;

/** What the benchmark computes with figures and files; nothing is measured. */
class BenchTest {

    private static final Scene DOWN = new Scene("large-down", "1 & 2 <down>", true, 2, 5, false, false, null);

    static Settings selecting(String... cases) {
        return new Settings(
                5,
                4,
                0,
                List.of(cases),
                List.of(),
                1 << 20,
                10,
                10,
                1 << 20,
                10,
                1 << 20,
                2,
                "",
                "reno",
                false,
                Path.of("."));
    }

    private static Results results(double... ferrySeconds) {
        Contender ferry = Contender.warm(Contenders.FERRY, scene -> true, job -> 0);
        Contender peer = Contender.process("lftp", scene -> true, job -> List.of());
        Results results = new Results(DOWN, List.of(ferry, peer));
        for (double each : ferrySeconds) {
            results.add(ferry, new Measured(each, each, 0));
        }
        results.add(peer, new Measured(2, 1, 2048));
        return results;
    }

    @Test
    void mediansOfOddEvenAndNoFigures() {
        assertThat(Figures.median(List.of(9.0, 1.0, 5.0))).isEqualTo(5, within(1e-9));
        assertThat(Figures.median(List.of(9.0, 1.0, 5.0, 7.0))).isEqualTo(6, within(1e-9));
        assertThat(Figures.median(List.of())).isNaN();
        assertThat(results(3, 1, 2).seconds(Contenders.FERRY)).isEqualTo(2, within(1e-9));
    }

    @Test
    void eachCaseHasAnIdOfItsOwnAndStarsSelectMany() {
        List<Scene> all = Scenes.all(selecting());
        List<Scene> far = Scenes.far(selecting());
        assertThat(all).hasSize(12);
        assertThat(far).hasSize(16);
        HashSet<String> ids = new HashSet<>();
        all.forEach(each -> ids.add(each.id()));
        far.forEach(each -> ids.add(each.id()));
        assertThat(ids).hasSize(28);
        assertThat(Scenes.near(selecting("small-*", "large-up"))).hasSize(5);
        assertThat(Scenes.far(selecting("line-40ms-100m-1pct-large"))).hasSize(1);
    }

    @Test
    void whoIsFarBehindHasFewerRounds() {
        Map<String, Double> first = Map.of(
                Contenders.FERRY, 30.0, "best", 25.0, "beside it", 31.0, "twice", 50.0, "behind", 51.0, "far", 61.0);
        assertThat(new Rounds(5, 10_000).of(first, Set.of()))
                .isEqualTo(Map.of(Contenders.FERRY, 5, "best", 5, "beside it", 5, "twice", 5, "behind", 2, "far", 1));
        assertThat(new Rounds(1, 10_000).of(first, Set.of()).values()).containsOnly(1);
    }

    @Test
    void whoIsSlowButNotForLongHasAllRounds() {
        Map<String, Double> first = Map.of(Contenders.FERRY, 1.0, "best", 2.0, "behind", 20.0, "too long", 20.1);
        assertThat(new Rounds(5, 10_000).of(first, Set.of()))
                .isEqualTo(Map.of(Contenders.FERRY, 5, "best", 5, "behind", 5, "too long", 2));
    }

    @Test
    void quickCaseHasMoreRounds() {
        assertThat(new Rounds(5, 100).after(Map.of("Ferry", 9.0, "one", 11.0)).all())
                .isEqualTo(11);
        assertThat(new Rounds(5, 100).after(Map.of("Ferry", 9.0, "one", 11.5)).all())
                .isEqualTo(5);
        assertThat(new Rounds(1, 100).after(Map.of("Ferry", 1.0)).all()).isEqualTo(1);
    }

    @Test
    void ferryHasAllRoundsHoweverSlow() {
        Map<String, Double> first = Map.of(Contenders.FERRY, 200.0, "best", 30.0, Contenders.FERRY_PROCESS, 200.0);
        assertThat(new Rounds(5, 10).of(first, Set.of()))
                .isEqualTo(Map.of(Contenders.FERRY, 5, "best", 5, Contenders.FERRY_PROCESS, 1));
    }

    @Test
    void inALongCaseOnlyWhoIsComparedHasAllRounds() {
        Map<String, Double> first =
                Map.of(Contenders.FERRY, 1.0, Contenders.FERRY_PROCESS, 2.0, "best", 1.0, "named", 9.0, "other", 9.0);
        assertThat(new Rounds(5, 110).of(first, Set.of("named")).values()).containsOnly(5);
        assertThat(new Rounds(5, 109).of(first, Set.of("named")))
                .isEqualTo(Map.of(Contenders.FERRY, 5, Contenders.FERRY_PROCESS, 5, "best", 5, "named", 5, "other", 2));
    }

    @Test
    void onlyCasesThatWaitForTheLineRunTogether() {
        assertThat(Scenes.near(selecting()).stream().filter(Scene::waits)).isEmpty();
        assertThat(Scenes.far(selecting("goals")).stream().filter(Scene::waits).map(Scene::id))
                .containsExactly(
                        "line-40ms-1000m-0pct-small", "line-40ms-1000m-0pct-small-tls", "line-40ms-1000m-1pct-large");
    }

    @Test
    void timeLeftIsWhatIsExpectedAtThePaceSoFar() {
        AtomicLong clock = new AtomicLong();
        List<List<Progress.Part>> stages = List.of(
                List.of(new Progress.Part("first", 100)),
                List.of(new Progress.Part("long", 200), new Progress.Part("short", 50)));
        Progress progress = new Progress(stages, clock::get);
        assertThat(progress.left()).isEqualTo(300, within(1e-9));
        clock.set(TimeUnit.SECONDS.toNanos(200));
        progress.ended("first");
        assertThat(progress.left()).isEqualTo(400, within(1e-9));
        clock.set(TimeUnit.SECONDS.toNanos(300));
        progress.at("long", "half", 0.5);
        assertThat(progress.left()).isEqualTo(150, within(1e-9));
        progress.ended("long");
        progress.ended("short");
        assertThat(progress.left()).isEqualTo(0, within(1e-9));
    }

    @Test
    void planHoldsWhatIsSelected() {
        List<String> ids = Plan.of(selecting("goals")).stream()
                .flatMap(each -> each.stream().map(Progress.Part::id))
                .toList();
        assertThat(ids).containsExactlyInAnyOrderElementsOf(Goals.CASES);
    }

    @Test
    void pictureIsWellFormedWhateverTheTitles() throws Exception {
        String svg = Picture.of(List.of(results(3, 1, 2)), "A & B <C>");
        var document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
        assertThat(document.getElementsByTagName("rect").getLength()).isEqualTo(3);
    }

    @Test
    void jobIsTheSameInAnotherProcess(@TempDir Path scratch) {
        Job.Trust trust = new Job.Trust(scratch.resolve("a.pem"), scratch.resolve("b.p12"), "x=y # z");
        Job job = new Job(true, "::1", 21, "me", "p:ä\\", "out", scratch, 3, 1L << 40, trust, scratch);
        assertThat(Job.read(job.write(scratch.resolve("job")))).isEqualTo(job);
    }

    @Test
    void wrongMissingAndSurplusFilesAreSeen(@TempDir Path parent) throws Exception {
        try (Grounds grounds = new Grounds(parent, false)) {
            Path source = Files.createDirectories(grounds.served().resolve("out-2x5"));
            Path target = Files.createDirectories(grounds.client().resolve("in"));
            for (String name : List.of(Job.name(0), Job.name(1))) {
                Files.writeString(source.resolve(name), "12345");
                Files.writeString(target.resolve(name), "12345");
            }
            grounds.verify(DOWN);
            Path first = target.resolve(Job.name(0));
            Files.writeString(first, "1234");
            assertThat(complaint(grounds)).contains("differs at byte 4");
            Files.delete(first);
            assertThat(complaint(grounds)).contains("missing");
            Files.writeString(first, "12345");
            Files.writeString(target.resolve("other"), "");
            assertThat(complaint(grounds)).contains("other");
        }
    }

    private static String complaint(Grounds grounds) throws Exception {
        try {
            grounds.verify(DOWN);
            return "";
        } catch (IllegalStateException e) {
            return e.getMessage();
        }
    }
}
