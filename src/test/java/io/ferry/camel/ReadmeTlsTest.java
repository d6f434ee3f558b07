package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.testkit.Await;
import io.ferry.testkit.ClientCertificate;
import io.ferry.testkit.Content;
import io.ferry.testkit.Leaks;
import io.ferry.testkit.Proftpd;
import io.ferry.testkit.PureFtpd;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.TunnelProxy;
import io.ferry.testkit.Vsftpd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.main.Main;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The README's recipes for trust, proxies and firewalls, taken from its text and followed at real servers. */
class ReadmeTlsTest {

    private static final String HOST = "ftp.acme.example";
    private static final int SIZE = 100_000;

    @TempDir
    Path directory;

    private final Leaks leaks = Leaks.snapshot();
    private TestServer server;

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
        Leaks.assertNoneSince(leaks);
    }

    private static String readme() throws Exception {
        String text = Files.readString(Path.of("README.md"));
        return text.substring(
                text.indexOf("**A self-signed certificate** is pinned"), text.indexOf("**Where a secret stands"));
    }

    private static String found(String pattern) throws Exception {
        Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(readme());
        assertThat(matcher.find()).as("README: " + pattern).isTrue();
        return matcher.group(matcher.groupCount());
    }

    /** Puts something real in the place of an example; the example must be there. */
    private static String with(String text, String example, Object real) {
        assertThat(text).contains(example);
        return text.replace(example, real.toString());
    }

    private String output(String... command) throws Exception {
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        process.getOutputStream().close();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        String text = Files.readString(output);
        assertThat(process.exitValue()).as(text).isZero();
        return text;
    }

    private String uri(String options) {
        return "ferry-ftps:localhost:" + server.port() + "?username=" + server.user() + "&password=RAW("
                + server.password() + ")&reconnectDelay=20" + options;
    }

    private String trusting() {
        return "&ftpClient.trustStore.file=" + server.tls().truststore() + "&ftpClient.trustStore.password="
                + server.tls().truststorePassword();
    }

    /** Sends a file twice and fetches one, with these options. */
    private void transfer(String options) throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.start();
            transfer(context, options);
        }
    }

    private void transfer(org.apache.camel.CamelContext context, String options) throws Exception {
        Content.write(server.root().resolve("there"), SIZE, 1);
        for (String name : List.of("one", "two")) {
            context.createProducerTemplate()
                    .sendBodyAndHeader(uri(options), Content.bytes(SIZE, 2), "CamelFileName", name);
            Content.assertIs(server.root().resolve(name), SIZE, 2);
        }
        byte[] content = context.createConsumerTemplate()
                .receiveBody(
                        uri(options) + "&noop=true&fileName=there&workDirectory=" + directory.resolve("work"),
                        30_000,
                        byte[].class);
        assertThat(content).isEqualTo(Content.bytes(SIZE, 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"explicit", "implicit"})
    void pinThatOpensslPrintsIsTheOneToTrust(String mode) throws Exception {
        boolean implicit = mode.equals("implicit");
        server = Vsftpd.start(implicit ? Vsftpd.implicit() : Vsftpd.secured());
        String command = with(found("```\n(openssl s_client [^\n]*)\n"), HOST + ":21", "localhost:" + server.port());
        if (implicit) {
            command = with(command, with(found("leave (`-starttls ftp`) out"), "`", "") + " ", "");
        }
        String option = implicit ? "&" + found("with `(implicit=true)`") : "";
        Matcher printed =
                Pattern.compile("(?i)sha256 Fingerprint=([0-9A-F:]{95})").matcher(output("sh", "-c", command));
        assertThat(printed.find()).isTrue();
        String[] property =
                found("```properties\n([^\n]*certificatePin=[^\n]*)\n").split("=", 2);
        Main main = new Main();
        main.setDefaultPropertyPlaceholderLocation("false");
        main.addInitialProperty(property[0], printed.group(1));
        main.start();
        try {
            transfer(main.getCamelContext(), option);
        } finally {
            main.stop();
        }
        assertThatThrownBy(() -> transfer(option)).hasStackTraceContaining(printed.group(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vsftpd", "proftpd"})
    void ownAuthorityAndClientCertificate(String kind) throws Exception {
        server = kind.equals("vsftpd")
                ? Vsftpd.start(Vsftpd.secured().clientCertificates())
                : Proftpd.start(Proftpd.secured().clientCertificates());
        Content.write(Files.createDirectories(server.root().resolve("outbound")).resolve("file"), SIZE, 1);
        Files.copy(server.tls().caPem(), directory.resolve("ca.pem"));
        String keytool = found("`(keytool [^`]*)`").replaceAll("\\s+", " ");
        output(
                "sh",
                "-c",
                Path.of(System.getProperty("java.home"), "bin") + "/" + keytool + " -noprompt -storepass sesame");
        Path own = Files.copy(ClientCertificate.keystore(), directory.resolve("me.p12"));
        String yaml = found("```yaml\n(- from:.*?)```");
        yaml = with(yaml, HOST, "localhost:" + server.port());
        yaml = with(yaml, "username: me", "username: " + server.user());
        yaml = with(yaml, "file: trust.p12", "file: " + directory.resolve("trust.p12"));
        yaml = with(yaml, "file: me.p12", "file: " + own);
        yaml = with(yaml, "file:inbox", "file:" + directory.resolve("inbox"));
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.getRegistry().bind("acmePassword", server.password());
            Properties secrets = new Properties();
            secrets.putAll(Map.of("trust.password", "sesame", "key.password", ClientCertificate.password()));
            context.getPropertiesComponent().setInitialProperties(secrets);
            PluginHelper.getRoutesLoader(context).loadRoutes(ResourceHelper.fromString("acme.yaml", yaml));
            context.start();
            Path arrived = directory.resolve("inbox/file");
            Await.until("the file has arrived", Duration.ofSeconds(60), () -> Files.exists(arrived));
            Content.assertIs(arrived, SIZE, 1);
        }
        int before = server.commands().size();
        // The same without the client's certificate.
        assertThatThrownBy(() -> transfer(trusting() + "&maximumReconnectAttempts=1"));
        assertThat(server.commands().stream().skip(before)).noneMatch(each -> each.matches("(USER|PASS|STOR).*"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "socks5"})
    void proxyWithALogin(String scheme) throws Exception {
        server = Vsftpd.start(Vsftpd.secured());
        boolean http = scheme.equals("http");
        try (TunnelProxy proxy = http ? TunnelProxy.http("clerk", "s3cret") : TunnelProxy.socks("clerk", "s3cret")) {
            String option = found("`(proxy=" + scheme + "://[^`]*)`");
            option = with(option, http ? "proxy.example:3128" : "…", "127.0.0.1:" + proxy.port());
            transfer(trusting() + "&" + option + "&" + found("`(proxyUser)`") + "=clerk&" + found("`(proxyPassword)`")
                    + "=s3cret");
            assertThat(proxy.targets()).hasSizeGreaterThanOrEqualTo(4);
        }
    }

    @Test
    void serverBehindAddressTranslation() throws Exception {
        server = Vsftpd.start(Vsftpd.secured().set("cmds_denied", "EPSV").set("pasv_address", "192.168.7.7"));
        String option = "&" + found("`(skipPassiveAddress=true)`");
        assertThatThrownBy(() -> transfer(trusting() + "&maximumReconnectAttempts=1"))
                .hasStackTraceContaining(option.substring(1));
        transfer(trusting() + option);
    }

    @ParameterizedTest
    @ValueSource(strings = {"proftpd", "pureftpd"})
    void firewallThatMustReadTheControlConnection(String kind) throws Exception {
        // ProFTPD refuses CCC where it demands TLS for commands.
        server = kind.equals("proftpd")
                ? Proftpd.start(Proftpd.secured().set("TLSRequired", "data"))
                : PureFtpd.start(PureFtpd.secured());
        transfer(trusting() + "&" + found("`(clearControlChannel=true)`"));
        if (kind.equals("proftpd")) {
            assertThat(server.commands()).contains("CCC");
        }
    }
}
