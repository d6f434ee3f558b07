package io.ferry.campaign.kill;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** The system calls of a process in the order in which they began, as strace wrote them down. */
final class Strace {

    /**
     * A call.
     *
     * @param arguments as text; descriptors with what they stand for in angle brackets
     * @param result what it returned, as text; empty when it did not
     * @param begin the line it began on; another's end before that means that it was over by then
     * @param end the line it returned on, or a large number when it did not
     */
    record Call(String name, String arguments, String result, int begin, int end) {

        boolean isSync() {
            return name.equals("fsync") || name.equals("fdatasync");
        }

        /** Whether it has made a directory. */
        boolean makesDirectory() {
            return name.startsWith("mkdir") && result.equals("0");
        }

        boolean isRename() {
            return name.startsWith("rename");
        }

        /** Whether it is about the file or socket whose path ends so. */
        boolean on(String end) {
            return arguments.contains(end + ">");
        }

        /** Whether bytes that contain this text go into a socket. */
        boolean sends(String text) {
            return (name.equals("sendto") || name.equals("write"))
                    && arguments.contains("<socket:")
                    && arguments.contains(text);
        }

        @Override
        public String toString() {
            return name + "(" + arguments + ") lines " + begin + " to " + end;
        }
    }

    private static final Pattern WHOLE = Pattern.compile("^(\\d+) +(\\w+)\\((.*)\\) += (.*)$");
    private static final Pattern UNFINISHED = Pattern.compile("^(\\d+) +(\\w+)\\((.*) <unfinished \\.\\.\\.>$");
    private static final Pattern RESUMED = Pattern.compile("^(\\d+) +<\\.\\.\\. (\\w+) resumed>(.*)\\) += (.*)$");

    private Strace() {}

    /** Aborts the test loudly where there is no strace; with CI=true that is a failure. */
    static void requireAvailable() {
        boolean there = Stream.of((System.getenv().getOrDefault("PATH", "") + ":/usr/bin").split(":"))
                .anyMatch(directory -> !directory.isEmpty() && Files.isExecutable(Path.of(directory, "strace")));
        if (there) {
            return;
        }
        String reason = "there is no strace to see the order of system calls with";
        if ("true".equals(System.getenv("CI"))) {
            throw new AssertionError(reason);
        }
        System.err.println("##### TEST NOT RUN: " + reason + " #####");
        Assumptions.abort(reason);
    }

    /** What a process is to be started by; it writes into the file until the process ends. */
    static List<String> into(Path file) {
        return List.of(
                "strace",
                "-D",
                "-f",
                "-y",
                "-s",
                "300",
                "-e",
                "trace=rename,renameat,renameat2,fsync,fdatasync,mkdir,mkdirat,sendto,write,openat",
                "-o",
                file.toString());
    }

    static List<Call> read(Path file) throws IOException {
        List<Call> calls = new ArrayList<>();
        Map<String, Integer> open = new HashMap<>();
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            Matcher whole = WHOLE.matcher(line);
            Matcher unfinished = UNFINISHED.matcher(line);
            Matcher resumed = RESUMED.matcher(line);
            if (whole.matches()) {
                calls.add(new Call(whole.group(2), whole.group(3), whole.group(4), number, number));
            } else if (unfinished.matches()) {
                open.put(unfinished.group(1), calls.size());
                calls.add(new Call(unfinished.group(2), unfinished.group(3), "", number, Integer.MAX_VALUE));
            } else if (resumed.matches()) {
                Integer index = open.remove(resumed.group(1));
                if (index != null) {
                    Call begun = calls.get(index);
                    calls.set(
                            index,
                            new Call(
                                    begun.name(),
                                    begun.arguments() + resumed.group(3),
                                    resumed.group(4),
                                    begun.begin(),
                                    number));
                }
            }
        }
        return calls;
    }

    /** The first such call that begins after a line. */
    static Call firstAfter(int line, List<Call> calls, String what, Predicate<Call> wanted) {
        return calls.stream()
                .filter(call -> call.begin() > line)
                .filter(wanted)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + what + " after line " + line + " of the trace"));
    }

    /** The same as {@link #into(Path)}, with more calls, separated by commas. */
    static List<String> into(Path file, String moreCalls) {
        return into(file).stream()
                .map(argument -> argument.startsWith("trace=") ? argument + "," + moreCalls : argument)
                .toList();
    }
}
