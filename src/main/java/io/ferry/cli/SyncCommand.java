package io.ferry.cli;

import io.ferry.camel.RemoteTree;
import io.ferry.console.Screen;
import io.ferry.session.FtpSession;
import io.ferry.session.Lease;
import io.ferry.session.RemoteFileFacts;
import io.ferry.transfer.Tree;
import io.ferry.transfer.Tree.Entry;
import io.ferry.transfer.TreePlan;
import io.ferry.transfer.TreePlan.Deletions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
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

    /** Times of one version may differ by so much: some file systems keep even seconds only. */
    private static final Duration STEP = Duration.ofSeconds(2);

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
            Tree here = Tree.local(local, name -> isUnfinished(name, server.partialSuffix()));
            Tree there;
            TreePlan plan;
            try (Lease lease = server.lease()) {
                there = remote(lease.session(), server, url, down);
                plan = plan(lease.session(), url, here, there, down);
            }
            Set<String> passedOver = (down ? there : here).others();
            if (dryRun) {
                print(plan, passedOver, down);
            } else {
                new SyncRun(side, plan, passedOver, Math.min(atOnce, server.maxSessions()), progress, err()).run();
            }
        }
        return ExitCode.OK.code();
    }

    private static void checkLocal(Path local, boolean down) throws Failure {
        if (Files.exists(local) ? !Files.isDirectory(local) : !down) {
            throw new Failure(ExitCode.MISSING, "There is no directory " + local);
        }
    }

    private TreePlan plan(FtpSession session, RemoteUrl url, Tree here, Tree there, boolean down) throws IOException {
        Deletions deletions = delete ? Deletions.ALL : Deletions.NONE;
        return down
                ? TreePlan.of(
                        there,
                        here,
                        deletions,
                        (path, source, target) -> isCopy(exact(session, url, path, source), target) ? null : "changed")
                : TreePlan.of(
                        here,
                        there,
                        deletions,
                        (path, source, target) ->
                                isAfter(exact(session, url, path, target), source) ? null : "changed");
    }

    /** The same entry of the server with its exact size and time: a listing may show minutes, or days. */
    private static Entry exact(FtpSession session, RemoteUrl url, String path, Entry listed) throws IOException {
        if (session.listsExactTimes()) {
            return listed;
        }
        RemoteFileFacts facts = session.facts(url.child(path)).orElse(null);
        return facts == null ? Entry.file(-1, null) : Entry.file(facts.size(), facts.modified());
    }

    /** Whether a file here was given the time of the server's, and has its size. */
    static boolean isCopy(Entry source, Entry target) {
        Instant then = source.modified();
        Instant now = target.modified();
        return source.size() == target.size()
                && then != null
                && now != null
                && Duration.between(then, now).abs().compareTo(STEP) < 0;
    }

    /** Whether a file at the server has the size of the one here, and was made after its last change. */
    static boolean isAfter(Entry target, Entry source) {
        Instant then = source.modified();
        Instant now = target.modified();
        return source.size() == target.size()
                && then != null
                && now != null
                && !now.plus(STEP).isBefore(then);
    }

    /** Whether a name is one of Ferry's own for what is unfinished: no file for anybody. */
    private static boolean isUnfinished(String name, String partialSuffix) {
        return name.endsWith(partialSuffix)
                || name.endsWith(partialSuffix + ".record")
                || name.endsWith(".ferry-aside")
                || name.equals(".ferry");
    }

    /** Some servers list a directory that there is not as an empty one, which a deletion must not believe. */
    private static Tree remote(FtpSession session, Connection server, RemoteUrl url, boolean down)
            throws IOException, Failure {
        if (!url.path().isEmpty() && session.directory(url.path()).isEmpty()) {
            if (down) {
                throw new Failure(ExitCode.MISSING, session.partner() + ": there is no directory " + url.path());
            }
            return Tree.EMPTY;
        }
        return RemoteTree.read(session, url.path(), name -> isUnfinished(name, server.partialSuffix()));
    }

    private void print(TreePlan plan, Set<String> passedOver, boolean down) {
        plan.directories().forEach(each -> print("mkdir", each + "/"));
        plan.copies().forEach(each -> print(down ? "get" : "put", each.path()));
        plan.deletions().forEach(each -> print("delete", each.path()));
        plan.conflicts().forEach(each -> print("skip", each.path() + ": " + each.why()));
        passedOver.forEach(each -> print("skip", each + ": neither file nor directory"));
        out().printf(
                        "%d to transfer, %d the same, %d to delete; nothing was done%n",
                        plan.copies().size(), plan.same(), plan.deletions().size());
    }

    private void print(String what, String path) {
        out().printf("%-6s %s%n", what, Shown.text(path));
    }
}
