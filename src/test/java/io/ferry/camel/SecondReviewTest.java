package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.session.SessionPool;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.Vsftpd;
import io.ferry.transfer.Transfer;
import io.ferry.transfer.TransferListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a second look found at the fixes of the first review. */
class SecondReviewTest extends RouteFixture {

    private static final Duration OLD = Duration.ofHours(3);
    private final List<String> got = new CopyOnWriteArrayList<>();

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void olderBackupOfAMovedTargetBlockedTheUpload(String name) throws Exception {
        on(name.equals("vsftpd") ? Vsftpd.start() : ApacheFtp.start());
        directory("inbound");
        context.start();
        String to = uri("inbound", "fileExist=Move&moveExisting=old-${file:onlyname}&maxSessions=1");
        for (int i = 1; i <= 4; i++) {
            send(to, "version " + i, "file");
        }
        assertThat(server.root().resolve("inbound/file")).hasContent("version 4");
        assertThat(server.root().resolve("inbound/old-file")).hasContent("version 3");
        assertThat(names(server.root().resolve("inbound"))).containsExactly("file", "old-file");
    }

    @Test
    void connectionLostWhileTheExistingFileIsMovedIsTriedAgain() throws Exception {
        on(Vsftpd.start());
        put("inbound/file", "old", OLD);
        context.start();
        proxy.cutControlOn("RNFR inbound/file");
        send(uri("inbound", "fileExist=Move&moveExisting=old-${file:onlyname}"), "new", "file");
        assertThat(server.root().resolve("inbound/file")).hasContent("new");
        assertThat(server.root().resolve("inbound/old-file")).hasContent("old");
    }

