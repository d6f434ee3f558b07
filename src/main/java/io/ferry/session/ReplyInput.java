package io.ferry.session;

import java.io.IOException;
import java.io.InputStream;

/**
 * What arrives on a control connection, read byte by byte.
 *
 * <p>Law: one thread reads at a time; whoever hands it to another one makes sure that what was read is seen. A {@link
 * java.io.BufferedInputStream} would take a lock for each byte.
 */
final class ReplyInput {

    private static final int SIZE = 8 << 10;

    private final InputStream in;
    private final byte[] buffer = new byte[SIZE];
    private int next;
    private int end;

    ReplyInput(InputStream in) {
        this.in = in;
    }

    /** The next byte, or -1 at the end. */
    int read() throws IOException {
        if (next == end) {
            int count = in.read(buffer);
            if (count < 0) {
                return -1;
            }
            next = 0;
            end = count;
        }
        return buffer[next++] & 0xff;
    }

    /** How many bytes can be read without a wait, as far as is known. */
    int available() throws IOException {
        return end - next + in.available();
    }
}
