package io.ferry.cli;

import io.ferry.camel.Nearest;
import io.ferry.console.Screen;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/** All commands of the application, and how they end: with one line and an exit code. */
public final class Commands {

    static final String NAME = "ferry";

    private static final String VERBOSE = "--verbose";

    private Commands() {}

    @Command(
            name = NAME,
            header = "Ferry moves files between FTP or FTPS servers and local directories.",
            description = {
                "",
                "Without a command it reads application.properties and routes/*.yaml in the working directory and moves files"
                        + " until Ctrl-C.",
                "",
                "ferry stands for: java -jar ferry-app.jar"
            },
            synopsisSubcommandLabel = "[COMMAND]")
    private static final class Root {

        @Option(
                names = {"-h", "--help"},
                usageHelp = true,
                scope = ScopeType.INHERIT,
                description = "Shows what a command does and takes.")
        @SuppressWarnings("UnusedVariable") // picocli acts on it.
        private boolean help;

        @Option(
                names = {"-v", VERBOSE},
                scope = ScopeType.INHERIT,
                description =
                        "Says how it goes, with each command and reply on the control connection, and the causes of an"
                                + " error.")
        private boolean verbose;
    }

    @Command(name = "run", header = "Moves files until Ctrl-C (the default).")
    private record RunCommand(Callable<Integer> body) implements Callable<Integer> {
        @Override
        public Integer call() throws Exception {
            return body.call();
        }
    }

    @Command(name = "version", header = "Prints the version.")
    private static final class VersionCommand implements Runnable {

        private final Supplier<String> line;

        @CommandLine.Spec
        private CommandSpec spec;

        VersionCommand(Supplier<String> line) {
            this.line = line;
        }

        @Override
        public void run() {
            spec.commandLine().getOut().println(line.get());
        }
    }

    @Command(name = "help", header = "Shows what Ferry, or one command, does and takes.")
    private static final class HelpWord implements Runnable {

        @CommandLine.Spec
        private CommandSpec spec;

        @CommandLine.Parameters(arity = "0..1", paramLabel = "COMMAND", description = "The command.")
        private @Nullable String command;

        @Override
        public void run() {
            CommandLine root = spec.root().commandLine();
            CommandLine asked = command == null ? root : root.getSubcommands().get(command);
            if (asked == null) {
                throw new ParameterException(spec.commandLine(), "There is no command \"" + command + "\"");
            }
            asked.usage(spec.commandLine().getOut());
        }
    }

    /** A command that only makes transfers has the standard output for itself: its logging is prepared before the first logger. */
    public static void prepareLogging(List<String> words) {
        if (words.isEmpty() || words.get(0).equals("run")) {
            return;
        }
        if (System.getProperty("logback.configurationFile") == null) {
            System.setProperty("logback.configurationFile", "io/ferry/cli/logback.xml");
        }
        if (words.contains(VERBOSE) || words.contains("-v")) {
            System.setProperty("ferry.cli.level", "DEBUG");
        }
    }

    /**
     * Runs a command.
     *
     * @param words the command line, with at least one word
     * @param run what the command run does
     * @param version what the command version prints
     * @return its exit code
     */
    public static int execute(
            List<String> words, Callable<Integer> run, Supplier<String> version, PrintWriter out, PrintWriter err) {
        // The main job has a screen of its own.
        try (Screen screen = words.get(0).equals("run") ? Screen.none() : Screen.open()) {
            boolean taken = screen.hasBars();
            CommandLine line = line(run, version, screen);
            line.setOut(taken ? writer(System.out) : out);
            line.setErr(taken ? writer(System.err) : err);
            return line.execute(words.toArray(String[]::new));
        }
    }

