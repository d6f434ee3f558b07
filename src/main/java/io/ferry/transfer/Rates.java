package io.ferry.transfer;

import java.time.DateTimeException;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Bytes per second, by the time of day: {@code 2MB}, or {@code 08:00-18:00=2MB,22:00-06:00=20MB}. Of several that hold at a time the
 * first one counts; where none does there is no limit. A rate without times holds at all times.
 *
 * @param windows in the order in which they are looked at
 */
public record Rates(List<Window> windows) {

    /** More bytes per second than any line carries. */
    static final long UNLIMITED = Long.MAX_VALUE;

    private static final Pattern WINDOW =
            Pattern.compile("(?:(\\d{2}:\\d{2})-(\\d{2}:\\d{2})=)?(\\d{1,12})(|KB|MB|GB)");

    /**
     * A rate, and when it holds.
     *
     * @param from the first moment
     * @param to the first moment after; where it is not later than {@code from} it is on the next day
     * @param rate bytes per second, at least 1 KiB
     */
    public record Window(LocalTime from, LocalTime to, long rate) {
        boolean holds(LocalTime time) {
            return from.isBefore(to)
                    ? !time.isBefore(from) && time.isBefore(to)
                    : !time.isBefore(from) || time.isBefore(to);
        }
    }

    /** Keeps a copy. */
    public Rates {
        windows = List.copyOf(windows);
    }

    /**
     * Reads rates.
     *
     * @throws IllegalArgumentException for a text that is none
     */
    public static Rates of(String text) {
        List<Window> windows = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            windows.add(window(part.strip().toUpperCase(Locale.ROOT), text));
        }
        return new Rates(windows);
    }

    private static Window window(String part, String text) {
        Matcher matcher = WINDOW.matcher(part);
        if (matcher.matches()) {
            int shift = switch (matcher.group(4)) {
                case "KB" -> 10;
                case "MB" -> 20;
                case "GB" -> 30;
                default -> 0;
            };
            long rate = Long.parseLong(matcher.group(3)) << shift;
            try {
                LocalTime from = matcher.group(1) == null ? LocalTime.MIN : LocalTime.parse(matcher.group(1));
                LocalTime to = matcher.group(2) == null ? LocalTime.MIN : LocalTime.parse(matcher.group(2));
                if (rate >= 1024) {
                    return new Window(from, to, rate);
                }
            } catch (DateTimeException e) {
                throw new IllegalArgumentException(refusal(text), e);
            }
        }
        throw new IllegalArgumentException(refusal(text));
    }

    private static String refusal(String text) {
        return "takes bytes per second, at least 1KB, such as 2MB or 08:00-18:00=2MB,22:00-06:00=20MB, not \"" + text
                + "\"";
    }

    long at(LocalTime time) {
        return windows.stream()
                .filter(each -> each.holds(time))
                .findFirst()
                .map(Window::rate)
                .orElse(UNLIMITED);
    }
}
