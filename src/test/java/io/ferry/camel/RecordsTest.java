package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.transfer.Fingerprint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.camel.spi.IdempotentRepository;
import org.apache.camel.support.processor.idempotent.MemoryIdempotentRepository;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is kept in mind of deliveries, and of files that are still growing. */
class RecordsTest {

    private static final Fingerprint PROOF =
            new Fingerprint("me@host:21", "dir/file", 5, Instant.ofEpochSecond(7), null, true);
    private static final Fingerprint YOUNG =
            new Fingerprint("me@host:21", "dir/file", 5, Instant.ofEpochSecond(7), null, false);
    private static final Delivery DELIVERY = Delivery.of("route", "dir/file", PROOF);
    private static final Delivery NEXT = Delivery.of(
            "route", "dir/file", new Fingerprint("me@host:21", "dir/file", 6, Instant.ofEpochSecond(8), null));

    @TempDir
    Path directory;

    private IdempotentRepository repository = new DeliveryRepository();
    private Deliveries deliveries = new Deliveries(repository);

    private void open(String kind) throws Exception {
        if (kind.equals("memory")) {
            repository = new MemoryIdempotentRepository();
            repository.start();
        }
        deliveries = new Deliveries(repository);
        deliveries.open(directory, "route");
    }

    /** As another process would find it. */
    private void reopen() throws Exception {
        deliveries.release();
        if (repository instanceof DeliveryRepository) {
            repository = new DeliveryRepository();
        }
        deliveries = new Deliveries(repository);
        deliveries.open(directory, "route");
    }

    @AfterEach
    void close() throws Exception {
        deliveries.release();
    }

    @ParameterizedTest
    @ValueSource(strings = {"own", "memory"})
    void outlivesTheProcessStepByStep(String kind) throws Exception {
        open(kind);
        assertThat(deliveries.handed(DELIVERY)).isFalse();
        reopen();
        assertThat(deliveries.isHanded(DELIVERY)).isTrue();
        assertThat(deliveries.isDelivered(DELIVERY)).isFalse();
        assertThat(deliveries.handed(DELIVERY)).isTrue();
        deliveries.delivered(DELIVERY, PROOF);
        reopen();
        assertThat(deliveries.isDelivered(DELIVERY)).isTrue();
        deliveries.close(DELIVERY);
        reopen();
        assertThat(deliveries.isDelivered(DELIVERY)).isFalse();
        assertThat(deliveries.isHanded(DELIVERY)).isFalse();
        assertThat(deliveries.handed(DELIVERY)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"own", "memory"})
    void whatIsNoProofIsKnownToThisProcessOnly(String kind) throws Exception {
        open(kind);
        deliveries.handed(DELIVERY);
        deliveries.delivered(DELIVERY, YOUNG);
        assertThat(deliveries.isDelivered(DELIVERY)).isTrue();
        reopen();
        assertThat(deliveries.isDelivered(DELIVERY)).isFalse();
        assertThat(deliveries.handed(DELIVERY)).isTrue();
        deliveries.delivered(DELIVERY, YOUNG);
        deliveries.close(DELIVERY);
        assertThat(deliveries.isDelivered(DELIVERY)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"own", "memory"})
    void takingUpClosesWhatIsGoneOrReplaced(String kind) throws Exception {
        open(kind);
        Delivery gone = new Delivery("0".repeat(32), "dir/gone");
        Delivery renamed = new Delivery("1".repeat(32), "dir/renamed");
        Delivery longName = new Delivery("2".repeat(32), "dir/" + "x".repeat(300));
        for (Delivery each : List.of(DELIVERY, gone, renamed, longName)) {
            deliveries.handed(each);
            deliveries.delivered(each, PROOF);
        }
        repository.add("route|me@host:21|dir/gone|5|7");
        reopen();
        deliveries.takeUp(
                path -> path.equals("dir/file") ? Optional.of(DELIVERY) : Optional.empty(),
                path -> path.equals("dir/renamed"));
        assertThat(deliveries.isDelivered(DELIVERY)).isTrue();
        assertThat(deliveries.isDelivered(renamed)).isTrue();
        assertThat(deliveries.isDelivered(gone)).isFalse();
        assertThat(deliveries.isHanded(gone)).isFalse();
        assertThat(deliveries.isDelivered(longName)).isFalse();
        assertThat(repository.contains("route|me@host:21|dir/gone|5|7")).isTrue();
        deliveries.takeUp(path -> Optional.of(NEXT), path -> false);
        assertThat(deliveries.isDelivered(DELIVERY)).isFalse();
        assertThat(deliveries.isHanded(renamed)).isFalse();
    }

