package io.ferry.transfer;

import java.time.Duration;

/**
 * A transfer that is done.
 *
 * @param size bytes of the whole file
 * @param restartOffset where the last attempt began: the offset of REST plus the overlap; 0 for a transfer from the start
 * @param transferred bytes sent or received over all attempts, overlaps included
 * @param saved bytes that a partial made it unnecessary to send again
 * @param attempts how many times the data connection was opened for this file
 * @param verified what was compared with what, such as {@code size (SIZE)} or {@code SHA-256 (XSHA256)}; {@code nothing}
 * @param took from the first command to the published file
 * @param outcome what became of it
 */
public record TransferResult(
        long size,
        long restartOffset,
        long transferred,
        long saved,
        int attempts,
        String verified,
        Duration took,
        Outcome outcome) {

    /** What became of a transfer. */
    public enum Outcome {
        /** The file was transferred and published. */
        TRANSFERRED,
        /** A verified file of the same version lay ready; nothing was transferred. */
        ALREADY_COMPLETE,
        /** The version had been delivered before ({@link Download#unless}); nothing was transferred, and there is no file. */
        ALREADY_DELIVERED,
        /** The target exists and was to be left alone ({@code fileExist=Ignore}). */
        IGNORED
    }
}
