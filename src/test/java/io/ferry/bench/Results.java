package io.ferry.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** All runs of one case, by contender, in the order in which they take their turns. */
final class Results {
    final Scene scene;
    private final Map<String, List<Measured>> runs = new LinkedHashMap<>();
    private final Map<String, String> failures = new LinkedHashMap<>();
    private final Map<String, Boolean> warm = new LinkedHashMap<>();

    Results(Scene scene, List<Contender> contenders) {
        this.scene = scene;
        for (Contender each : contenders) {
            runs.put(each.name(), new ArrayList<>());
            warm.put(each.name(), each.isWarm());
        }
    }

    void add(Contender contender, Measured measured) {
        runs.get(contender.name()).add(measured);
    }

    void fail(Contender contender, String why) {
        failures.put(contender.name(), why);
    }

    boolean failed(String name) {
        return failures.containsKey(name);
    }

    Map<String, String> failures() {
        return failures;
    }

    /** The contenders that have at least one figure. */
    List<String> names() {
        return runs.entrySet().stream()
                .filter(each -> !each.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
    }

    boolean isWarm(String name) {
        return warm.get(name);
    }

    List<Measured> of(String name) {
        return runs.getOrDefault(name, List.of());
    }

    double seconds(String name) {
        return median(name, Measured::seconds);
    }

    double median(String name, ToDoubleFunction<Measured> value) {
        return Figures.median(of(name).stream().map(value::applyAsDouble).toList());
    }

    double least(String name) {
        return of(name).stream().mapToDouble(Measured::seconds).min().orElse(Double.NaN);
    }

    double most(String name) {
        return of(name).stream().mapToDouble(Measured::seconds).max().orElse(Double.NaN);
    }

    long peakKib(String name) {
        return of(name).stream().mapToLong(Measured::peakKib).max().orElse(0);
    }

    /** Neither Ferry nor the limit. */
    static boolean isPeer(String name) {
        return !name.startsWith(Contenders.FERRY) && !Contenders.isLimit(name);
    }

    /** The fastest of those that have a figure; empty where none has. */
    String fastest(Predicate<String> of) {
        return names().stream()
                .filter(of)
                .min(Comparator.comparingDouble(this::seconds))
                .orElse("");
    }

    /** Seconds of the first round, by contender. */
    Map<String, Double> first() {
        return names().stream()
                .collect(Collectors.toMap(name -> name, name -> of(name).get(0).seconds()));
    }
}
