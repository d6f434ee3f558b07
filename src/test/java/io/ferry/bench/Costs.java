package io.ferry.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What Ferry's own promises cost: the same transfers with one of them left out, in turns. */
final class Costs {
    static final String ID = "costs";

    private final Settings settings;
    private final Progress progress;

    Costs(Settings settings, Progress progress) {
        this.settings = settings;
        this.progress = progress;
    }

    /**
     * Each set of options against the first one.
     */
    Extra compare(String id, String what, Grounds grounds, Server server, List<Scene> scenes, List<String> options)
            throws InterruptedException {
        List<Contender> contenders = options.stream()
                .map(each -> Contender.warm(
                        each, scene -> true, CamelClient.ferry(Contenders.join(settings.ferryOptions(), each))))
                .toList();
        List<List<String>> rows = new ArrayList<>();
        for (Scene scene : scenes) {
            Results results = new Duel(grounds, server, scene, progress, settings.warmUp())
                    .fight(contenders, Rounds.always(settings.rounds()));
            for (String each : options) {
                rows.add(List.of(
                        scene.title(),
                        each,
                        String.format(Locale.ROOT, "%.3f", results.seconds(each)),
                        String.format(Locale.ROOT, "%.3f to %.3f", results.least(each), results.most(each)),
                        String.format(Locale.ROOT, "%.2f", results.seconds(each) / results.seconds(options.get(0)))));
            }
        }
        return new Extra(id, what, List.of("case", "options", "median s", "least to most", "÷ first"), rows);
    }
}
