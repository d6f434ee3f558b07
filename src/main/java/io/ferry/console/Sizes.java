package io.ferry.console;

import java.time.Duration;
import java.util.Locale;

/** Numbers as people read them: bytes in binary units, offsets in full, durations and rates. */
public final class Sizes {

    private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Sizes() {}

    /** {@code 512 B}, {@code 51.2 MiB}. */
    public static String bytes(long count) {
        if (count < 1024) {
            return count + " B";
        }
        double value = count;
        int unit = -1;
        // 1023.95 would round to 1024.0 of the smaller unit.
        while (value >= 1023.95 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", value, UNITS[Math.max(unit, 0)]);
    }

    /** {@code 53,687,091}. */
    public static String exact(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    /** {@code 12 ms}, {@code 5.1 s}, {@code 2 min 05 s}, {@code 3 h 07 min}. */
    public static String duration(Duration time) {
        long millis = time.toMillis();
        if (millis < 1000) {
            return millis + " ms";
        }
        if (millis < 59_950) {
            return String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
        }
        return time.toHours() > 0
                ? String.format(Locale.ROOT, "%d h %02d min", time.toHours(), time.toMinutesPart())
                : String.format(Locale.ROOT, "%d min %02d s", time.toMinutes(), time.toSecondsPart());
    }

    /** As {@link #duration}, in whole seconds. */
    public static String seconds(Duration time) {
        return time.toSeconds() < 60 ? time.toSeconds() + " s" : duration(time);
    }

    /** {@code 31.2 MiB/s}. */
    public static String rate(long count, Duration time) {
        long millis = Math.max(1, time.toMillis());
        return bytes(Math.round(count * 1000.0 / millis)) + "/s";
    }

    /** {@code 41 %}, rounded down; an empty file is whole. */
    public static int percent(long part, long whole) {
        return whole == 0 ? 100 : (int) (100.0 * part / whole);
    }
}
