package io.ferry.stock;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Await;
import io.ferry.testkit.ChildJvm;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.camel.spi.IdempotentRepository;
import org.apache.camel.support.processor.idempotent.FileIdempotentRepository;
import org.junit.jupiter.api.Test;

/** F18: the durable records, stock's {@code FileIdempotentRepository} beside the one that Ferry's consumers use by default. */
class F18RecordsTest extends SideBySide {

    private static final int KEYS = 1500;

    /** Stock's limit is 32 MB; here it is what these keys need. */
    private static final long STOCKS_LIMIT = 30_000;

    /** Adds all keys, and returns those that are there after a restart. */
    private List<Integer> keptOf(Scheme scheme) {
        File file = local.resolve("records").toFile();
        IdempotentRepository records = RecordsMain.open(scheme, file);
        if (records instanceof FileIdempotentRepository stock) {
            stock.setMaxFileStoreSize(STOCKS_LIMIT);
        }
        for (int i = 0; i < KEYS; i++) {
            assertThat(records.add(RecordsMain.key(i))).isTrue();
        }
        records.stop();
        IdempotentRepository after = RecordsMain.open(scheme, file);
        try {
            return IntStream.range(0, KEYS)
                    .filter(i -> after.contains(RecordsMain.key(i)))
                    .boxed()
                    .toList();
        } finally {
            after.stop();
        }
    }

    @Test
    void stockDropsTheOldestThousandRecords() {
        assertThat(keptOf(Scheme.STOCK)).hasSize(KEYS - 1000).doesNotContain(0, 500, 999);
    }

    @Test
    void ferryDropsNoRecord() {
        assertThat(keptOf(Scheme.FERRY)).hasSize(KEYS);
    }

    /** What a dropped record means: with noop, the file is delivered a second time, after a restart. */
    @Test
    void stockDeliversAFileAgainWhoseRecordItHasDropped() throws Exception {
        on(ApacheFtp.start());
        put("outbound/old", "content");
        List<String> got = new CopyOnWriteArrayList<>();
        FileIdempotentRepository records = pullOnce(got);
        until("delivered", () -> got.size() == 1);
        for (int i = 0; i < KEYS; i++) {
            records.add(RecordsMain.key(i));
        }
        restart();
        pullOnce(got);
        until("delivered again", () -> got.size() > 1);
    }

    private FileIdempotentRepository pullOnce(List<String> got) throws Exception {
        FileIdempotentRepository records = (FileIdempotentRepository)
                RecordsMain.open(Scheme.STOCK, local.resolve("records").toFile());
        records.setMaxFileStoreSize(STOCKS_LIMIT);
        context.getRegistry().bind("records", IdempotentRepository.class, records);
        route(
                from(Scheme.STOCK, "outbound", "noop=true&idempotentRepository=#records"),
                exchange -> got.add(exchange.getIn().getHeader("CamelFileName", String.class)));
        return records;
    }

    /** Kills a process while it takes keys out; returns the lowest key that it had not begun to take out. */
    private int killWhileRemoving(Scheme scheme, Path file, Predicate<ChildJvm> now) {
        try (ChildJvm child = ChildJvm.of(RecordsMain.class)
                .heap("128m")
                .directory(local)
                .arguments(scheme, file)
                .start()) {
            child.awaitLine("removing \\d", LIMIT);
            Await.until("the moment has come", LIMIT, () -> now.test(child));
            child.kill9();
            return last(child.output()) + 1;
        }
    }

    private static int last(String output) {
        return Pattern.compile("removing (\\d+)\n?")
                .matcher(output)
                .results()
                .map(MatchResult::group)
                .mapToInt(line -> Integer.parseInt(line.replaceAll("\\D", "")))
                .max()
                .orElse(-1);
    }

    private static long missing(Path file, int from, int to) {
        IdempotentRepository records = RecordsMain.open(Scheme.FERRY, file.toFile());
        try {
            return IntStream.range(from, to)
                    .filter(i -> !records.contains(RecordsMain.key(i)))
                    .count();
        } finally {
            records.stop();
        }
    }

    @Test
    void stockLosesRecordsWhenItIsKilledWhileItRewritesTheFile() throws Exception {
        // Many keys, so that a rewrite takes a while.
        int keys = 50_000;
        Path file = local.resolve("records");
        long lost = 0;
        for (int kill = 0; kill < 20 && lost == 0; kill++) {
            Files.write(
                    file, IntStream.range(0, keys).mapToObj(RecordsMain::key).toList());
            long whole = Files.size(file);
            int untouched =
                    killWhileRemoving(Scheme.STOCK, file, child -> sizeOf(file) < whole / 4 || !child.isAlive());
            String first = RecordsMain.key(untouched);
            lost = keys
                    - untouched
                    - Files.readAllLines(file).stream()
                            .filter(key -> key.length() == first.length() && key.startsWith("/outbound/file-"))
                            .filter(key -> key.compareTo(first) >= 0)
                            .count();
        }
        assertThat(lost).isPositive();
    }

    @Test
    void ferryLosesNoRecordWhenItIsKilledWhileItTakesSomeOut() {
        Path file = local.resolve("records");
        IdempotentRepository records = RecordsMain.open(Scheme.FERRY, file.toFile());
        for (int i = 0; i < KEYS; i++) {
            records.add(RecordsMain.key(i));
        }
        records.stop();
        int begun = 0;
        for (int kill = 1; kill <= 3; kill++) {
            int enough = begun + kill * 100;
            begun = killWhileRemoving(Scheme.FERRY, file, child -> last(child.output()) >= enough);
            assertThat(begun).isLessThan(KEYS);
            assertThat(missing(file, begun, KEYS)).isZero();
        }
    }
}