    @Test
    void stoppingOneRouteBrokeTheRunningTransferOfTheOther() throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", "x".repeat(4 * MB), OLD);
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        FtpTransferProcessor processor = new FtpTransferProcessor();
        processor.setEndpointUri("ftp:127.0.0.1:" + proxy.port() + "/outbound?username=" + server.user()
                + "&password=RAW(" + server.password() + ")&passiveMode=true&binary=true&reconnectDelay=20");
        processor.setRemotePath("outbound/file");
        processor.setLocalDirectory(local.toString());
        processor.setListener(new TransferListener() {
            @Override
            public void progressed(Transfer transfer, long offset) {
                running.countDown();
                try {
                    stopped.await(20, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }

            @Override
            public void interrupted(Transfer transfer, long offset, String why, Duration wait) {
                failures.add(why);
            }
        });
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:a").routeId("a").process(processor);
                from("direct:b").routeId("b").process(processor);
            }
        });
        CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> send("direct:b", "", "file"));
        assertThat(running.await(20, TimeUnit.SECONDS)).isTrue();
        context.getRouteController().stopRoute("a");
        stopped.countDown();
        sent.get(30, TimeUnit.SECONDS);
        assertThat(local.resolve("file")).hasSize(4 * MB);
        assertThat(failures).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void newVersionOfAnOldFileTakenByNameWasNeverSeen(String name) throws Exception {
        on(name.equals("vsftpd") ? Vsftpd.start() : ApacheFtp.start());
        put("outbound/file", "first", OLD);
        deliver(in("outbound", "noop=true&useList=false&fileName=file"), exchange -> got.add(text(exchange)));
        until("delivered", () -> got.size() == 1);
        awaitPolls(2);
        put("outbound/file", "second", Duration.ofMinutes(2));
        awaitPolls(10);
        assertThat(got).containsExactly("first", "second");
    }

    @Test
    void asideThatStayedBlocksTheNextUploadOfTheSameContent() throws Exception {
        on(ApacheFtp.start());
        put("inbound/file", "old", OLD);
        context.start();
        proxy.replaceReply("DELE", "550 No permission.").always();
        String to = uri("inbound", "");
        for (int i = 0; i < 3; i++) {
            send(to, "same content", "file");
        }
        assertThat(server.root().resolve("inbound/file")).hasContent("same content");
    }

    @Test
    void closingThePoolLeftAThreadConnecting() throws Exception {
        on(ScriptedServer.start());
        List<SocketChannel> filling = new ArrayList<>();
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            for (int i = 0; i < 5; i++) {
                SocketChannel channel = SocketChannel.open();
                channel.configureBlocking(false);
                channel.connect(new InetSocketAddress("127.0.0.1", full.getLocalPort()));
                filling.add(channel);
            }
            SessionPool pool = new SessionPool(partner(full.getLocalPort(), 1, Duration.ofSeconds(40)));
            Thread opener = new Thread(
                    () -> {
                        try {
                            pool.lease();
                        } catch (IOException e) {
                            got.add(e.getMessage());
                        }
                    },
                    "opener");
            opener.start();
            until(
                    "connecting",
                    () -> List.of(opener.getStackTrace()).stream()
                            .anyMatch(frame -> frame.getMethodName().equals("connect")));
            long begin = System.nanoTime();
            pool.close();
            opener.join(60_000);
            assertThat(System.nanoTime() - begin)
                    .isLessThan(Duration.ofSeconds(15).toNanos());
        } finally {
            for (SocketChannel each : filling) {
                each.close();
            }
        }
    }

    @Test
    void closingThePoolLeftAThreadOpeningADataConnection() throws Exception {
        ScriptedServer scripted = on(ScriptedServer.start());
        scripted.put("/f", new byte[10]);
        List<SocketChannel> filling = new ArrayList<>();
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            for (int i = 0; i < 5; i++) {
                SocketChannel channel = SocketChannel.open();
                channel.configureBlocking(false);
                channel.connect(new InetSocketAddress("127.0.0.1", full.getLocalPort()));
                filling.add(channel);
            }
            scripted.on("EPSV", "229 Passive (|||" + full.getLocalPort() + "|)");
            SessionPool pool = new SessionPool(partner(scripted.port(), 1, Duration.ofSeconds(40)));
            Thread opener = new Thread(
                    () -> {
                        try (io.ferry.session.Lease lease = pool.lease()) {
                            lease.session().retrieve("/f", 0);
                        } catch (IOException e) {
                            got.add(e.getMessage());
                        }
                    },
                    "opener");
            opener.start();
            until(
                    "connecting",
                    () -> scripted.commands().contains("EPSV")
                            && List.of(opener.getStackTrace()).stream()
                                    .anyMatch(frame -> frame.getMethodName().equals("connect")));
            long begin = System.nanoTime();
            pool.close();
            opener.join(60_000);
            assertThat(System.nanoTime() - begin)
                    .isLessThan(Duration.ofSeconds(15).toNanos());
        } finally {
            for (SocketChannel each : filling) {
                each.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"configuration.execPbsz=1", "ftpClient.keyStore.pasword=top-secret"})
    void moreWaysRoundTheRefusals(String option) throws Exception {
        on(ScriptedServer.start());
        String to = uri("x", option).replace("ferry-ftp:", "ferry-ftps:");
        assertThatThrownBy(() -> routes(new RouteBuilder() {
                    @Override
                    public void configure() {
                        from("direct:x").to(to);
                    }
                }))
                .rootCause()
                .hasMessageContaining("refuses the option");
    }

    @ParameterizedTest
    @ValueSource(strings = {"..\\evil", "\\evil", "sub\\..\\..\\evil"})
    void backslashesLeadOutOfTheLoginDirectory(String name) throws Exception {
        on(ScriptedServer.start());
        context.start();
        assertThatThrownBy(() -> send(uri("", ""), "x", name))
                .rootCause()
                .hasMessageContaining("jailStartingDirectory=false");
    }

    @Test
    void nameThatStaysInsideIsRefused() throws Exception {
        on(ApacheFtp.start());
        context.start();
        send(uri("", ""), "x", "sub/../file");
    }

    @Test
    void appendToATargetThatWasTakenMidwayWasCalledDone() throws Exception {
        on(Vsftpd.start());
        directory("inbound");
        context.start();
        proxy.cutDataAfter(2 * MB, Direction.UP, Cut.RST);
        context.getRegistry().bind("taker", TransferListener.class, new TransferListener() {
            @Override
            public void interrupted(Transfer transfer, long offset, String why, Duration wait) {
                try {
                    got.add("taken " + Files.size(server.root().resolve("inbound/file")));
                    Files.delete(server.root().resolve("inbound/file"));
                } catch (IOException e) {
                    got.add(e.toString());
                }
            }
        });
        try {
            send(uri("inbound", "fileExist=Append"), "z".repeat(4 * MB), "file");
            got.add("ok, then " + Files.size(server.root().resolve("inbound/file")));
        } catch (RuntimeException e) {
            got.add("failed " + e.getCause());
        }
        assertThat(got).anyMatch(each -> each.startsWith("failed") && each.contains("was taken or replaced"));
    }
}
