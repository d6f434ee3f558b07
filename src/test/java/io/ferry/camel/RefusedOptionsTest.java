package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.session.ListingFormat;
import io.ferry.session.Partner;
import io.ferry.session.Timeouts;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.ScriptedServer;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.file.remote.FtpConfiguration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Options and names that a review got past the checks, and secrets that it read in messages. */
class RefusedOptionsTest extends RouteFixture {

    private static final String STORE = "ftpClient.keyStore.file=/k.p12&ftpClient.keyStore.password=top-secret";

    /** All messages from a failure down to its cause. */
    private static String messages(ThrowingCallable call) {
        StringBuilder all = new StringBuilder();
        assertThatThrownBy(call).satisfies(failure -> {
            for (Throwable each = failure; each != null; each = each.getCause()) {
                all.append(each).append('\n');
            }
        });
        return all.toString();
    }

    private RouteBuilder route(String from, String to) {
        return new RouteBuilder() {
            @Override
            public void configure() {
                from(from).to(to);
            }
        };
    }

    @ParameterizedTest
    @CsvSource({
        "stream-download=true,          streamDownload",
        "streamdownload=true,           streamDownload",
        "STREAMDOWNLOAD=true,           streamDownload",
        "configuration.streamDownload=true, streamDownload",
        "configuration.stepwise=true,   stepwise",
        "configuration.binary=false,    binary",
        "configuration.sendNoop=false,  sendNoop",
        "configuration.separator=Windows, separator",
        "configuration=#bean,           stepwise",
        "idempotentEager=true,          idempotentEager",
        "idempotent-eager=true,         idempotentEager",
        "eager-delete-target-file=true, eagerDeleteTargetFile",
        "checksum-file-algorithm=MD5,   checksumFileAlgorithm",
        "keep-last-modified=true,       keepLastModified",
        "resume-download=false,         resumeDownload",
        "buffer-size=1024,              bufferSize",
        "ftp-client=#client,            ftpClient",
        "read-lock=markerFile,          readLock",
        "readlock=fileLock,             readLock"
    })
    void refusalsCouldBeGotRound(String option, String named) {
        on(ScriptedServer.start());
        context.getRegistry().bind("bean", new FtpConfiguration());
        context.getRegistry().bind("client", new org.apache.commons.net.ftp.FTPClient());
        String polled = in("outbound", option);
        assertThat(messages(() -> routes(route(polled, "mock:to"))).replace("-", ""))
                .containsIgnoringCase("ferryftp refuses the option " + named);
        String sent = uri("inbound", option);
        assertThat(messages(() -> routes(route("direct:from", sent))).replace("-", ""))
                .containsIgnoringCase("ferryftp refuses the option " + named);
        assertThat(proxy.controlConnections()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../evil", "/evil", "sub/../../evil"})
    void nameLedOutOfTheLoginDirectory(String name) throws Exception {
        on(ApacheFtp.start());
        context.start();
        assertThat(messages(() -> send(uri("", ""), "x", name))).contains("jailStartingDirectory=false");
        assertThat(messages(() -> send(uri("", "fileExist=Append"), "x", name)))
                .contains("jailStartingDirectory=false");
        assertThat(server.commands()).noneMatch(command -> command.matches("(STOR|APPE|RNTO|MKD) .*"));
        assertThat(tree(server.root())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"file", "sub/file", "a..b", "..file"})
    void nameInsideTheLoginDirectoryIsSent(String name) throws Exception {
        on(ApacheFtp.start());
        context.start();
        send(uri("", ""), "x", name);
        assertThat(tree(server.root())).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../file", "/file"})
    void jailCanBeOpened(String name) throws Exception {
        on(ApacheFtp.start());
        context.start();
        send(uri("", "jailStartingDirectory=false"), "x", name);
        assertThat(tree(server.root())).containsExactly("file");
    }

    @Test
    void unknownEncodingFailedAtEachPollInsteadOfAtStart() {
        on(ScriptedServer.start());
        String option = "ftpClient.controlEncoding=nonsense";
        assertThat(messages(() -> routes(route(in("outbound", option), "mock:to"))))
                .contains("nonsense");
        assertThat(messages(() -> routes(route("direct:from", uri("inbound", option)))))
                .contains("nonsense");
        assertThat(proxy.controlConnections()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ferry-ftp", "ferry-ftps"})
    void mistypedStorePutItsPasswordIntoTheMessage(String scheme) {
        String option = "ftpClient.keystore.password=top-secret";
        assertThat(messages(() -> context.getEndpoint(scheme + ":localhost/dir?username=u&" + option)))
                .contains("ftpClient.keystore.password")
                .doesNotContain("top-secret");
    }

    @Test
    void settingsOfTlsShowedTheirPasswords() {
        FerryFtpsEndpoint endpoint = context.getEndpoint(
                "ferry-ftps:localhost/dir?username=u&password=also-secret&account=third-secret&" + STORE + "&"
                        + STORE.replace("keyStore", "trustStore"),
                FerryFtpsEndpoint.class);
        Partner partner = Partners.of(endpoint, new FerryOptions());
        assertThat(partner.toString()).isEqualTo("ftps://u@localhost:21");
        assertThat(partner.tls()).asString().doesNotContain("secret");
        assertThat(partner.tls().contexts()).asString().doesNotContain("secret");
        Partner plain = new Partner(
                "localhost",
                21,
                "u",
                "also-secret",
                null,
                null,
                Timeouts.DEFAULT,
                true,
                Partner.PortRange.ANY,
                null,
                java.util.List.of(),
                ListingFormat.AUTO,
                1);
        assertThat(plain).asString().doesNotContain("secret");
    }
}
