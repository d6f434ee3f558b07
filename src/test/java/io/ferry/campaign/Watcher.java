package io.ferry.campaign;

import io.ferry.campaign.FaultPlan.PlannedFile;
import io.ferry.testkit.Content;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Looks, while a run goes on, at each appearance and each change of the final names in a target directory: what has such a
 * name must be the whole file. It owns one thread and the directory's events, which {@link #close()} ends.
 */
final class Watcher implements AutoCloseable {
    private final WatchedFiles target;
    private final List<PlannedFile> expected;
    private final Map<String, Integer> repeats;
    private final Map<String, Object> seen = new HashMap<>();
    private final List<String> wrong = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private volatile boolean closed;

    /**
     * Begins to look.
     *
     * @param repeats how many times more a name may get another file; a missing name never
     */
    Watcher(String name, WatchedFiles target, List<PlannedFile> expected, Map<String, Integer> repeats) {
        this.target = target;
        this.expected = expected;
        this.repeats = new HashMap<>(repeats);
        thread = new Thread(this::run, "watcher of " + name);
        thread.setDaemon(true);
        thread.start();
    }

    /** What was seen under a final name that was not the whole file. */
    List<String> wrong() {
        return List.copyOf(wrong);
    }

    private void run() {
        try {
            while (!closed) {
                look();
                target.awaitChange();
            }
            look();
        } catch (IOException e) {
            wrong.add("the watcher ended: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() throws IOException {
        for (PlannedFile file : expected) {
            Object state = target.state(file.name());
            Object before = state == null ? null : seen.put(file.name(), state);
            if (state == null || state.equals(before)) {
                continue;
            }
            if (before != null
                    && !target.identity(state).equals(target.identity(before))
                    && repeats.merge(file.name(), -1, Integer::sum) < 0) {
                wrong.add(file.name() + " was published twice");
            }
            byte[] content = target.content(file.name());
            if (content == null) {
                continue;
            }
            try {
                Content.assertIs(content, file.size(), file.seed());
            } catch (AssertionError e) {
                wrong.add(file.name() + " was seen half: " + e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join(10_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        target.close();
    }
}
