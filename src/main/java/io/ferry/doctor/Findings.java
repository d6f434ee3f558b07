package io.ferry.doctor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Collects what the checks find, and the options that follow from it.
 *
 * <p>Law: belongs to one examination and is used by its thread; each check is told to the listener at once.
 */
final class Findings {

    private final Consumer<Check> listener;
    private final List<Check> checks = new ArrayList<>();
    private final Map<String, String> options = new LinkedHashMap<>();
    private @Nullable Exception cause;

    Findings(Consumer<Check> listener) {
        this.listener = listener;
    }

    void add(Check check) {
        checks.add(check);
        listener.accept(check);
    }

    /** A check that fails because of this, the first one of which tells why the examination failed. */
    void fail(String name, Exception failure, String advice) {
        if (cause == null) {
            cause = failure;
        }
        add(Check.fail(name, String.valueOf(failure.getMessage()), advice));
    }

    /** The route needs this option. */
    void option(String name, String value) {
        options.put(name, value);
    }

    List<Check> checks() {
        return List.copyOf(checks);
    }

    Map<String, String> options() {
        return options;
    }

    @Nullable
    Exception cause() {
        return cause;
    }
}
