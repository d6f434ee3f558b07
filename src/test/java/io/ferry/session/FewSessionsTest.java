package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.session.FtpException.Kind;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Await;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that allow fewer sessions than the pool may open. */
class FewSessionsTest extends SessionTestBase {

    private <T> FutureTask<T> start(Callable<T> task) {
        FutureTask<T> future = new FutureTask<>(task);
        Thread thread = new Thread(future, "ferry-test-task");
        thread.setDaemon(true);
        thread.start();
        keep(() -> {
            thread.interrupt();
            thread.join(10_000);
        });
        return future;
    }

    private static <T> T get(FutureTask<T> task) throws Exception {
        return task.get(FOR_EVER.toSeconds(), TimeUnit.SECONDS);
    }

    /** Counts the sessions that are logged in, and refuses one more. */
    private static AtomicInteger limit(ScriptedServer server, int most, String verb, String refusal) {
        AtomicInteger now = new AtomicInteger();
        server.on(verb, (session, argument) -> {
            if (now.incrementAndGet() > most) {
                now.decrementAndGet();
                session.reply(refusal);
                session.drop();
                return null;
            }
            return session.standard(verb, argument);
        });
        server.on("QUIT", (session, argument) -> {
            now.decrementAndGet();
            return session.standard("QUIT", argument);
        });
        return now;
    }

