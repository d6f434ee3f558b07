package io.ferry.session;

/** What is likely to follow a question on a session, and may be begun in the same go: that saves a way to the server and back. */
public enum Following {
    /** The transfer of another file: the port of its data connection is asked for (EPSV), and waits for it for a moment. */
    TRANSFER,
    /** The rename of the file that is asked about, as the very next command: RNFR is sent, which changes nothing by itself. */
    RENAME
}
