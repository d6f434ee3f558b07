package io.ferry.campaign;

import io.ferry.campaign.FaultPlan.PlannedFile;
import io.ferry.campaign.FaultPlan.Surroundings;
import io.ferry.testkit.Await;
import io.ferry.testkit.Content;
import io.ferry.transfer.Transfer;
import io.ferry.transfer.TransferException;
import io.ferry.transfer.TransferListener;
import io.ferry.transfer.TransferResult;
import java.io.File;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.spi.ExceptionHandler;
import org.apache.camel.spi.PollingConsumerPollStrategy;
import org.apache.camel.spi.Registry;
import org.apache.camel.support.DefaultPollingConsumerPollStrategy;

/** What a route saw in one run: deliveries, polls, failures, and the story of the transfers. Safe from any thread. */
final class Observed {
    private static final String DELIVERY_ID = "CamelFerryDeliveryId";
    private static final String POSSIBLE_DUPLICATE = "CamelFerryPossibleDuplicate";

    private final List<Delivery> deliveries = new CopyOnWriteArrayList<>();
    private final List<String> story = new CopyOnWriteArrayList<>();
    private final Map<String, Integer> failed = new ConcurrentHashMap<>();
    private final AtomicInteger goodPolls = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();
    private final long begin = System.nanoTime();

    private record Delivery(String name, String id, boolean flagged, String digest) {}

    void bind(Registry registry) {
        registry.bind("failures", ExceptionHandler.class, new Failures());
        registry.bind("polls", PollingConsumerPollStrategy.class, new Polls());
        registry.bind("story", TransferListener.class, new Story());
    }

    void add(String event) {
        story.add((System.nanoTime() - begin) / 1_000_000 + " ms: " + event);
    }

    String story() {
        return String.join("\n", story);
    }

    int failures() {
        return failures.get();
    }

    /** Waits for so many polls that begin after now. */
    void awaitPolls(int count, Duration limit) {
        int before = goodPolls.get();
        Await.until(count + " more polls", limit, () -> goodPolls.get() > before + count);
    }

    void delivered(Exchange exchange) {
        File body = exchange.getIn().getBody(File.class);
        String name = exchange.getIn().getHeader(Exchange.FILE_NAME, String.class);
        String digest = Content.sha256(body.toPath());
        String id = exchange.getIn().getHeader(DELIVERY_ID, String.class);
        boolean flagged = Boolean.TRUE.equals(exchange.getIn().getHeader(POSSIBLE_DUPLICATE, Boolean.class));
        deliveries.add(new Delivery(name, id == null ? name + " " + digest : id, flagged, digest));
        add("delivered " + name + " as " + id + (flagged ? ", possibly again" : ""));
    }

    /** A step of a route that fails the first deliveries of a file. */
    void failFirst(Exchange exchange, Surroundings surroundings) {
        String name = exchange.getIn().getHeader(Exchange.FILE_NAME, String.class);
        int times = failed.merge(name, 1, Integer::sum);
        if (times <= surroundings.failures(name)) {
            add("the route fails " + name + ", " + times + " of " + surroundings.failures(name));
            throw new IllegalStateException("made to fail");
        }
    }

    /** What contradicts: the route failed each file as planned. */
    List<String> wrongFailures(Surroundings surroundings) {
        List<String> wrong = new ArrayList<>();
        surroundings.failures().forEach((name, times) -> {
            int seen = failed.getOrDefault(name, 0);
            if (seen <= times) {
                wrong.add(name + " came to the end of the route " + seen + " times, and failed at the first " + times);
            }
        });
        return wrong;
    }

    /** What contradicts: each file under one delivery id, whole; its first delivery is not flagged, any other one is. */
    List<String> wrongDeliveries(List<PlannedFile> files) {
        List<String> wrong = new ArrayList<>();
        for (PlannedFile file : files) {
            Map<String, Integer> unflagged = new HashMap<>();
            boolean first = true;
            String digest = digest(file);
            for (Delivery each : deliveries) {
                if (each.name().equals(file.name())) {
                    unflagged.merge(each.id(), each.flagged() ? 0 : 1, Integer::sum);
                    if (first && each.flagged()) {
                        wrong.add(file.name() + " was flagged at its first delivery");
                    }
                    first = false;
                    if (!each.digest().equals(digest)) {
                        wrong.add(file.name() + " was delivered with other content");
                    }
                }
            }
            if (unflagged.size() != 1) {
                wrong.add(file.name() + " was delivered under " + unflagged.size() + " ids: " + unflagged.keySet());
            }
            unflagged.forEach((id, count) -> {
                if (count != 1) {
                    wrong.add(file.name() + " was delivered " + count + " times unflagged as " + id);
                }
            });
        }
        return wrong;
    }

    private static String digest(PlannedFile file) {
        try {
            byte[] content = Content.bytes(file.size(), file.seed());
            return java.util.HexFormat.of()
                    .formatHex(
                            java.security.MessageDigest.getInstance("SHA-256").digest(content));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private final class Failures implements ExceptionHandler {
        @Override
        public void handleException(Throwable exception) {
            handleException("", null, exception);
        }

        @Override
        public void handleException(String message, Throwable exception) {
            handleException(message, null, exception);
        }

        @Override
        public void handleException(String message, Exchange exchange, Throwable exception) {
            failures.incrementAndGet();
            Throwable root = exception;
            while (root != null && root.getCause() != null) {
                root = root.getCause();
            }
            add("failed: " + message + ": " + exception + (root == exception ? "" : " <- " + root));
        }
    }

    private final class Polls extends DefaultPollingConsumerPollStrategy {
        @Override
        public void commit(Consumer consumer, Endpoint endpoint, int polledMessages) {
            goodPolls.incrementAndGet();
        }

        @Override
        public boolean rollback(Consumer consumer, Endpoint endpoint, int retryCounter, Exception cause) {
            failures.incrementAndGet();
            add("poll failed: " + cause);
            return false;
        }
    }

    private final class Story implements TransferListener {
        @Override
        public void resumed(Transfer transfer, long offset, long saved) {
            add(transfer.path() + " resumed at " + offset);
        }

        @Override
        public void restarted(Transfer transfer, String why) {
            add(transfer.path() + " restarted: " + why);
        }

        @Override
        public void interrupted(Transfer transfer, long offset, String why, Duration wait) {
            failures.incrementAndGet();
            add(transfer.path() + " interrupted at " + offset + ": " + why);
        }

        @Override
        public void completed(Transfer transfer, TransferResult result) {
            add(transfer.path() + " " + result.outcome());
        }

        @Override
        public void failed(Transfer transfer, TransferException failure) {
            failures.incrementAndGet();
            add(transfer.path() + " given up: " + failure.getMessage());
        }
    }
}
