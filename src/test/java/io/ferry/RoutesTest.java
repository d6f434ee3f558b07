package io.ferry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.component.file.FileEndpoint;
import org.apache.camel.component.file.remote.RemoteFileConfiguration;
import org.apache.camel.component.file.remote.RemoteFileEndpoint;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.RouteTemplateDefinition;
import org.apache.camel.model.RouteTemplateParameterDefinition;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.PluginHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The files in {@code routes/}: they parse, and their routes can be built. Nothing connects. */
class RoutesTest {

    @TempDir
    Path directory;

    private final CamelContext context = new DefaultCamelContext();

    @BeforeEach
    void start() {
        context.setAutoStartup(false);
        context.start();
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    private static Stream<Path> examples() throws Exception {
        try (Stream<Path> files = Files.list(Path.of("routes/examples"))) {
            return files.sorted().toList().stream();
        }
    }

    private void load(Path file, Map<String, String> properties) throws Exception {
        Properties initial = new Properties();
        initial.putAll(properties);
        context.getPropertiesComponent().setInitialProperties(initial);
        Resource resource = PluginHelper.getResourceLoader(context).resolveResource("file:" + file);
        PluginHelper.getRoutesLoader(context).loadRoutes(resource);
    }

    @ParameterizedTest
    @MethodSource("examples")
    void anExampleHasTheRouteItIsNamedAfter(Path file) throws Exception {
        String id = file.getFileName().toString().replace(".yaml", "");
        String text = Files.readString(file);
        // The environment cannot be set from inside; what is to be shown is that the file holds together.
        Path copy = Files.writeString(directory.resolve(id + ".yaml"), text.replaceAll("\\{\\{env:\\w+}}", "secret"));

        load(copy, Map.of());

        assertThat(context.getRoutes()).extracting(route -> route.getRouteId()).containsExactly(id);
        assertThat(context.getEndpoints()).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pull", "push"})
    void aTemplateIsNamedAfterItsFileAndDescribesEachParameter(String id) throws Exception {
        load(Path.of("routes", id + ".yaml"), Map.of());

        RouteTemplateDefinition template = ((ModelCamelContext) context).getRouteTemplateDefinition(id);
        assertThat(template.getTemplateParameters())
                .isNotEmpty()
                .allSatisfy(each -> assertThat(each.getDescription()).isNotBlank())
                .extracting(RouteTemplateParameterDefinition::getName)
                .contains("scheme", "host", "port", "username", "password", "remoteDirectory", "localDirectory");
    }

    @ParameterizedTest
    @ValueSource(strings = {"fan-out", "relay", "mirror"})
    void theOtherTemplatesAreNamedAfterTheirFilesAndDescribeEachParameter(String id) throws Exception {
        load(Path.of("routes", id + ".yaml"), Map.of());

        assertThat(((ModelCamelContext) context).getRouteTemplateDefinition(id).getTemplateParameters())
                .isNotEmpty()
                .allSatisfy(each -> assertThat(each.getDescription()).isNotBlank());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"plain", "p&s=%+#)&(}?/@:\"' <\u00fc)", "RAW(x)", "%41", "+", "#bean:x", "a)&b", "}", "{x}"})
    void aPasswordMayHoldAnyCharacters(String password) throws Exception {
        load(Path.of("routes/pull.yaml"), Map.of("partner.password", password));

        context.addRouteFromTemplate(
                "in",
                "pull",
                Map.of(
                        "host", "localhost",
                        "username", "someone@example.com",
                        "password", "{{partner.password}}",
                        "remoteDirectory", "out bound",
                        "localDirectory", directory.resolve("in").toString()));

        RemoteFileConfiguration settings = configuration("in");
        assertThat(settings.getPassword()).isEqualTo(password);
        assertThat(settings.getUsername()).isEqualTo("someone@example.com");
        assertThat(settings.getDirectory()).isEqualTo("out bound");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "a\\bc", "a\\\\bc", "p&s=%+#)&(}?/@:\"' <\u00fc)"})
    void aPasswordMayComeFromAFile(String password) throws Exception {
        Path secret = Files.writeString(directory.resolve("secret"), password + "\n");
        context.getPropertiesComponent().addPropertiesFunction(new SecretFile());
        load(Path.of("routes/pull.yaml"), Map.of());

        context.addRouteFromTemplate(
                "in",
                "pull",
                Map.of(
                        "host",
                        "localhost",
                        "password",
                        "{{file:" + secret + "}}",
                        "remoteDirectory",
                        "outbound",
                        "localDirectory",
                        directory.resolve("in").toString()));

        assertThat(configuration("in").getPassword()).isEqualTo(password);
    }

