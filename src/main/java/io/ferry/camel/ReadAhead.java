package io.ferry.camel;

import io.ferry.session.SessionPool;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
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

    /** Those that no thread has taken up yet. */
    private final Queue<Retrieval> waiting = new ConcurrentLinkedQueue<>();

    /**
     * Begins with the first files.
     *
     * @param window how many files may be under way; as many again wait for their turn, here or at the server
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
        this.window = 2 * window;
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
            waiting.add(retrieval);
            try {
                threads.execute(this::transfer);
            } catch (RejectedExecutionException e) {
                // The poll thread transfers it when its turn comes.
                LOG.debug("{}: no thread for a transfer ahead: {}", pool.partner(), e.toString());
                return;
            }
        }
    }

    /** Transfers one file after the other, the next on the session that the one before has asked about it. */
    private void transfer() {
        for (Retrieval next = next(); next != null; next = transferThenNext(next)) {
            LOG.trace("{}: {} ahead", pool.partner(), next.file().path());
        }
    }

    private @Nullable Retrieval transferThenNext(Retrieval retrieval) {
        AtomicReference<@Nullable Retrieval> follower = new AtomicReference<>();
        try {
            retrieval.runAhead(pool, () -> {
                if (follower.get() == null) {
                    follower.set(next());
                }
                return Optional.ofNullable(follower.get()).map(Retrieval::file);
            });
        } catch (IOException e) {
            LOG.debug("{}: {}", pool.partner(), e.toString());
        }
        Retrieval told = follower.get();
        return told != null ? told : next();
    }

    /** The first that has not begun; the poll thread may have begun with one when its turn came. */
    private @Nullable Retrieval next() {
        Retrieval next = waiting.poll();
        while (next != null && next.hasBegun()) {
            next = waiting.poll();
        }
        return next;
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
