package io.ferry.stream;

import java.io.Closeable;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The buffer that carries the bytes of one transfer between the line and the disk, no larger than the file needs.
 *
 * <p>Law: belongs to one transfer and its thread, which closes it; the buffer is not touched after that, since it may be
 * another transfer's by then.
 */
public final class Block implements Closeable {

    /** As much as a page of memory; less is not worth a class of its own. */
    private static final int SMALLEST = 4 << 10;

    /**
     * The most on the heap: the JDK copies such a buffer through one of its own outside of the heap, of the same size, which
     * each thread then keeps.
     */
    static final int MOST_ON_HEAP = 128 << 10;

    /** Beyond it nothing gets faster, and one transfer would leave the others little. */
    static final int MOST_DIRECT = 4 << 20;

    private final DirectBuffers pool;
    private final ByteBuffer buffer;
    private @Nullable ByteBuffer lent;

    private Block(DirectBuffers pool, ByteBuffer buffer, @Nullable ByteBuffer lent) {
        this.pool = pool;
        this.buffer = buffer;
        this.lent = lent;
    }

    /**
     * A block for a transfer.
     *
     * @param most bytes of the largest read and write
     * @param expected how many bytes are still to come, -1 where nobody knows
     * @param direct whether the line takes a buffer outside of the heap, which spares two copies; otherwise the buffer has an
     *     array
     */
    public static Block of(int most, long expected, boolean direct) {
        return of(DirectBuffers.SHARED, most, expected, direct);
    }

    static Block of(DirectBuffers pool, int most, long expected, boolean direct) {
        int size = (int) (expected < 0 ? most : Math.min(most, Math.max(expected, SMALLEST)));
        ByteBuffer lent = direct ? pool.take(Math.min(size, MOST_DIRECT)) : null;
        if (lent == null) {
            return new Block(pool, ByteBuffer.allocate(Math.min(size, MOST_ON_HEAP)), null);
        }
        return new Block(pool, lent.slice(0, Math.min(size, lent.capacity())), lent);
    }

    /** The buffer; its capacity is the most that one read or write carries. */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** Gives the buffer back. */
    @Override
    public void close() {
        ByteBuffer back = lent;
        lent = null;
        if (back != null) {
            pool.giveBack(back);
        }
    }
}
