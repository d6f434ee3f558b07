package io.ferry.transfer;

import io.ferry.session.SessionPool;
import io.ferry.transfer.TransferResult.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small file at the server that is read whole: a sidecar, or a manifest.
 *
 * @param text its content, as UTF-8
 * @param version the version that was read
 * @param file where it lies in the work directory; whoever reads it removes it in the end
 */
public record RemoteText(String text, Fingerprint version, Path file) {

    private static final Logger LOG = LoggerFactory.getLogger(RemoteText.class);

    /** Reads files of one partner. */
    public static final class Reader {

        private final SessionPool pool;
        private final TransferOptions options;
        private final BooleanSupplier stop;

        /** A reader that transfers with these options, and ends early once {@code stop} says so. */
        public Reader(SessionPool pool, TransferOptions options, BooleanSupplier stop) {
            this.pool = pool;
            this.options = options;
            this.stop = stop;
        }

        /** Whose files they are, for messages. */
        public String partner() {
            return pool.partner().toString();
        }

        /**
         * Reads a file. The same version is not transferred again while it lies in the target.
         *
         * @param most the most bytes that it may have
         * @return empty where there is no such file
         * @throws TransferException where it cannot be read, or has more bytes
         */
        public Optional<RemoteText> read(String path, LocalTarget target, long most) throws TransferException {
            Download download = new Download(pool, path, target, options.segmented(1, 0), TransferListener.NONE, stop);
            download.unless(version -> version.size() > most);
            try {
                TransferResult result = download.run();
                if (result.outcome() == Outcome.ALREADY_DELIVERED || Files.size(download.file()) > most) {
                    throw new TransferException(
                            path,
                            0,
                            partner() + ": " + path + " has " + result.size()
                                    + " bytes; a file of checksums with more than " + most + " is refused",
                            null);
                }
                // Not readString, which refuses what is not UTF-8: such a name is refused with a message of its own.
                String text = new String(Files.readAllBytes(download.file()), StandardCharsets.UTF_8);
                return Optional.of(new RemoteText(text, download.source(), download.file()));
            } catch (TransferException e) {
                if (e.isAboutAMissingFile()) {
                    return Optional.empty();
                }
                throw e;
            } catch (IOException e) {
                throw new TransferException(path, 0, "Local disk: " + path + ": " + e, e);
            }
        }
    }

    /** Removes it from the work directory; what cannot be removed expires there. */
    public void discard() {
        try {
            LocalTarget.discard(file);
        } catch (IOException e) {
            LOG.debug("{} stays: {}", file, e.toString());
        }
    }
}