    /** Shows what the templates' descriptions say; should a later Camel leave the backslash alone, they are to be changed. */
    @Test
    void camelDropsABackslashAmongTheLastTwoCharactersUnlessItIsWrittenTwice() throws Exception {
        assertThat(resolved("abc\\")).isEqualTo("abc");
        assertThat(resolved("ab\\c")).isEqualTo("abc");
        assertThat(resolved("abc\\\\")).isEqualTo("abc\\");
        assertThat(resolved("ab\\\\c")).isEqualTo("ab\\c");
    }

    private String resolved(String value) {
        context.getPropertiesComponent().addInitialProperty("value", value);
        return context.getPropertiesComponent().resolveProperty("value").orElseThrow();
    }

    @Test
    void twoUsersOfOneServerAreTwoPartners() throws Exception {
        load(Path.of("routes/pull.yaml"), Map.of());
        for (String user : new String[] {"ann", "bob"}) {
            context.addRouteFromTemplate(
                    user,
                    "pull",
                    Map.of(
                            "host",
                            "localhost",
                            "username",
                            user,
                            "password",
                            "secret of " + user,
                            "remoteDirectory",
                            "outbound",
                            "localDirectory",
                            directory.resolve(user).toString()));
        }

        for (String user : new String[] {"ann", "bob"}) {
            RemoteFileConfiguration settings = configuration(user);
            assertThat(settings.getUsername()).isEqualTo(user);
            assertThat(settings.getPassword()).isEqualTo("secret of " + user);
        }
    }

    @Test
    void aPushTakesEmptyAndFinishedDropsAndKeepsThemWhenSent() throws Exception {
        load(Path.of("routes/push.yaml"), Map.of());

        context.addRouteFromTemplate(
                "out",
                "push",
                Map.of(
                        "scheme", "ferry-ftps",
                        "host", "localhost",
                        "remoteDirectory", "inbound",
                        "localDirectory", directory.resolve("out").toString()));

        FileEndpoint drops = (FileEndpoint) context.getRoute("out").getEndpoint();
        assertThat(drops.getReadLock()).isEqualTo("changed");
        assertThat(drops.getReadLockMinLength()).isZero();
        assertThat(drops.getMove()).isNotNull();
        assertThat(context.getEndpoints())
                .anyMatch(each -> each.getEndpointUri().startsWith("ferry-ftps:"));
    }

    @Test
    void oneLineOfJavaAddsPullAndPush() throws Exception {
        context.addRoutes(new FerryRoutes()
                .pull(
                        "in",
                        "ferry-ftp:localhost/outbound?username=me&delete=true",
                        directory.resolve("in").toString())
                .push("out", directory.resolve("out").toString(), "ferry-ftp:localhost/inbound?username=me"));

        assertThat(context.getRoutes()).extracting(route -> route.getRouteId()).containsExactly("in", "out");
        assertThat(configuration("in").getUsername()).isEqualTo("me");
        assertThat(((FileEndpoint) context.getRoute("out").getEndpoint()).getReadLockMinLength())
                .isZero();
    }

    private RemoteFileConfiguration configuration(String routeId) {
        return (RemoteFileConfiguration)
                ((RemoteFileEndpoint<?>) context.getRoute(routeId).getEndpoint()).getConfiguration();
    }
}
