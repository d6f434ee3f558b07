package io.ferry;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.ChildJvm;
import io.ferry.testkit.Content;
import io.ferry.testkit.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code camel.main.durationMaxIdleSeconds} with a transfer that takes longer. */
class ActivityTest {

    @TempDir
    Path folder;

    @Test
    void aTransferUnderWayIsNotIdle() throws Exception {
        try (TestServer server = ApacheFtp.start()) {
            Content.write(
                    Files.createDirectories(server.root().resolve("outbound")).resolve("large.bin"), 3 << 20, 1);
            Files.writeString(folder.resolve("application.properties"), """
                    camel.main.durationMaxIdleSeconds=2
                    camel.main.shutdownTimeout=1
                    camel.component.ferry-ftp.maxRate=512KB
                    camel.routeTemplate[in].templateId=pull
                    camel.routeTemplate[in].host=127.0.0.1
                    camel.routeTemplate[in].port=%d
                    camel.routeTemplate[in].username=%s
                    camel.routeTemplate[in].password=%s
                    camel.routeTemplate[in].remoteDirectory=outbound
                    camel.routeTemplate[in].localDirectory=in
                    """.formatted(
                            server.port(), server.user(), server.password()));
            try (ChildJvm ferry = ChildJvm.of(Ferry.class).directory(folder).start()) {
                assertThat(ferry.awaitExit(Duration.ofMinutes(2))).isZero();
            }
            // Without it Ferry stops after two seconds, and a partial is all there is.
            assertThat(folder.resolve("in/large.bin")).hasBinaryContent(Content.bytes(3 << 20, 1));
        }
    }
}
