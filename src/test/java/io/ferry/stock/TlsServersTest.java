package io.ferry.stock;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Content;
import io.ferry.testkit.Leaks;
import io.ferry.testkit.Proftpd;
import io.ferry.testkit.PureFtpd;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Files pushed and pulled one after the other through {@code ftps:} and {@code ferry-ftps:}, at real servers over TLS; vsftpd and
 * ProFTPD demand that data connections resume the TLS session, as they do by default. The README shows what comes of it.
 */
class TlsServersTest {

    private static final int FILES = 3;
    private static final Pattern REPLY = Pattern.compile("\\b(425|426|450|522|534)[ -]");

    /** A server and how TLS begins. */
    enum Server {
        VSFTPD("vsftpd", "explicit", () -> Vsftpd.start(Vsftpd.secured())),
        VSFTPD_IMPLICIT("vsftpd", "implicit", () -> Vsftpd.start(Vsftpd.implicit())),
        PROFTPD("ProFTPD", "explicit", () -> Proftpd.start(Proftpd.secured())),
        PROFTPD_IMPLICIT("ProFTPD", "implicit", () -> Proftpd.start(Proftpd.implicit())),
        PUREFTPD("Pure-FTPd", "explicit", () -> PureFtpd.start(PureFtpd.secured()));

        private final String title;
        private final String mode;
        private final Supplier<TestServer> start;

        Server(String title, String mode, Supplier<TestServer> start) {
            this.title = title;
            this.mode = mode;
            this.start = start;
        }
    }

    private static String row(Server server, String protocol) throws Exception {
        String stock = tried("ftps", server, protocol);
        String ferry = tried("ferry-ftps", server, protocol);
        return "| " + server.title + ", " + server.mode + " | " + protocol.replace("v", " ") + " | " + stock + " | "
                + ferry + " |";
    }

    private static String tried(String scheme, Server kind, String protocol) throws Exception {
        Leaks leaks = Leaks.snapshot();
        String result;
        try (TestServer server = kind.start.get();
                DefaultCamelContext context = new DefaultCamelContext()) {
            context.start();
            for (int i = 0; i < FILES; i++) {
                Content.write(server.root().resolve("there" + i), 1000, i);
            }
            String uri = scheme + ":localhost:" + server.port() + "?username=" + server.user() + "&password=RAW("
                    + server.password() + ")&passiveMode=true&binary=true&execPbsz=0&execProt=P&implicit="
                    + kind.mode.equals("implicit") + "&securityProtocol=" + protocol
                    + "&maximumReconnectAttempts=2&reconnectDelay=20&throwExceptionOnConnectFailed=true&ftpClient.trustStore.file="
                    + server.tls().truststore() + "&ftpClient.trustStore.type=PKCS12&ftpClient.trustStore.password="
                    + server.tls().truststorePassword();
            result = "up " + pushed(context, uri, server.root()) + ", down " + pulled(context, uri);
        }
        if (scheme.startsWith("ferry")) {
            // The stock client leaves sockets to the collector where Pure-FTPd has closed them.
            Leaks.assertNoneSince(leaks);
        }
        return result;
    }

    private static String pushed(DefaultCamelContext context, String uri, Path root) {
        for (int i = 0; i < FILES; i++) {
            try {
                context.createProducerTemplate()
                        .sendBodyAndHeader(uri, Content.bytes(1000, 7), "CamelFileName", "up" + i);
            } catch (CamelExecutionException e) {
                return i + " of " + FILES + why(e);
            }
            Content.assertIs(root.resolve("up" + i), 1000, 7);
        }
        return "all";
    }

    private static String pulled(DefaultCamelContext context, String uri) {
        for (int i = 0; i < FILES; i++) {
            try {
                byte[] content = context.createConsumerTemplate()
                        .receiveBody(
                                uri + "&delete=false&noop=true&idempotent=false&fileName=there" + i,
                                10_000,
                                byte[].class);
                if (content == null) {
                    return i + " of " + FILES;
                }
                assertThat(content).isEqualTo(Content.bytes(1000, i));
            } catch (RuntimeException e) {
                return i + " of " + FILES + why(e);
            }
        }
        return "all";
    }

    private static String why(Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            Matcher reply = REPLY.matcher(String.valueOf(each.getMessage()));
            if (reply.find()) {
                return " (" + reply.group(1) + ")";
            }
        }
        return "";
    }

    @ParameterizedTest
    @EnumSource
    void theReadmeSaysWhatComesOfIt(Server server) throws Exception {
        String rows = row(server, "TLSv1.3") + "\n" + row(server, "TLSv1.2") + "\n";
        assertThat(Files.readString(Path.of("README.md"))).contains(rows);
    }

    @Test
    void theReadmeSaysHowItIsShown() throws Exception {
        assertThat(Files.readString(Path.of("README.md"))).contains("| server | TLS | stock `ftps:` | `ferry-ftps:` |");
    }
}
