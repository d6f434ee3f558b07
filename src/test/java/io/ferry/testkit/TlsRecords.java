package io.ferry.testkit;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream that gives one TLS record with each read into an array that has room for the largest one; the caller's to close. */
final class TlsRecords extends FilterInputStream {
    private static final int HEADER = 5;
    private static final int ALERT = 21;
    private static final int APPLICATION_DATA = 23;
    /** Two bytes, the type behind them, and the authentication tag (RFC 8446, section 5.2). */
    private static final int ENCRYPTED_ALERT = 2 + 1 + 16;

    TlsRecords(InputStream in) {
        super(in);
    }

    /** A record that ends early comes as it is; one that is no record, and claims more than the array takes, in pieces. */
    @Override
    public int read(byte[] into, int offset, int room) throws IOException {
        int count = in.readNBytes(into, offset, HEADER);
        if (count < HEADER) {
            return count == 0 ? -1 : count;
        }
        int body = Math.min(length(into, offset), into.length - offset - HEADER);
        return HEADER + in.readNBytes(into, offset + HEADER, body);
    }

    /** Whether this record is as long as an alert, such as close_notify. Only TLS 1.2 says so openly. */
    static boolean mayBeAlert(byte[] record, int count) {
        return count > HEADER
                && (record[0] == ALERT || (record[0] == APPLICATION_DATA && length(record, 0) == ENCRYPTED_ALERT));
    }

    private static int length(byte[] record, int offset) {
        return (record[offset + 3] & 0xff) << 8 | (record[offset + 4] & 0xff);
    }
}
