package io.ferry.session;

import org.apache.commons.net.ftp.FTPFile;

/** An entry of MLSD, with all that the server has said about it, as the stock consumer's words have no room for. */
public final class ListedFile extends FTPFile {

    private static final long serialVersionUID = 1L;

    private final transient RemoteFileFacts facts;

    ListedFile(RemoteFileFacts facts) {
        this.facts = facts;
    }

    /** What the server has stated. */
    public RemoteFileFacts facts() {
        return facts;
    }
}
