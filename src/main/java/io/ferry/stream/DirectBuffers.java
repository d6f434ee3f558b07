package io.ferry.stream;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Buffers outside of the heap, in sizes that are powers of two. The garbage collector frees such memory late, so that they
 * are used again instead, and there is a limit to all of them together.
 *
 * <p>Law: safe from any thread; keeps what it has made for as long as the process runs. Whoever takes a buffer gives it back
 * once, and holds no view of it after that.
 */
final class DirectBuffers {

    /** Some twenty large transfers at once; further ones go over the heap. */
    private static final int MOST = 24 << 20;

    static final DirectBuffers SHARED = new DirectBuffers(MOST);

    private final TreeMap<Integer, Deque<ByteBuffer>> idle = new TreeMap<>();
    private long room;

    DirectBuffers(int most) {
        this.room = most;
    }

    /**
     * A buffer of so many bytes at least; where the limit is reached, the largest of another size that nobody uses.
     *
     * @return null where there is none
     */
    @Nullable
    ByteBuffer take(int size) {
        int rounded = rounded(size);
        synchronized (this) {
            ByteBuffer used = shelf(rounded).poll();
            if (used != null) {
                return used.clear();
            }
            if (rounded > room) {
                return largest();
            }
            room -= rounded;
        }
        return allocate(rounded);
    }

    private @Nullable ByteBuffer largest() {
        for (Deque<ByteBuffer> shelf : idle.descendingMap().values()) {
            ByteBuffer used = shelf.poll();
            if (used != null) {
                return used.clear();
            }
        }
        return null;
    }

    private @Nullable ByteBuffer allocate(int size) {
        try {
            return ByteBuffer.allocateDirect(size);
        } catch (OutOfMemoryError e) {
            // The user allows less (-XX:MaxDirectMemorySize), and each further attempt would wait for the garbage
            // collector.
            synchronized (this) {
                room = 0;
            }
            return null;
        }
    }

    /** Takes back what {@link #take} handed out. */
    synchronized void giveBack(ByteBuffer buffer) {
        shelf(buffer.capacity()).push(buffer);
    }

    private Deque<ByteBuffer> shelf(int size) {
        return idle.computeIfAbsent(size, key -> new ArrayDeque<>());
    }

    private static int rounded(int size) {
        return size <= 1 ? 1 : Integer.highestOneBit(size - 1) << 1;
    }
}
