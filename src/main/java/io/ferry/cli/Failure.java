package io.ferry.cli;

/** What a command itself finds wrong. Its message says what, and what to do. */
final class Failure extends Exception {

    private static final long serialVersionUID = 1L;

    private final ExitCode code;

    Failure(ExitCode code, String message) {
        super(message);
        this.code = code;
    }

    ExitCode code() {
        return code;
    }
}
