package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.ferry.camel.LintRule.Kind;
import io.ferry.camel.LintRule.Role;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.jsse.SSLContextParameters;
import org.apache.commons.net.ftp.FTPClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** The linter, in contexts that do not know of it. Nothing connects. */
class LinterTest {

    private static final Logger LOG = (Logger) LoggerFactory.getLogger(Linter.class);

    private final ListAppender<ILoggingEvent> said = new ListAppender<>();
    private final DefaultCamelContext context = new DefaultCamelContext();

    @BeforeEach
    void listen() {
        said.start();
        LOG.addAppender(said);
        context.setAutoStartup(false);
        context.getRegistry().bind("client", new FTPClient());
        context.getRegistry().bind("tls", new SSLContextParameters());
    }

    @AfterEach
    void stop() {
        context.stop();
        LOG.detachAppender(said);
    }

    private List<String> warnings() {
        return said.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    private void lint(String mode) {
        context.getPropertiesComponent().addInitialProperty("ferry.lint", mode);
    }

    private void route(String from, String... to) throws Exception {
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(from).routeId("test").to(to);
            }
        });
    }

    @Test
    void aPropertyThatThereIsNotNamesTheNearestAndShowsNoValue() throws Exception {
        context.getPropertiesComponent().addInitialProperty("ferry.lnt", "sesame");
        context.getPropertiesComponent().addInitialProperty("ferry.acme.host", "sesame");
        route("direct:in", "mock:out");
        context.start();

        assertThat(warnings())
                .anyMatch(each -> each.matches("there is no property ferry.lnt, .*Did you mean ferry.lint\\?"))
                .anyMatch(each -> each.startsWith("Ferry has no property ferry.acme.host, "))
                .noneMatch(each -> each.contains("sesame"));
    }

    @Test
    void aMisspelledPropertyFailsWhereThatIsAskedFor() throws Exception {
        lint("fail");
        context.getPropertiesComponent().addInitialProperty("ferry.demo.enabld", "true");
        route("direct:in", "mock:out");

        assertThatThrownBy(context::start)
                .hasStackTraceContaining("there is no property ferry.demo.enabld")
                .hasStackTraceContaining("Did you mean ferry.demo.enabled?");
    }

    /** One endpoint for each rule, that breaks it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "binary=false | from | ftp:host/d?binary=false",
                "binary=false | to | ftp:host/d",
                "ftps without ftpClient.trustStore.file | from | ftps:host/d?binary=true",
                "ftpClient | to | ftp:host/d?ftpClient=#client",
                "checksumFileAlgorithm | to | ftp:host/d?checksumFileAlgorithm=SHA-256",
                "keepLastModified | to | ftp:host/d?keepLastModified=true",
                "delete or move | from | ftp:host/d?delete=true",
                "move | from | ftp:host/d?move=.done",
                "resumeDownload | from | ftp:host/d?resumeDownload=true&localWorkDirectory=w&binary=true",
                "readLock=markerFile, fileLock or idempotent* | from | ftp:host/d?readLock=markerFile",
                "readLock=markerFile, fileLock or idempotent* | from | ftp:host/d?readLock=idempotent-changed",
                "readLockMinAge | from | ftp:host/d?readLock=changed&readLockMinAge=5s",
                "readLock=changed | from | ftp:host/d?readLock=changed",
                "throwExceptionOnConnectFailed=false | from | ftp:host/d",
                "no localWorkDirectory | from | ftp:host/d",
                "streamDownload with stepwise | from | ftp:host/d?streamDownload=true",
                "streamDownload with stream caching | from | ftp:host/d?streamDownload=true&stepwise=false",
                "idempotentEager | from | ftp:host/d?noop=true",
                "idempotent without idempotentRepository | from | ftp:host/d?noop=true&idempotentEager=false",
                "no tempFileName or tempPrefix | to | ftp:host/d?binary=true",
                "eagerDeleteTargetFile | to | ftp:host/d?tempPrefix=.",
                "verify=none | from | ferry-ftp:host/d?verify=none",
                "binary=false | to | ferry-ftp:host/d?binary=false&resume=off&verify=none",
                "durable=false | from | ferry-ftps:host/d?durable=false&delete=true",
                "onUnprovable=accept | to | ferry-ftp:host/d?onUnprovable=accept",
                "fileExist=Append | to | ferry-ftp:host/d?fileExist=Append",
            })
    void eachRuleIsBrokenByItsOption(String rule, String role, String uri) throws Exception {
        String login = uri + (uri.contains("?") ? "&" : "?") + "username=me&password=sesame&account=sesame";
        route(role.equals("from") ? login : "direct:in", role.equals("from") ? "mock:out" : login);
        context.start();

        assertThat(warnings())
                .anySatisfy(
                        each -> assertThat(each).contains(uri.substring(0, uri.indexOf(':')), "host/d: " + rule + ": "))
                .allSatisfy(each -> assertThat(each).contains("Write instead: ").doesNotContain("sesame"));
    }

    @Test
    void eachRuleIsInTheTestAbove() throws Exception {
        CsvSource all = LinterTest.class
                .getDeclaredMethod("eachRuleIsBrokenByItsOption", String.class, String.class, String.class)
                .getAnnotation(CsvSource.class);
        List<String> tested = Arrays.stream(all.value())
                .map(each -> each.split("\\|")[0].strip())
                .toList();
        assertThat(Stream.of(Kind.values()).flatMap(kind -> LintRule.all(kind).stream()))
                .allSatisfy(each -> assertThat(tested).contains(each.option()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ferry-ftp:host/d?delete=true",
                "ferry-ftps:host/d?move=.done&stableFor=2",
                "sftp:host/d?readLock=markerFile",
                "ftps:host/d?binary=true&throwExceptionOnConnectFailed=true&localWorkDirectory=w&idempotent=false"
                        + "&sslContextParameters=#tls",
                "ftp:host/d?download=false&throwExceptionOnConnectFailed=true&idempotentEager=false",
            })
    void whatIsRightIsNotSpokenOf(String uri) throws Exception {
        route(uri, "ferry-ftp:other/d", "ftp:other/d?binary=true&tempPrefix=.&eagerDeleteTargetFile=false", "mock:out");
        context.start();

        assertThat(warnings()).isEmpty();
    }

    @Test
    void theSameIsSaidOnceAndRoutesThatComeLaterAreLookedAtToo() throws Exception {
        context.start();
        route(
                "ftp:host/d?binary=true&throwExceptionOnConnectFailed=true&localWorkDirectory=w&readLock=fileLock",
                "mock:a");
        context.getEndpoint("ftp:host/e?checksumFileAlgorithm=MD5&binary=true");

        assertThat(warnings()).hasSize(2);
        assertThat(warnings().get(0)).startsWith("route test: ftp://host/d: readLock=");
        assertThat(warnings().get(1)).startsWith("ftp://host/e: checksumFileAlgorithm: ");
    }

    @Test
    void aRouteWithoutAnIdIsTold() throws Exception {
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("ferry-ftp:host/d?delete=true").to("mock:a");
                from("ferry-ftp:host/e?delete=true").routeId("mine").to("mock:a");
            }
        });
        context.start();

        assertThat(warnings()).singleElement().asString().contains("ferry-ftp://host/d: the route has no id");
    }

    @Test
    void failRefusesTheRouteBeforeItPolls() throws Exception {
        lint("fail");
        context.start();
        String uri = "ftp:host/d?binary=true&readLock=markerFile&delete=true&password=sesame";

        assertThatThrownBy(() -> route(uri, "mock:out"))
                .rootCause()
                .hasMessageContaining("route test: ftp://host/d")
                .hasMessageContaining("readLock=markerFile")
                .hasMessageContaining("delete or move")
                .hasMessageContaining("ferry.lint=fail")
                .hasMessageNotContaining("sesame");
        assertThatThrownBy(() -> context.getEndpoint("ftp:host/e")).rootCause().hasMessageContaining("binary=false");
    }

    @Test
    void offSaysNothing() throws Exception {
        lint("off");
        route("ftp:host/d?delete=true", "ftp:host/e");
        context.start();

        assertThat(warnings()).isEmpty();
    }

    @Test
    void anotherValueOfThePropertyIsRefused() throws Exception {
        lint("warm");
        context.start();

        assertThatThrownBy(() -> route("ftp:host/d", "mock:out"))
                .hasStackTraceContaining("The property ferry.lint takes warn, fail or off, not \"warm\"");
    }

    @Test
    void aKameletIsToldOfAMissingNameAndOfWhatItHasNot() throws Exception {
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("kamelet:ferry-ftp-source?connectionHost=host&delet=true&password=sesame")
                        .routeId("a")
                        .to("kamelet:ferry-ftp-sink?connectionHost=host&directryName=d&frobnicate=1");
                from("kamelet:ferry-ftp-source/named?connectionHost=host")
                        .routeId("b")
                        .to("mock:out");
            }
        });
        context.start();

        assertThat(warnings())
                .satisfiesExactlyInAnyOrder(
                        each -> assertThat(each).contains("route a: kamelet:ferry-ftp-source: the Kamelet has no name"),
                        each -> assertThat(each).contains("no parameter delet, and ignores it. Did you mean delete?"),
                        each -> assertThat(each).contains("no parameter directryName", "Did you mean directoryName?"),
                        each -> assertThat(each)
                                .contains("no parameter frobnicate, and ignores it")
                                .doesNotContain("mean"));
    }

    @Test
    void aPropertyThatNamesNoParameterOfATemplateIsTold() throws Exception {
        Map.of(
                        "camel.routeTemplate[a].templateId", "pull",
                        "camel.routeTemplate[a].host", "host",
                        "camel.routeTemplate[a].remote-directory", "d",
                        "camel.routeTemplate[a].delet", "false",
                        "camel.route-template[b].template-id", "push",
                        "camel.route-template[b].passwrod", "sesame",
                        "camel.routeTemplate[c].templateId", "of-my-own",
                        "camel.routeTemplate[c].anything", "x")
                .forEach((key, value) -> context.getPropertiesComponent().addInitialProperty(key, value));
        context.start();
        loadTemplate("pull");
        loadTemplate("push");
        route("direct:in", "mock:out");

        assertThat(warnings())
                .containsExactlyInAnyOrder(
                        "camel.routeTemplate[a].delet: the template pull has no such parameter, and nothing comes of it. Did you"
                                + " mean delete?",
                        "camel.route-template[b].passwrod: the template push has no such parameter, and nothing comes of it. Did"
                                + " you mean password?");
    }

    private void loadTemplate(String template) throws Exception {
        var resource = PluginHelper.getResourceLoader(context).resolveResource("file:routes/" + template + ".yaml");
        PluginHelper.getRoutesLoader(context).loadRoutes(resource);
    }

    @Test
    void theApplicationsTemplatesPass() throws Exception {
        lint("fail");
        context.start();
        for (String template : List.of("pull", "push")) {
            loadTemplate(template);
            assertThatCode(() -> context.addRouteFromTemplate(
                            template + "-route",
                            template,
                            Map.of("host", "host", "remoteDirectory", "d", "localDirectory", "target/none")))
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void readmeTableHoldsEveryRule() throws Exception {
        StringBuilder table =
                new StringBuilder("| endpoint | option | what comes of it | instead |\n|---|---|---|---|\n");
        for (Kind kind : Kind.values()) {
            for (LintRule each : LintRule.all(kind)) {
                String role =
                        each.role() == Role.ANY ? "" : ", " + each.role().name().toLowerCase(Locale.ROOT);
                table.append("| ")
                        .append(kind == Kind.STOCK ? "stock" : "Ferry")
                        .append(role);
                table.append(" | ").append(code(each.option()));
                table.append(" | ").append(each.why());
                table.append(" | ").append(code(each.instead())).append(" |\n");
            }
        }
        assertThat(Files.readString(Path.of("README.md")))
                .as("README.md must hold this table, as it stands:\n" + table)
                .contains(table);
    }

    /** What is nothing but an option is set as code. */
    private static String code(String text) {
        return text.contains(" ") ? text : "`" + text + "`";
    }

    @Test
    void roleThatIsNotKnownYetBreaksNoRuleOfOne() {
        FtpEndpoint<?> endpoint = (FtpEndpoint<?>) context.getEndpoint("ftp:host/d?delete=true&readLock=fileLock");
        assertThat(LintRule.broken(endpoint, Role.ANY))
                .extracting(LintRule::option)
                .containsExactly("binary=false");
    }
}
