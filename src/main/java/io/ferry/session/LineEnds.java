package io.ferry.session;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Lines of text as they cross the line in TYPE A, ended by CR LF (RFC 959, 3.1.1.1), and as this system ends them.
 *
 * <p>Law: each stream belongs to one data connection and its thread, and holds nothing that needs closing. It holds back at most
 * one CR between two blocks.
 */
final class LineEnds {

    private static final int BLOCK = 1 << 16;

    private LineEnds() {}

    private static boolean areTheSameHere() {
        return System.lineSeparator().equals("\r\n");
    }

    /** Text from the line: CR LF becomes the line end of this system, and a CR without LF stays. */
    static InputStream incoming(InputStream in) {
        return areTheSameHere() ? in : new Incoming(in);
    }

    /** Text to the line: LF becomes CR LF; lines that end with CR LF already go out as they are. */
    static OutputStream outgoing(OutputStream out) {
        return areTheSameHere() ? out : new Outgoing(out);
    }

    private static final class Incoming extends InputStream {
        private final InputStream in;
        private final byte[] block = new byte[BLOCK];
        private int next;
        private int end;
        private boolean returnHeld;

        Incoming(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int count = 0;
            while (count == 0 && length > 0) {
                if (next >= end && !fill()) {
                    if (!returnHeld) {
                        return -1;
                    }
                    returnHeld = false;
                    into[offset] = '\r';
                    return 1;
                }
                for (; next < end && count < length; count += convert(into, offset + count)) {
                    // One byte each time, or none.
                }
            }
            return count;
        }

        private boolean fill() throws IOException {
            next = 0;
            end = in.read(block);
            return end > 0;
        }

        /** Takes up one byte of the block, or gives back the CR before it; tells how many bytes that makes. */
        private int convert(byte[] into, int at) {
            byte b = block[next];
            if (returnHeld && b != '\n') {
                returnHeld = false;
                into[at] = '\r';
                return 1;
            }
            next++;
            returnHeld = b == '\r';
            if (returnHeld) {
                return 0;
            }
            into[at] = b;
            return 1;
        }
    }

    private static final class Outgoing extends OutputStream {
        private final OutputStream out;
        private int last;

        Outgoing(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            byte[] lines = new byte[2 * length];
            int count = 0;
            for (int i = offset; i < offset + length; i++) {
                if (from[i] == '\n' && last != '\r') {
                    lines[count++] = '\r';
                }
                last = from[i];
                lines[count++] = from[i];
            }
            out.write(lines, 0, count);
        }
    }
}
