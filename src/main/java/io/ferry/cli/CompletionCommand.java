package io.ferry.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "completion",
        header = "Prints a completion script for bash and zsh.",
        description = {
            "For a command called ferry, such as alias ferry='java -jar /path/to/ferry-app.jar':",
            "",
            "  source <(ferry completion)"
        })
final class CompletionCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine()
                .getOut()
                .print(AutoComplete.bash(Commands.NAME, spec.root().commandLine()));
        spec.commandLine().getOut().flush();
    }
}
