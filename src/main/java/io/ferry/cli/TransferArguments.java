package io.ferry.cli;

import io.ferry.transfer.TransferOptions;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** How files are transferred. */
final class TransferArguments {

    @ArgGroup(validate = false, heading = "%nTransfer:%n")
    private Group group = new Group();

    private static final class Group {

        @Option(
                names = "--resume",
                paramLabel = "auto|off",
                description =
                        "auto (the default) goes on where an earlier transfer of the same version stopped; off begins at"
                                + " byte 0.")
        private @Nullable String resume;

        @Option(
                names = "--verify",
                paramLabel = "none|size|digest",
                description =
                        "What is compared at the end. size is the default; digest needs a server that computes one.")
        private @Nullable String verify;

        @Option(
                names = "--block-size",
                paramLabel = "BYTES",
                description =
                        "Bytes of one read and one write, such as 256KB. Default: 1MB; an upload has 128KB at most.")
        private @Nullable String blockSize;

        @Option(
                names = "--max-rate",
                paramLabel = "RATE",
                description = "The most bytes per second, such as 2MB, or by the time of day, such as 08:00-18:00=2MB.")
        private @Nullable String maxRate;

        @Option(
                names = "--ascii",
                description = "Lines of text (TYPE A): line ends are converted, nothing is resumed or verified.")
        private boolean ascii;
    }

    /** Adds the endpoint's options that these arguments stand for. */
    void addTo(Map<String, String> options) {
        put(options, "resume", group.resume);
        put(options, "verify", group.verify);
        put(options, "blockSize", group.blockSize);
        put(options, "maxRate", group.maxRate);
        if (group.ascii) {
            options.put("binary", "false");
            options.putIfAbsent("resume", "off");
            options.putIfAbsent("verify", "none");
        }
    }

    private static void put(Map<String, String> options, String name, @Nullable String value) {
        if (value != null) {
            options.put(name, value);
        }
    }

    /** The options, beginning at a given offset where there is one. */
    static TransferOptions from(TransferOptions options, @Nullable Long rest) {
        return rest == null ? options : options.restartingAt(rest);
    }
}
