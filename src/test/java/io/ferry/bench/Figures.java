package io.ferry.bench;

import java.util.List;

/** Numbers out of numbers. */
final class Figures {
    private Figures() {}

    /** NaN of nothing. */
    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int half = sorted.size() / 2;
        if (sorted.isEmpty()) {
            return Double.NaN;
        }
        return sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }

    static double least(List<Double> values) {
        return values.stream().mapToDouble(each -> each).min().orElse(Double.NaN);
    }

    static double most(List<Double> values) {
        return values.stream().mapToDouble(each -> each).max().orElse(Double.NaN);
    }
}
