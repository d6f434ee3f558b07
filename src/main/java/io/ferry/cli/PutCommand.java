package io.ferry.cli;

import io.ferry.console.Screen;
import io.ferry.session.FtpException;
import io.ferry.session.Lease;
import io.ferry.transfer.RemoteTarget;
import io.ferry.transfer.RemoteTarget.WhenExists;
import io.ferry.transfer.TransferException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "put",
        header = "Uploads files.",
        description =
                "Each gets its final name when the server has all of it, verified. What an earlier upload of the same"
                        + " version left is continued.")
final class PutCommand extends RemoteCommand {

    @Parameters(
            index = "0..*",
            arity = "2..*",
            paramLabel = "LOCAL... URL",
            hideParamSyntax = true,
            description =
                    "The files, and where they go: a directory with a slash at its end, or, for one file, its new name.")
    private List<String> words = new ArrayList<>();

    @Option(
            names = "--if-exists",
            paramLabel = "WHAT",
            description = "replace (the default), fail, or ignore, which leaves the existing file and sends nothing.")
    private String ifExists = "replace";

    @Option(names = "--append", description = "Add the bytes to the end of the file there (APPE).")
    private boolean append;

    @Option(
            names = {"-p", "--make-dirs"},
            description = "Make missing directories on the server.")
    private boolean makeDirectories;

    @Option(
            names = "--rest",
            paramLabel = "OFFSET",
            description = "Begin at this byte, behind what the server has of it. An error where that does not fit.")
    private @Nullable Long rest;

    @Mixin
    private TransferArguments transfer;

    PutCommand(Screen screen) {
        super(screen);
    }

    @Override
    public Integer call() throws Exception {
        RemoteUrl url = url(words.get(words.size() - 1));
        List<Path> files = new ArrayList<>();
        for (String each : words.subList(0, words.size() - 1)) {
            files.add(file(each));
        }
        if (!url.directory() && files.size() > 1) {
            throw wrongUse("Several files go into a directory: write " + url + "/");
        }
        WhenExists whenExists = whenExists();
        return with(url, transfer::addTo, server -> {
            for (Path file : files) {
                String path = url.directory() ? url.child(String.valueOf(file.getFileName())) : url.path();
                RemoteTarget target = server.target(path, whenExists, makeDirectories);
                send(server, file, target);
            }
        });
    }

    private void send(Connection server, Path file, RemoteTarget target) throws IOException, Failure {
        try {
            server.upload(file, target, TransferArguments.from(server.transferOptions(), rest));
        } catch (TransferException e) {
            int slash = target.path().lastIndexOf('/');
            if (makeDirectories || slash < 1 || !isRefused(e)) {
                throw e;
            }
            // Many servers do not say why they make no file.
            String directory = target.path().substring(0, slash);
            if (isThere(server, directory, e)) {
                throw e;
            }
            String said = String.valueOf(e.getMessage());
            throw new Failure(
                    ExitCode.MISSING,
                    said + (said.endsWith(".") ? " " : ". ") + "There is no directory " + directory
                            + ", or this user may not enter it; --make-dirs makes it");
        }
    }

    private static boolean isRefused(TransferException e) {
        return e.getCause() instanceof FtpException cause
                && cause.kind() == FtpException.Kind.REFUSED
                && (cause.refuses("STOR") || cause.refuses("APPE"));
    }

    /** Where that cannot be asked, the failure at hand is the one to tell. */
    private static boolean isThere(Connection server, String directory, TransferException failure) {
        try (Lease lease = server.lease()) {
            return lease.session().directory(directory).isPresent();
        } catch (IOException e) {
            failure.addSuppressed(e);
            return true;
        }
    }

    private WhenExists whenExists() {
        return switch (ifExists.toLowerCase(Locale.ROOT)) {
            case "replace" -> append ? WhenExists.APPEND : WhenExists.REPLACE;
            case "fail" -> WhenExists.FAIL;
            case "ignore" -> WhenExists.IGNORE;
            default -> throw wrongUse("--if-exists takes replace, fail or ignore, not " + ifExists);
        };
    }

    private Path file(String text) throws Failure {
        if (RemoteUrl.isUrl(text)) {
            throw wrongUse("put takes local files, and one URL at the end");
        }
        Path file = Path.of(text);
        if (Files.isDirectory(file)) {
            throw wrongUse(text + " is a directory; sync takes those");
        }
        if (!Files.isRegularFile(file)) {
            throw new Failure(ExitCode.MISSING, "There is no file " + text);
        }
        return file;
    }
}