    @Test
    void takingUpKnowsWhatWasOnlyHandedAlsoInAForeignRepository() throws Exception {
        open("memory");
        deliveries.handed(DELIVERY);
        reopen();
        deliveries.takeUp(path -> Optional.empty(), path -> false);
        assertThat(deliveries.isHanded(DELIVERY)).isFalse();
    }

    /** A foreign repository cannot list its keys: one that nobody remembers would stay in it for ever. */
    @Test
    void closeThatWasCutOffInTheMiddleIsFinishedByTheNextProcess() throws Exception {
        MemoryIdempotentRepository breaking = new MemoryIdempotentRepository() {
            @Override
            public boolean remove(String key) {
                if (key.startsWith("delivered|")) {
                    throw new IllegalStateException("the database is gone");
                }
                return super.remove(key);
            }
        };
        breaking.start();
        deliveries = new Deliveries(breaking);
        deliveries.open(directory, "route");
        deliveries.handed(DELIVERY);
        deliveries.delivered(DELIVERY, PROOF);
        assertThatThrownBy(() -> deliveries.close(DELIVERY)).hasMessage("the database is gone");
        repository = new MemoryIdempotentRepository();
        repository.start();
        repository.add(DELIVERY.deliveredKey());
        reopen();
        deliveries.takeUp(path -> Optional.empty(), path -> false);
        assertThat(repository.contains(DELIVERY.deliveredKey())).isFalse();
    }

    @Test
    void keysOfOthersAreNotTakenForDeliveries() {
        String key = DELIVERY.handedKey();
        for (String other : List.of(
                key.substring(0, key.indexOf("|dir")),
                key.replace("handed|", "HANDED|"),
                key.replace("|dir", ":dir"),
                key.replace("handed|", "handed|0"),
                "x" + key)) {
            assertThat(Delivery.of(other)).as(other).isEmpty();
        }
        assertThat(Delivery.of(key.substring(0, key.indexOf("dir")))).contains(new Delivery(DELIVERY.id(), ""));
    }

    @Test
    void openingTwiceIsOpeningOnce() throws Exception {
        open("memory");
        deliveries.open(directory, "route");
        assertThat(directory.resolve("open")).exists();
        deliveries.release();
        deliveries.release();
        KeyLogTest.assertFree(directory.resolve("open"));
    }

    @Test
    void consumerThatEndedClosedTheRecordsOfAnotherOfTheSameEndpoint() throws Exception {
        open("own");
        Deliveries second = new Deliveries(repository);
        second.open(directory, "route");
        deliveries.handed(DELIVERY);
        second.release();
        second.release();
        assertThat(deliveries.isHanded(DELIVERY)).isTrue();
        deliveries.release();
        KeyLogTest.assertFree(directory.resolve("deliveries"));
    }

    @Test
    void repositoryForgetsAllThatIsOfOnePath() throws Exception {
        try (var log = KeyLog.open(directory.resolve("records"), "test")) {
            log.add("unrelated", true);
        }
        DeliveryRepository records = new DeliveryRepository();
        assertThatThrownBy(() -> records.contains("key")).isInstanceOf(IllegalStateException.class);
        records.setFile(directory.resolve("records").toString());
        records.start();
        records.add(DELIVERY.handedKey());
        records.add(DELIVERY.deliveredKey());
        records.add("route|me@host:21|dir/file|5|7");
        records.add("route|me@host:21|dir/file2|5|7");
        assertThat(records.forget("dir/file")).isEqualTo(3);
        assertThat(records.keys()).containsExactly("unrelated", "route|me@host:21|dir/file2|5|7");
        assertThat(records.confirm("unrelated")).isTrue();
        assertThat(records.confirm("dir/file")).isFalse();
        assertThat(records.getFile()).endsWith("records");
        assertThat(records.isDurable()).isTrue();
        records.clear();
        records.stop();
        assertThat(Files.size(directory.resolve("records"))).isZero();
    }

