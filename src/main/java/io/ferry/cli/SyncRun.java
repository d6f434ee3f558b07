package io.ferry.cli;

import io.ferry.transfer.TreePlan;
import io.ferry.transfer.TreePlan.Step;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Carries a plan out: directories, then files, several at the same time, then deletions. A file that fails does not hold up the
 * others, but whatever fails keeps everything from being deleted; a server that cannot be reached any more ends it.
 *
 * <p>Law: used once, by one thread; its own threads have ended when {@link #run()} returns.
 */
final class SyncRun {

    private final SyncSide side;
    private final TreePlan plan;
    private final Set<String> passedOver;
    private final int atOnce;
    private final Progress progress;
    private final PrintWriter err;
    private final AtomicInteger failed = new AtomicInteger();
    private volatile boolean ended;
    private int deleted;

    /** @param passedOver what is neither file nor directory at the source */
    SyncRun(SyncSide side, TreePlan plan, Set<String> passedOver, int atOnce, Progress progress, PrintWriter err) {
        this.side = side;
        this.plan = plan;
        this.passedOver = passedOver;
        this.atOnce = atOnce;
        this.progress = progress;
        this.err = err;
    }

    /** Runs. */
    void run() throws IOException, Failure {
        plan.conflicts().forEach(each -> fail(each.path() + ": " + each.why()));
        passedOver.forEach(each -> progress.say(each + ": passed over, neither file nor directory"));
        side.begin();
        for (String directory : plan.directories()) {
            attempt(directory, side::makeDirectory);
        }
        transferAll();
        if (failed.get() == 0) {
            for (Step each : plan.deletions()) {
                attempt(each.path(), this::delete);
            }
        } else if (!plan.deletions().isEmpty()) {
            err.println("Nothing is deleted, since something failed.");
        }
        int count = failed.get();
        if (count > 0) {
            throw new Failure(
                    ExitCode.TRANSFER,
                    count + (count == 1 ? " file or directory" : " files or directories")
                            + " failed or were left alone, see above. The same command tries them again.");
        }
        progress.say("%d transferred, %d the same, %d deleted"
                .formatted(plan.copies().size(), plan.same(), deleted));
    }

    private void transferAll() throws IOException {
        ExecutorService threads = Executors.newFixedThreadPool(atOnce, task -> {
            Thread thread = new Thread(task, "ferry-sync");
            thread.setDaemon(true);
            return thread;
        });
        IOException first = null;
        try {
            List<Future<?>> all = new ArrayList<>();
            for (Step each : plan.copies()) {
                all.add(threads.submit(() -> {
                    transfer(each.path());
                    return null;
                }));
            }
            for (Future<?> each : all) {
                IOException failure = await(each);
                first = first == null ? failure : first;
            }
        } finally {
            threads.shutdownNow();
        }
        if (first != null) {
            throw first;
        }
    }

    /** A failure that ends it all lets the transfers that run come to their end, and no other begin. */
    private void transfer(String file) throws IOException {
        if (ended) {
            return;
        }
        try {
            attempt(file, side::transfer);
        } catch (IOException | RuntimeException e) {
            ended = true;
            throw e;
        }
    }

    /** What ends it all, or null. */
    private @Nullable IOException await(Future<?> transfer) throws IOException {
        try {
            transfer.get();
            return null;
        } catch (ExecutionException e) {
            return e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    private interface Action {
        void on(String path) throws IOException;
    }

    private void attempt(String path, Action action) throws IOException {
        try {
            action.on(path);
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
            err.println(Shown.text(path + ": not deleted, the source has it after all"));
        }
    }

    private void fail(String what) {
        failed.incrementAndGet();
        err.println(Shown.text(what));
    }
}
