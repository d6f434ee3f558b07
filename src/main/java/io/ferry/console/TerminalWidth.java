package io.ferry.console;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * How many columns the terminal has. Java cannot tell, and a library that can loads native code, which newer JVMs announce
 * with a warning; {@code stty} tells on every Unix, and 80 stands in where there is none.
 */
final class TerminalWidth {

    private static final int DEFAULT = 80;
    private static final int LEAST = 40;
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static int columns = DEFAULT;
    private static long askedAt = System.nanoTime() - FRESH_NANOS;

    private TerminalWidth() {}

    static synchronized int columns() {
        long now = System.nanoTime();
        if (now - askedAt >= FRESH_NANOS) {
            askedAt = now;
            columns = Math.max(LEAST, ask());
        }
        return columns;
    }

    private static int ask() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String answer = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            int space = answer.indexOf(' ');
            return space < 0 ? DEFAULT : Integer.parseInt(answer.substring(space + 1));
        } catch (IOException | NumberFormatException e) {
            return DEFAULT;
        }
    }
}
