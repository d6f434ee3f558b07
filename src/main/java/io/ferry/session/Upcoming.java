package io.ferry.session;

import org.jspecify.annotations.Nullable;

/**
 * A file whose transfer follows.
 *
 * @param path the remote file
 * @param listed what a listing of MLSD has said about it, or null. It stands for the first question of the transfer where that is
 *     sure to be answered the same: {@link FtpSession#factsBeforeTransfer(Upcoming)}.
 */
public record Upcoming(String path, @Nullable RemoteFileFacts listed) {

    /** A file of which no listing has said anything that is exact. */
    public Upcoming(String path) {
        this(path, null);
    }

    /** What was listed proves the version: whoever changes the file afterwards changes that. */
    boolean isListedExactly() {
        return listed != null
                && !listed.directory()
                && listed.size() >= 0
                && listed.modified() != null
                && listed.settled();
    }
}
