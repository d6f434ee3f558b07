package io.ferry.cli;

import io.ferry.console.Screen;
import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.session.Lease;
import java.io.IOException;
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
                    make(lease.session(), url.path());
                }
            }
        });
    }

    private static void make(FtpSession session, String path) throws IOException, Failure {
        try {
            session.makeDirectory(path);
        } catch (FtpException e) {
            if (e.replyCode() == 550 && session.directory(path).isPresent()) {
                throw new Failure(
                        ExitCode.REFUSED,
                        e.getMessage() + ". The directory is there already; --parents takes that for done");
            }
            throw Refusal.of(e, "Is the directory above it there (--parents makes it), and may this user write there?");
        }
    }
}
