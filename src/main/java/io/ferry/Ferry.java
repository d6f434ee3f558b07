package io.ferry;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/**
 * The application's main class. The first word on the command line names a command; without one, Ferry runs.
 *
 * <p>Law: {@code main} returns normally when a command succeeds, since {@code mvn camel:run} calls it inside Maven's JVM, and
 * ends the JVM with the command's exit code otherwise: 1 for a failure, 2 for wrong use.
 */
public final class Ferry {

    /** Wrong use: an unknown word, or nothing to work with. */
    static final int USAGE = 2;

    private static final Map<String, Command> COMMANDS = new LinkedHashMap<>();

    static {
        COMMANDS.put("run", new Command("moves files until Ctrl-C (the default)", words -> new Run().run(words)));
        COMMANDS.put("version", new Command("prints the version", words -> print(Version.line())));
        COMMANDS.put("help", new Command("prints this", words -> print(usage())));
    }

    private Ferry() {}

    private record Command(String summary, ToIntFunction<List<String>> body) {}

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
        int code = dispatch(Arrays.asList(args), System.err);
        if (code != 0) {
            System.exit(code);
        }
    }

    /**
     * Runs a command.
     *
     * @return its exit code
     */
    static int dispatch(List<String> words, PrintStream err) {
        String name = words.isEmpty() ? "run" : words.get(0);
        Command command = COMMANDS.get(name);
        if (command == null) {
            err.println("ferry: there is no command \"" + name + "\". The commands are "
                    + String.join(", ", COMMANDS.keySet()) + ".");
            return USAGE;
        }
        return command.body().applyAsInt(words.subList(Math.min(1, words.size()), words.size()));
    }

    private static String usage() {
        String commands = COMMANDS.entrySet().stream()
                .map(each -> "  %-9s%s".formatted(each.getKey(), each.getValue().summary()))
                .collect(Collectors.joining(System.lineSeparator()));
        return """
                Ferry moves files between FTP or FTPS servers and local directories.

                java -jar ferry-app.jar [command]

                %s

                It reads application.properties and routes/*.yaml in the working directory.""".formatted(commands);
    }

    private static int print(String text) {
        System.out.println(text);
        return 0;
    }
}
