package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.FoldingDisk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.camel.builder.RouteBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Remote names that differ in case only, on a local disk that takes them for one: none replaces another. */
class CaseClashTest extends RouteFixture {

    private static final Duration OLD = Duration.ofHours(1);

    private @Nullable FoldingDisk disk;
    private Path out;

    @BeforeEach
    void mount() throws Exception {
        on(ApacheFtp.start());
        disk = FoldingDisk.mount(local.resolve("image"), Files.createDirectories(local.resolve("disk")));
        out = disk.directory().resolve("out");
    }

    @AfterEach
    void unmount() throws Exception {
        context.stop();
        if (disk != null) {
            disk.close();
        }
    }

    private void pull(String to) throws Exception {
        String from = in("", "delete=true&recursive=true&sortBy=file:name&workDirectory=" + disk.directory() + "/work")
                .replace("&workDirectory=" + local.resolve("work"), "");
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(from).routeId("test").to("file:" + out + to);
            }
        });
    }

    private void assertRefused(String second, String first) {
        until("a complaint", () -> !failures.isEmpty());
        assertThat(failures)
                .allSatisfy(failure -> assertThat(failure)
                        .contains("Download of " + second + " would replace " + out.resolve(first))
                        .contains("upper and lower case"));
        // Once at most: ahead of its turn, when the first file did not have its name yet.
        assertThat(proxy.commands().stream().filter(each -> each.matches("RETR /?" + second)))
                .hasSizeLessThanOrEqualTo(1);
    }

    @Test
    void secondNameWaitsUntilTheFirstIsTaken() throws Exception {
        put("ORDER.txt", "one", OLD);
        put("Order.txt", "two", OLD);
        pull("");
        assertRefused("Order.txt", "ORDER.txt");
        assertThat(out.resolve("ORDER.txt")).hasContent("one");
        assertThat(names(server.root())).containsExactly("Order.txt");
        Files.move(out.resolve("ORDER.txt"), local.resolve("taken"));
        until("the second", () -> names(server.root()).isEmpty());
        assertThat(names(out)).contains("Order.txt");
        assertThat(out.resolve("Order.txt")).hasContent("two");
    }

    /** Under its own name a newer version replaces an older one, as anywhere. */
    @Test
    void sameNameIsReplaced() throws Exception {
        put("Order.txt", "one", OLD);
        pull("");
        until("the first", () -> names(server.root()).isEmpty());
        put("Order.txt", "two", OLD);
        until("the second", () -> names(server.root()).isEmpty());
        assertThat(failures).isEmpty();
        assertThat(out.resolve("Order.txt")).hasContent("two");
    }

    @Test
    void directoriesMeetToo() throws Exception {
        put("JAN/order", "one", OLD);
        put("Jan/order", "two", OLD);
        put("Jan/other", "three", OLD);
        pull("");
        until("a complaint", () -> !failures.isEmpty());
        until("the others", () -> tree(server.root()).equals(List.of("Jan/order")));
        assertRefused("Jan/order", "JAN/order");
        assertThat(out.resolve("Jan/other")).hasContent("three");
    }

    @Test
    void endpointsOwnExpressionCounts() throws Exception {
        put("A", "one", OLD);
        put("a", "two", OLD);
        pull("?fileName=${file:name}.txt");
        assertRefused("a", "A.txt");
        assertThat(out.resolve("A.txt")).hasContent("one");
    }

    @Test
    void anExistingFileIsNotIgnoredUnderAnotherName() throws Exception {
        put("A", "one", OLD);
        put("a", "two", OLD);
        pull("?fileExist=Ignore");
        assertRefused("a", "A");
        assertThat(names(server.root())).containsExactly("a");
    }

    @Test
    void processorRefusesToo() throws Exception {
        put("A", "one", OLD);
        put("a", "two", OLD);
        FtpTransferProcessor processor = new FtpTransferProcessor();
        processor.setEndpointUri(
                uri("", "").replace("ferry-ftp:", "ftp:").replaceAll("&(reconnectDelay|workDirectory)=[^&]*", ""));
        processor.setLocalDirectory(out.toString());
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                errorHandler(noErrorHandler());
                from("direct:get").process(processor);
            }
        });
        var producer = context.createProducerTemplate();
        producer.sendBodyAndHeader("direct:get", "", "CamelFileName", "A");
        assertThatThrownBy(() -> producer.sendBodyAndHeader("direct:get", "", "CamelFileName", "a"))
                .hasStackTraceContaining("would replace " + out.resolve("A"));
        assertThat(out.resolve("A")).hasContent("one");
    }
}
