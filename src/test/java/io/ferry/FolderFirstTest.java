package io.ferry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.camel.CamelContext;
import org.apache.camel.main.Main;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.RouteTemplateDefinition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder and a class path with files of the same ids. */
class FolderFirstTest {

    @TempDir
    Path folder;

    @TempDir
    Path bundle;

    @Test
    void aRouteOfTheFolderReplacesTheBundledOneWhateverTheFilesAreCalled() throws Exception {
        write(
                bundle,
                "a.yaml",
                route("greet", "bundled") + route("only-bundled", "bundled") + template("pull", "bundled"));
        write(folder, "z.yaml", route("greet", "folder"));

        run(context -> {
            assertThat(context.getRoutes())
                    .extracting(route -> route.getRouteId())
                    .containsExactlyInAnyOrder("greet", "only-bundled", "instance");
            assertThat(context.getRoute("greet").getEndpoint().getEndpointUri()).isEqualTo("direct://folder-greet");
        });
    }

    @Test
    void aTemplateOfTheFolderReplacesTheBundledOne() throws Exception {
        write(bundle, "a.yaml", template("pull", "bundled"));
        write(folder, "mine.yaml", template("pull", "folder"));

        run(context -> {
            assertThat(((ModelCamelContext) context).getRouteTemplateDefinitions())
                    .extracting(RouteTemplateDefinition::getId)
                    .containsExactly("pull");
            assertThat(context.getRoute("instance").getEndpoint().getEndpointUri())
                    .isEqualTo("direct://folder-pull");
        });
    }

    @Test
    void theSameFileInBothPlacesIsLoadedOnce() throws Exception {
        String text = route("greet", "same") + template("pull", "same");
        write(bundle, "a.yaml", text);
        write(folder, "a.yaml", text);

        run(context -> assertThat(context.getRoutes()).hasSize(2));
    }

    private interface Check {
        void on(CamelContext context) throws Exception;
    }

    private void run(Check check) throws Exception {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {bundle.toUri().toURL()}, before)) {
            Thread.currentThread().setContextClassLoader(loader);
            Main main = new Main();
            main.setDefaultPropertyPlaceholderLocation("false");
            main.addInitialProperty("camel.routeTemplate[instance].templateId", "pull");
            // The bundle first: the order of the patterns decides nothing.
            main.configure()
                    .withRoutesIncludePattern("classpath:bundled/*.yaml,file:" + folder.resolve("bundled") + "/*.yaml");
            main.configure().setAutoConfigurationLogSummary(false);
            main.setRoutesCollector(new FolderFirst());
            main.start();
            try {
                check.on(main.getCamelContext());
            } finally {
                main.stop();
            }
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    private static void write(Path directory, String name, String text) throws IOException {
        Files.writeString(Files.createDirectories(directory.resolve("bundled")).resolve(name), text);
    }

    private static String route(String id, String from) {
        return """
                - route:
                    id: %s
                    from:
                      uri: direct:%s-%s
                      steps:
                        - log: "${body}"
                """.formatted(id, from, id);
    }

    private static String template(String id, String from) {
        return """
                - routeTemplate:
                    id: %s
                    from:
                      uri: direct:%s-%s
                      steps:
                        - log: "${body}"
                """.formatted(id, from, id);
    }
}
