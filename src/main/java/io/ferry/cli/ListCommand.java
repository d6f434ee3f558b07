package io.ferry.cli;

import io.ferry.console.Screen;
import io.ferry.session.FtpSession;
import io.ferry.session.Lease;
import io.ferry.session.Listing;
import io.ferry.session.RemoteFileFacts;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "ls",
        header = "Lists a directory, or one file.",
        description = "One entry a line, directories with a slash at their end.")
final class ListCommand extends RemoteCommand {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss'Z'").withZone(ZoneOffset.UTC);

    @Parameters(index = "0", paramLabel = "URL", description = "The directory or file.")
    private String place;

    @Option(
            names = {"-l", "--long"},
            description =
                    "Modification time (UTC; to the minute or day where the server has no MLSD), size in bytes, name.")
    private boolean details;

    ListCommand(Screen screen) {
        super(screen);
    }

    @Override
    public Integer call() throws Exception {
        RemoteUrl url = url(place);
        return with(url, server -> {
            try (Lease lease = server.lease()) {
                list(lease.session(), url);
            }
        });
    }

    private void list(FtpSession session, RemoteUrl url) throws IOException, Failure {
        Optional<RemoteFileFacts> file = url.directory() ? Optional.empty() : session.facts(url.path());
        if (file.isPresent() && !file.get().directory()) {
            RemoteFileFacts facts = file.get();
            print(facts.name(), false, facts.size(), facts.modified());
            return;
        }
        // Some servers list a directory that there is not as an empty one.
        if (!url.path().isEmpty() && session.directory(url.path()).isEmpty()) {
            throw new Failure(ExitCode.MISSING, session.partner() + ": there is no file or directory " + url.path());
        }
        try (Listing listing = session.list(url.path())) {
            for (FTPFile each = listing.next(); each != null; each = listing.next()) {
                print(each.getName(), each.isDirectory(), each.getSize(), each.getTimestampInstant());
            }
        }
    }

    private void print(String name, boolean directory, long size, @Nullable Instant modified) {
        String shown = Shown.text(name) + (directory ? "/" : "");
        out().println(
                        details
                                ? "%-20s %15s  %s"
                                        .formatted(
                                                modified == null ? "-" : TIME.format(modified),
                                                directory || size < 0 ? "-" : String.valueOf(size),
                                                shown)
                                : shown);
    }
}
