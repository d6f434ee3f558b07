package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.stream.ChecksumLines;
import io.ferry.stream.FileDigest;
import io.ferry.testkit.Vsftpd;
import io.ferry.transfer.Transfer;
import io.ferry.transfer.TransferException;
import io.ferry.transfer.TransferListener;
import io.ferry.transfer.TransferResult;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The checksum beside a file: written on push, checked on pull. */
class ChecksumFileTest extends ChecksumFixture {

    @ParameterizedTest
    @ValueSource(strings = {"vsftpd", "apache"})
    void fileThenChecksumThenDoneFileAppear(String name) throws Exception {
        server(name);
        drop("a.csv", "content");
        push(uri("inbound", "checksumFile=sha256&doneFileName=${file:name}.done"));
        untilCommitted("a.csv");
        assertThat(appeared("inbound")).containsExactly("a.csv", "a.csv.sha256", "a.csv.done");
        assertThat(content("inbound/a.csv.sha256")).isEqualTo(sha256("content") + "  a.csv\n");
        assertThat(remote("inbound")).containsExactly("a.csv", "a.csv.done", "a.csv.sha256");
    }

    @Test
    void md5OfAMessageThatIsNoFile() throws Exception {
        server("vsftpd");
        context.start();
        send(uri("inbound", "checksumFile=md5"), "content", "a.csv");
        Path file = server.root().resolve("inbound/a.csv");
        assertThat(content("inbound/a.csv.md5")).isEqualTo(ChecksumLines.line(FileDigest.of(file, "MD5"), "a.csv"));
    }

    @Test
    void backslashInTheNameIsEscaped() throws Exception {
        server("vsftpd");
        context.start();
        send(uri("inbound", "checksumFile=sha256"), "content", "a\\b");
        assertThat(content("inbound/a\\b.sha256")).isEqualTo("\\" + sha256("content") + "  a\\\\b\n");
    }

    @Test
    void newVersionReplacesTheChecksumOfTheOldOne() throws Exception {
        server("apache");
        context.start();
        send(uri("inbound", "checksumFile=sha256"), "one", "a");
        send(uri("inbound", "checksumFile=sha256"), "two", "a");
        assertThat(content("inbound/a.sha256")).isEqualTo(line("a", "two"));
    }

    @Test
    void fileThatIsLeftAloneGetsNoChecksum() throws Exception {
        server("vsftpd");
        put("inbound/a", "of another", OLD);
        context.start();
        send(uri("inbound", "checksumFile=sha256&fileExist=Ignore"), "mine", "a");
        assertThat(remote("inbound")).containsExactly("a");
    }

    /** The first attempt ends between the file and its checksum; the drop comes again and brings what is lacking. */
    @Test
    void checksumThatCouldNotBeWrittenComesWithTheNextAttempt() throws Exception {
        server("vsftpd");
        proxy.replaceReply("RNTO", "550 No.").containing("a.csv.sha256");
        drop("a.csv", "content");
        push(uri("inbound", "checksumFile=sha256&doneFileName=${file:name}.done"));
        untilCommitted("a.csv");
        assertThat(remote("inbound")).containsExactly("a.csv", "a.csv.done", "a.csv.sha256");
        assertThat(appeared("inbound")).containsExactly("a.csv", "a.csv.sha256", "a.csv.sha256", "a.csv.done");
    }

    @ParameterizedTest
    @ValueSource(strings = {"vsftpd", "apache"})
    void fileWaitsForItsChecksumAndTakesItAlong(String name) throws Exception {
        server(name);
        put("outbound/a.csv", "content", OLD);
        pull("delete=true&checksumFile=sha256");
        awaitPolls(2);
        assertThat(got).isEmpty();
        assertThat(failures).isEmpty();
        assertThat(sent("RETR ")).isEmpty();
        sidecar("a.csv", "content");
        until("both are gone", () -> remote("outbound").isEmpty());
        assertThat(got).containsExactly("a.csv content 0/1");
        // Without its checksum the file would wait for ever, had the process died in between.
        assertThat(deleted()).containsExactly("a.csv", "a.csv.sha256");
        awaitPolls(2);
        assertThat(got).hasSize(1);
        assertThat(failures).isEmpty();
        until(
                "nothing stays in the work directory",
                () -> workFiles().stream().allMatch(each -> each.matches("test/sidecars(\\.lock)?")));
    }

