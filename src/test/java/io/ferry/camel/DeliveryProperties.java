package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.transfer.Fingerprint;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.apache.camel.support.processor.idempotent.MemoryIdempotentRepository;

/** What holds for every delivery's identity. */
class DeliveryProperties {

    @Property
    void keysLeadBackToTheDelivery(@ForAll String route, @ForAll String path, @ForAll @LongRange(min = 0) long size) {
        Delivery delivery = Delivery.of(route, path, new Fingerprint("me@host:21", path, size, Instant.EPOCH, null));
        assertThat(delivery.id()).matches("[0-9a-f]{32}");
        assertThat(Delivery.of(delivery.handedKey())).isEqualTo(Optional.of(delivery));
        assertThat(Delivery.of(delivery.deliveredKey())).isEqualTo(Optional.of(delivery));
        assertThat(Delivery.of(route + path)).isEmpty();
    }

    @Property
    void eachPartOfTheFingerprintMakesAnotherDelivery(
            @ForAll String path,
            @ForAll @LongRange(min = 0, max = 1L << 50) long size,
            @ForAll @IntRange(min = 1) int step) {
        Fingerprint version = new Fingerprint("me@host:21", path, size, Instant.ofEpochSecond(1), "u");
        Set<String> ids = new HashSet<>();
        ids.add(Delivery.of("a", path, version).id());
        ids.add(Delivery.of("b", path, version).id());
        ids.add(Delivery.of("a", path + "x", version).id());
        ids.add(Delivery.of("a", path, new Fingerprint("me@other:21", path, size, Instant.ofEpochSecond(1), "u"))
                .id());
        ids.add(Delivery.of("a", path, new Fingerprint("me@host:21", path, size + step, Instant.ofEpochSecond(1), "u"))
                .id());
        ids.add(Delivery.of("a", path, new Fingerprint("me@host:21", path, size, Instant.ofEpochSecond(1L + step), "u"))
                .id());
        ids.add(Delivery.of("a", path, new Fingerprint("me@host:21", path, size, Instant.ofEpochSecond(1), "v"))
                .id());
        assertThat(ids).hasSize(7);
    }

    @Property
    void foreignRepositoriesGetKeysThatFit(@ForAll String path) {
        MemoryIdempotentRepository repository = new MemoryIdempotentRepository();
        repository.start();
        Deliveries deliveries = new Deliveries(repository);
        Delivery delivery = new Delivery("0".repeat(32), path.repeat(3));
        Fingerprint version = new Fingerprint("me@host:21", path, 1, Instant.EPOCH, null);
        assertThat(deliveries.handed(delivery)).isFalse();
        assertThat(deliveries.handed(delivery)).isTrue();
        assertThat(deliveries.isDelivered(delivery)).isFalse();
        deliveries.delivered(delivery, version);
        assertThat(deliveries.isDelivered(delivery)).isTrue();
        assertThat(repository.getCache().keySet()).allMatch(key -> ((String) key).length() <= 100);
        deliveries.close(delivery);
        assertThat(deliveries.isDelivered(delivery)).isFalse();
        assertThat(deliveries.isHanded(delivery)).isFalse();
        assertThat(repository.getCacheSize()).isZero();
    }
}
