package io.ferry;

import io.ferry.cli.Commands;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;

/**
 * The application's main class. The first word on the command line names a command; without one, Ferry runs.
 *
 * <p>Law: {@code main} returns normally when a command succeeds, since {@code mvn camel:run} calls it inside Maven's JVM, and
 * ends the JVM with the command's exit code otherwise.
 */
public final class Ferry {

    /** Wrong use: an unknown word, or nothing to work with. */
    static final int USAGE = 2;

    private Ferry() {}

    /** Runs the command that the first word names. */
    public static void main(String[] args) {
        // Some servers insist that a data connection resumes the control connection's TLS session, and vsftpd's TLS 1.2
        // tickets are discarded by the JDK for their lifetime. With session ids instead of tickets it resumes; TLS 1.3
        // has
        // other tickets and is not concerned. JSSE reads the property once, when its classes load, so it is set before
        // anything else. Only here: inside somebody else's application it would change connections that are not
        // Ferry's.
        if (System.getProperty("jdk.tls.client.enableSessionTicketExtension") == null) {
            System.setProperty("jdk.tls.client.enableSessionTicketExtension", "false");
        }
        List<String> words = Arrays.asList(args);
        Commands.prepareLogging(words);
        int code = dispatch(words, Commands.writer(System.out), Commands.writer(System.err));
        if (code != 0) {
            System.exit(code);
        }
    }

    /**
     * Runs a command.
     *
     * @return its exit code
     */
    static int dispatch(List<String> words, PrintWriter out, PrintWriter err) {
        return words.isEmpty()
                ? new Run().run()
                : Commands.execute(words, () -> new Run().run(), Version::line, out, err);
    }
}
