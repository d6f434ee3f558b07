package io.ferry.transfer;

import java.time.Duration;

/**
 * Hears how a transfer goes. Called on the transferring thread, so it must be quick; one that throws stops the transfer,
 * which leaves a valid partial.
 */
public interface TransferListener {

    /** Hears nothing. */
    TransferListener NONE = new TransferListener() {};

    /**
     * A transfer begins.
     *
     * @param size bytes of the whole file
     */
    default void started(Transfer transfer, long size) {}

    /**
     * An unfinished transfer is continued: the overlap has been compared and is the same.
     *
     * @param offset the first new byte
     * @param saved bytes that need not be sent again
     */
    default void resumed(Transfer transfer, long offset, long saved) {}

    /**
     * The transfer starts again at byte 0 although there was a partial.
     *
     * @param why the reason
     */
    default void restarted(Transfer transfer, String why) {}

    /**
     * A block is across.
     *
     * @param offset bytes of the file that are there now
     */
    default void progressed(Transfer transfer, long offset) {}

    /**
     * The transfer broke off and will be tried again.
     *
     * @param offset bytes known to be safe; for an upload only what the server stated when the attempt began
     * @param why what happened
     * @param wait how long until the next attempt
     */
    default void interrupted(Transfer transfer, long offset, String why, Duration wait) {}

    /**
     * Something cannot be proven, because the server refuses what the proof would need, and is accepted ({@code
     * onUnprovable=accept}). Told, and logged, once for each transfer.
     *
     * @param what what is refused, and what that leaves open
     */
    default void unproven(Transfer transfer, String what) {}

    /** The file is whole, verified and published. */
    default void completed(Transfer transfer, TransferResult result) {}

    /** The transfer is given up; its partial stays. */
    default void failed(Transfer transfer, TransferException failure) {}
}
