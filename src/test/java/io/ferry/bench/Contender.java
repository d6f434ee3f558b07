package io.ferry.bench;

import java.util.List;
import java.util.function.Predicate;

/**
 * One client with its settings, under one clock.
 *
 * @param takes whether it takes part in a case
 * @param client runs in the benchmark's own, warm JVM: from the request to the last file under its final name; or null
 * @param program runs as a process: from its start to its end, the start of a JVM included where it is one; or null
 */
record Contender(String name, Predicate<Scene> takes, Client client, Program program) {

    /** A client in this JVM. */
    interface Client {
        /** Does the job and returns the nanoseconds that count; throws where it does not succeed. */
        long run(Job job) throws Exception;
    }

    /** A client that is a program. */
    interface Program {
        /** The command that does the job and then ends with status 0. It may write into the job's scratch directory. */
        List<String> command(Job job) throws Exception;
    }

    static Contender warm(String name, Predicate<Scene> takes, Client client) {
        return new Contender(name, takes, client, null);
    }

    static Contender process(String name, Predicate<Scene> takes, Program program) {
        return new Contender(name, takes, null, program);
    }

    boolean isWarm() {
        return client != null;
    }
}
