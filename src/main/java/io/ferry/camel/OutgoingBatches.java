package io.ferry.camel;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The batches whose messages come to one producer: a batch is the files of one poll of one route, and is whole once each of them has
 * been sent. A message of no batch is one of its own.
 *
 * <p>Law: belongs to one producer; safe from any thread. Whoever {@linkplain #enter enters} a message ends it.
 */
final class OutgoingBatches {

    private static final Logger LOG = LoggerFactory.getLogger(OutgoingBatches.class);

    private final Map<String, Batch> current = new HashMap<>();
    private final Set<Batch> live = new HashSet<>();

    /** One batch; guarded by the batches. */
    private static final class Batch {
        private final int size;
        private final long began = System.nanoTime();
        private final Set<Integer> came = new HashSet<>();
        private final Map<Integer, String> failed = new HashMap<>();
        private final Set<String> files = new HashSet<>();
        private int underWay;

        Batch(int size) {
            this.size = size;
        }

        boolean isWhole() {
            return underWay == 0 && failed.isEmpty() && came.size() == size;
        }

        /** Whether a message is of this batch: new, or one that failed and is sent again by the route itself. */
        boolean takes(int index, int ofSize, Exchange exchange) {
            return size == ofSize
                    && (came.contains(index)
                            ? exchange.getExchangeId().equals(failed.get(index))
                            : !isOfALaterPoll(exchange));
        }

        /**
         * A poll makes all its messages before the first of them is processed. Of one that has come by way of another endpoint
         * nobody knows when it was polled.
         */
        private boolean isOfALaterPoll(Exchange exchange) {
            // What has elapsed is told in whole milliseconds.
            long elapsed = TimeUnit.MILLISECONDS.toNanos(exchange.getClock().elapsed() + 1);
            return exchange.getFromEndpoint() instanceof GenericFileEndpoint<?>
                    && System.nanoTime() - elapsed - began >= 0;
        }
    }

    /** A message on its way. */
    final class Part {
        private final Batch batch;
        private final int index;
        private final String exchangeId;
        private boolean ended;

        private Part(Batch batch, int index, String exchangeId) {
            this.batch = batch;
            this.index = index;
            this.exchangeId = exchangeId;
        }

        /** Its file, by the name that the manifest has for it. */
        void file(String name) {
            synchronized (OutgoingBatches.this) {
                batch.files.add(name);
            }
        }

        /** It was sent; whether it was the last, and the batch is whole. */
        boolean sent() {
            synchronized (OutgoingBatches.this) {
                leave();
                return batch.isWhole();
            }
        }

        /** It was not sent, or the manifest that it was to bring was not. Does nothing for one whose batch has its manifest. */
        void failed() {
            synchronized (OutgoingBatches.this) {
                leave();
                batch.failed.put(index, exchangeId);
            }
        }

        /** Whether a manifest of this batch names a file: one of its own, or one that no other batch under way has. */
        boolean owns(String name) {
            synchronized (OutgoingBatches.this) {
                return batch.files.contains(name) || live.stream().noneMatch(other -> other.files.contains(name));
            }
        }

        private void leave() {
            if (!ended) {
                ended = true;
                batch.underWay--;
                if (batch.underWay == 0 && batch.came.size() == batch.size) {
                    live.remove(batch);
                }
            }
        }
    }

    /** Takes up a message, in the order of messages. */
    synchronized Part enter(Exchange exchange) {
        Integer index = exchange.getProperty(ExchangePropertyKey.BATCH_INDEX, Integer.class);
        Integer size = exchange.getProperty(ExchangePropertyKey.BATCH_SIZE, Integer.class);
        int number = index == null ? 0 : index;
        Batch batch = index == null || size == null ? new Batch(1) : batch(exchange, number, size);
        batch.came.add(number);
        batch.failed.remove(number);
        batch.underWay++;
        live.add(batch);
        return new Part(batch, number, exchange.getExchangeId());
    }

    private Batch batch(Exchange exchange, int index, int size) {
        String from = String.valueOf(exchange.getFromRouteId());
        Batch batch = current.get(from);
        if (batch == null || !batch.takes(index, size, exchange)) {
            end(batch);
            batch = new Batch(size);
            current.put(from, batch);
        }
        return batch;
    }

    /** The next batch begins: whatever of this one has not come does not come any more. */
    private void end(@Nullable Batch batch) {
        if (batch != null && batch.came.size() < batch.size) {
            live.remove(batch);
            LOG.warn(
                    "Only {} of the {} files of a poll came to be sent, so that no manifest was written. They are in"
                            + " that of the next poll whose files all come; what is not to be sent has to be left out by"
                            + " file: itself (include, filterFile).",
                    batch.came.size(),
                    batch.size);
        }
    }
}
