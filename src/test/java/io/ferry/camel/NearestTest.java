package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is spelled wrong is told with what was probably meant, and without its value. */
class NearestTest {

    private static final List<String> KNOWN = List.of("delete", "delay", "password", "blockSize", "verify", "move");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "delet | . Did you mean delete?",
                "dleete | . Did you mean delete?",
                "passwrod | . Did you mean password?",
                "block-size | . Did you mean blockSize?",
                "BLOCKSIZE | . Did you mean blockSize?",
                "blokSise | . Did you mean blockSize?",
                "varify | . Did you mean verify?",
            })
    void whatIsNearIsMeant(String written, String hint) {
        assertThat(Nearest.hint(written, KNOWN)).isEqualTo(hint);
    }

    @ParameterizedTest
    @CsvSource({"frobnicate", "x", "''", "passive"})
    void whatIsFarIsNot(String written) {
        assertThat(Nearest.hint(written, KNOWN)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "ferry-ftp, delet=true, delete",
        "ferry-ftps, certificatPin=00, certificatePin",
        "ferry-ftp, blocksise=1MB, blockSize",
        "ferry-ftps, passwrod=sesame, password",
    })
    void anOptionThatThereIsNotNamesTheNearest(String scheme, String option, String meant) throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            assertThatThrownBy(() -> context.getEndpoint(scheme + ":host/d?username=me&" + option))
                    .rootCause()
                    .hasMessageContaining(scheme + " has no option " + option.split("=")[0] + ". Did you mean ")
                    .hasMessageContaining(meant)
                    .hasMessageNotContaining("sesame");
        }
    }

    @Test
    void valuesThatThereAreNotNameTheNearest() throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.start();
            assertThatThrownBy(() -> context.getEndpoint("ferry-ftp:host/d?verify=digset")
                            .createProducer())
                    .rootCause()
                    .hasMessageContaining("takes one of none, size, digest, not \"digset\". Did you mean digest?");
            assertThatThrownBy(() -> FtpTransferProcessor.Operation.named("makeDirectry"))
                    .hasMessageContaining("makeDirectory,")
                    .hasMessageEndingWith("Did you mean makeDirectory?");
        }
    }
}