    @Test
    void whatWasComparedIsInTheHeader() throws Exception {
        server("vsftpd");
        put("outbound/a.csv", "content", OLD);
        sidecar("a.csv", "content");
        deliver(
                in("outbound", "delete=true&checksumFile=sha256"),
                e -> got.add(e.getIn().getHeader(FerryHeaders.VERIFIED, String.class)));
        until("delivered", () -> !got.isEmpty());
        assertThat(got.get(0)).endsWith(", SHA-256 " + sha256("content") + " in outbound/a.csv.sha256");
    }

    @ParameterizedTest
    @ValueSource(strings = {"vsftpd", "apache"})
    void movedFileHasItsChecksumBesideItThere(String name) throws Exception {
        server(name);
        put("outbound/.done/a.csv", "of yesterday", OLD);
        put("outbound/a.csv", "content", OLD);
        sidecar("a.csv", "content");
        pull("move=.done&checksumFile=sha256");
        until("moved", () -> remote("outbound").isEmpty());
        assertThat(tree(server.root().resolve("outbound")))
                .containsExactly(".done/a-1.csv", ".done/a-1.csv.sha256", ".done/a.csv");
    }

    @Test
    void fileThatDiffersIsNotHandedOnAndComesFromZeroOnceItIsMended() throws Exception {
        server("vsftpd");
        put("outbound/a.csv", "damaged", OLD);
        sidecar("a.csv", "content");
        pull("delete=true&checksumFile=sha256");
        until("refused", () -> failures.size() > 1);
        assertThat(failures.get(0))
                .contains(server.user() + "@127.0.0.1", "outbound/a.csv", sha256("damaged"), sha256("content"));
        assertThat(got).isEmpty();
        assertThat(remote("outbound")).hasSize(2);
        proxy.clearCommands();
        awaitPolls(2);
        assertThat(sent("RETR outbound/a.csv")).as("not taken for complete").contains("");
        sidecar("a.csv", "damaged");
        until("delivered", () -> got.contains("a.csv damaged 0/1"));
        until("both are gone", () -> remote("outbound").isEmpty());
    }

    /** Who reads the log, or watches a listener, must not take what was refused for what was delivered. */
    @Test
    void listenerHearsOfARefusalAndOfWhatWasCompared() throws Exception {
        server("vsftpd");
        put("outbound/a.csv", "damaged", OLD);
        sidecar("a.csv", "content");
        List<String> heard = new CopyOnWriteArrayList<>();
        context.getRegistry().bind("hears", TransferListener.class, new TransferListener() {
            @Override
            public void completed(Transfer transfer, TransferResult result) {
                heard.add(result.verified());
            }

            @Override
            public void failed(Transfer transfer, TransferException failure) {
                heard.add("refused: " + failure.getMessage());
            }
        });
        pull("delete=true&checksumFile=sha256");
        until("refused", () -> heard.size() > 1);
        assertThat(heard).allMatch(each -> each.startsWith("refused: ") && each.contains(sha256("content")));
        sidecar("a.csv", "damaged");
        until("delivered", () -> got.contains("a.csv damaged 0/1"));
        assertThat(heard.get(heard.size() - 1)).endsWith("SHA-256 " + sha256("damaged") + " in outbound/a.csv.sha256");
    }

    @Test
    void fileThatAlwaysDiffersIsSetAsideWithItsChecksum() throws Exception {
        server("vsftpd");
        put("outbound/a.csv", "damaged", OLD);
        sidecar("a.csv", "content");
        pull("delete=true&checksumFile=sha256&moveFailed=.bad");
        until(
                "set aside",
                () -> tree(server.root().resolve("outbound"))
                        .equals(java.util.List.of(".bad/a.csv", ".bad/a.csv.sha256")));
        assertThat(got).isEmpty();
    }

