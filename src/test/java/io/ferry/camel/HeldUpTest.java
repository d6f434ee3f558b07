package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.session.Lease;
import io.ferry.session.SessionPool;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import io.ferry.transfer.Download;
import io.ferry.transfer.LocalSource;
import io.ferry.transfer.LocalTarget;
import io.ferry.transfer.RemoteTarget;
import io.ferry.transfer.Transfer;
import io.ferry.transfer.TransferListener;
import io.ferry.transfer.TransferOptions;
import io.ferry.transfer.Upload;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.component.file.GenericFileFilter;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a review found waiting, refused, or broken by what goes on beside it. */
class HeldUpTest extends RouteFixture {

    private static final Duration OLD = Duration.ofHours(3);

    /** Longer than any test may take: whatever ends in time was ended by something else. */
    private static final Duration FOR_EVER = Duration.ofMinutes(10);

    private static final int PARALLEL = 8;

    private final List<String> got = new CopyOnWriteArrayList<>();

    private TestServer server(String name) {
        return name.equals("vsftpd") ? Vsftpd.start() : ApacheFtp.start();
    }

    private static Thread thread(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.start();
        return thread;
    }

    private static void assertEnds(Thread thread) {
        until(thread.getName() + " ends", () -> !thread.isAlive());
    }

