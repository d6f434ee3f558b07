package io.ferry.session;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * What a server deflates (MODE Z), inflated: one zlib stream (RFC 1950), whose own end and checksum must have come before the data
 * connection ends. An {@link EOFException} is a cut; a {@link ZipException} is no zlib stream, or a damaged one, so that what was
 * read of it before may be wrong as well.
 *
 * <p>Law: belongs to one data connection and its thread; owns native memory, which {@link #close()} frees, but not the stream below.
 * It holds one block of what came; a read inflates no more than it was asked for.
 */
final class Inflation extends InputStream {

    private static final int BLOCK = 1 << 16;

    private final InputStream in;
    private final Inflater inflater = new Inflater();
    private final byte[] block = new byte[BLOCK];

    Inflation(InputStream in) {
        this.in = in;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        try {
            int count = inflater.inflate(into, offset, length);
            while (count == 0 && length > 0) {
                if (inflater.finished()) {
                    return end();
                }
                fill();
                count = inflater.inflate(into, offset, length);
            }
            return count;
        } catch (DataFormatException e) {
            throw flaw(String.valueOf(e.getMessage()));
        }
    }

    private void fill() throws IOException {
        if (inflater.needsDictionary()) {
            throw flaw("they need a dictionary");
        }
        int count = in.read(block);
        if (count < 0) {
            throw new EOFException("the deflated data end in their middle");
        }
        inflater.setInput(block, 0, count);
    }

    private int end() throws IOException {
        if (inflater.getRemaining() > 0 || in.read(block) >= 0) {
            throw flaw("more follows their end");
        }
        return -1;
    }

    private static ZipException flaw(String what) {
        return new ZipException("the deflated data are damaged: " + what);
    }

    @Override
    public void close() {
        inflater.end();
    }
}
