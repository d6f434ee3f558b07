package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ChildJvm;
import io.ferry.testkit.Leaks;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** No password, in no spelling, in anything that another JVM writes or shows while it fails in many ways. */
class SecretsTest {

    @TempDir
    Path local;

    /** The words of all secrets, and what Base64 makes of them at each of the three places where they can begin. */
    private static List<String> words() {
        List<String> words = new ArrayList<>(List.of(SecretsMain.BASIC));
        for (SecretsMain.Secret secret : SecretsMain.Secret.values()) {
            for (String word : secret.words()) {
                words.add(word);
                for (int before = 0; before < 3; before++) {
                    byte[] bytes = ("x".repeat(before) + word).getBytes(StandardCharsets.UTF_8);
                    String encoded = Base64.getEncoder().withoutPadding().encodeToString(bytes);
                    // The first four characters hold what stands before, the last ones what comes after.
                    words.add(encoded.substring(4, encoded.length() - 3));
                }
            }
        }
        return words;
    }

    @ParameterizedTest
    @ValueSource(strings = {"referred", "written"})
    void secretsAreNowhere(String how) {
        Leaks leaks = Leaks.snapshot();
        try (ChildJvm child = ChildJvm.of(SecretsMain.class)
                .heap("512m")
                .property("org.apache.camel.jmx.disabled", false)
                .property("jdk.tls.client.enableSessionTicketExtension", false)
                .arguments(local, how)
                .start()) {
            int code = child.awaitExit(Duration.ofMinutes(5));
            List<String> lines = child.output().lines().toList();
            assertThat(lines.subList(Math.max(0, lines.size() - 30), lines.size()))
                    .contains("PROBE end");
            assertThat(code).isZero();
            List<String> words = words();
            assertThat(lines.stream().filter(line -> words.stream().anyMatch(line::contains)))
                    .isEmpty();
            assertEverythingHappened(child.output(), how.equals("referred"));
        }
        Leaks.assertNoneSince(leaks);
    }

    private static void assertEverythingHappened(String output, boolean referred) {
        assertThat(Arrays.asList(
                        "530 Login incorrect|530 No",
                        "530 PASS \\*{8} / +\\*{8}\\? / PASS \\*{8}",
                        "500 FEAT after PASS \\*{8}",
                        "TYPE I answered: 500 TYPE after PASS \\*{8}",
                        "no FTP reply to PASS: \"PASS \\*{8} is no reply\"",
                        "407 Basic \\*{8} of clerk:\\*{8}",
                        "it refuses the login",
                        "Connection refused",
                        "unknown host",
                        "TLS on the control connection failed",
                        "cannot read the trust store .* password",
                        "cannot read the key store .* password",
                        "refuses the option stepwise=true",
                        "the route fails",
                        "DEBUG .* io.ferry.session.ControlConnection  .* > PASS \\*{8}",
                        "PROBE delivered headers .*CamelFerryDeliveryId",
                        "PROBE endpoint ferry-ftps?://.*password=xxxxxx",
                        "PROBE thread .* - ferry-ftp://",
                        "PROBE health .*ferry-ftp",
                        "PROBE jmx .*type=consumers.*EndpointUri=ferry-ftp"))
                .allSatisfy(line -> assertThat(output).containsPattern(line));
        if (referred) {
            assertThat(output)
                    .containsPattern("TRACE .* org.apache.camel.component.file.GenericFileConsumer")
                    .containsPattern(
                            "TRACE .* org.apache.camel.impl.engine.AbstractCamelContext +Getting endpoint with")
                    .containsPattern("530 ACCT \\*{8} and \\*{8}")
                    .containsPattern("PROBE console route-dump .*ferry-ftp")
                    .containsPattern("PROBE jmx .*dumpRoutesAsXml\\(\\)=");
        } else {
            assertThat(output).contains("ferry-ftp://ferry:xxxxxx@127.0.0.1:");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ferry-ftp://me:s3cret@host:21/dir?delete=true|ferry-ftp://me:xxxxxx@host:21/dir?delete=true",
                "ferry-ftp:me:s3cret@host/a@b|ferry-ftp:me:xxxxxx@host/a@b",
                "ferry-ftp://host:21/a@b|ferry-ftp://host:21/a@b",
                "ferry-ftp://host?account=s3cret&move=.done|ferry-ftp://host?account=xxxxxx&move=.done",
                "ferry-ftp://host?password=RAW(a)s3cret&b)&move=x|ferry-ftp://host?password=xxxxxx&move=x",
                "ferry-ftp://host?configuration.account=s3cret|ferry-ftp://host?configuration.account=xxxxxx",
                "ferry-ftp://host?proxy-password=s3cret|ferry-ftp://host?proxy-password=xxxxxx",
                "ferry-ftp://host?proxy=http://me:s3cret@p:1|ferry-ftp://host?proxy=xxxxxx",
                "ferry-ftp://host?proxy=http%3A%2F%2Fme%3As3cret%40p%3A1|ferry-ftp://host?proxy=xxxxxx",
                "ferry-ftps://host?ftpClient.keyStore.keyPassword=s3cret|ferry-ftps://host?ftpClient.keyStore.keyPassword=xxxxxx"
            })
    void shownUri(String uri, String shown) {
        assertThat(ShownUri.of(uri)).isEqualTo(shown);
    }

    @Test
    void endpointsWithOtherPasswordsLookTheSameAndAreNot() throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            for (String scheme : List.of("ferry-ftp", "ferry-ftps")) {
                var one = context.getEndpoint(scheme + "://host/dir?password=one");
                var two = context.getEndpoint(scheme + "://host/dir?password=two");
                assertThat(one.getEndpointUri()).isEqualTo(two.getEndpointUri()).doesNotContain("one");
                assertThat(one).isNotEqualTo(two).isNotSameAs(two);
                assertThat(context.getEndpoint(scheme + "://host/dir?password=one"))
                        .isSameAs(one);
            }
        }
    }
}
