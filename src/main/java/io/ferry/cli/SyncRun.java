package io.ferry.cli;

import java.io.IOException;
import java.io.PrintWriter;

/**
 * Carries a plan out, one step after the other. A file that fails does not hold up the others, but whatever fails keeps everything
 * from being deleted.
 */
final class SyncRun {

    private final SyncSide side;
    private final SyncPlan plan;
    private final Progress progress;
    private final PrintWriter err;
    private int failed;
    private int deleted;

    SyncRun(SyncSide side, SyncPlan plan, Progress progress, PrintWriter err) {
        this.side = side;
        this.plan = plan;
        this.progress = progress;
        this.err = err;
    }

    /** Runs. */
    void run() throws IOException, Failure {
        for (String conflict : plan.conflicts()) {
            fail(conflict);
        }
        side.begin();
        for (String directory : plan.directories()) {
            attempt(directory, side::makeDirectory);
        }
        for (String file : plan.files()) {
            attempt(file, side::transfer);
        }
        if (failed == 0) {
            for (String path : plan.deletions()) {
                attempt(path, this::delete);
            }
        } else if (!plan.deletions().isEmpty()) {
            err.println("Nothing is deleted, since something failed.");
        }
        if (failed > 0) {
            throw new Failure(
                    ExitCode.TRANSFER,
                    failed + (failed == 1 ? " file or directory" : " files or directories")
                            + " failed or were left alone, see above. The same command tries them again.");
        }
        progress.say(
                "%d transferred, %d the same, %d deleted".formatted(plan.files().size(), plan.same(), deleted));
    }

    private interface Step {
        void on(String path) throws IOException;
    }

    private void attempt(String path, Step step) throws IOException {
        try {
            step.on(path);
        } catch (IOException e) {
            fail(path + ": " + e.getMessage());
            side.checkServer();
        }
    }

    private void delete(String path) throws IOException {
        if (side.delete(path)) {
            deleted++;
            progress.say(path + ": deleted");
        } else {
            err.println(path + ": not deleted, the source has it after all");
        }
    }

    private void fail(String what) {
        failed++;
        err.println(what);
    }
}
