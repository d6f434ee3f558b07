package io.ferry.cli;

import io.ferry.console.Screen;
import io.ferry.transfer.LocalTarget;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "get",
        header = "Downloads a file.",
        description =
                "It gets its name when it is whole and verified. A partial beside it is continued by the same command.")
final class GetCommand extends RemoteCommand {

    @Parameters(index = "0", paramLabel = "URL", description = "The file, such as " + RemoteUrl.FORM + ".")
    private String from;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "LOCAL",
            description = "The file to write, or a directory. Default: here, under its own name.")
    private @Nullable String to;

    @Option(
            names = "--rest",
            paramLabel = "OFFSET",
            description = "Begin at this byte, with what is here before it. An error where that does not fit.")
    private @Nullable Long rest;

    @Mixin
    private TransferArguments transfer;

    GetCommand(Screen screen) {
        super(screen);
    }

    @Override
    public Integer call() throws Exception {
        RemoteUrl url = url(from);
        if (url.directory()) {
            throw wrongUse(url + " is a directory; sync takes those");
        }
        Path file = target(url.name());
        return with(url, transfer::addTo, server -> {
            server.download(url.path(), file, TransferArguments.from(server.transferOptions(), rest));
        });
    }

    private Path target(String name) {
        String local = to == null ? "" : to;
        Path path = Path.of(local);
        if (!local.isEmpty() && !local.endsWith("/") && !Files.isDirectory(path)) {
            return path;
        }
        try {
            LocalTarget.checkName(name);
        } catch (IllegalArgumentException e) {
            throw wrongUse(e.getMessage() + " Name the local file.");
        }
        return path.resolve(name);
    }
}