    @Test
    void closingThePoolLeftReadersAndWaitersHanging() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        scripted.put("/file", new byte[MB]);
        scripted.on("RETR", (session, argument) -> {
            session.reply("150 Here it comes.");
            Socket data = session.openData();
            data.getOutputStream().write(new byte[1000]);
            data.getOutputStream().flush();
            data.getInputStream().read();
            session.closeData();
            return "426 Gone.";
        });
        SessionPool pool = new SessionPool(partner(scripted.port(), 1, FOR_EVER));
        CountDownLatch reading = new CountDownLatch(1);
        TransferListener listener = new TransferListener() {
            @Override
            public void progressed(Transfer transfer, long offset) {
                reading.countDown();
            }
        };
        Download download = new Download(
                pool,
                "/file",
                LocalTarget.inWorkDirectory(local, "file", ".part"),
                TransferOptions.DEFAULT,
                listener,
                () -> false);
        Thread reader = thread("reader", () -> fails(download::run));
        assertThat(reading.await(30, TimeUnit.SECONDS)).isTrue();
        Thread waiter = thread("waiter", () -> fails(pool::lease));
        until("it waits for the one session", () -> waiter.getState() == Thread.State.TIMED_WAITING);
        pool.close();
        assertEnds(reader);
        assertEnds(waiter);
        assertThat(got).hasSize(2).allMatch(message -> message.contains("the pool is closed"));
    }

    @Test
    void closingThePoolLeftAThreadWaitingForTheGreeting() throws Exception {
        on(ScriptedServer.start());
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            SessionPool pool = new SessionPool(partner(silent.getLocalPort(), 1, FOR_EVER));
            Thread opener = thread("opener", () -> fails(pool::lease));
            try (Socket accepted = silent.accept()) {
                until(
                        "it waits for the greeting",
                        () -> List.of(opener.getStackTrace()).stream()
                                .anyMatch(frame -> frame.getMethodName().equals("greet")));
                pool.close();
                assertEnds(opener);
                assertThat(accepted.getInputStream().read()).isEqualTo(-1);
            }
        }
        assertThat(got).hasSize(1);
    }

    /** What is expected to fail; its message is kept. */
    private void fails(Call call) {
        try {
            call.run();
            got.add("no failure");
        } catch (IOException e) {
            got.add(e.getMessage());
        }
    }

    private interface Call {
        Object run() throws IOException;
    }

    @Test
    void listingFormatOfAStockEndpointMadeAPoolForEachMessage() throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", "12345", OLD);
        context.start();
        FtpTransferProcessor processor = new FtpTransferProcessor();
        processor.setCamelContext(context);
        processor.setEndpointUri(stock("&ftpClientConfig.serverTimeZoneId=UTC&ftpClientConfig.serverLanguageCode=en"));
        processor.setOperation("size");
        processor.setRemotePath("outbound/file");
        processor.start();
        for (int i = 0; i < 5; i++) {
            Exchange exchange = new DefaultExchange(context);
            processor.process(exchange);
            assertThat(exchange.getMessage().getBody()).isEqualTo(5L);
        }
        processor.stop();
        assertThat(proxy.controlConnections()).isEqualTo(1);
    }

    private String stock(String options) {
        return "ftp:127.0.0.1:" + proxy.port() + "/outbound?username=" + server.user() + "&password=RAW("
                + server.password() + ")&passiveMode=true&binary=true&reconnectDelay=20" + options;
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void uploadsThatMadeOneDirectoryTogetherFailed(String name) throws Exception {
        on(server(name));
        directory("");
        context.start();
        ExecutorService senders = Executors.newFixedThreadPool(PARALLEL);
        for (int round = 0; round < 4; round++) {
            String to = uri("new" + round + "/deep", "maxSessions=" + PARALLEL);
            List<Future<?>> sent = new ArrayList<>();
            for (int i = 0; i < PARALLEL; i++) {
                String file = "file" + i;
                sent.add(senders.submit(() -> send(to, file, file)));
            }
            for (Future<?> each : sent) {
                each.get(30, TimeUnit.SECONDS);
            }
            assertThat(names(server.root().resolve("new" + round + "/deep"))).hasSize(PARALLEL);
        }
        senders.shutdown();
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void commitsThatMadeOneDirectoryTogetherFailed(String name) throws Exception {
        on(server(name));
        for (int i = 0; i < PARALLEL; i++) {
            put("outbound/" + i, "content", OLD);
        }
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(in("outbound", "move=.done/deep&onCompletionExceptionHandler=#failures&maxSessions=" + PARALLEL))
                        .threads(PARALLEL)
                        .process(exchange -> got.add(exchange.getIn().getHeader(Exchange.FILE_NAME, String.class)));
            }
        });
        until(
                "all moved",
                () -> names(server.root().resolve("outbound/.done/deep")).size() == PARALLEL);
        assertThat(got).hasSize(PARALLEL).doesNotHaveDuplicates();
        assertThat(failures).isEmpty();
    }

    @Test
    void slowFilterBrokeTheListing() throws Exception {
        on(ApacheFtp.start());
        for (int i = 0; i < 20; i++) {
            put("outbound/" + i, "content", OLD);
        }
        AtomicInteger slow = new AtomicInteger();
        context.getRegistry().bind("slow", GenericFileFilter.class, new GenericFileFilter<Object>() {
            @Override
            public boolean accept(GenericFile<Object> file) {
                if (slow.getAndIncrement() < 2) {
                    longerThanTheTimeout();
                }
                return true;
            }
        });
        deliver(
                in("outbound", "delete=true&timeout=200&maxSessions=1&filter=#slow"),
                exchange -> got.add(text(exchange)));
        until("all deleted", () -> tree(server.root()).isEmpty());
        assertThat(got).hasSize(20);
        assertThat(failures).isEmpty();
        assertThat(slow).hasValue(20);
        assertThat(proxy.commands().stream().filter(command -> command.startsWith("RETR")))
                .hasSize(20);
    }

    /** What is slow here is the user's code, with the deadline of the connection at 200 ms. */
    private static void longerThanTheTimeout() {
        try {
            Thread.sleep(600);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void slowListenerWasTakenForAStall() throws Exception {
        on(ApacheFtp.start());
        directory("");
        TransferListener listener = new TransferListener() {
            private int slow;

            @Override
            public void progressed(Transfer transfer, long offset) {
                if (slow++ < 2) {
                    longerThanTheTimeout();
                }
            }

            @Override
            public void interrupted(Transfer transfer, long offset, String why, Duration wait) {
                failures.add(why);
            }
        };
        Path file = Content.write(local.resolve("file"), 4 * MB, 1);
        try (SessionPool pool = new SessionPool(partner(proxy.port(), 1, Duration.ofMillis(200)))) {
            new Upload(
                            pool,
                            LocalSource.of(file),
                            RemoteTarget.replacing("file"),
                            TransferOptions.DEFAULT,
                            listener,
                            () -> false)
                    .run();
            Download download = new Download(
                    pool,
                    "file",
                    LocalTarget.inWorkDirectory(local, "file", ".part"),
                    TransferOptions.DEFAULT,
                    listener,
                    () -> false);
            download.run();
            Content.assertIs(download.file(), 4 * MB, 1);
        }
        assertThat(failures).isEmpty();
    }

    @Test
    void stoppingOneRouteKilledTheOtherThatSharesItsProcessor() throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", "content", OLD);
        FtpTransferProcessor processor = new FtpTransferProcessor();
        processor.setEndpointUri(stock(""));
        processor.setRemotePath("outbound/file");
        processor.setLocalDirectory(local.toString());
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:a").routeId("a").process(processor);
                from("direct:b").routeId("b").process(processor);
            }
        });
        send("direct:b", "", "file");
        context.getRouteController().stopRoute("a");
        Files.delete(local.resolve("file"));
        send("direct:b", "", "file");
        assertThat(local.resolve("file")).hasContent("content");
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void appendDidNotMakeTheDirectory(String name) throws Exception {
        on(server(name));
        directory("");
        context.start();
        String to = uri("new/deep", "fileExist=Append");
        send(to, "one ", "file");
        send(to, "two", "file");
        assertThat(server.root().resolve("new/deep/file")).hasContent("one two");
    }

    @Test
    void readLockFailedWhereMlsdRefusesAFile() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        scripted.features("SIZE", "MDTM", "REST STREAM", "EPSV", "MLST size*;modify*;type*;");
        scripted.put("/out/file", new byte[5]);
        String facts = "type=file;size=5;modify=20260101000000; ";
        scripted.on("MLST", (session, argument) -> "250-Facts\r\n " + facts + argument + "\r\n250 End");
        scripted.on("MLSD", (session, argument) -> {
            if (argument.endsWith("file")) {
                return "501 Not a directory.";
            }
            session.sendLines(List.of(facts + "file"));
            return null;
        });
        deliver(
                in(
                        "out",
                        "noop=true&readLock=changed&fastExistsCheck=true&readLockCheckInterval=50&readLockTimeout=20000"),
                exchange -> got.add(exchange.getIn().getHeader(Exchange.FILE_NAME, String.class)));
        until("delivered", () -> !got.isEmpty());
        assertThat(got).containsExactly("file");
        assertThat(failures).isEmpty();
        assertThat(scripted.commands()).contains("MLSD out/file");
    }

    @Test
    void closedPoolLendsNothing() throws Exception {
        on(ApacheFtp.start());
        SessionPool pool = new SessionPool(partner(proxy.port(), 1, LIMIT));
        try (Lease lease = pool.lease()) {
            assertThat(lease.session().size("nothing")).isEmpty();
        }
        pool.close();
        fails(pool::lease);
        assertThat(got).singleElement().asString().contains("the pool is closed");
    }
}
