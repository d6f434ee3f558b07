package io.ferry.cli;

import io.ferry.console.Screen;
import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.session.Lease;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "rmdir", header = "Removes an empty directory on the server.")
final class RemoveDirectoryCommand extends RemoteCommand {

    @Parameters(index = "0", paramLabel = "URL", description = "The directory.")
    private String directory;

    RemoveDirectoryCommand(Screen screen) {
        super(screen);
    }

    @Override
    public Integer call() throws Exception {
        RemoteUrl url = directory(directory);
        return with(url, server -> {
            try (Lease lease = server.lease()) {
                remove(lease.session(), url.path());
            }
        });
    }

    private static void remove(FtpSession session, String path) throws IOException, Failure {
        try {
            session.removeDirectory(path);
        } catch (FtpException e) {
            if (e.replyCode() == 550 && session.directory(path).isEmpty()) {
                throw new Failure(ExitCode.MISSING, session.partner() + ": there is no directory " + path);
            }
            throw Refusal.of(e, "Is it empty, with hidden files too, and may this user remove it?");
        }
    }
}
