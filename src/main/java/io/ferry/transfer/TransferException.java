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
    /** The reply code where no {@link FtpException} tells it. */
    private final int replyCode;

    TransferException(String path, long offset, String message, @Nullable Throwable cause) {
        this(path, offset, message, cause instanceof FtpException ftp ? ftp.replyCode() : 0, cause);
    }

    private TransferException(String path, long offset, String message, int replyCode, @Nullable Throwable cause) {
        super(message, cause);
        this.path = path;
        this.offset = offset;
        this.replyCode = replyCode;
    }

    /** The server has no such file, or does not let it be read (550). */
    static TransferException noSuchFile(String path, String message) {
        return new TransferException(path, 0, message, 550, null);
    }

    /** The server does not say how long the file is, and the size is to be compared. */
    static TransferException noSize(Transfer transfer) {
        return new TransferException(
                transfer.path(),
                0,
                transfer.partner() + " does not state the size of " + transfer.path()
                        + ", so nothing proves that it arrives whole. Set verify=none to accept that.",
                null);
    }

    /** The offset that the caller demands does not fit to what there is. */
    static TransferException cannotRestart(String path, long safe, long offset, String why) {
        return new TransferException(
                path, safe, "Restart at byte " + offset + " of " + path + " is not possible: " + why, null);
    }

    /** The server computes no digests, and one is asked for. */
    static TransferException noDigests(Transfer transfer) {
        return new TransferException(
                transfer.path(),
                0,
                transfer.partner() + " computes no digests (no HASH, XSHA256, XMD5, … in FEAT). Set verify=size.",
                null);
    }

    /** What arrived is not what a checksum at the server says. */
    static TransferException checksumDiffers(String path, String message) {
        return new TransferException(path, 0, message, new Attempts.Inconsistent(message));
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
        return replyCode;
    }

    /** The FTP reply text that ended the transfer, or an empty string. */
    public String replyText() {
        return getCause() instanceof FtpException ftp ? ftp.replyText() : "";
    }

    /** Whether there was no such file, or none that may be read. */
    public boolean isAboutAMissingFile() {
        return replyCode == 550 && getCause() == null;
    }

    /** Whether the server or the file's content was in the way, rather than the line, the login, or the local disk. */
    public boolean isAboutTheFile() {
        if (getCause() instanceof FtpException ftp) {
            boolean line = replyCode == 421 || replyCode == 425 || replyCode == 426;
            return ftp.refuses("RETR") && !line;
        }
        return getCause() instanceof Attempts.Inconsistent;
    }
}
