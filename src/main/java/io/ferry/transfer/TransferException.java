package io.ferry.transfer;

import io.ferry.session.FtpException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A transfer that was given up. Its message says what happened, how far it came, and what to do. */
public final class TransferException extends IOException {

    private static final long serialVersionUID = 1L;

    /** The remote path. */
    private final String path;
    /** Bytes that are safe on the receiving side. */
    private final long offset;

    TransferException(String path, long offset, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.path = path;
        this.offset = offset;
    }

    /** The remote path. */
    public String path() {
        return path;
    }

    /** How many bytes are safe on the receiving side; a next transfer continues there. */
    public long offset() {
        return offset;
    }

    /** The FTP reply code that ended the transfer, or 0. */
    public int replyCode() {
        return getCause() instanceof FtpException ftp ? ftp.replyCode() : 0;
    }

    /** The FTP reply text that ended the transfer, or an empty string. */
    public String replyText() {
        return getCause() instanceof FtpException ftp ? ftp.replyText() : "";
    }
}
