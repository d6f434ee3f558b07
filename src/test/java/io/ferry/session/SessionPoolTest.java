package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.ferry.session.FtpException.Kind;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Await;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A pool lends sound sessions only, never too many, and leaves nothing behind. */
class SessionPoolTest extends SessionTestBase {

    private static long logins(TestServer server) {
        return verbs(server).stream().filter("USER"::equals).count();
    }

    /** Runs on a thread of its own, which ends before the test does. */
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

    private static Throwable outcome(Future<?> task) {
        Throwable thrown = catchThrowable(() -> task.get(FOR_EVER.toSeconds(), TimeUnit.SECONDS));
        assertThat(thrown).isInstanceOf(ExecutionException.class);
        return thrown.getCause();
    }

    @Test
    void nothingConnectsBeforeTheFirstLease() {
        ScriptedServer server = keep(ScriptedServer.start());
        pool(PartnerSetup.of(server)).close();
        assertThat(server.commands()).isEmpty();
    }

    @Test
    void noMoreThanMaxSessionsAreOpenAtOnce() throws Exception {
        TestServer server = keep(ApacheFtp.start(ApacheFtp.plain().maxLogins(3)));
        SessionPool pool = pool(PartnerSetup.of(server).maxSessions(3));
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        var holders = ConcurrentHashMap.<FtpSession>newKeySet();
        List<Future<?>> tasks = new ArrayList<>();
        ExecutorService executor = Executors.newFixedThreadPool(12);
        keep(() -> {
            executor.shutdownNow();
            assertThat(executor.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        });
        for (int i = 0; i < 60; i++) {
            String directory = "d" + i;
            tasks.add(executor.submit(() -> {
                try (Lease lease = pool.lease()) {
                    assertThat(holders.add(lease.session()))
                            .as("lent to two at once")
                            .isTrue();
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    lease.session().makeDirectory(directory);
                    assertThat(lease.session().directory(directory)).contains("/" + directory);
                    now.decrementAndGet();
                    holders.remove(lease.session());
                }
                return null;
            }));
        }
        for (Future<?> task : tasks) {
            task.get(FOR_EVER.toSeconds(), TimeUnit.SECONDS);
        }
        assertThat(most).hasValue(3);
        assertThat(logins(server)).isEqualTo(3);
        try (var made = Files.list(server.root())) {
            assertThat(made).hasSize(60);
        }
    }

    @Test
    void leaseTimeOutTellsTheStateOfThePool() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        SessionPool pool = pool(PartnerSetup.of(server).maxSessions(2).lease(200));
        try (Lease one = pool.lease();
                Lease two = pool.lease()) {
            assertThat(one.session()).isNotSameAs(two.session());
            FtpException failure = failure(Kind.NO_SESSION, pool::lease);
            assertThat(failure)
                    .hasMessageContaining("ftp://ferry@127.0.0.1:" + server.port())
                    .hasMessageContaining("no session free within PT0.2S")
                    .hasMessageContaining("most 2, lent 2, idle 0, waiting 0")
                    .hasMessageContaining("Raise maxSessions");
            assertThat(failure.isTransient()).isFalse();
        }
        try (Lease again = pool.lease()) {
            assertThat(again.session().isBroken()).isFalse();
        }
    }

