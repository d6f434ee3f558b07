package io.ferry.transfer;

import io.ferry.session.DataConnection;
import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.stream.PartialFile;
import io.ferry.transfer.Attempts.Inconsistent;
import java.io.IOException;
import java.util.Arrays;

/** Whether a server sends a file from the place on that REST names, and what it has sent before is still what is there. */
final class Restart {

    private Restart() {}

    /** Hears of each read, and may end it. */
    interface Each {
        void read(int count) throws IOException;
    }

    /**
     * Reads the overlap, the bytes before the restart offset, and compares it with the end of a partial; a server that ignores REST
     * is caught here.
     *
     * @param overlap how many bytes
     * @param offset the place in the file behind the partial's last byte, for messages
     * @return the place in the file of the first byte that differs, -1 where none does
     * @throws Inconsistent when the data ends within the overlap
     */
    static long mismatch(DataConnection data, PartialFile partial, int overlap, long offset, Each each)
            throws IOException {
        byte[] expected = new byte[overlap];
        partial.read(partial.length() - overlap, expected, overlap);
        byte[] sent = new byte[overlap];
        int count = 0;
        while (count < overlap) {
            int read = data.read(sent, count, overlap - count);
            if (read < 0) {
                data.finish();
                throw new Inconsistent(
                        "the data ended " + (overlap - count) + " bytes before the restart offset " + offset);
            }
            count += read;
            each.read(read);
        }
        int differs = Arrays.mismatch(expected, sent);
        return differs < 0 ? -1 : offset - overlap + differs;
    }

    /**
     * Asks for the file's last byte alone. Where the end of the data is not waited for, nothing else tells of a server that ignores
     * REST but answers it: the overlap may look like the first bytes of the file by chance.
     *
     * @throws Inconsistent when nothing comes
     */
    static boolean isIgnored(FtpSession session, String path, long size, Each each) throws IOException {
        try (DataConnection data = session.retrieve(path, size - 1)) {
            byte[] sent = new byte[2];
            int count = 0;
            for (int read = data.read(sent); read > 0; read = data.read(sent, count, sent.length - count)) {
                count += read;
                each.read(read);
            }
            if (count > 1) {
                return true;
            }
            data.finish(count == 1);
            if (count == 0) {
                throw new Inconsistent("the data ended before the last byte, " + (size - 1));
            }
            return false;
        }
    }

    /** Whether the server has said no to a restart; some refuse only the RETR that follows REST. */
    static boolean isRefused(FtpException failure) {
        return failure.refuses("REST") || (failure.refuses("RETR") && !failure.isTransient());
    }
}
