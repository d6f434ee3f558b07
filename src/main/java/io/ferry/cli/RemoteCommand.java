package io.ferry.cli;

import io.ferry.console.Screen;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What all commands have that work with a server. */
abstract class RemoteCommand implements Callable<Integer> {

    private final Screen screen;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ConnectionArguments connection;

    RemoteCommand(Screen screen) {
        this.screen = screen;
    }

    /** Work with a server that is connected. */
    interface Work {
        void on(Connection server) throws Exception;
    }

    /** Connects, works, and closes. */
    Integer with(RemoteUrl url, ConnectionArguments.More more, Work work) throws Exception {
        try (Progress progress = progress();
                Connection server = connection.connect(url, more, progress)) {
            work.on(server);
        }
        return ExitCode.OK.code();
    }

    /** As above, with no further options. */
    Integer with(RemoteUrl url, Work work) throws Exception {
        return with(url, options -> {}, work);
    }

    Progress progress() {
        return new Progress(screen, err(), isVerbose());
    }

    Screen screen() {
        return screen;
    }

    ConnectionArguments connection() {
        return connection;
    }

    /** A URL of the command line. */
    RemoteUrl url(String text) {
        try {
            return RemoteUrl.of(text);
        } catch (IllegalArgumentException e) {
            throw wrongUse(String.valueOf(e.getMessage()));
        }
    }

    /** A URL that names a directory, not only a server. */
    RemoteUrl directory(String text) {
        RemoteUrl url = url(text);
        if (url.path().isEmpty()) {
            throw wrongUse(url + " names no directory");
        }
        return url;
    }

    ParameterException wrongUse(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    boolean isVerbose() {
        return Commands.isVerbose(spec);
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    PrintWriter err() {
        return spec.commandLine().getErr();
    }
}
