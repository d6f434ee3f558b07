package io.ferry.camel;

import io.ferry.transfer.Rates;
import io.ferry.transfer.TransferOptions;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.util.TimeUtils;

/** Reads what users write as the value of an option; a refusal names the option and what it takes. */
final class OptionValues {

    private static final Pattern SIZE = Pattern.compile("(\\d{1,15})\\s*(B|K|KB|KIB|M|MB|MIB)?");

    private OptionValues() {}

    /** A time such as 500 (milliseconds), 30s, 12h or 7d. */
    static Duration duration(String option, String text) {
        try {
            return Duration.ofMillis(TimeUtils.toMilliSeconds(text.strip()));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "The option " + option + " takes a time such as 30s, 12h or 7d, not \"" + text + "\"", e);
        }
    }

    /** Bytes per second, as {@link Rates} has them. */
    static Rates rates(String option, String text) {
        try {
            return Rates.of(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("The option " + option + " " + e.getMessage(), e);
        }
    }

    /** A number of bytes such as 4096, 256KB or 1MB. */
    static int bytes(String option, String text) {
        Matcher matcher = SIZE.matcher(text.strip().toUpperCase(Locale.ROOT));
        if (matcher.matches()) {
            String unit = matcher.group(2) == null ? "" : matcher.group(2);
            long bytes =
                    Long.parseLong(matcher.group(1)) << (unit.startsWith("M") ? 20 : unit.startsWith("K") ? 10 : 0);
            if (bytes <= TransferOptions.MAX_BLOCK) {
                return (int) bytes;
            }
        }
        throw new IllegalArgumentException(
                "The option " + option + " takes bytes such as 4096, 256KB or 1MB, at most 64MB, not \"" + text + "\"");
    }

    static <E extends Enum<E>> E choice(String option, String text, Class<E> choices) {
        for (E each : choices.getEnumConstants()) {
            if (each.name().equalsIgnoreCase(text)) {
                return each;
            }
        }
        List<String> names = Stream.of(choices.getEnumConstants())
                .map(each -> each.name().toLowerCase(Locale.ROOT))
                .toList();
        throw new IllegalArgumentException("The option " + option + " takes one of " + String.join(", ", names)
                + ", not \"" + text + "\"" + Nearest.hint(text, names));
    }
}
