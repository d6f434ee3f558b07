package io.ferry.session;

import java.io.IOException;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * An FTP operation that did not succeed. Its message names the partner, the command, the path and the reply; it never
 * holds a password.
 */
public final class FtpException extends IOException {

    private static final long serialVersionUID = 1L;

    /** What went wrong, as far as it decides what to do next. */
    public enum Kind {
        /** The server answered 4yz: the same request may succeed later (RFC 959, 4.2.1). */
        REFUSED_FOR_NOW,
        /** The server answered 5yz: the same request will not succeed. */
        REFUSED,
        /** User, password or account was not accepted. */
        LOGIN_REFUSED,
        /** The connection could not be made, broke, or ended early. */
        CONNECTION_LOST,
        /** The answer, or the next byte, did not come in time. */
        TIMED_OUT,
        /** The server said something that the protocol does not allow, or that safety forbids to follow. */
        UNSAFE,
        /** TLS could not be agreed on, or the certificate or host name is not trusted. */
        TLS,
        /** The pool had no session free in time, or is closed. */
        NO_SESSION
    }

    /** The kind. */
    private final Kind kind;
    /** The reply's code, 0 when there was none. */
    private final int replyCode;
    /** The reply's text, empty when there was none. */
    private final String replyText;
    /** The command that was refused, with its argument, empty where none was. */
    private final String command;

    FtpException(Kind kind, String message, @Nullable Reply reply, @Nullable Throwable cause) {
        this(kind, "", message, reply, cause);
    }

    FtpException(Kind kind, String command, String message, @Nullable Reply reply, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.command = command;
        this.replyCode = reply == null ? 0 : reply.code();
        this.replyText = reply == null ? "" : reply.shown();
    }

    FtpException(Kind kind, String message) {
        this(kind, message, null, null);
    }

    /**
     * What a reply means that is not the one hoped for. A positive one of a sort that the command cannot have belongs to
     * another command, as after a reply that came twice: the connection has lost its order.
     */
    static FtpException answered(Partner partner, String command, Reply reply) {
        return reply.isRefusal()
                ? refused(partner, command, reply)
                : new FtpException(
                        Kind.CONNECTION_LOST,
                        partner + ": the replies are out of step: " + command + " answered: " + reply,
                        reply,
                        null);
    }

    /** An FTP refusal: the kind follows from the reply's first digit. */
    static FtpException refused(Partner partner, String command, Reply reply) {
        return new FtpException(
                reply.code() / 100 == 4 ? Kind.REFUSED_FOR_NOW : Kind.REFUSED,
                command,
                partner + ": " + command + " answered: " + reply,
                reply,
                null);
    }

    /** The thread was interrupted, which broke the connection that it waited for. */
    static FtpException interrupted(Partner partner, String what, Throwable cause) {
        return new FtpException(Kind.CONNECTION_LOST, partner + ": " + what + " was interrupted", null, cause);
    }

    /** What went wrong. */
    public Kind kind() {
        return kind;
    }

    /**
     * Whether the server answered this command, and said no.
     *
     * @param verb the FTP command, such as REST
     */
    public boolean refuses(String verb) {
        return command.equals(verb) || command.startsWith(verb + " ");
    }

    /** The FTP reply code, or 0 when the server gave none. */
    public int replyCode() {
        return replyCode;
    }

    /** The FTP reply text, its first 1,000 characters without control characters, or an empty string. */
    public String replyText() {
        return replyText;
    }

    /** Whether deflated data (MODE Z) were damaged: what came of them before may be wrong as well. */
    public boolean isDamage() {
        return getCause() instanceof ZipException;
    }

    /**
     * Whether trying again, on a new session, can help.
     *
     * @return true for lost connections, time-outs and 4yz replies
     */
    public boolean isTransient() {
        return kind == Kind.CONNECTION_LOST || kind == Kind.TIMED_OUT || kind == Kind.REFUSED_FOR_NOW;
    }
}
