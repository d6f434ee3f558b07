package io.ferry.bench;

import java.util.ArrayList;
import java.util.List;

/** What a run does one after the other, and roughly how long each of it takes; {@link Progress} corrects it by what it sees. */
final class Plan {
    private static final double FURTHER_ROUNDS = 0.4;

    private final Settings settings;
    private final List<List<Progress.Part>> stages = new ArrayList<>();

    private Plan(Settings settings) {
        this.settings = settings;
    }

    static List<List<Progress.Part>> of(Settings settings) {
        Plan plan = new Plan(settings);
        plan.near();
        plan.extras();
        plan.far();
        plan.extra(Bench.BLOCKS, 120);
        return plan.stages;
    }

    private void near() {
        for (Scene each : Scenes.near(settings)) {
            double round = each.single() ? each.gib() * (each.tls() ? 60 : 30) : each.files() * 0.012;
            stages.add(List.of(new Progress.Part(each.id(), rounds(round))));
        }
    }

    private void extras() {
        extra(Commands.ID, 60);
        extra(Listing.ID, settings.listed() / 1_000.0 * (0.2 + 0.1 * settings.rounds()));
        extra(ManyPartners.ID, settings.partners() * (0.2 + 0.3 * settings.rounds()));
        extra(Memory.ID, settings.memory() / (double) (1L << 30) * 20);
        extra(Costs.ID, 300);
    }

    private void extra(String id, double seconds) {
        if (settings.wants(id)) {
            stages.add(List.of(new Progress.Part(id, seconds)));
        }
    }

    private void far() {
        List<Progress.Part> together = new ArrayList<>();
        for (Scene each : Scenes.far(settings)) {
            Progress.Part part = new Progress.Part(each.id(), rounds(far(each)));
            if (each.waits()) {
                together.add(part);
            } else {
                stages.add(List.of(part));
            }
        }
        for (int from = 0; from < together.size(); from += Far.LANES) {
            stages.add(together.subList(from, Math.min(together.size(), from + Far.LANES)));
        }
    }

    /** Eight clients; one session is one Reno window, which losses keep at a few packets. */
    private static double far(Scene scene) {
        if (!scene.single()) {
            return scene.files() * (scene.tls() ? 0.9 : 0.65);
        }
        double bytesPerSecond = scene.waits() ? 400_000 : scene.line().megabits() * 100_000.0;
        return 10 + 8 * scene.size() / bytesPerSecond;
    }

    /** With the run before them that does not count, and fewer rounds for who is slow. */
    private double rounds(double one) {
        return one * (1.3 + FURTHER_ROUNDS * (settings.rounds() - 1));
    }
}
