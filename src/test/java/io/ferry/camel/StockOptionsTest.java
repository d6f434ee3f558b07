package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.camel.StockOptions.Mapped;
import io.ferry.camel.StockOptions.Refused;
import io.ferry.camel.StockOptions.Treatment;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.tooling.model.ComponentModel;
import org.apache.camel.tooling.model.JsonMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every option of the stock endpoints is accounted for, in the code and in the README, checked against the metadata. */
class StockOptionsTest {

    private static final Path README = Path.of("README.md");

    private static ComponentModel stock(String scheme) throws Exception {
        return model("META-INF/org/apache/camel/component/file/remote/" + scheme + ".json");
    }

    private static ComponentModel ferry(String scheme) throws Exception {
        return model("META-INF/io/ferry/camel/" + scheme + ".json");
    }

    private static ComponentModel model(String resource) throws Exception {
        try (InputStream in = StockOptionsTest.class.getClassLoader().getResourceAsStream(resource)) {
            assertThat(in).as(resource).isNotNull();
            return JsonMapper.generateComponentModel(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static Set<String> options(ComponentModel model) {
        Set<String> names = new TreeSet<>();
        model.getEndpointOptions().forEach(option -> names.add(option.getName()));
        return names;
    }

    @Test
    void everyTreatmentNamesAStockOption() throws Exception {
        Set<String> known = options(stock("ftp"));
        known.addAll(options(stock("ftps")));
        assertThat(known).containsAll(StockOptions.treatments().keySet());
    }

    @Test
    void everyStockOptionIsInTheMetadataOfFerry() throws Exception {
        assertThat(options(ferry("ferry-ftp"))).containsAll(options(stock("ftp")));
        assertThat(options(ferry("ferry-ftps"))).containsAll(options(stock("ftps")));
    }

    @Test
    void readmeTableHoldsEveryStockOption() throws Exception {
        Set<String> known = options(stock("ftp"));
        known.addAll(options(stock("ftps")));
        Map<String, Treatment> treatments = StockOptions.treatments();
        StringBuilder table = new StringBuilder("| stock option | with Ferry |\n|---|---|\n");
        Map<String, String> rows = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        StringBuilder works = new StringBuilder();
        for (String name : known) {
            Treatment treatment = treatments.get(name);
            if (treatment instanceof Mapped mapped) {
                rows.put(name, "mapped: " + mapped.how());
            } else if (treatment instanceof Refused refused) {
                String but = refused.allowed() == null ? "" : " (but for `" + refused.allowed() + "`)";
                rows.put(name, "refused" + but + ": " + refused.why());
            } else {
                works.append(works.length() == 0 ? "" : ", ")
                        .append('`')
                        .append(name)
                        .append('`');
            }
        }
        rows.forEach((name, text) ->
                table.append("| `").append(name).append("` | ").append(text).append(" |\n"));
        table.append("| ").append(works).append(" | works |\n");
        assertThat(Files.readString(README))
                .as("README.md must hold this table, as it stands:\n" + table)
                .contains(table);
    }

    @Test
    void readmeTableHoldsEveryOptionOfFerry() throws Exception {
        StringBuilder table = new StringBuilder("| option | default | meaning |\n|---|---|---|\n");
        Set<String> inherited = options(stock("ftp"));
        ferry("ferry-ftp").getEndpointOptions().stream()
                .filter(option -> !inherited.contains(option.getName()))
                .forEach(option -> table.append("| `")
                        .append(option.getName())
                        .append("` | ")
                        .append(option.getDefaultValue() == null ? "see there" : "`" + option.getDefaultValue() + "`")
                        .append(" | ")
                        .append(option.getDescription())
                        .append(" |\n"));
        assertThat(Files.readString(README))
                .as("README.md must hold this table, as it stands:\n" + table)
                .contains(table);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "binary=false",
                "stepwise=true",
                "streamDownload=true",
                "readLock=markerFile",
                "readLock=idempotent",
                "checksumFileAlgorithm=SHA-256",
                "eagerDeleteTargetFile=true",
                "ftpClient.bufferSize=1",
                "ftpClient=#client",
                "bufferSize=1"
            })
    void refusedAtStartWithTheReason(String option) throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            assertThatThrownBy(() -> context.getEndpoint("ferry-ftp:localhost/dir?username=u&" + option))
                    .rootCause()
                    .hasMessageContaining("ferry-ftp refuses the option " + option.split("=", 2)[0])
                    .hasMessageMatching("(?s).{60,}");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"binary=true", "stepwise=false", "readLock=changed", "eagerDeleteTargetFile=false"})
    void whatFerryDoesAnywayMayBeWritten(String option) throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            assertThat(context.getEndpoint("ferry-ftp:localhost/dir?username=u&" + option))
                    .isNotNull();
        }
    }
}
