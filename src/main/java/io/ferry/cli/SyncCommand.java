package io.ferry.cli;

import io.ferry.console.Screen;
import io.ferry.session.FtpSession;
import io.ferry.session.Lease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "sync",
        header = "Makes a directory tree equal to another, one way: from the server, or to it.",
        description = {
            "A file counts as the same when its size is, and, downwards, its modification time; upwards, when the server's is not"
                    + " older. Symbolic links are not followed. Nothing is deleted without --delete, and then only when everything"
                    + " else went well."
        })
final class SyncCommand extends RemoteCommand {

    @Parameters(index = "0", paramLabel = "FROM", description = "A URL, or a local directory.")
    private String from;

    @Parameters(
            index = "1",
            paramLabel = "TO",
            description = "A local directory, or a URL. It is made where it is missing.")
    private String to;

    @Option(
            names = {"-n", "--dry-run"},
            description = "Only print what would be done.")
    private boolean dryRun;

    @Option(names = "--delete", description = "Delete at the target what the source does not have.")
    private boolean delete;

    @Option(
            names = {"-j", "--at-once"},
            paramLabel = "N",
            description = "So many files at the same time, each over a session of its own. Default: 4.")
    private int atOnce = 4;

    @Mixin
    private TransferArguments transfer;

    SyncCommand(Screen screen) {
        super(screen);
    }

    @Override
    public Integer call() throws Exception {
        if (atOnce < 1) {
            throw wrongUse("--at-once takes a number from 1 on");
        }
        boolean down = RemoteUrl.isUrl(from);
        if (down == RemoteUrl.isUrl(to)) {
            throw wrongUse("sync takes one URL and one local directory");
        }
        RemoteUrl url = url(down ? from : to);
        Path local = Path.of(down ? to : from);
        checkLocal(local, down);
        try (Progress progress = progress();
                Connection server = connection().connect(url, transfer::addTo, progress)) {
            SyncSide side = down ? new SyncDown(server, url, local) : new SyncUp(server, url, local);
            SyncPlan plan = plan(server, side, url, local, down);
            if (dryRun) {
                print(plan, down);
            } else {
                new SyncRun(side, plan, Math.min(atOnce, server.maxSessions()), progress, err()).run();
            }
        }
        return ExitCode.OK.code();
    }

    private static void checkLocal(Path local, boolean down) throws Failure {
        if (Files.exists(local) ? !Files.isDirectory(local) : !down) {
            throw new Failure(ExitCode.MISSING, "There is no directory " + local);
        }
    }

    private SyncPlan plan(Connection server, SyncSide side, RemoteUrl url, Path local, boolean down)
            throws IOException, Failure {
        Tree here = Trees.local(local, server.partialSuffix());
        try (Lease lease = server.lease()) {
            Tree there = remote(lease.session(), server, url, down);
            Tree exact = Trees.exact(there, here, lease.session(), url);
            return down
                    ? SyncPlan.of(exact, here, side::isSame, delete)
                    : SyncPlan.of(here, exact, side::isSame, delete);
        }
    }

    /** Some servers list a directory that there is not as an empty one, which a deletion must not believe. */
    private static Tree remote(FtpSession session, Connection server, RemoteUrl url, boolean down)
            throws IOException, Failure {
        if (!url.path().isEmpty() && session.directory(url.path()).isEmpty()) {
            if (down) {
                throw new Failure(ExitCode.MISSING, session.partner() + ": there is no directory " + url.path());
            }
            return new Tree(new TreeMap<>(), Set.of());
        }
        return Trees.remote(session, url, server.partialSuffix());
    }

    private void print(SyncPlan plan, boolean down) {
        plan.directories().forEach(each -> print("mkdir", each + "/"));
        plan.files().forEach(each -> print(down ? "get" : "put", each));
        plan.deletions().forEach(each -> print("delete", each));
        plan.conflicts().forEach(each -> print("skip", each));
        plan.passedOver().forEach(each -> print("skip", each + ": neither file nor directory"));
        out().printf(
                        "%d to transfer, %d the same, %d to delete; nothing was done%n",
                        plan.files().size(), plan.same(), plan.deletions().size());
    }

    private void print(String what, String path) {
        out().printf("%-6s %s%n", what, Shown.text(path));
    }
}
