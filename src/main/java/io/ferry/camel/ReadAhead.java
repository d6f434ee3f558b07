package io.ferry.camel;

import io.ferry.session.SessionPool;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.spi.ThreadPoolProfile;
import org.apache.camel.util.concurrent.ThreadPoolRejectedPolicy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Transfers the next files of a poll while the route has an earlier one. The route still gets them one after the other, in the
 * order of the poll, on the poll thread.
 *
 * <p>Law: belongs to one poll and its thread, which closes it; the transfers run on threads of the consumer's, no more of them
 * than the window, and leave one session of the partner's to the poll thread.
 */
final class ReadAhead implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(ReadAhead.class);

    private static final long IDLE_SECONDS = 5;
    private static final int QUEUED = 16;

    private final Executor threads;
    private final SessionPool pool;
    private final int window;
    private final Queue<Exchange> upcoming;
    private final Function<Exchange, Retrieval> retrievals;
    private final Map<Exchange, Retrieval> begun = new IdentityHashMap<>();

    /**
     * Begins with the first files.
     *
     * @param window how many files may be under way, or lie ready
     * @param poll the exchanges of the poll's files, in order
     * @param retrievals makes the transfer of an exchange's file
     */
    ReadAhead(
            Executor threads,
            SessionPool pool,
            int window,
            Collection<Exchange> poll,
            Function<Exchange, Retrieval> retrievals) {
        this.threads = threads;
        this.pool = pool;
        this.window = window;
        this.upcoming = new ArrayDeque<>(poll);
        this.retrievals = retrievals;
        fill();
    }

    /** The threads of a consumer's transfers, which end when they have nothing to do for some seconds. */
    static ExecutorService threads(Object consumer, CamelContext context, FerryOptions options) {
        int most = Math.max(1, Math.min(options.getConcurrentTransfers(), options.getMaxSessions() - 1));
        ThreadPoolProfile profile = new ThreadPoolProfile();
        profile.setPoolSize(most);
        profile.setMaxPoolSize(most);
        // What the poll thread has taken meanwhile waits there too, and is nothing to do then.
        profile.setMaxQueueSize(QUEUED * options.getConcurrentTransfers());
        profile.setRejectedPolicy(ThreadPoolRejectedPolicy.Abort);
        profile.setKeepAliveTime(IDLE_SECONDS);
        profile.setTimeUnit(TimeUnit.SECONDS);
        profile.setAllowCoreThreadTimeOut(true);
        return context.getExecutorServiceManager().newThreadPool(consumer, "FerryTransfer", profile);
    }

    private void fill() {
        while (begun.size() < window && !upcoming.isEmpty()) {
            Exchange next = upcoming.remove();
            Retrieval retrieval = retrievals.apply(next);
            begun.put(next, retrieval);
            try {
                threads.execute(() -> run(retrieval));
            } catch (RejectedExecutionException e) {
                // The poll thread transfers it when its turn comes.
                LOG.debug("{}: no thread for a transfer ahead: {}", pool.partner(), e.toString());
                return;
            }
        }
    }

    private void run(Retrieval retrieval) {
        try {
            retrieval.runAhead(pool);
        } catch (IOException e) {
            LOG.debug("{}: {}", pool.partner(), e.toString());
        }
    }

    /** The transfer of an exchange's file, which may have begun, as the first of the window. Null for one that is not in the poll. */
    @Nullable
    Retrieval take(Exchange exchange) {
        fill();
        return begun.remove(exchange);
    }

    /** Ends the transfer of a file that was not {@linkplain #take taken}: it is not for the route this time. */
    void leave(Exchange exchange) {
        Retrieval left = begun.remove(exchange);
        if (left != null) {
            left.abandon();
        }
    }

    /** Ends what nobody has taken. */
    @Override
    public void close() {
        upcoming.clear();
        begun.values().forEach(Retrieval::abandon);
        begun.clear();
    }
}
