package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.session.RemoteFileFacts;
import io.ferry.testkit.Await;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.Leaks;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.Vsftpd;
import io.ferry.transfer.Recorder;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The processor door: a stock ftp: endpoint polls, Ferry moves the bytes; and each operation of ftplib. */
class FtpTransferProcessorTest {

    private static final int MB = 1 << 20;

    @TempDir
    Path local;

    private Leaks leaks;
    private Vsftpd server;
    private FaultProxy proxy;
    private DefaultCamelContext context;
    private FtpTransferProcessor processor;
    private ProducerTemplate template;

    @BeforeEach
    void start() throws Exception {
        leaks = Leaks.snapshot();
        server = Vsftpd.start();
        proxy = FaultProxy.before(server);
        context = new DefaultCamelContext();
        processor = new FtpTransferProcessor();
        processor.setEndpointUri(stock("", "reconnectDelay=20"));
        processor.getOptions().setWorkDirectory(local.resolve("work").toString());
        context.getRegistry().bind("ferry", processor);
        template = context.createProducerTemplate();
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:ftp").process("ferry");
            }
        });
        context.start();
    }

    @AfterEach
    void stop() throws Exception {
        if (context != null) {
            template.stop();
            context.stop();
            proxy.close();
            server.close();
            Leaks.assertNoneSince(leaks);
        }
    }

    private String stock(String directory, String options) {
        return "ftp:127.0.0.1:" + proxy.port() + "/" + directory + "?username=" + server.user() + "&password=RAW("
                + server.password() + ")&binary=true&passiveMode=true&" + options;
    }

    private Path remote(String name, long size, long seed) throws Exception {
        Path file = Content.write(server.root().resolve(name), size, seed);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(3600)));
        return file;
    }

    private <T> T call(String operation, Object body, Class<T> type, Object... headers) {
        Map<String, Object> all = new java.util.HashMap<>(Map.of(FerryHeaders.OPERATION, operation));
        for (int i = 0; i < headers.length; i += 2) {
            all.put((String) headers[i], headers[i + 1]);
        }
        return template.requestBodyAndHeaders("direct:ftp", body, all, type);
    }

    @Test
    void everyOperationOfFtplib() throws Exception {
        call("makeDirectory", null, Object.class, FerryHeaders.REMOTE_PATH, "dir");
        assertThat(server.root().resolve("dir")).isDirectory();
        call("store", "hello", Object.class, FerryHeaders.REMOTE_PATH, "dir/a.txt");
        assertThat(server.root().resolve("dir/a.txt")).hasContent("hello");
        call("append", " world", Object.class, FerryHeaders.REMOTE_PATH, "dir/a.txt");
        assertThat(server.root().resolve("dir/a.txt")).hasContent("hello world");
        assertThat(call("size", null, Long.class, FerryHeaders.REMOTE_PATH, "dir/a.txt"))
                .isEqualTo(11);
        assertThat(call("modified", null, Instant.class, FerryHeaders.REMOTE_PATH, "dir/a.txt"))
                .isEqualTo(Files.getLastModifiedTime(server.root().resolve("dir/a.txt"))
                        .toInstant()
                        .truncatedTo(java.time.temporal.ChronoUnit.SECONDS));
        assertThat(call("names", null, List.class, FerryHeaders.REMOTE_PATH, "dir"))
                .hasSize(1);
        @SuppressWarnings("unchecked")
        List<RemoteFileFacts> entries = call("list", null, List.class, FerryHeaders.REMOTE_PATH, "dir");
        assertThat(entries).singleElement().satisfies(entry -> {
            assertThat(entry.name()).isEqualTo("a.txt");
            assertThat(entry.size()).isEqualTo(11);
            assertThat(entry.directory()).isFalse();
        });
        call("rename", null, Object.class, FerryHeaders.REMOTE_PATH, "dir/a.txt", FerryHeaders.RENAME_TO, "dir/b.txt");
        assertThat(call("retrieve", null, File.class, FerryHeaders.REMOTE_PATH, "dir/b.txt"))
                .hasContent("hello world");
        call("delete", null, Object.class, FerryHeaders.REMOTE_PATH, "dir/b.txt");
        call("removeDirectory", null, Object.class, FerryHeaders.REMOTE_PATH, "dir");
        assertThat(server.root().resolve("dir")).doesNotExist();
        assertThat(call("workingDirectory", null, String.class)).isEqualTo("/");
        call("quit", null, Object.class);
        Await.until("QUIT sent", Duration.ofSeconds(10), () -> proxy.commands().contains("QUIT"));
    }

    @Test
    void workingDirectoryIsKeptWithTheExchange() throws Exception {
        Files.createDirectories(server.root().resolve("in/deep"));
        remote("in/deep/file", 100, 1);
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:steps")
                        .setHeader(FerryHeaders.OPERATION, constant("changeDirectory"))
                        .setHeader(FerryHeaders.REMOTE_PATH, constant("in"))
                        .process("ferry")
                        .setHeader(FerryHeaders.REMOTE_PATH, constant("deep"))
                        .process("ferry")
                        .setHeader(FerryHeaders.OPERATION, constant("size"))
                        .setHeader(FerryHeaders.REMOTE_PATH, constant("file"))
                        .process("ferry");
            }
        });
        assertThat(template.requestBody("direct:steps", null, Long.class)).isEqualTo(100);
        assertThat(proxy.commands()).contains("SIZE /in/deep/file");
    }

    @Test
    void restartOffsetIsInTheCallersHand() throws Exception {
        remote("file", 10 * MB, 2);
        Path target = local.resolve("file");
        Files.write(target, Content.bytes(0, 4 * MB, 2));
        call(
                "retrieve",
                null,
                File.class,
                FerryHeaders.REMOTE_PATH,
                "file",
                FerryHeaders.LOCAL_PATH,
                target.toString(),
                FerryHeaders.RESTART_OFFSET,
                4 * MB,
                FerryHeaders.BLOCK_SIZE,
                "1MB");
        Content.assertIs(target, 10 * MB, 2);
        assertThat(proxy.commands()).contains("REST " + (4 * MB - (64 << 10)));
        assertThat(proxy.bytesDown()).isEqualTo(6 * MB + (64 << 10));
    }

    @Test
    void restartOffsetBeyondWhatIsThereIsAnError() throws Exception {
        remote("file", MB, 3);
        assertThatThrownBy(() -> call(
                        "retrieve",
                        null,
                        File.class,
                        FerryHeaders.REMOTE_PATH,
                        "file",
                        FerryHeaders.RESTART_OFFSET,
                        1000))
                .isInstanceOf(CamelExecutionException.class)
                .rootCause()
                .hasMessageContaining("Restart at byte 1000")
                .hasMessageContaining("here are 0 bytes");
        Path drop = Content.write(local.resolve("drop"), MB, 4);
        assertThatThrownBy(() -> call(
                        "store",
                        drop.toFile(),
                        Object.class,
                        FerryHeaders.REMOTE_PATH,
                        "up",
                        FerryHeaders.RESTART_OFFSET,
                        1000))
                .rootCause()
                .hasMessageContaining("Restart at byte 1000");
        assertThat(server.root().resolve("up")).doesNotExist();
    }

    @Test
    void transfersResumeAndReportProgress() throws Exception {
        remote("file", 20 * MB, 5);
        Recorder recorder = new Recorder();
        processor.setListener(recorder);
        proxy.cutDataAfter(8 * MB, Direction.DOWN, Cut.RST);
        Path target = local.resolve("file");
        call(
                "retrieve",
                null,
                File.class,
                FerryHeaders.REMOTE_PATH,
                "file",
                FerryHeaders.LOCAL_PATH,
                target.toString());
        Content.assertIs(target, 20 * MB, 5);
        proxy.cutDataAfter(8 * MB, Direction.UP, Cut.RST);
        call("store", target.toFile(), Object.class, FerryHeaders.REMOTE_PATH, "up");
        Content.assertIs(server.root().resolve("up"), 20 * MB, 5);
        assertThat(recorder.resumes()).isEqualTo(2);
    }

    @Test
    void stockEndpointPollsAndFerryMovesTheBytes() throws Exception {
        Files.createDirectories(server.root().resolve("outbound")).toFile().setWritable(true, false);
        remote("outbound/file", 3 * MB, 6);
        FtpTransferProcessor own = new FtpTransferProcessor();
        own.getOptions().setWorkDirectory(local.resolve("work").toString());
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(stock("outbound", "download=false&delete=true&initialDelay=0&delay=100"))
                        .process(own)
                        .to("file:" + local.resolve("inbox"));
            }
        });
        Await.until(
                "deleted at the source",
                Duration.ofSeconds(20),
                () -> !Files.exists(server.root().resolve("outbound/file")));
        Content.assertIs(local.resolve("inbox/file"), 3 * MB, 6);
    }

    @Test
    void usableFromYaml() throws Exception {
        remote("file", 1000, 7);
        String yaml = "- route:\n    id: yaml\n    from:\n      uri: direct:yaml\n      steps:\n"
                + "        - setHeader:\n            name: CamelFerryRemotePath\n            constant: file\n"
                + "        - process:\n            ref: ferry\n";
        PluginHelper.getRoutesLoader(context).loadRoutes(ResourceHelper.fromString("in.yaml", yaml));
        File file = template.requestBody("direct:yaml", null, File.class);
        Content.assertIs(file.toPath(), 1000, 7);
    }

    @Test
    void accountIsSentWhenAskedFor() throws Exception {
        try (ScriptedServer scripted = ScriptedServer.start()) {
            scripted.on("PASS", "332 Need account").on("ACCT", "230 Welcome").put("/file", Content.bytes(10, 8));
            FtpTransferProcessor own = new FtpTransferProcessor();
            own.setCamelContext(context);
            own.setOperation("size");
            own.setRemotePath("/file");
            own.setEndpointUri("ftp:127.0.0.1:" + scripted.port() + "?username=" + scripted.user() + "&password="
                    + scripted.password() + "&account=billing&passiveMode=true&binary=true");
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:account").process(own);
                }
            });
            assertThat(template.requestBody("direct:account", null, Long.class)).isEqualTo(10);
            assertThat(scripted.commands()).contains("ACCT billing");
            own.stop();
        }
    }

    @Test
    void mistakesAreNamed() {
        assertThatThrownBy(() -> call("retreive", null, File.class, FerryHeaders.REMOTE_PATH, "file"))
                .rootCause()
                .hasMessageContaining("no operation \"retreive\"");
        assertThatThrownBy(() -> call("retrieve", null, File.class))
                .rootCause()
                .hasMessageContaining(FerryHeaders.REMOTE_PATH);
        assertThatThrownBy(() -> call("delete", null, File.class, FerryHeaders.REMOTE_PATH, "nothing"))
                .rootCause()
                .hasMessageContaining("DELE nothing")
                .hasMessageContaining("550");
    }
}
