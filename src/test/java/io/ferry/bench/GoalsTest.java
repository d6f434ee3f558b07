package io.ferry.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the goals make of figures; nothing is measured. */
class GoalsTest {
    private static final String STOCK_PROCESS = Contenders.STOCK + Contenders.PROCESS;

    /** The figures of a run, made up. */
    private static final class Made implements Goal.Figured {
        final Map<String, Results> results = new HashMap<>();
        final Map<String, Double> figures = new HashMap<>();
        final Map<String, String> failures = new HashMap<>();

        @Override
        public Results results(String id) {
            return results.get(id);
        }

        @Override
        public double figure(String id, String key) {
            return figures.getOrDefault(id + " " + key, Double.NaN);
        }

        @Override
        public String failure(String id) {
            return failures.getOrDefault(id, "");
        }

        /** Seconds by contender; warm are Ferry, stock and the limit. */
        Made with(String id, Map<String, Double> seconds, String... failing) {
            Map<String, Contender> contenders = new LinkedHashMap<>();
            for (String name : seconds.keySet()) {
                contenders.put(name, contender(name));
            }
            for (String name : failing) {
                contenders.put(name, contender(name));
            }
            Scene scene = new Scene(id, id, true, 2, 5, false, false, null);
            Results made = new Results(scene, new ArrayList<>(contenders.values()));
            seconds.forEach((name, each) -> made.add(contenders.get(name), new Measured(each, each, 0)));
            for (String name : failing) {
                made.fail(contenders.get(name), "broken");
            }
            results.put(id, made);
            return this;
        }

        private static Contender contender(String name) {
            boolean warm = List.of(Contenders.FERRY, Contenders.STOCK, Contenders.LIMIT, Contenders.FERRY_FOUR)
                    .contains(name);
            return warm
                    ? Contender.warm(name, scene -> true, job -> 0)
                    : Contender.process(name, scene -> true, job -> List.of());
        }
    }

    private static Goal.Outcome outcome(Goal goal, Made run) {
        return goal.outcome(run);
    }

    @Test
    void setSelectsWhatHasAGoal() {
        assertThat(Goals.CASES)
                .containsExactlyInAnyOrder(
                        "large-down",
                        "large-up",
                        "large-down-tls",
                        "large-up-tls",
                        "small-down",
                        "small-up",
                        "line-40ms-1000m-0pct-small",
                        "line-40ms-1000m-0pct-small-tls",
                        "line-40ms-1000m-0pct-large",
                        "line-40ms-1000m-1pct-large",
                        "line-40ms-100m-0pct-large",
                        "commands",
                        "listing",
                        "memory",
                        "partners");
        Settings goals = BenchTest.selecting("goals");
        assertThat(Scenes.near(goals)).hasSize(6);
        assertThat(Scenes.far(goals)).hasSize(5);
        assertThat(goals.wants("costs")).isFalse();
        assertThat(goals.goalSizes()).isFalse();
        assertThat(Settings.fromProperties().goalSizes()).isTrue();
    }

    @Test
    void bestPeerIsNeitherFerryNorTheLimit() {
        Goal goal = Goal.time("x", 0.9, "");
        Made run = new Made()
                .with(
                        "x",
                        Map.of(
                                Contenders.FERRY,
                                1.8,
                                Contenders.FERRY_FOUR,
                                0.1,
                                Contenders.LIMIT,
                                0.2,
                                Contenders.STOCK,
                                2.0,
                                "lftp",
                                2.5,
                                Contenders.FERRY_PROCESS,
                                5.0));
        assertThat(outcome(goal, run))
                .isEqualTo(new Goal.Outcome(
                        "0.90 × the time of stock camel-ftp, warm JVM",
                        "2 × the time of lftp, process",
                        Goal.Verdict.MET));
    }

    @Test
    void verdictGoesByTheFigureAndNotByItsDecimals() {
        Goal goal = Goal.time("x", 0.9, "", "lftp");
        Made run = new Made().with("x", Map.of(Contenders.FERRY, 1.802, "lftp", 2.0, "curl", 9.0));
        assertThat(outcome(goal, run))
                .isEqualTo(new Goal.Outcome("0.901 × the time of lftp, process", "", Goal.Verdict.MISSED));
    }

    @Test
    void rateIsTheOtherWayRoundAndNamesTheProcessOfTheSameClient() {
        Goal goal = Goal.rate("x", 2, "", Contenders.STOCK);
        Made run = new Made()
                .with(
                        "x",
                        Map.of(
                                Contenders.FERRY,
                                1.0,
                                Contenders.STOCK,
                                2.5,
                                Contenders.FERRY_PROCESS,
                                2.0,
                                STOCK_PROCESS,
                                3.0,
                                "curl",
                                0.1));
        assertThat(outcome(goal, run))
                .isEqualTo(new Goal.Outcome(
                        "2.50 × the rate of stock camel-ftp, warm JVM",
                        "1.50 × the rate of stock camel-ftp, process",
                        Goal.Verdict.MET));
    }

    @Test
    void whatIsMissingIsNotMeasuredAndWhatFailsIsNotMet() {
        Goal goal = Goal.rate("x", 2, "", "lftp");
        assertThat(outcome(goal, new Made()).verdict()).isEqualTo(Goal.Verdict.OPEN);
        assertThat(outcome(goal, new Made().with("x", Map.of(Contenders.FERRY, 1.0)))
                        .verdict())
                .isEqualTo(Goal.Verdict.OPEN);
        assertThat(outcome(goal, new Made().with("x", Map.of("lftp", 1.0), Contenders.FERRY)))
                .isEqualTo(new Goal.Outcome("failed", "", Goal.Verdict.MISSED));
    }

    @Test
    void figureIsWithinItsLimitOrNot() {
        Goal goal = Goal.figure("x", "peak", 160, "MiB", true, "");
        Made run = new Made();
        assertThat(outcome(goal, run).verdict()).isEqualTo(Goal.Verdict.OPEN);
        run.figures.put("x peak", 160.001);
        assertThat(outcome(goal, run)).isEqualTo(new Goal.Outcome("", "160.001 MiB", Goal.Verdict.MISSED));
        run.figures.put("x peak", 160.0);
        assertThat(outcome(goal, run)).isEqualTo(new Goal.Outcome("", "160 MiB", Goal.Verdict.MET));
        run.failures.put("x", "broken");
        assertThat(outcome(goal, run)).isEqualTo(new Goal.Outcome("", "failed", Goal.Verdict.MISSED));
    }

    @Test
    void caseWithoutAGoalHasNoVerdict() {
        Made run = new Made().with("x", Map.of(Contenders.FERRY, 2.0, "lftp", 1.0));
        assertThat(outcome(Goal.shown("x"), run))
                .isEqualTo(new Goal.Outcome("0.50 × the rate of lftp, process", "", Goal.Verdict.NONE));
    }

    @Test
    void tableCountsAndNamesWhatIsNotMet() {
        Made run = new Made()
                .with("small-up", Map.of(Contenders.FERRY, 1.0, "lftp mirror -P 4", 1.3, Contenders.STOCK, 3.0));
        Extra table = Goals.table(Goals.of(BenchTest.selecting("small-up")), run);
        assertThat(table.title()).isEqualTo("Goals: 1 met, 1 not met");
        assertThat(table.rows()).extracting(row -> row.get(4)).containsExactly("met", "**NOT met**");
        assertThat(Goals.table(Goals.of(BenchTest.selecting()), new Made()).rows())
                .hasSize(25)
                .allMatch(row -> row.get(4).equals("not measured"));
    }
}
