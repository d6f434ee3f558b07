package io.ferry.session;

import io.ferry.session.ControlConnection.Command;
import java.io.IOException;

/**
 * Sets the type of the next data connection (TYPE, RFC 959, 3.1.1). A session is in TYPE I but for the length of one transfer of
 * text: SIZE and the like then always speak of bytes.
 *
 * @param partner for messages
 * @param control the connection
 */
record TransferType(Partner partner, ControlConnection control) {

    static final Command BYTES = new Command("TYPE", "I");
    private static final Command TEXT = new Command("TYPE", "A");

    /** Bytes as they are (TYPE I). */
    void bytes() throws IOException {
        set(BYTES);
    }

    /** Lines of text (TYPE A). */
    void text() throws IOException {
        set(TEXT);
    }

    private void set(Command type) throws IOException {
        check(type, control.command(type.verb(), type.argument()));
    }

    /** Whether the server has taken the type. */
    void check(Command type, Reply reply) throws IOException {
        if (!reply.isCompletion()) {
            // Nobody knows now which type the session is in.
            control.markBroken();
            throw FtpException.refused(partner, type.line(), reply);
        }
    }
}
