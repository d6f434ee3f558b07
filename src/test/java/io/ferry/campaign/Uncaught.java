package io.ferry.campaign;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * The exceptions that threads end with while a campaign runs. Each is a fault but for one kind: an embedded test server may
 * end a thread of its own when its connection is cut, and cutting it is what the campaign does. Whose an exception is, is told
 * by where its stack traces go, those of its causes included: through the server's library, and neither through Ferry nor
 * through Camel. One without any stack trace is a fault. Safe from any thread.
 */
final class Uncaught implements Thread.UncaughtExceptionHandler {
    private static final List<String> SERVERS =
            List.of("org.mockftpserver.", "org.apache.ftpserver.", "org.apache.mina.");
    private static final List<String> UNDER_TEST = List.of("io.ferry.", "org.apache.camel.");
    /** The test kit lives below Ferry's package, and parts of the servers live in it. */
    private static final String TEST_KIT = "io.ferry.testkit.";

    private final List<String> faults = new CopyOnWriteArrayList<>();

    @Override
    public void uncaughtException(Thread thread, Throwable e) {
        if (!isOfAServer(e)) {
            StringWriter trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace));
            faults.add("thread " + thread.getName() + " ended: " + trace);
        }
    }

    /** Threads and stack traces, in the order of their ends. */
    List<String> faults() {
        return List.copyOf(faults);
    }

    static boolean isOfAServer(Throwable e) {
        Set<Throwable> all = Collections.newSetFromMap(new IdentityHashMap<>());
        addWithCauses(e, all);
        return passes(all, SERVERS) && !passes(all, UNDER_TEST);
    }

    private static void addWithCauses(Throwable e, Set<Throwable> all) {
        if (e != null && all.add(e)) {
            addWithCauses(e.getCause(), all);
            Stream.of(e.getSuppressed()).forEach(each -> addWithCauses(each, all));
        }
    }

    private static boolean passes(Set<Throwable> all, List<String> packages) {
        return all.stream()
                .flatMap(each -> Stream.of(each.getStackTrace()))
                .map(StackTraceElement::getClassName)
                .filter(name -> !name.startsWith(TEST_KIT))
                .anyMatch(name -> packages.stream().anyMatch(name::startsWith));
    }
}
