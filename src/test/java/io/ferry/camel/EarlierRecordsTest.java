package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.transfer.Fingerprint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A record of deliveries as version 0.1.0 writes it is read by this version: what was delivered is not delivered again. */
class EarlierRecordsTest {

    private static final List<String> LINES = List.of(
            "6b0b7cbd+handed|e8eea8e0f0f9b35fcd7803327ff7ec18|out/a b.txt",
            "118fd57b+handed|ecb2bdcec6a86ce50a55293a1f6ada8a|out/c.txt",
            "6a0beb79+delivered|ecb2bdcec6a86ce50a55293a1f6ada8a|out/c.txt");

    private static final Fingerprint VERSION = new Fingerprint(
            "me@ftp.acme.example:21", "/home/me/out/a b.txt", 12345, Instant.parse("2026-01-02T03:04:05Z"), "u1");

    @TempDir
    Path folder;

    @Test
    void deliveriesOf010() throws Exception {
        Path file = Files.writeString(folder.resolve("deliveries"), String.join("\n", LINES) + "\n");
        Delivery handed = Delivery.of("acme-in", "out/a b.txt", VERSION);
        Delivery delivered = Delivery.of("acme-in", "out/c.txt", VERSION);
        Deliveries deliveries = new Deliveries(new DeliveryRepository());
        deliveries.open(folder, "route acme-in");
        try {
            assertThat(deliveries.isHanded(handed)).isTrue();
            assertThat(deliveries.isDelivered(handed)).isFalse();
            assertThat(deliveries.isDelivered(delivered)).isTrue();
        } finally {
            deliveries.release();
        }
        assertThat(Files.readAllLines(file)).startsWith(LINES.toArray(String[]::new));
    }
}
