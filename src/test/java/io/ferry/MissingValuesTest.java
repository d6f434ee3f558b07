package io.ferry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MissingValuesTest {

    @TempDir
    Path folder;

    @Test
    void allThatIsMissingIsFoundAtOnceAndNothingElse() throws Exception {
        Files.writeString(folder.resolve("application.properties"), """
                known=1
                a={{first.missing}}
                b={{known}} {{env:PATH}} {{other:default}} {{?optional}} {{camel.main.name}}
                c={{env:FERRY_NO_SUCH}}
                d={{file:/no/such/file}}
                """);
        Files.createDirectories(folder.resolve("routes"));
        Files.writeString(folder.resolve("routes/t.yaml"), """
                # {{in.a.comment}}
                - routeTemplate:
                    id: t
                    parameters:
                      - name: host
                    from:
                      uri: "ferry-ftp:{{host}}/{{last.missing}}"
                """);

        assertThat(MissingValues.of(folder))
                .containsExactly("first.missing", "env:FERRY_NO_SUCH", "file:/no/such/file", "last.missing");
    }

    @Test
    void nothingIsMissingWhereNothingIs() {
        assertThat(MissingValues.of(folder)).isEmpty();
    }
}
