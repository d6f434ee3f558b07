package io.ferry.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.support.AsyncProcessorSupport;
import org.jspecify.annotations.Nullable;

/**
 * The limit for many files that a Camel route sends: Camel's file consumer, an exchange for each file, and behind them nothing but {@link
 * RawSession}, with all that Ferry has to send and to put on the disk. What Ferry takes beyond that is Ferry's own.
 */
final class RawRoute implements Contender.Client {

    private final int sessions;

    RawRoute(int sessions) {
        this.sessions = sessions;
    }

    @Override
    public long run(Job job) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(sessions);
        try {
            Sender sender = new Sender(job);
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < sessions; i++) {
                all.add(threads.submit(sender::work));
            }
            long nanos = CamelClient.onePoll(job.files(), CamelClient.drop(job), route -> route.process(sender));
            threads.shutdownNow();
            for (Future<?> each : all) {
                each.get();
            }
            return nanos;
        } finally {
            threads.shutdownNow();
        }
    }

    /** An exchange that waits for its file to be sent, or whose file is. */
    private record Turn(Exchange exchange, AsyncCallback callback) {
        String name() {
            return exchange.getIn().getHeader(Exchange.FILE_NAME, String.class);
        }
    }

    /** Each thread sends one file after the other; whoever brings one waits while as many again as there are threads wait already. */
    private final class Sender extends AsyncProcessorSupport {
        private final Job job;
        private final BlockingQueue<Turn> waiting = new LinkedBlockingQueue<>();
        private final Semaphore turns = new Semaphore(2 * sessions);

        Sender(Job job) {
            this.job = job;
        }

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            turns.acquireUninterruptibly();
            waiting.add(new Turn(exchange, callback));
            return false;
        }

        private void work() {
            Turn turn = take();
            Turn following = null;
            for (int opened = 1; turn != null; opened++) {
                try (RawSession session = new RawSession(job, RawFiles.Share.SYNCS)) {
                    while (turn != null) {
                        if (following == null) {
                            following = waiting.poll();
                        }
                        session.transfer(turn.name(), following == null ? null : following.name());
                        turn.callback().done(false);
                        turns.release();
                        turn = following == null ? take() : following;
                        following = null;
                    }
                } catch (IOException e) {
                    if (opened == RawFiles.MOST_SESSIONS) {
                        throw new IllegalStateException(e);
                    }
                }
            }
        }

        private @Nullable Turn take() {
            try {
                return waiting.take();
            } catch (InterruptedException e) {
                return null;
            }
        }
    }
}
