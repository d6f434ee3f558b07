package io.ferry.cli;

import io.ferry.console.Screen;
import io.ferry.session.Lease;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "mkdir", header = "Makes a directory on the server.")
final class MakeDirectoryCommand extends RemoteCommand {

    @Parameters(index = "0", paramLabel = "URL", description = "The directory.")
    private String directory;

    @Option(
            names = {"-p", "--parents"},
            description = "Make those above it too, and take one that is there already for done.")
    private boolean parents;

    MakeDirectoryCommand(Screen screen) {
        super(screen);
    }

    @Override
    public Integer call() throws Exception {
        RemoteUrl url = directory(directory);
        return with(url, server -> {
            try (Lease lease = server.lease()) {
                if (parents) {
                    lease.session().makeDirectories(url.path());
                } else {
                    lease.session().makeDirectory(url.path());
                }
            }
        });
    }
}