    /** Sessions that say goodbye still count at the server: whoever comes meanwhile waits for it. */
    @Test
    void sessionIsOpenedWhileTheLastOneSaysGoodbye() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        CountDownLatch leaving = new CountDownLatch(1);
        CountDownLatch refused = new CountDownLatch(1);
        AtomicInteger others = new AtomicInteger();
        server.on("USER", (session, argument) -> {
            if (others.get() > 0 && refused.getCount() > 0) {
                session.reply("421 Too many users.");
                session.drop();
                refused.countDown();
                return null;
            }
            others.incrementAndGet();
            return session.standard("USER", argument);
        });
        server.on("QUIT", (session, argument) -> {
            leaving.countDown();
            Await.until("somebody is refused", FOR_EVER, () -> refused.getCount() == 0);
            return session.standard("QUIT", argument);
        });
        SessionPool pool = pool(PartnerSetup.of(server).maxSessions(3));
        pool.lease().close();
        FutureTask<Object> ending = start(() -> {
            pool.endIdle();
            return null;
        });
        assertThat(leaving.await(10, TimeUnit.SECONDS)).isTrue();
        try (Lease lease = pool.lease()) {
            assertThat(refused.getCount()).isZero();
            assertThat(lease.session().workingDirectory()).isNotEmpty();
        }
        get(ending);
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void eightThreadsShareTheOneSessionThatAServerAllows(String name) throws Exception {
        TestServer server = keep(
                name.equals("apache")
                        ? ApacheFtp.start(ApacheFtp.plain().maxLogins(1))
                        : Vsftpd.start(Vsftpd.plain().maxPerIp(1)));
        SessionPool pool = pool(PartnerSetup.of(server).maxSessions(4));
        CyclicBarrier together = new CyclicBarrier(8);
        List<FutureTask<Object>> tasks = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int number = i;
            tasks.add(start(() -> {
                together.await(20, TimeUnit.SECONDS);
                for (int round = 0; round < 5; round++) {
                    try (Lease lease = pool.lease()) {
                        lease.session().makeDirectory("d" + number + "-" + round);
                    }
                }
                return null;
            }));
        }
        for (FutureTask<Object> task : tasks) {
            get(task);
        }
        try (var made = Files.list(server.root())) {
            assertThat(made).hasSize(40);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "USER, 421 Too many users.",
        "PASS, 421 Maximum login limit has been reached.",
        "PASS, '530 Sorry, the maximum number of clients (2) for this user are already connected.'",
    })
    void poolShrinksToWhatTheServerAllowsAndStaysThere(String verb, String refusal) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        limit(server, 2, verb, refusal);
        SessionPool pool = pool(PartnerSetup.of(server).maxSessions(5));
        Lease one = pool.lease();
        Lease two = pool.lease();
        FutureTask<FtpSession> third = start(() -> {
            try (Lease lease = pool.lease()) {
                return lease.session();
            }
        });
        Await.until("the third login", FOR_EVER, () -> logins(server) == 3);
        FtpSession first = one.session();
        one.close();
        assertThat(get(third)).isSameAs(first);
        two.close();
        // Two permits of five are left, and each finds a session.
        for (int i = 0; i < 5; i++) {
            try (Lease a = pool.lease();
                    Lease b = pool.lease()) {
                assertThat(a.session()).isNotSameAs(b.session());
            }
        }
        assertThat(logins(server)).isEqualTo(3);
    }

    private static long logins(ScriptedServer server) {
        return verbs(server).stream().filter("USER"::equals).count();
    }

    @Test
    void refusalOfTheOnlySessionIsAnError() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).onNext("PASS", "421 Too many users.");
        SessionPool pool = pool(PartnerSetup.of(server).maxSessions(3));
        assertThat(failure(Kind.REFUSED_FOR_NOW, pool::lease)).hasMessageContaining("421 Too many users.");
        pool.lease().close();
    }

    /** Everyone's login is refused: each either fails or waits for one that does; nobody waits for ever. */
    @Test
    void refusalOfAllIsAnErrorForAll() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).greeting("421 Too many users.");
        SessionPool pool = pool(PartnerSetup.of(server).maxSessions(3));
        CyclicBarrier together = new CyclicBarrier(3);
        List<FutureTask<Kind>> tasks = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            tasks.add(start(() -> {
                together.await(20, TimeUnit.SECONDS);
                try (Lease lease = pool.lease()) {
                    return null;
                } catch (FtpException e) {
                    return e.kind();
                }
            }));
        }
        for (FutureTask<Kind> task : tasks) {
            assertThat(get(task)).isEqualTo(Kind.REFUSED_FOR_NOW);
        }
        server.greeting("220 scripted");
        pool.lease().close();
    }

    @Test
    void leaseThatWaitsForASessionEndsWithTheLeaseTimeOut() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        limit(server, 1, "PASS", "421 Too many users.");
        SessionPool pool = pool(PartnerSetup.of(server).maxSessions(2).lease(500));
        try (Lease held = pool.lease()) {
            assertThat(failure(Kind.NO_SESSION, pool::lease))
                    .hasMessageContaining("1 fewer allowed by the server")
                    .hasMessageContaining("421 Too many users.");
            assertThat(held.session().isBroken()).isFalse();
        }
    }

    @Test
    void serverThatAllowsMoreAgainIsAskedAgain() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        limit(server, 1, "PASS", "421 Too many users.");
        SessionPool pool = keep(new SessionPool(
                PartnerSetup.of(server).maxSessions(2).lease(200).get(), Duration.ofMillis(1)));
        try (Lease one = pool.lease()) {
            failure(Kind.NO_SESSION, pool::lease);
            server.standard("PASS");
            Await.until("a second session", FOR_EVER, () -> {
                try (Lease two = pool.lease()) {
                    return two.session() != one.session();
                } catch (IOException e) {
                    return false;
                }
            });
        }
    }

    /** The server has not noticed yet that the broken session is gone: its refusal is not about the password. */
    @Test
    void refusalAfterABrokenSessionIsForNow() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        SessionPool pool = pool(PartnerSetup.of(server));
        server.on("PASS", "530 Sorry, the maximum number of clients (1) for this user are already connected.");
        failure(Kind.LOGIN_REFUSED, pool::lease);
        server.standard("PASS");
        Lease lease = pool.lease();
        lease.session().distrust();
        lease.close();
        server.on("PASS", "530 Sorry, the maximum number of clients (1) for this user are already connected.");
        FtpException failure = failure(Kind.REFUSED_FOR_NOW, pool::lease);
        assertThat(failure.isTransient()).isTrue();
        assertThat(failure).hasMessageContaining("may still count a session").hasMessageContaining("maximum number");
    }
}