    @Test
    void whatIsNoChecksumIsSaidToBeNoneAndTheFileIsNotReceivedAgain() throws Exception {
        server("vsftpd");
        put("outbound/a.csv", "content", OLD);
        put("outbound/a.csv.sha256", "<html>", OLD);
        pull("delete=true&checksumFile=sha256");
        until("refused", () -> failures.size() > 2);
        assertThat(failures.get(0)).contains("a.csv.sha256 is no checksum of outbound/a.csv");
        assertThat(sent("RETR outbound/a.csv")).filteredOn(String::isEmpty).hasSize(1);
        put("outbound/a.csv.sha256", line("a.csv", "content"), OLD.plusHours(1));
        until("delivered", () -> got.contains("a.csv content 0/1"));
    }

    @Test
    void hugeChecksumIsNotReceived() throws Exception {
        server("vsftpd");
        put("outbound/a.csv", "content", OLD);
        put("outbound/a.csv.sha256", "x".repeat(70_000), OLD);
        pull("delete=true&checksumFile=sha256");
        until("refused", () -> failures.size() > 1);
        assertThat(failures.get(0)).contains("70000 bytes");
        assertThat(sent("RETR outbound/a.csv.sha256")).isEmpty();
        assertThat(got).isEmpty();
    }

    /** One that the partner has put there meanwhile is of the file that is to come. */
    @Test
    void checksumThatWasReplacedMeanwhileStays() throws Exception {
        server("vsftpd");
        put("outbound/a.csv", "content", OLD);
        sidecar("a.csv", "content");
        deliver(in("outbound", "delete=true&checksumFile=sha256"), exchange -> {
            take(exchange);
            put("outbound/a.csv.sha256", line("a.csv", "next"), OLD.minusHours(1));
        });
        until("committed", () -> remote("outbound").equals(java.util.List.of("a.csv.sha256")));
        assertThat(content("outbound/a.csv.sha256")).isEqualTo(line("a.csv", "next"));
    }

    @Test
    void severalAheadOfTheRoute() throws Exception {
        server("vsftpd");
        for (int i = 0; i < 20; i++) {
            put("outbound/f" + i, "content " + i, OLD);
            sidecar("f" + i, i == 7 ? "other" : "content " + i);
        }
        pull("delete=true&checksumFile=sha256");
        until("all but one", () -> got.size() == 19 && remote("outbound").size() == 2);
        assertThat(remote("outbound")).containsExactly("f7", "f7.sha256");
        assertThat(failures).isNotEmpty().allMatch(each -> each.contains("outbound/f7 arrived"));
    }

    @Test
    void roundTrip() throws Exception {
        server("vsftpd");
        drop("a.csv", "content");
        String from = "file:" + outbox() + "?initialDelay=0&delay=50";
        routes(new RouteBuilder() {
            @Override
            public void configure() {
                from(from).routeId("push").to(uri("inbound", "checksumFile=md5"));
                from(in("inbound", "delete=true&checksumFile=md5"))
                        .routeId("pull")
                        .process(e -> take(e));
            }
        });
        until("there and back", () -> got.contains("a.csv content 0/1"));
        until("nothing stays", () -> remote("inbound").isEmpty());
        assertThat(failures).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"checksumFile=sha1", "checksumFile=sha256&download=false", "checksumFile=md5&manifest=*.m"})
    void optionsThatMakeNoSenseAreRefused(String options) throws Exception {
        on(Vsftpd.start());
        try (DefaultCamelContext other = new DefaultCamelContext()) {
            FerryFtpEndpoint endpoint = other.getEndpoint(uri("outbound", options), FerryFtpEndpoint.class);
            assertThatThrownBy(() -> endpoint.createConsumer(exchange -> {}))
                    .rootCause()
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("checksumFile");
        }
    }

    @Test
    void appendingIsRefusedWithAChecksum() throws Exception {
        on(Vsftpd.start());
        try (DefaultCamelContext other = new DefaultCamelContext()) {
            FerryFtpEndpoint endpoint =
                    other.getEndpoint(uri("outbound", "checksumFile=md5&fileExist=Append"), FerryFtpEndpoint.class);
            assertThatThrownBy(endpoint::createProducer).rootCause().hasMessageContaining("fileExist=Append");
        }
    }
}
