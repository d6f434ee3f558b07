package io.ferry.cli;

import java.io.IOException;

/** One direction of a sync: what is done to the target. Paths are below both roots, with slashes. */
interface SyncSide {

    /** Makes the target's own directory. */
    void begin() throws IOException;

    /** Makes a directory. */
    void makeDirectory(String path) throws IOException;

    /** Transfers a file. */
    void transfer(String path) throws IOException;

    /**
     * Deletes a file or an empty directory of the target, once the source has been asked again whether it really is not there.
     *
     * @return false where it is there
     */
    boolean delete(String path) throws IOException;

    /** Whether the server can still be reached. */
    void checkServer() throws IOException;
}
