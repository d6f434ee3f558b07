package io.ferry.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How large the buffer of a transfer is, where it lies, and that no two transfers ever share one. */
class BlockTest {

    private static final int KB = 1 << 10;
    private static final int MB = 1 << 20;

    private final DirectBuffers pool = new DirectBuffers(8 * MB);

    @ParameterizedTest
    @CsvSource({
        "1048576, -1, 1048576",
        "1048576, 10000000, 1048576",
        "1048576, 300000, 300000",
        "1048576, 4096, 4096",
        "1048576, 1, 4096",
        "1048576, 0, 4096",
        "1024, 4096, 1024",
        "1000, -1, 1000",
        "67108864, -1, 4194304"
    })
    void isNoLargerThanAskedForNorThanTheFileNeeds(int most, long expected, int capacity) {
        try (Block block = Block.of(pool, most, expected, true)) {
            assertThat(block.buffer().isDirect()).isTrue();
            assertThat(block.buffer().remaining()).isEqualTo(capacity);
            assertThat(block.buffer().capacity()).isEqualTo(capacity);
        }
    }

    @Test
    void hasAnArrayWhereTheLineTakesNoOther() {
        try (Block block = Block.of(pool, MB, -1, false)) {
            assertThat(block.buffer().hasArray()).isTrue();
            assertThat(block.buffer().capacity()).isEqualTo(Block.MOST_ON_HEAP);
        }
        try (Block block = Block.of(pool, MB, 4 * KB, false)) {
            assertThat(block.buffer().capacity()).isEqualTo(4 * KB);
        }
    }

    @Test
    void isTheOneThatWasGivenBackWhole() {
        Block first = Block.of(pool, MB, 700 * KB, true);
        first.buffer().put(0, (byte) 7).limit(1);
        first.close();
        try (Block next = Block.of(pool, MB, -1, true)) {
            assertThat(next.buffer().remaining()).isEqualTo(MB);
            assertThat(next.buffer().get(0)).isEqualTo((byte) 7);
        }
    }

    @Test
    void isGivenBackOnce() {
        Block block = Block.of(pool, MB, -1, true);
        block.close();
        block.close();
        try (Block one = Block.of(pool, MB, -1, true);
                Block other = Block.of(pool, MB, -1, true)) {
            one.buffer().put(0, (byte) 1);
            other.buffer().put(0, (byte) 2);
            assertThat(one.buffer().get(0)).isEqualTo((byte) 1);
        }
    }

    @Test
    void liesOnTheHeapBeyondTheLimitAndOutsideAgainAfterwards() {
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            blocks.add(Block.of(pool, MB, -1, true));
        }
        assertThat(blocks).allMatch(block -> block.buffer().isDirect());
        try (Block beyond = Block.of(pool, MB, -1, true)) {
            assertThat(beyond.buffer().isDirect()).isFalse();
            assertThat(beyond.buffer().capacity()).isEqualTo(Block.MOST_ON_HEAP);
        }
        blocks.forEach(Block::close);
        try (Block again = Block.of(pool, MB, -1, true)) {
            assertThat(again.buffer().isDirect()).isTrue();
        }
    }

    /** Many small files must not leave the large ones to the heap for ever, nor the other way round. */
    @Test
    void isOfAnotherSizeWhereNothingElseIsLeft() {
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            blocks.add(Block.of(pool, 512 * KB, -1, true));
        }
        blocks.forEach(Block::close);
        try (Block larger = Block.of(pool, MB, -1, true);
                Block smaller = Block.of(pool, 64 * KB, -1, true)) {
            assertThat(larger.buffer().isDirect()).isTrue();
            assertThat(larger.buffer().capacity()).isEqualTo(512 * KB);
            assertThat(smaller.buffer().isDirect()).isTrue();
            assertThat(smaller.buffer().capacity()).isEqualTo(64 * KB);
        }
    }

    @Test
    void noTwoTransfersShareOne() throws Exception {
        Set<ByteBuffer> lent = Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));
        Set<ByteBuffer> all = Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));
        AtomicBoolean shared = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<?>> ends = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                int size = (4 * KB) << i;
                ends.add(threads.submit(() -> {
                    for (int turn = 0; turn < 2000; turn++) {
                        ByteBuffer taken = pool.take(turn % 2 == 0 ? size : MB);
                        if (taken != null) {
                            shared.compareAndSet(false, !lent.add(taken));
                            all.add(taken);
                            lent.remove(taken);
                            pool.giveBack(taken);
                        }
                    }
                }));
            }
            for (Future<?> end : ends) {
                end.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(shared).isFalse();
        assertThat(all.stream().mapToLong(ByteBuffer::capacity).sum()).isLessThanOrEqualTo(8 * MB);
    }
}
