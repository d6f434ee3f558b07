package io.ferry.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What this JVM holds at a moment: its threads and its open file descriptors. A test takes one first, closes all that
 * it opened, and then asserts that nothing is left. Left out are only the threads and files that the JVM itself keeps:
 * its system threads, the common pool, class path archives, the files of the Java installation and the random device;
 * and the static pool of MINA, the embedded server's library, which nobody can end.
 */
public final class Leaks {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private final Set<Long> threads = new HashSet<>();
    private final Map<String, String> descriptors;

    private Leaks() {
        liveThreads().forEach(thread -> threads.add(thread.getId()));
        descriptors = openDescriptors();
    }

    public static Leaks snapshot() {
        warmUp();
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
            if (!threads.contains(thread.getId())) {
                news.add("thread " + thread.getName() + " " + Arrays.asList(thread.getStackTrace()));
            }
        }
        openDescriptors().forEach((number, target) -> {
            if (!target.equals(descriptors.get(number))) {
                news.add("descriptor " + number + " -> " + target + addresses(target));
            }
        });
        return news;
    }

    private static List<Thread> liveThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.isAlive() && !isOfJvm(thread))
                .toList();
    }

    private static boolean isOfJvm(Thread thread) {
        ThreadGroup group = thread.getThreadGroup();
        return group == null
                || group.getName().equals("system")
                || group.getName().equals("InnocuousThreadGroup")
                || thread.getName().startsWith("ForkJoinPool.commonPool-")
                || thread.getName().startsWith("ssl-exec-");
    }

    private static Map<String, String> openDescriptors() {
        Map<String, String> open = new HashMap<>();
        try (Stream<Path> links = Files.list(DESCRIPTORS)) {
            for (Path link : (Iterable<Path>) links::iterator) {
                try {
                    String target = Files.readSymbolicLink(link).toString();
                    if (!isOfJvm(target)) {
                        open.put(link.getFileName().toString(), target);
                    }
                } catch (IOException ignored) {
                    // closed meanwhile
                }
            }
            return open;
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

    private static boolean isOfJvm(String target) {
        return target.endsWith(".jar")
                || target.startsWith(System.getProperty("java.home"))
                || target.equals("/dev/random")
                || target.equals("/dev/urandom")
                || target.matches("/proc/\\d+/fd");
    }

    /** The first socket and the first channel make the JVM open descriptors that it keeps. */
    private static void warmUp() {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept();
                FileChannel channel = FileChannel.open(Path.of("/dev/null"), StandardOpenOption.READ)) {
            channel.size();
            accepted.shutdownOutput();
            client.getInputStream().readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
