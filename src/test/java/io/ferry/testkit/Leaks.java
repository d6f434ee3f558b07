package io.ferry.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.stream.Stream;

/**
 * What this JVM holds at a moment: its threads and its open file descriptors. A test takes one first, closes all that
 * it opened, and then asserts that nothing has been added. Nothing is left out by its name: what the JVM and the libraries
 * keep for ever was started by {@link WarmUp}, and so is in each snapshot.
 *
 * <p>One pool grows and shrinks as it likes, the JVM's common one. It was there before the test, and what a test can leave in
 * it is work: that must have ended, whatever number of its own threads the pool keeps waiting. They are told by the pool that
 * they belong to.
 */
public final class Leaks {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private final Set<Thread> threads = liveThreads();
    private final Map<String, Integer> descriptors = openDescriptors();

    private Leaks() {}

    public static Leaks snapshot() {
        WarmUp.once();
        return new Leaks();
    }

    /** Waits up to ten seconds for all that is new since the snapshot to go, then fails and names it. */
    public static void assertNoneSince(Leaks snapshot) {
        assertNoneSince(snapshot, Duration.ofSeconds(10));
    }

    public static void assertNoneSince(Leaks snapshot, Duration limit) {
        if (!Await.holds(limit, () -> snapshot.news().isEmpty())) {
            List<String> news = snapshot.news();
            if (!news.isEmpty()) {
                throw new AssertionError("left behind:\n" + String.join("\n", news));
            }
        }
    }

    private List<String> news() {
        List<String> news = new ArrayList<>();
        for (Thread thread : liveThreads()) {
            if (!threads.contains(thread)) {
                news.add("thread " + thread.getName() + " " + Arrays.asList(thread.getStackTrace()));
            }
        }
        if (!ForkJoinPool.commonPool().isQuiescent()) {
            news.add("work in the common pool: " + ForkJoinPool.commonPool());
        }
        openDescriptors().forEach((target, count) -> {
            int more = count - descriptors.getOrDefault(target, 0);
            if (more > 0) {
                news.add(more + " new descriptor(s) -> " + target + addresses(target));
            }
        });
        return news;
    }

    private static Set<Thread> liveThreads() {
        Set<Thread> live = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            boolean ofCommonPool =
                    thread instanceof ForkJoinWorkerThread worker && worker.getPool() == ForkJoinPool.commonPool();
            if (thread.isAlive() && !ofCommonPool) {
                live.add(thread);
            }
        }
        return live;
    }

    /** How many descriptors there are for each file, socket or other thing that has one. */
    private static Map<String, Integer> openDescriptors() {
        Map<String, Integer> open = new TreeMap<>();
        for (Path link : links()) {
            try {
                open.merge(Files.readSymbolicLink(link).toString(), 1, Integer::sum);
            } catch (IOException ignored) {
                // closed meanwhile, as is the one that the listing itself needed
            }
        }
        return open;
    }

    private static List<Path> links() {
        try (Stream<Path> links = Files.list(DESCRIPTORS)) {
            return links.toList();
        } catch (IOException e) {
            throw new IllegalStateException("needs /proc", e);
        }
    }

    /** The line of the kernel's table that belongs to a socket: local and remote address and port in hexadecimal, state. */
    private static String addresses(String target) {
        if (!target.startsWith("socket:[")) {
            return "";
        }
        String inode = target.substring("socket:[".length(), target.length() - 1);
        for (String table : List.of("/proc/self/net/tcp", "/proc/self/net/tcp6")) {
            try (Stream<String> lines = Files.lines(Path.of(table))) {
                Optional<String> line = lines.filter(
                                each -> List.of(each.strip().split("\\s+")).contains(inode))
                        .findFirst();
                if (line.isPresent()) {
                    return " " + line.get().strip();
                }
            } catch (IOException e) {
                return " (" + e + ")";
            }
        }
        return " (not connected)";
    }
}
