package io.ferry.session;

import java.io.IOException;

/**
 * Sets the type of the next data connection (TYPE, RFC 959, 3.1.1). A session is in TYPE I but for the length of one transfer of
 * text: SIZE and the like then always speak of bytes.
 *
 * @param partner for messages
 * @param control the connection
 */
record TransferType(Partner partner, ControlConnection control) {

    /** Bytes as they are (TYPE I). */
    void bytes() throws IOException {
        set("I");
    }

    /** Lines of text (TYPE A). */
    void text() throws IOException {
        set("A");
    }

    private void set(String type) throws IOException {
        Reply reply = control.command("TYPE", type);
        if (!reply.isCompletion()) {
            // Nobody knows now which type the session is in.
            control.markBroken();
            throw FtpException.refused(partner, "TYPE " + type, reply);
        }
    }
}
