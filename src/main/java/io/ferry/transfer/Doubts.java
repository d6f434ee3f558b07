package io.ferry.transfer;

import io.ferry.transfer.TransferOptions.OnUnprovable;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What cannot be proven in one transfer, because the server refuses what a proof would need: an error, or accepted and said,
 * once each.
 *
 * <p>Law: belongs to one transfer and its thread.
 */
final class Doubts {

    private static final Logger LOG = LoggerFactory.getLogger(Doubts.class);

    private final Transfer transfer;
    private final TransferListener listener;
    private final boolean accepted;
    private final Set<String> said = new HashSet<>();

    Doubts(Transfer transfer, TransferOptions options, TransferListener listener) {
        this.transfer = transfer;
        this.listener = listener;
        this.accepted = options.onUnprovable() == OnUnprovable.ACCEPT;
    }

    /** Whether {@code onUnprovable=accept}. */
    boolean areAccepted() {
        return accepted;
    }

    /** Says what is not proven; a second time for the same is passed over. */
    void say(String what) {
        if (said.add(what)) {
            LOG.warn("{}: {}: not proven: {}", transfer.partner(), transfer.path(), what);
            listener.unproven(transfer, what);
        }
    }

    /**
     * Goes on where that is accepted.
     *
     * @param offset bytes that are safe on the server
     * @param what what the server refuses, and what that leaves open
     * @param meaning what accepting means
     * @throws TransferException where it is not accepted
     */
    void accept(long offset, String what, String meaning) throws TransferException {
        if (!accepted) {
            throw new TransferException(
                    transfer.path(),
                    offset,
                    transfer.partner() + ": " + transfer.path() + ": " + what + ". Set onUnprovable=accept to "
                            + meaning + ".",
                    null);
        }
        say(what);
    }
}