    @Test
    void forgettingAPathLostTheRecordOfAnotherWithABarInIt() {
        DeliveryRepository records = new DeliveryRepository();
        records.setFile(directory.resolve("records").toString());
        records.start();
        try {
            for (String path : List.of("in/a|b", "b|in/a", "x|b|x", "b|5|7", "b")) {
                Delivery delivery = new Delivery(DELIVERY.id(), path);
                records.add(delivery.handedKey());
                records.add(delivery.deliveredKey());
                records.add("route|me@host:21|" + path + "|5|7");
                records.add("a|route|me|too@host:21|" + path + "|-1|-7");
            }
            List<String> keys = records.keys();
            assertThat(records.forget("b")).isEqualTo(4);
            assertThat(records.keys()).isEqualTo(keys.subList(0, keys.size() - 4));
            assertThat(records.forget("in/a")).isZero();
            assertThat(records.forget("in/a|b")).isEqualTo(4);
            assertThat(records.keys()).isEqualTo(keys.subList(4, keys.size() - 4));
        } finally {
            records.stop();
        }
    }

    @Test
    void fileIsStableAfterSoManyFurtherPolls() {
        Stability stability = Stability.of("2");
        assertThat(sight(stability, 5, 1)).isFalse();
        assertThat(sight(stability, 5, 1)).isFalse();
        assertThat(sight(stability, 5, 1)).isTrue();
        assertThat(sight(stability, 6, 1)).isFalse();
        assertThat(sight(stability, 6, 1)).isFalse();
        assertThat(sight(stability, 6, 2)).isFalse();
        assertThat(sight(stability, 6, 2)).isFalse();
        assertThat(sight(stability, 6, 2)).isTrue();
        stability.beginPoll(true);
        assertThat(sight(stability, 6, 2)).as("not seen by one whole poll").isFalse();
        stability.beginPoll(false);
        stability.beginPoll(false);
        stability.beginPoll(false);
        stability.isStable("file", 6, 2);
        assertThat(sight(stability, 6, 2))
                .as("polls that were not whole do not count")
                .isTrue();
        assertThat(Stability.of("0").isStable("file", 1, 1)).isTrue();
    }

    private static boolean sight(Stability stability, long size, long modified) {
        stability.beginPoll(true);
        return stability.isStable("file", size, modified);
    }

    @Test
    void fileThatMustRestForAnHourIsNotStableYet() {
        Stability stability = Stability.of(" 1h ");
        for (int i = 0; i < 10; i++) {
            assertThat(sight(stability, 5, 1)).isFalse();
        }
        Stability short1 = Stability.of("0s");
        assertThat(sight(short1, 5, 1)).isFalse();
        assertThat(sight(short1, 5, 1)).isTrue();
        assertThatThrownBy(() -> Stability.of("a while"))
                .hasMessageContaining("stableFor")
                .hasMessageContaining("30s");
    }

    @Test
    void archiveNamesAreNumberedBeforeTheExtension() {
        assertThat(ArchiveOperations.numbered("a/b.c/report.csv", 1)).isEqualTo("a/b.c/report-1.csv");
        assertThat(ArchiveOperations.numbered("a/b.c/report", 2)).isEqualTo("a/b.c/report-2");
        assertThat(ArchiveOperations.numbered("a/.hidden", 3)).isEqualTo("a/.hidden-3");
        assertThat(ArchiveOperations.numbered("x.tar.gz", 4)).isEqualTo("x.tar-4.gz");
    }
}
