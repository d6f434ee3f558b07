package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.ferry.session.FtpException;
import io.ferry.session.Lease;
import io.ferry.session.ListingFormat;
import io.ferry.session.Partner;
import io.ferry.session.SessionPool;
import io.ferry.session.Timeouts;
import io.ferry.testkit.Await;
import io.ferry.testkit.Leaks;
import io.ferry.testkit.ScriptedServer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who waits for a session that another of the same line works with is not told that there is none. */
class WorkingLeaseTest {

    private Leaks leaks;
    private ScriptedServer server;
    private SessionPool pool;

    @BeforeEach
    void start() {
        leaks = Leaks.snapshot();
        server = ScriptedServer.start();
        Duration second = Duration.ofSeconds(10);
        pool = new SessionPool(new Partner(
                "127.0.0.1",
                server.port(),
                server.user(),
                server.password(),
                null,
                null,
                new Timeouts(second, second, second, Duration.ofMillis(20)),
                true,
                Partner.PortRange.ANY,
                null,
                List.of(),
                ListingFormat.AUTO,
                1));
    }

    @AfterEach
    void stop() {
        pool.close();
        server.close();
        Leaks.assertNoneSince(leaks);
    }

    private static final class Busy implements Place {
        final AtomicInteger asked = new AtomicInteger();
        volatile boolean othersAtWork = true;

        @Override
        public boolean isNext() {
            return true;
        }

        @Override
        public void awaitNext(BooleanSupplier stop) {
            // It is.
        }

        @Override
        public void atWork(boolean hasSession) {
            // Nobody asks.
        }

        @Override
        public boolean areOthersAtWork() {
            asked.incrementAndGet();
            return othersAtWork;
        }

        @Override
        public boolean isFollowed() {
            return false;
        }
    }

    private FutureTask<Object> waiting(WorkingLease working) {
        FutureTask<Object> task = new FutureTask<>(() -> {
            try (working) {
                return working.take();
            }
        });
        new Thread(task, "waiting").start();
        return task;
    }

    @Test
    void waitsForOthersOfItsLineWhateverTheTimeOut() throws Exception {
        Busy place = new Busy();
        FutureTask<Object> task;
        try (Lease other = pool.lease()) {
            task = waiting(new WorkingLease(pool, place, () -> false));
            Await.until("several time-outs", Duration.ofSeconds(20), () -> place.asked.get() > 3);
            assertThat(other.session()).isNotNull();
            assertThat(task).isNotDone();
        }
        assertThat(task.get(10, TimeUnit.SECONDS)).isNotNull();
    }

    @Test
    void failsWhereTheSessionsAreSomebodyElses() throws IOException {
        Busy place = new Busy();
        place.othersAtWork = false;
        try (Lease other = pool.lease()) {
            assertThat(other.session()).isNotNull();
            WorkingLease working = new WorkingLease(pool, place, () -> false);
            assertThat(catchThrowableOfType(FtpException.class, working::take)).hasMessageContaining("no session free");
            assertThat(catchThrowableOfType(FtpException.class, new WorkingLease(pool, new Busy(), () -> true)::take))
                    .hasMessageContaining("no session free");
        }
    }

    @Test
    void closedPoolIsNotWaitedFor() throws IOException {
        Lease other = pool.lease();
        pool.close();
        assertThat(catchThrowableOfType(FtpException.class, new WorkingLease(pool, new Busy(), () -> false)::take))
                .isNotNull();
        other.close();
    }
}
