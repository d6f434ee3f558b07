package io.ferry.cli;

import io.ferry.session.FtpException;

/** A server's 550, which stands for anything, with what to look at. */
final class Refusal {

    private Refusal() {}

    /**
     * The refusal with a question behind it.
     *
     * @throws FtpException as it was, where it is another
     */
    static Failure of(FtpException refusal, String question) throws FtpException {
        if (refusal.replyCode() != 550) {
            throw refusal;
        }
        String said = String.valueOf(refusal.getMessage());
        return new Failure(ExitCode.of(refusal), said + (said.endsWith(".") ? " " : ". ") + question);
    }
}