    /** A writer on one of the process's streams: names are not ASCII, and scripts must not depend on a locale. */
    public static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
    }

    /** The commands, without streams of their own. */
    static CommandLine line(Callable<Integer> run, Supplier<String> version, Screen screen) {
        CommandLine line = new CommandLine(new Root())
                .addSubcommand(new RunCommand(run))
                .addSubcommand(new GetCommand(screen))
                .addSubcommand(new PutCommand(screen))
                .addSubcommand(new ListCommand(screen))
                .addSubcommand(new RemoveCommand(screen))
                .addSubcommand(new MakeDirectoryCommand(screen))
                .addSubcommand(new RemoveDirectoryCommand(screen))
                .addSubcommand(new MoveCommand(screen))
                .addSubcommand(new SyncCommand(screen))
                .addSubcommand(new DoctorCommand(screen))
                .addSubcommand(new CompletionCommand())
                .addSubcommand(new VersionCommand(version))
                .addSubcommand(new HelpWord());
        line.setParameterExceptionHandler(Commands::wrongUse);
        line.setExecutionExceptionHandler(Commands::failed);
        line.setUsageHelpWidth(100);
        line.setAbbreviatedOptionsAllowed(false);
        line.getSubcommands().values().forEach(each -> {
            each.getCommandSpec()
                    .usageMessage()
                    .abbreviateSynopsis(true)
                    .synopsisHeading("%nUsage: ")
                    .descriptionHeading("%n")
                    .parameterListHeading("%nArguments:%n")
                    .optionListHeading("%nOptions:%n");
            tellExitCodes(each);
        });
        tellExitCodes(line);
        return line;
    }

    private static void tellExitCodes(CommandLine line) {
        if (line.getCommandSpec().userObject() instanceof RemoteCommand
                || line.getCommandSpec().userObject() instanceof Root) {
            line.getCommandSpec()
                    .usageMessage()
                    .exitCodeListHeading("%nExit codes:%n")
                    .exitCodeList(ExitCode.meanings());
        }
    }

    /** Whether causes are wanted. */
    static boolean isVerbose(CommandSpec spec) {
        return spec.root().userObject() instanceof Root root && root.verbose;
    }

    private static int wrongUse(ParameterException e, String[] words) {
        CommandLine line = e.getCommandLine();
        String command = line.getCommandSpec().qualifiedName();
        boolean unknown = e instanceof UnmatchedArgumentException && line.getParent() == null && words.length > 0;
        String message = unknown
                ? "there is no command \"" + words[0] + "\". The commands are " + String.join(", ", commands(line))
                        + "."
                : misspelled(e, words).orElse(e.getMessage());
        line.getErr().println(command + ": " + message);
        if (e instanceof UnmatchedArgumentException unmatched) {
            UnmatchedArgumentException.printSuggestions(unmatched, line.getErr());
        }
        // Taken for an option, it lacks among the arguments, and that is what is complained of.
        Stream.of(words)
                .filter(each -> each.length() > 1 && each.startsWith("-") && isFile(each))
                .forEach(each -> line.getErr()
                        .println(each + " was taken for an option; the file of that name is written ./" + each));
        if (!unknown) {
            line.getErr().println("See " + command + " --help");
        }
        return ExitCode.USAGE.code();
    }

    /** Where an argument is missing, picocli speaks of that, and not of an option that there is not. */
    private static Optional<String> misspelled(ParameterException e, String[] words) {
        if (!(e instanceof MissingParameterException)) {
            return Optional.empty();
        }
        Map<String, OptionSpec> known = e.getCommandLine().getCommandSpec().optionsMap();
        int parameters = 0;
        for (String each : words) {
            if (each.equals("--")) {
                break;
            }
            String name = each.contains("=") ? each.substring(0, each.indexOf('=')) : each;
            if (parameters > 0) {
                parameters--;
            } else if (known.containsKey(name)) {
                parameters = name.equals(each) ? known.get(name).arity().min() : 0;
            } else if (name.startsWith("--") || isUnknownLetter(name, known)) {
                return Optional.of("there is no option " + name + Nearest.hint(name, known.keySet()));
            }
        }
        return Optional.empty();
    }

    /** Letters may be joined, with each other and with a value. */
    private static boolean isUnknownLetter(String word, Map<String, OptionSpec> known) {
        return word.length() > 1 && word.startsWith("-") && !known.containsKey(word.substring(0, 2));
    }

    private static boolean isFile(String word) {
        try {
            return Files.isRegularFile(Path.of(word));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static Iterable<String> commands(CommandLine line) {
        return line.getSubcommands().keySet();
    }

    private static int failed(Exception e, CommandLine line, CommandLine.@Nullable ParseResult parsed) {
        line.getErr().println(line.getCommandSpec().qualifiedName() + ": " + Shown.text(message(e)));
        if (isVerbose(line.getCommandSpec())) {
            // Asked for with --verbose; messages hold no password.
            e.printStackTrace(line.getErr());
        }
        return ExitCode.of(e).code();
    }

    private static String message(Exception e) {
        String message = e.getMessage();
        // Messages such as a mere path say little without the kind.
        return message == null || e instanceof FileSystemException || e instanceof RuntimeException
                ? e.getClass().getSimpleName() + (message == null ? "" : ": " + message)
                : message;
    }

    /** The exit codes and what they mean, in order. */
    public static Map<String, String> exitCodes() {
        return ExitCode.meanings();
    }
}
