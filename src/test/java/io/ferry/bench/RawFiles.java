package io.ferry.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The limit for many files: the commands that each of them needs, over as many sessions as Ferry uses, and the bytes straight to or
 * from files. It lists nothing, and has no deadline: what it leaves of two processors is what the server takes.
 */
final class RawFiles implements Contender.Client {

    /** How much of what Ferry does it does. */
    enum Share {
        /** Two commands for each file at least: EPSV, and RETR or STOR. */
        BYTES,
        /**
         * Those as well by which one knows which version one got, or shows only a whole one, as few at a time as Ferry does: SIZE and
         * MDTM before and after RETR; SIZE, RNFR and RNTO after STOR.
         */
        COMMANDS,
        /** And what must be on the disk: a file before it gets its name, its name, and the record of it; the note of a rename before that. */
        SYNCS
    }

    /** At such a rate vsftpd now and then finds no free port for EPSV, and ends the session over it: for one thread at most so many. */
    static final int MOST_SESSIONS = 20;

    private final int sessions;
    private final Share share;

    RawFiles(int sessions, Share share) {
        this.sessions = sessions;
        this.share = share;
    }

    @Override
    public long run(Job job) throws Exception {
        AtomicInteger next = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(sessions);
        try {
            long start = System.nanoTime();
            List<Future<Void>> all = new ArrayList<>();
            for (int i = 0; i < sessions; i++) {
                Callable<Void> work = () -> {
                    work(job, next);
                    return null;
                };
                all.add(threads.submit(work));
            }
            for (Future<Void> each : all) {
                each.get();
            }
            return System.nanoTime() - start;
        } finally {
            threads.shutdownNow();
        }
    }

    private void work(Job job, AtomicInteger next) throws IOException {
        int i = next.getAndIncrement();
        int following = next.getAndIncrement();
        for (int opened = 1; i < job.files(); opened++) {
            try (RawSession session = new RawSession(job, share)) {
                while (i < job.files()) {
                    session.transfer(Job.name(i), following < job.files() ? Job.name(following) : null);
                    i = following;
                    following = next.getAndIncrement();
                }
            } catch (IOException e) {
                if (opened == MOST_SESSIONS) {
                    throw e;
                }
            }
        }
    }
}
