package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.transfer.TransferOptions;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FerryOptionsTest {

    @ParameterizedTest
    @CsvSource({"4096,4096", "256KB,262144", "256kb,262144", "1 MB,1048576", "64MB,67108864", "1k,1024", "7B,7"})
    void sizesWithUnits(String text, int bytes) {
        assertThat(OptionValues.bytes("blockSize", text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "many", "-1", "1.5MB", "65MB", "1GB", "99999999999999999999"})
    void nonsenseNamesTheOption(String text) {
        assertThatThrownBy(() -> OptionValues.bytes("blockSize", text))
                .hasMessageContaining("blockSize")
                .hasMessageContaining("256KB");
    }

    @Test
    void optionsComeFromTheUriAndDefaultsFromTheComponent() throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            FerryFtpComponent component = context.getComponent("ferry-ftp", FerryFtpComponent.class);
            component.getFerry().setBlockSize("1MB");
            component.getFerry().setVerify("digest");
            FerryFtpEndpoint endpoint = context.getEndpoint(
                    "ferry-ftp:localhost/dir?username=u&verify=none&overlap=1KB", FerryFtpEndpoint.class);
            TransferOptions options = endpoint.door().transferOptions();
            assertThat(options.blockSize()).isEqualTo(1 << 20);
            assertThat(options.overlap()).isEqualTo(1 << 10);
            assertThat(options.verify()).isEqualTo(TransferOptions.Verify.NONE);
            assertThat(component.getFerry().getVerify()).isEqualTo("digest");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"verify=maybe", "resume=sometimes", "blockSize=1", "overlap=0"})
    void badValuesAreRefusedWhenTheEndpointIsUsed(String option) throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            FerryFtpEndpoint endpoint =
                    context.getEndpoint("ferry-ftp:localhost/dir?username=u&" + option, FerryFtpEndpoint.class);
            assertThatThrownBy(endpoint::createProducer).rootCause().hasMessageContaining(option.split("=", 2)[0]);
            assertThatThrownBy(() -> endpoint.createConsumer(exchange -> {}))
                    .hasMessageContaining(option.split("=", 2)[0]);
        }
    }

    @Test
    void safeDefaults() throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            FerryFtpsEndpoint endpoint = context.getEndpoint("ferry-ftps:localhost/dir", FerryFtpsEndpoint.class);
            assertThat(endpoint.getConfiguration().isBinary()).isTrue();
            assertThat(endpoint.getConfiguration().isPassiveMode()).isTrue();
            assertThat(endpoint.getConfiguration().isStepwise()).isFalse();
            assertThat(endpoint.isIdempotentEager()).isFalse();
            assertThat(endpoint.door().pool().partner().tls().verifyHostName()).isTrue();
            assertThat(endpoint.door().pool().partner().tls().protectionLevel()).isEqualTo("P");
            assertThat(endpoint.door().pool().partner().tls().protocols()).containsExactly("TLSv1.3", "TLSv1.2");
        }
    }
}
