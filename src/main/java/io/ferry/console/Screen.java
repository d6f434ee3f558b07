package io.ferry.console;

import java.io.ByteArrayOutputStream;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The terminal: lines scroll by, and the bars of the running transfers stay below them.
 *
 * <p>Law: where there is a terminal, System.out and System.err go through this object from {@link #open} to {@link #close}, so
 * that a line printed by anybody (the log, Maven, a library) is written above the bars and never across one. Where there is
 * none, it changes nothing. Safe for any thread.
 */
public final class Screen implements AutoCloseable {

    /** More bars than this would scroll the lines away. */
    private static final int MOST_BARS = 8;

    private static final String CLEAR_BELOW = "\u001b[J";

    private final @Nullable PrintStream terminal;
    private final PrintStream out = System.out;
    private final PrintStream err = System.err;
    private final Charset charset;
    private final Map<Object, String> bars = new LinkedHashMap<>();
    private int drawn;

    private Screen(@Nullable PrintStream terminal, Charset charset) {
        this.terminal = terminal;
        this.charset = charset;
    }

    /** Takes over System.out and System.err where they are a terminal. */
    public static Screen open() {
        if (!isTerminal()) {
            return none();
        }
        // Not System.out: Maven puts a stream there that takes cursor movements out when it runs in batch mode.
        System.out.flush();
        Screen screen = new Screen(new PrintStream(new FileOutputStream(FileDescriptor.out)), consoleCharset());
        System.setOut(screen.new Lines().stream());
        System.setErr(screen.new Lines().stream());
        return screen;
    }

    /** A screen that shows no bars and leaves System.out alone. */
    public static Screen none() {
        return new Screen(null, StandardCharsets.US_ASCII);
    }

    /** A screen on a given stream, which leaves System.out alone. */
    public static Screen on(PrintStream terminal) {
        return new Screen(terminal, StandardCharsets.UTF_8);
    }

    /** Whether bars can be shown. */
    public boolean hasBars() {
        return terminal != null;
    }

    /** Whether the terminal shows letters beyond ASCII. */
    public boolean isUnicode() {
        return StandardCharsets.UTF_8.equals(charset);
    }

    /** Shows or replaces a bar. */
    synchronized void show(Object bar, String line) {
        bars.put(bar, line);
        draw("");
    }

    /** Takes a bar away. */
    synchronized void remove(Object bar) {
        if (bars.remove(bar) != null) {
            draw("");
        }
    }

    /** Prints whole lines above the bars. */
    synchronized void print(String lines) {
        draw(lines);
    }

    private void draw(String lines) {
        if (terminal == null) {
            return;
        }
        StringBuilder text = new StringBuilder();
        if (drawn > 0) {
            text.append("\u001b[").append(drawn).append('A').append('\r').append(CLEAR_BELOW);
        }
        text.append(lines);
        drawn = Math.min(bars.size(), MOST_BARS);
        bars.values().stream().limit(drawn).forEach(bar -> text.append(bar).append('\n'));
        byte[] bytes = text.toString().getBytes(charset);
        terminal.write(bytes, 0, bytes.length);
        terminal.flush();
    }

    @Override
    public void close() {
        if (terminal != null && System.out != out) {
            System.out.close();
            System.err.close();
            System.setOut(out);
            System.setErr(err);
        }
    }

    /** The console with a person at it, or null: for questions. */
    @SuppressWarnings("SystemConsoleNull") // Newer consoles are asked whether they are terminals.
    public static @Nullable Console console() {
        Console console = System.console();
        if (console == null) {
            return null;
        }
        try {
            // From Java 22 on there is a console even where input and output are redirected; it can be asked.
            return (boolean) Console.class.getMethod("isTerminal").invoke(console) ? console : null;
        } catch (NoSuchMethodException e) {
            return console;
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }

    private static boolean isTerminal() {
        String term = System.getenv("TERM");
        boolean windows = System.getProperty("os.name", "").startsWith("Windows");
        if (console() == null || "dumb".equals(term) || (term == null && !windows)) {
            return false;
        }
        try {
            Class.forName("me.tongfei.progressbar.ProgressBar", false, Screen.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    private static Charset consoleCharset() {
        String name = System.getProperty("stdout.encoding", System.getProperty("native.encoding", "US-ASCII"));
        return name.toUpperCase(Locale.ROOT).startsWith("UTF-8") ? StandardCharsets.UTF_8 : StandardCharsets.US_ASCII;
    }

    /** Collects bytes until a line is whole. Its PrintStream's lock comes before the screen's, always. */
    private final class Lines extends OutputStream {

        private final ByteArrayOutputStream line = new ByteArrayOutputStream();

        PrintStream stream() {
            return new PrintStream(this, true, StandardCharsets.UTF_8);
        }

        @Override
        public void write(int value) {
            line.write(value);
            if (value == '\n') {
                print(line.toString(StandardCharsets.UTF_8));
                line.reset();
            }
        }

        @Override
        public void write(byte[] bytes, int from, int length) {
            int end = from + length;
            while (end > from && bytes[end - 1] != '\n') {
                end--;
            }
            line.write(bytes, from, end - from);
            if (end > from) {
                print(line.toString(StandardCharsets.UTF_8));
                line.reset();
            }
            line.write(bytes, end, from + length - end);
        }

        @Override
        public void close() {
            if (line.size() > 0) {
                write('\n');
            }
        }
    }
}
