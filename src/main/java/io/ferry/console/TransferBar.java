package io.ferry.console;

import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarRenderer;
import me.tongfei.progressbar.ProgressState;

/**
 * The bar of one transfer: kept by the progress bar library, placed by the {@link Screen}.
 *
 * <p>Law: {@link #close} takes the bar off the screen. Quick enough for a transferring thread: it only stores a number, and the
 * library's own thread draws.
 */
public final class TransferBar implements AutoCloseable {

    private static final int REDRAW_MILLIS = 100;

    private final ProgressBar bar;

    /**
     * Puts a bar on the screen.
     *
     * @param name what is transferred
     * @param size bytes of the whole
     * @param offset how many of them are there already
     */
    public TransferBar(Screen screen, String name, long size, long offset) {
        this.bar = new ProgressBarBuilder()
                .setTaskName(name)
                .setInitialMax(size)
                .startsFrom(offset, Duration.ZERO)
                .setUpdateIntervalMillis(REDRAW_MILLIS)
                .setRenderer(
                        screen.isUnicode()
                                ? new Look("\u2501", "\u2500", "\u2026", true)
                                : new Look("=", ".", "~", false))
                .setConsumer(new Place(screen))
                .build();
    }

    /** So many bytes are there now. */
    public void at(long offset) {
        bar.stepTo(offset);
    }

    /** Shows a remark in place of the rate; an empty one gives the rate back. */
    public void say(String remark) {
        bar.setExtraMessage(remark);
        bar.refresh();
    }

    @Override
    public void close() {
        bar.close();
    }

    /** Name, bar, percent, rate and what is left, so that 80 columns suffice. */
    private record Look(String full, String empty, String gap, boolean coloured) implements ProgressBarRenderer {

        private static final int NAME_WIDTH = 26;
        private static final int NAME_END = 10;
        private static final int LEAST_BAR = 4;
        private static final String GREEN = "\u001b[32m";
        private static final String PLAIN = "\u001b[0m";

        @Override
        public String render(ProgressState state, int columns) {
            long current = state.getCurrent();
            String numbers = String.format(
                    Locale.ROOT,
                    " %3d %%  %s",
                    Sizes.percent(current, Math.max(1, state.getMax())),
                    pace(state, current));
            String name = fit(state.getTaskName());
            int room = Math.max(LEAST_BAR, columns - name.length() - 1 - numbers.length());
            int filled = (int) Math.min(room, Math.round(room * state.getNormalizedProgress()));
            String done = full.repeat(filled);
            return name + " " + (coloured ? GREEN + done + PLAIN : done) + empty.repeat(room - filled) + numbers;
        }

        private static String pace(ProgressState state, long current) {
            if (!state.getExtraMessage().isEmpty()) {
                return state.getExtraMessage();
            }
            long moved = current - state.getStart();
            long millis = state.getElapsedAfterStart().toMillis();
            if (moved <= 0 || millis <= 0) {
                return "";
            }
            Duration left = Duration.ofMillis((long) ((double) (state.getMax() - current) / moved * millis));
            return "%11s  %s left".formatted(Sizes.rate(moved, Duration.ofMillis(millis)), Sizes.seconds(left));
        }

        private String fit(String name) {
            if (name.length() <= NAME_WIDTH) {
                return String.format("%-" + NAME_WIDTH + "s", name);
            }
            // The end of a name tells files apart more often than its middle.
            return name.substring(0, NAME_WIDTH - NAME_END - 1) + gap + name.substring(name.length() - NAME_END);
        }
    }

    /** One bar's place on the screen. */
    private record Place(Screen screen, Object key) implements ProgressBarConsumer {

        Place(Screen screen) {
            this(screen, new Object());
        }

        @Override
        public int getMaxRenderedLength() {
            return TerminalWidth.columns() - 1;
        }

        @Override
        public void accept(String rendered) {
            screen.show(key, rendered);
        }

        @Override
        public void clear() {
            screen.remove(key);
        }

        @Override
        public void close() {
            screen.remove(key);
        }
    }
}
