package io.ferry.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/**
 * A server program with the processes of its sessions, in a process group of their own. Killing takes the whole group;
 * so does the end of this JVM, even of a killed one.
 */
final class ServerProcess {
    /** Runs the server, and kills its group once this JVM no longer holds the other end of the standard input. */
    private static final String GUARD = "exec 3<&0; setsid \"$@\" 3<&- & p=$!; echo $p >group;"
            + " (read -r never <&3; kill -9 -$p) & g=$!; exec 3<&-; wait $p; s=$?; kill -9 $g; wait $g; exit $s";

    private final Path directory;
    private final Path output;
    private final Thread hook = new Thread(this::kill, "ferry-server-hook");
    private Process process;
    private boolean hooked;

    /** Keeps its files "output" and "group" in this directory, in which the server is started. */
    ServerProcess(Path directory) {
        this.directory = directory;
        output = directory.resolve("output");
    }

    /** What a client says hello with, for servers that greet under TLS only. */
    interface Layer {
        Socket over(Socket plain) throws IOException;
    }

    /** Who greets on the server's address. */
    enum Answer {
        OWN,
        /** Another, which the server's port belongs to. */
        FOREIGN,
        /** Nobody: the server has ended, or is not there yet. */
        NONE
    }

    /** Starts it; returns once it greets on this address, or has ended without. */
    Answer launch(
            List<String> command, Map<String, String> environment, String host, int port, String greeting, Layer layer)
            throws IOException {
        hook();
        Files.deleteIfExists(directory.resolve("group"));
        List<String> guarded = new ArrayList<>(List.of("sh", "-c", GUARD, "sh"));
        guarded.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(guarded)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        process = builder.start();
        Process started = process;
        AtomicReference<Answer> answer = new AtomicReference<>(Answer.NONE);
        boolean told = Await.holds(Duration.ofSeconds(20), () -> {
            answer.set(answer(host, port, greeting, layer));
            return answer.get() != Answer.NONE || !started.isAlive();
        });
        if (!told) {
            throw new IOException("the server does not answer: " + output());
        }
        if (answer.get() == Answer.FOREIGN) {
            // Its own find that the port is taken, and ends.
            Await.holds(Duration.ofSeconds(5), () -> !started.isAlive());
            kill();
        }
        return answer.get();
    }

    /** What the server wrote to its standard output and error. */
    String output() throws IOException {
        return Files.readString(output);
    }

    private synchronized void hook() {
        if (!hooked) {
            Runtime.getRuntime().addShutdownHook(hook);
            hooked = true;
        }
    }

    private static Answer answer(String host, int port, String greeting, Layer layer) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), 1_000);
            socket.setSoTimeout(5_000);
            var reader = new BufferedReader(
                    new InputStreamReader(layer.over(socket).getInputStream(), StandardCharsets.UTF_8));
            StringBuilder text = new StringBuilder();
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                text.append(line).append('\n');
                if (line.startsWith("220 ")) {
                    break;
                }
            }
            if (text.isEmpty()) {
                return Answer.NONE;
            }
            return text.indexOf(greeting) < 0 ? Answer.FOREIGN : Answer.OWN;
        } catch (IOException e) {
            return Answer.NONE;
        }
    }

    /** Sessions go before the server, and children before parents, so that each is reaped by its own. */
    synchronized void kill() {
        if (process == null) {
            return;
        }
        Await.holds(Duration.ofSeconds(2), () -> killLeaves(true));
        Await.holds(Duration.ofSeconds(10), () -> killLeaves(false));
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Local.closeQuietly(process.getOutputStream());
        Local.closeQuietly(process.getInputStream());
        Local.closeQuietly(process.getErrorStream());
    }

    /** Kills it for good. */
    void close() {
        kill();
        try {
            if (hooked) {
                Runtime.getRuntime().removeShutdownHook(hook);
            }
        } catch (IllegalStateException ignored) {
            // the JVM is exiting
        }
    }

    /** Returns whether there was nothing to kill. */
    private boolean killLeaves(boolean sessionsOnly) {
        long group = group();
        List<Member> members = members(group);
        List<Long> parents = members.stream().map(Member::parent).toList();
        List<Member> leaves = members.stream()
                .filter(member -> !parents.contains(member.pid))
                .filter(member -> !sessionsOnly || member.pid != group)
                .toList();
        leaves.forEach(member -> ProcessHandle.of(member.pid).ifPresent(ProcessHandle::destroyForcibly));
        return leaves.isEmpty();
    }

    private long group() {
        try {
            String text = Files.readString(directory.resolve("group")).strip();
            return text.isEmpty() ? -1 : Long.parseLong(text);
        } catch (IOException e) {
            return -1;
        }
    }

    private record Member(long pid, long parent) {}

    /** The living processes of this group: /proc/PID/stat says "PID (name) state parent group …", see proc(5). */
    private static List<Member> members(long group) {
        List<Member> members = new ArrayList<>();
        try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
            for (Path entry : (Iterable<Path>) entries::iterator) {
                String pid = entry.getFileName().toString();
                if (!pid.chars().allMatch(Character::isDigit)) {
                    continue;
                }
                String[] stat = stat(entry);
                if (stat.length > 2 && Long.parseLong(stat[2]) == group && !stat[0].equals("Z")) {
                    members.add(new Member(Long.parseLong(pid), Long.parseLong(stat[1])));
                }
            }
            return members;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String[] stat(Path entry) {
        try {
            String stat = new String(Files.readAllBytes(entry.resolve("stat")), StandardCharsets.ISO_8859_1);
            return stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        } catch (IOException e) {
            return new String[0]; // it has ended
        }
    }
}
