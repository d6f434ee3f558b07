package io.ferry.cli;

import io.ferry.console.Screen;
import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.session.Lease;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "mv",
        header = "Renames or moves a file or directory on the server.",
        description = "What exists under the new name is left alone unless --force says otherwise.")
final class MoveCommand extends RemoteCommand {

    @Parameters(index = "0", paramLabel = "URL", description = "What is renamed.")
    private String from;

    @Parameters(
            index = "1",
            paramLabel = "NEW",
            description =
                    "A name in the same directory, a path, or a URL of the same server. With a slash at its end: the"
                            + " directory to move it into.")
    private String to;

    @Option(
            names = {"-f", "--force"},
            description = "Replace what exists under the new name, where the server does that.")
    private boolean force;

    MoveCommand(Screen screen) {
        super(screen);
    }

    @Override
    public Integer call() throws Exception {
        RemoteUrl url = url(from);
        if (url.path().isEmpty()) {
            throw wrongUse(url + " names nothing that can be renamed");
        }
        String target = target(url);
        return with(url, server -> {
            try (Lease lease = server.lease()) {
                move(lease.session(), url.path(), target);
            }
        });
    }

    private String target(RemoteUrl url) {
        String path = to;
        if (RemoteUrl.isUrl(to)) {
            RemoteUrl other = url(to);
            if (!url.isSamePartner(other)) {
                throw wrongUse("mv works on one server; " + other + " is another than " + url);
            }
            return other.directory() ? other.child(url.name()) : other.path();
        }
        if (path.isEmpty()) {
            throw wrongUse("The new name is empty");
        }
        if (path.endsWith("/")) {
            return path + url.name();
        }
        String home = url.path().substring(0, url.path().lastIndexOf('/') + 1);
        return path.contains("/") ? path : home + path;
    }

    private void move(FtpSession session, String path, String target) throws IOException, Failure {
        if (!force
                && (session.facts(target).isPresent()
                        || session.directory(target).isPresent())) {
            throw new Failure(ExitCode.FAILED, session.partner() + ": " + target + " exists. --force replaces it");
        }
        try {
            session.rename(path, target);
        } catch (FtpException e) {
            boolean missing = e.refuses("RNFR")
                    && e.replyCode() == 550
                    && session.facts(path).isEmpty()
                    && session.directory(path).isEmpty();
            if (missing) {
                throw new Failure(ExitCode.MISSING, session.partner() + ": there is no file or directory " + path);
            }
            throw e;
        }
    }
}
