package io.ferry.cli;

import io.ferry.console.Screen;
import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where the password comes from: a file, the environment, or the person at the terminal. Never from the command line. */
final class Passwords {

    static final String VARIABLE = "FERRY_PASSWORD";

    private Passwords() {}

    /**
     * The password of a login.
     *
     * @param whom such as {@code user@host}, for the question
     * @param file whose first line is the password, or null
     */
    static String of(String whom, @Nullable Path file) throws IOException, Failure {
        if (file != null) {
            // An editor ends the line; more lines would be a mistake, and none of the password.
            return Files.readString(file).lines().findFirst().orElse("");
        }
        String variable = System.getenv(VARIABLE);
        if (variable != null) {
            return variable;
        }
        return ask(whom);
    }

    @SuppressWarnings(
            "SystemConsoleNull") // Newer JVMs have one without a terminal, whose readPassword then gives null.
    private static String ask(String whom) throws Failure {
        Console console = Screen.console();
        char[] typed = console == null ? null : console.readPassword("Password of %s: ", whom);
        if (typed == null) {
            throw new Failure(
                    ExitCode.USAGE,
                    "There is no password for " + whom + ", and no terminal to ask at. Set " + VARIABLE
                            + ", or give --password-file");
        }
        return new String(typed);
    }
}
