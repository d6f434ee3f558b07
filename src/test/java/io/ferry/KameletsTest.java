package io.ferry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.util.URISupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The files of the Kamelets, read as a designer's tool or a catalogue does. */
class KameletsTest {

    private static final Path DIRECTORY = Path.of("src/main/resources/kamelets");
    private static final String SUFFIX = ".kamelet.yaml";

    private static Stream<Path> kamelets() throws IOException {
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            return files.sorted().toList().stream();
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object parent, String... names) {
        Object node = parent;
        for (String name : names) {
            node = ((Map<String, Object>) node).get(name);
        }
        return (Map<String, Object>) node;
    }

    private static Map<String, Object> read(Path file) throws IOException {
        return map(new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file)));
    }

    @Test
    void thereAreASourceAndASinkForEachScheme() throws Exception {
        assertThat(kamelets().map(each -> each.getFileName().toString().replace(SUFFIX, "")))
                .containsExactly("ferry-ftp-sink", "ferry-ftp-source", "ferry-ftps-sink", "ferry-ftps-source");
    }

    @ParameterizedTest
    @MethodSource("kamelets")
    void eachIsNamedAfterItsFileAndDescribesEachParameter(Path file) throws Exception {
        Map<String, Object> kamelet = read(file);

        assertThat(map(kamelet, "metadata").get("name"))
                .isEqualTo(file.getFileName().toString().replace(SUFFIX, ""));
        assertThat(map(kamelet, "spec", "definition")).containsKeys("title", "description", "required");
        map(kamelet, "spec", "definition", "properties").forEach((name, value) -> {
            Map<String, Object> property = map(value);
            assertThat(property).as(name).containsKeys("title", "description", "type");
            assertThat(property.get("type")).as(name).isIn("string", "integer", "boolean");
            if (name.toLowerCase(java.util.Locale.ROOT).contains("password")) {
                assertThat(property).as(name).containsEntry("format", "password");
                // Camel shows the URI that holds it in its logs and consoles.
                assertThat(URISupport.sanitizeUri("kamelet:x?" + name + "=sesame"))
                        .doesNotContain("sesame");
            }
        });
    }

    /** A parameter that nothing reads would be accepted and ignored. */
    @ParameterizedTest
    @MethodSource("kamelets")
    void eachParameterIsUsedAndEachUseIsAParameter(Path file) throws Exception {
        Map<String, Object> definition = map(read(file), "spec", "definition");
        String template = Files.readString(file).split("\n  template:\n", 2)[1];
        List<String> used = Stream.of("\\{\\{(\\??)(\\w+)}}", "()#property:(\\w+)")
                .flatMap(each -> Pattern.compile(each).matcher(template).results())
                .map(found -> found.group(1) + found.group(2))
                .toList();

        assertThat(used.stream().map(each -> each.replace("?", "")))
                .containsExactlyInAnyOrderElementsOf(
                        map(definition, "properties").keySet());
        // What has neither a value of its own nor to be given may be left out, and is written so.
        TreeSet<String> optional = new TreeSet<>(map(definition, "properties").keySet());
        optional.removeIf(each -> map(definition, "properties", each).containsKey("default")
                || ((List<?>) definition.get("required")).contains(each));
        assertThat(used.stream().filter(each -> each.startsWith("?")).map(each -> each.substring(1)))
                .containsExactlyInAnyOrderElementsOf(optional);
    }
}
