package io.ferry.cli;

import io.ferry.session.FtpException;
import io.ferry.transfer.TransferException;
import java.nio.file.NoSuchFileException;
import java.util.LinkedHashMap;
import java.util.Map;

/** How a command ended, for scripts. */
enum ExitCode {
    /** Done. */
    OK(0, "done"),
    /** For a reason that no other code names. */
    FAILED(1, "failed for another reason: the local disk, a target that exists, a defect"),
    /** Wrong use. */
    USAGE(2, "wrong use: an option, an argument, or no password"),
    /** The server cannot be reached, or the connection was lost. */
    CONNECT(3, "cannot connect, or the connection was lost"),
    /** User, password or account was not accepted. */
    LOGIN(4, "login refused"),
    /** No such file or directory, here or there. */
    MISSING(5, "no such file or directory"),
    /** A transfer was given up; its partial stays. */
    TRANSFER(6, "a transfer failed; the same command goes on where it stopped"),
    /** TLS could not be agreed on, or the certificate is not trusted. */
    TLS(7, "TLS failed: certificate, host name or version"),
    /** The server refused a command. */
    REFUSED(8, "the server refused it"),
    /** The doctor found something that has to be mended. */
    CHECK(9, "doctor: a check failed"),
    /** Ended by a signal: the JVM's own code. */
    INTERRUPTED(130, "Ctrl-C; a partial stays, and the same command goes on");

    private final int code;
    private final String meaning;

    ExitCode(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    int code() {
        return code;
    }

    /** All codes with their meaning, as help shows them. */
    static Map<String, String> meanings() {
        Map<String, String> all = new LinkedHashMap<>();
        for (ExitCode each : values()) {
            all.put(String.valueOf(each.code), each.meaning);
        }
        return all;
    }

    /** The code for what ended a command. */
    static ExitCode of(Throwable failure) {
        if (failure instanceof Failure known) {
            return known.code();
        }
        if (failure instanceof TransferException transfer) {
            return ofTransfer(transfer);
        }
        if (failure instanceof FtpException ftp) {
            return of(ftp.kind());
        }
        return failure instanceof NoSuchFileException ? MISSING : FAILED;
    }

    private static ExitCode ofTransfer(TransferException failure) {
        if (failure.isAboutAMissingFile()) {
            return MISSING;
        }
        if (failure.getCause() instanceof FtpException cause) {
            return switch (cause.kind()) {
                case LOGIN_REFUSED -> LOGIN;
                case TLS -> TLS;
                default -> TRANSFER;
            };
        }
        return TRANSFER;
    }

    private static ExitCode of(FtpException.Kind kind) {
        return switch (kind) {
            case LOGIN_REFUSED -> LOGIN;
            case TLS -> TLS;
            case REFUSED -> REFUSED;
            case CONNECTION_LOST, TIMED_OUT, NO_SESSION, REFUSED_FOR_NOW -> CONNECT;
            case UNSAFE -> FAILED;
        };
    }
}
