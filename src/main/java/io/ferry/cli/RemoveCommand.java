package io.ferry.cli;

import io.ferry.console.Screen;
import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.session.Lease;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "rm", header = "Deletes a file on the server.")
final class RemoveCommand extends RemoteCommand {

    @Parameters(index = "0", paramLabel = "URL", description = "The file.")
    private String file;

    RemoveCommand(Screen screen) {
        super(screen);
    }

    @Override
    public Integer call() throws Exception {
        RemoteUrl url = url(file);
        if (url.directory()) {
            throw wrongUse(url + " is a directory; rmdir removes an empty one");
        }
        return with(url, server -> {
            try (Lease lease = server.lease()) {
                remove(lease.session(), url.path());
            }
        });
    }

    private static void remove(FtpSession session, String path) throws IOException, Failure {
        try {
            session.delete(path);
        } catch (FtpException e) {
            if (e.replyCode() == 550 && session.facts(path).isEmpty()) {
                throw new Failure(ExitCode.MISSING, session.partner() + ": there is no file " + path);
            }
            throw e;
        }
    }
}