    @Test
    void leaseTimeOutCountsThoseWhoWaitAndTellsTheLastFailure() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).greeting("421 Too many users.");
        SessionPool pool = pool(PartnerSetup.of(server).lease(2_000));
        failure(Kind.REFUSED_FOR_NOW, pool::lease);
        server.greeting("220 scripted");
        try (Lease held = pool.lease()) {
            FutureTask<Lease> first = start(pool::lease);
            long since = System.nanoTime();
            Await.until("half of its time has passed", FOR_EVER, () -> System.nanoTime() - since > 1_000_000_000L);
            FutureTask<Lease> second = start(pool::lease);
            assertThat(outcome(first).getMessage())
                    .contains("lent 1, idle 0, waiting 1")
                    .contains("last failure: ")
                    .contains("421 Too many users.")
                    .doesNotContain(server.password());
            assertThat(outcome(second)).hasMessageContaining("waiting 0");
            assertThat(held.session().isBroken()).isFalse();
        }
    }

    @Test
    void waitingLeaseGetsTheSessionThatIsGivenBack() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        SessionPool pool = pool(PartnerSetup.of(server));
        Lease held = pool.lease();
        FtpSession session = held.session();
        FutureTask<FtpSession> waiting = start(() -> {
            try (Lease lease = pool.lease()) {
                return lease.session();
            }
        });
        held.close();
        held.close();
        assertThat(waiting.get(20, TimeUnit.SECONDS)).isSameAs(session);
        assertThat(logins(server)).isEqualTo(1);
        // Closing a lease twice gives one session back, not two.
        try (Lease one = pool.lease()) {
            FutureTask<Lease> two = start(pool::lease);
            assertThat(catchThrowable(() -> two.get(200, TimeUnit.MILLISECONDS)))
                    .isInstanceOf(TimeoutException.class);
            two.cancel(true);
            assertThat(one.session()).isSameAs(session);
        }
    }

    @Test
    void failureToOpenGivesTheRoomBack() {
        ScriptedServer server = keep(ScriptedServer.start()).on("PASS", "530 Login incorrect.");
        SessionPool pool = pool(PartnerSetup.of(server).lease(1_000));
        for (int i = 0; i < 3; i++) {
            failure(Kind.LOGIN_REFUSED, pool::lease);
        }
    }

    @Test
    void unusableSettingsGiveTheRoomBackAndLeaveNoSocketOpen() {
        ScriptedServer server = keep(ScriptedServer.start());
        for (int i = 0; i < 3; i++) {
            Throwable thrown = assertTimeoutPreemptively(
                    FOR_EVER,
                    () -> catchThrowable(() -> pool(PartnerSetup.of(server)
                                    .encoding("klingon")
                                    .lease(1_000))
                            .lease()));
            assertThat(thrown).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("encoding klingon");
        }
        assertThat(server.commands()).isEmpty();
    }

    @Test
    void goodbyeThatWaitsIsSeenBeforeTheSessionIsLentAgain() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        server.on("PWD", "257 \"/\"\r\n421 Too long idle.");
        SessionPool pool = pool(PartnerSetup.of(server));
        Lease lease = pool.lease();
        assertThat(lease.session().workingDirectory()).isEqualTo("/");
        assertNotLentAgain(pool, lease);
        assertThat(logins(server)).isEqualTo(2);
    }

    @Test
    void sessionThatTheServerHasClosedIsReplacedOnceItHasIdled() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        SessionPool pool = pool(PartnerSetup.of(server));
        FtpSession first;
        try (Lease lease = pool.lease()) {
            first = lease.session();
        }
        server.dropAll();
        long idleSince = System.nanoTime();
        Await.until("idle for long enough to be asked", FOR_EVER, () -> System.nanoTime() - idleSince > 1_100_000_000L);
        try (Lease lease = pool.lease()) {
            assertThat(lease.session()).isNotSameAs(first);
            assertThat(lease.session().workingDirectory()).isEqualTo("/");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"421 Bye.", "500 What?", "150 Wait."})
    void idleSessionThatDoesNotAnswerNoopWellIsReplaced(String reply) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start()).on("NOOP", reply);
        SessionPool pool = pool(PartnerSetup.of(server).connect(1_000));
        FtpSession first;
        try (Lease lease = pool.lease()) {
            first = lease.session();
        }
        long idleSince = System.nanoTime();
        Await.until("idle for long enough to be asked", FOR_EVER, () -> System.nanoTime() - idleSince > 1_100_000_000L);
        try (Lease lease = pool.lease()) {
            assertThat(lease.session()).isNotSameAs(first);
        }
        assertThat(verbs(server)).contains("NOOP");
    }

    @Test
    void soundIdleSessionIsAskedAndLentAgain() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        SessionPool pool = pool(PartnerSetup.of(server));
        FtpSession first;
        try (Lease lease = pool.lease()) {
            first = lease.session();
        }
        long idleSince = System.nanoTime();
        Await.until("idle for long enough to be asked", FOR_EVER, () -> System.nanoTime() - idleSince > 1_100_000_000L);
        try (Lease lease = pool.lease()) {
            assertThat(lease.session()).isSameAs(first);
        }
        assertThat(verbs(server)).endsWith("NOOP");
    }

    @Test
    void distrustedSessionIsNotLentAgain() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        SessionPool pool = pool(PartnerSetup.of(server));
        Lease lease = pool.lease();
        lease.session().distrust();
        assertNotLentAgain(pool, lease);
    }

    @Test
    void endIdleSaysQuitAndThePoolStaysInUse() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        SessionPool pool = pool(PartnerSetup.of(server));
        pool.lease().close();
        pool.endIdle();
        assertThat(verbs(server)).endsWith("QUIT");
        try (Lease lease = pool.lease()) {
            assertThat(lease.session().workingDirectory()).isEqualTo("/");
        }
    }

    @Test
    void closeBreaksALeaseThatWaitsForAReply() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        CountDownLatch asked = new CountDownLatch(1);
        server.on("SIZE", (session, argument) -> {
            asked.countDown();
            return null;
        });
        SessionPool pool = pool(PartnerSetup.of(server).reply(600_000));
        FutureTask<Object> waiting = start(() -> {
            try (Lease lease = pool.lease()) {
                return lease.session().size("file");
            }
        });
        assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
        pool.close();
        assertThat(outcome(waiting)).isInstanceOf(FtpException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"RETR", "STOR"})
    void closeBreaksALeaseThatWaitsForData(String verb) throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        // Not the server's own port: this end stays open when the control connection goes.
        ServerSocket door = keep(new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1")));
        server.on("EPSV", "229 Passive (|||" + door.getLocalPort() + "|)").on(verb, "150 Go on.");
        SessionPool pool = pool(PartnerSetup.of(server).stall(600_000).reply(600_000));
        AtomicInteger moved = new AtomicInteger();
        FutureTask<Object> waiting = start(() -> {
            try (Lease lease = pool.lease();
                    DataConnection data = verb.equals("RETR")
                            ? lease.session().retrieve("file", 0)
                            : lease.session().store("file", 0)) {
                byte[] block = new byte[1 << 20];
                while (true) {
                    moved.incrementAndGet();
                    if (verb.equals("RETR")) {
                        data.read(block);
                    } else {
                        data.write(block, block.length);
                    }
                }
            }
        });
        Socket peer = keep(door.accept());
        Await.until("data is waited for", FOR_EVER, () -> moved.get() > 0);
        pool.close();
        assertThat(outcome(waiting)).isInstanceOf(FtpException.class);
        assertThat(peer.isClosed()).isFalse();
    }

    @Test
    void closeBreaksASessionThatIsBeingOpened() throws Exception {
        ServerSocket silent = keep(new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1")));
        SessionPool pool = pool(PartnerSetup.at(silent.getLocalPort()).connect(600_000));
        FutureTask<Object> opening = start(pool::lease);
        Socket client = keep(silent.accept());
        pool.close();
        assertThat(outcome(opening)).isInstanceOf(FtpException.class);
        assertThat(client.isConnected()).isTrue();
    }

    @Test
    void closeEndsThoseWhoWait() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        SessionPool pool = pool(PartnerSetup.of(server).lease(600_000));
        Lease held = pool.lease();
        FutureTask<Object> waiting = start(pool::lease);
        pool.close();
        held.close();
        Throwable outcome = outcome(waiting);
        assertThat(outcome).isInstanceOf(FtpException.class).hasMessageContaining("the pool is closed");
        assertThat(((FtpException) outcome).kind()).isEqualTo(Kind.NO_SESSION);
        assertThat(logins(server)).isEqualTo(1);
    }

    @Test
    void closedPoolConnectsToNobody() {
        ScriptedServer server = keep(ScriptedServer.start());
        SessionPool pool = pool(PartnerSetup.of(server));
        pool.close();
        assertThat(failure(Kind.NO_SESSION, pool::lease)).hasMessageContaining("the pool is closed");
        assertThat(server.commands()).isEmpty();
    }

    @Test
    void closedPoolDoesNotHangOnASilentServer() throws Exception {
        ServerSocket silent = keep(new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1")));
        SessionPool pool = pool(PartnerSetup.at(silent.getLocalPort()).connect(300));
        pool.close();
        failure(Kind.NO_SESSION, pool::lease);
    }

    @Test
    void interruptWhileWaitingForASession() throws Exception {
        ScriptedServer server = keep(ScriptedServer.start());
        SessionPool pool = pool(PartnerSetup.of(server).lease(600_000));
        try (Lease held = pool.lease()) {
            List<Boolean> flags = new ArrayList<>();
            List<Throwable> thrown = new ArrayList<>();
            Thread waiting = new Thread(() -> {
                thrown.add(catchThrowable(pool::lease));
                flags.add(Thread.currentThread().isInterrupted());
            });
            waiting.start();
            Await.until("waiting", FOR_EVER, () -> waiting.getState() == Thread.State.TIMED_WAITING);
            waiting.interrupt();
            waiting.join(FOR_EVER.toMillis());
            assertThat(thrown).hasSize(1).first().isInstanceOf(InterruptedIOException.class);
            assertThat(flags).containsExactly(true);
            assertThat(held.session().isBroken()).isFalse();
        }
        try (Lease after = pool.lease()) {
            assertThat(after.session().workingDirectory()).isEqualTo("/");
        }
    }

    @Test
    void transfersOfManyThreadsDoNotMix() throws Exception {
        TestServer server = keep(ApacheFtp.start());
        for (int i = 0; i < 8; i++) {
            Content.write(server.root().resolve("file" + i), 100_000 + i, i);
        }
        SessionPool pool = pool(PartnerSetup.of(server).maxSessions(3));
        List<FutureTask<Object>> tasks = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int number = i;
            tasks.add(start(() -> {
                for (int round = 0; round < 5; round++) {
                    fetch(pool, number);
                }
                return null;
            }));
        }
        for (FutureTask<Object> task : tasks) {
            task.get(FOR_EVER.toSeconds(), TimeUnit.SECONDS);
        }
        assertThat(logins(server)).isLessThanOrEqualTo(3);
    }

    private static void fetch(SessionPool pool, int number) throws IOException {
        try (Lease lease = pool.lease()) {
            assertThat(lease.session().size("file" + number)).contains(100_000L + number);
            Content.assertIs(readAll(lease.session().retrieve("file" + number, 0)), 100_000 + number, number);
        }
    }

    @Test
    void settingsThatMakeNoSenseAreRefusedAtOnce() {
        assertThatThrownBy(() -> PartnerSetup.at(0).get()).hasMessageContaining("port must be 1 to 65535, not 0");
        assertThatThrownBy(() -> PartnerSetup.at(70_000).get()).hasMessageContaining("not 70000");
        assertThatThrownBy(() -> PartnerSetup.at(21).host(" ").get()).hasMessageContaining("host is missing");
        assertThatThrownBy(() -> PartnerSetup.at(21).maxSessions(0).get()).hasMessageContaining("at least 1, not 0");
        assertThatThrownBy(() -> PartnerSetup.at(21).stall(0).get()).hasMessageContaining("must be positive");
        assertThatThrownBy(() -> PartnerSetup.at(21).reply(-1).get()).hasMessageContaining("must be positive");
    }

    @Test
    void spareSessionsLeaveOneAndAreNeverMoreThanTheMost() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        FaultProxy proxy = keep(FaultProxy.before(server));
        SessionPool pool = pool(PartnerSetup.of(proxy).maxSessions(4));
        AtomicInteger most = new AtomicInteger();
        AtomicInteger spares = new AtomicInteger();
        AtomicInteger had = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            for (int i = 0; i < 8; i++) {
                threads.execute(() -> {
                    for (int mine = 0; mine < 10; ) {
                        try (Closeable spare = pool.spare("")) {
                            if (spare == null) {
                                Thread.yield();
                                continue;
                            }
                            most.accumulateAndGet(spares.incrementAndGet(), Math::max);
                            try (Lease lease = pool.lease()) {
                                lease.session().workingDirectory();
                            }
                            spares.decrementAndGet();
                            had.incrementAndGet();
                            mine++;
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    }
                });
            }
            // Whoever needs a session has one, whatever the others do.
            for (int i = 0; i < 20; i++) {
                try (Lease lease = pool.lease()) {
                    lease.session().workingDirectory();
                }
            }
        } finally {
            threads.shutdown();
            assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(most.get()).isBetween(2, 3);
        assertThat(had.get()).isEqualTo(80);
        assertThat(proxy.commands().stream().filter(each -> each.startsWith("USER ")))
                .hasSizeLessThanOrEqualTo(4);
    }

    @Test
    void unusedSpareSessionGoesBack() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        SessionPool pool = pool(PartnerSetup.of(server).maxSessions(2));
        for (int i = 0; i < 5; i++) {
            try (Closeable spare = pool.spare("")) {
                assertThat(spare).isNotNull();
                assertThat(pool.spare("")).isNull();
            }
        }
        try (Lease first = pool.lease();
                Lease second = pool.lease()) {
            assertThat(first.session()).isNotSameAs(second.session());
        }
    }

    @Test
    void poolOfOneHasNoneToSpare() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        assertThat(pool(PartnerSetup.of(server).maxSessions(1)).spare("")).isNull();
    }

    @Test
    void anExtraSessionLeavesOneAndIsAskedBackByWhoeverWaits() throws Exception {
        Vsftpd server = keep(Vsftpd.start());
        SessionPool pool = pool(PartnerSetup.of(server).maxSessions(3));
        try (Lease extra = pool.extra();
                Lease second = pool.extra()) {
            assertThat(extra).isNotNull();
            assertThat(second).isNotNull();
            assertThat(pool.extra()).isNull();
            assertThat(pool.isAwaited()).isFalse();
            try (Lease other = pool.lease()) {
                assertThat(other).isNotNull();
                assertThat(pool.isAwaited()).isFalse();
                AtomicInteger spares = new AtomicInteger();
                Thread ahead = new Thread(() -> {
                    try (Closeable spare = pool.spare("")) {
                        spares.addAndGet(spare == null ? 0 : 1);
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                });
                ahead.start();
                while (!pool.isAwaited() && ahead.isAlive()) {
                    Thread.onSpinWait();
                }
                second.close();
                ahead.join();
                assertThat(spares.get()).isEqualTo(1);
            }
        }
    }
}
