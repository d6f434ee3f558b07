package io.ferry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.file.Path;
import java.util.Map;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is said of mistakes, as Camel comes upon them. Nothing connects. */
class StartFailureTest {

    private final DefaultCamelContext context = new DefaultCamelContext();

    @BeforeEach
    void start() {
        context.start();
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    private String failing(String uri) {
        return message(() -> PluginHelper.getRoutesLoader(context)
                .loadRoutes(ResourceHelper.fromString("test.yaml", """
                - route:
                    id: mine
                    from:
                      uri: "%s"
                      steps:
                        - to: mock:out
                """.formatted(uri))));
    }

    private static String message(ThrowingCallable call) {
        Throwable failure = catchThrowable(call);
        assertThat(failure).isNotNull();
        StartFailure said = new StartFailure(failure);
        assertThat(said.isExplained()).isTrue();
        return said.message();
    }

    @Test
    void aMissingPropertyNamesTheFileToPutItIntoAndNoSecretBesideIt() {
        assertThat(failing("ferry-ftp:host/d?username=me&password=RAW(sesame)&move={{archive.folder}}"))
                .contains("route \"mine\", endpoint ferry-ftp:host/d: ")
                .endsWith("There is no property archive.folder. Put a line archive.folder=\u2026 into "
                        + Path.of("application.properties").toAbsolutePath())
                .doesNotContain("sesame");
    }

    @Test
    void aMissingVariableIsToBeSetInTheEnvironment() {
        assertThat(failing("ferry-ftp:host/d?password={{env:FERRY_NO_SUCH}}"))
                .endsWith("The environment variable FERRY_NO_SUCH is not set. Set it where Ferry is started:"
                        + " export FERRY_NO_SUCH=\u2026");
    }

    @Test
    void aPropertyThatHoldsASecretIsNotShownWhateverTheOptionIsCalled() {
        context.getPropertiesComponent().addInitialProperty("partner.secret", "sesame");

        assertThat(failing("ferry-ftp:host/d?passwrod={{partner.secret}}"))
                .contains("ferry-ftp has no option passwrod. Did you mean password?")
                .doesNotContain("sesame");
    }

    @Test
    void anEndpointWithAMisspelledOptionShowsNoValueOfItWhoeverAsksForIt() {
        assertThat(catchThrowable(() -> context.getEndpoint("ferry-ftp:me:sesame@host/d?passwrod=sesame&delete=true")))
                .hasMessageContaining("ferry-ftp has no option passwrod. Did you mean password?")
                .extracting(StartFailureTest::everything)
                .asString()
                .doesNotContain("sesame");
    }

    @Test
    void whatIsLeftOverOfAStockEndpointShowsNoValue() {
        assertThat(failing("file:in?passwrod=sesame"))
                .contains("endpoint file://in: it has no option passwrod")
                .doesNotContain("sesame");
    }

    @Test
    void aComponentThatThereIsNotShowsNoValueAndNamesTheNearest() {
        assertThat(failing("fery-ftp:me:sesame@host/d?passwrod=sesame"))
                .contains("there is no component for fery-ftp:", "Did you mean ferry-ftp, or ferry-ftps?")
                .doesNotContain("sesame");
    }

    @Test
    void linesOfAFileThatIsNoYamlAreNotShown() {
        assertThat(message(() -> PluginHelper.getRoutesLoader(context)
                        .loadRoutes(ResourceHelper.fromString("test.yaml", "- route:\n    password: sesame: x\n"))))
                .contains("test.yaml, line 2, column ")
                .doesNotContain("sesame");
    }

    @Test
    void theTraceOfWhatIsNotExplainedShowsNoValuesOfOptions() {
        Throwable defect = new IllegalStateException(
                "ferry-ftp://me:sesame@host/d?passwrod=sesame", new NullPointerException("x:y?account=sesame"));

        assertThat(new StartFailure(defect).trace())
                .contains("NullPointerException")
                .doesNotContain("sesame");
    }

    private static String everything(Throwable failure) {
        java.io.StringWriter text = new java.io.StringWriter();
        failure.printStackTrace(new java.io.PrintWriter(text, true));
        return text.toString();
    }

    @Test
    void aLibraryThatIsNotThereIsNamed() {
        assertThat(failing("ferry-ftp:host/d?scheduler=spring&scheduler.cron=0+0+2+*+*+?"))
                .contains("route \"mine\", endpoint ferry-ftp://host/d: ")
                .endsWith("Make sure camel-spring.jar is on the classpath.");
    }

    @Test
    void aTimeAsCrontabWritesItIsTranslated() {
        assertThat(failing("ferry-ftp:host/d?scheduler=quartz&scheduler.cron=0+2+*+*+*"))
                .contains("route \"mine\", endpoint ferry-ftp://host/d: cron=0 2 * * * ")
                .endsWith("Quartz takes six fields, seconds first: 0 0 2 * * ?");
        assertThat(failing("ferry-ftp:host/d?scheduler=quartz&scheduler.cron=*/5+8-18+*+*+1-5"))
                .endsWith("Quartz takes six fields, seconds first: 0 */5 8-18 ? * MON-FRI");
        assertThat(failing("scheduler:mirror?scheduler=quartz&scheduler.cron=0+2+1+*+*"))
                .endsWith("Quartz takes six fields, seconds first: 0 0 2 1 * ?");
        // Either of the two days: one expression of Quartz cannot say that.
        assertThat(failing("ferry-ftp:host/d?scheduler=quartz&scheduler.cron=7+3+1+*+1"))
                .endsWith("Quartz takes six fields, seconds first: 0 0 2 * * ?");
    }

    @Test
    void anotherTimeThatQuartzDoesNotTakeSaysWhy() {
        assertThat(failing("ferry-ftp:host/d?scheduler=quartz&scheduler.cron=0+0+25+*+*+?"))
                .contains("route \"mine\", endpoint ferry-ftp://host/d: cron=0 0 25 * * ? ", "Hour")
                .endsWith("such as 0 0 2 * * ?");
    }

    @Test
    void aTimeWithoutItsSchedulerNamesWhatIsMissing() {
        assertThat(failing("ferry-ftp:host/d?scheduler.cron=0+0+2+*+*+?"))
                .contains("route \"mine\", endpoint ferry-ftp://host/d: cron=0 0 2 * * ? ", "scheduler=quartz");
    }

    @Test
    void aTemplateThatThereIsNotNamesTheNearest() {
        assertThat(message(() -> context.addRouteFromTemplate("in", "fanout", Map.of())))
                .endsWith("there is no route template fanout. Did you mean fan-out?");
    }
}
