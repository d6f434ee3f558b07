package io.ferry.session;

import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/** An entry of MLSD, with all that the server has said about it, as the stock consumer's words have no room for. */
public final class MachineFile extends FTPFile {

    private static final long serialVersionUID = 1L;

    private final transient @Nullable RemoteFileFacts facts;

    MachineFile(RemoteFileFacts facts) {
        this.facts = facts;
    }

    /** What the server has stated, or null where the entry was copied by way of its serial form. */
    public @Nullable RemoteFileFacts facts() {
        return facts;
    }
}
