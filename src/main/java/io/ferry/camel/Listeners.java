package io.ferry.camel;

import io.ferry.transfer.Transfer;
import io.ferry.transfer.TransferException;
import io.ferry.transfer.TransferListener;
import io.ferry.transfer.TransferResult;
import java.time.Duration;
import java.util.Set;
import org.apache.camel.CamelContext;

/**
 * Tells each {@link TransferListener} bean of a context, in no particular order.
 *
 * @param all the listeners
 */
record Listeners(Set<TransferListener> all) implements TransferListener {

    /** The listeners in the registry of a context. */
    static TransferListener of(CamelContext context) {
        Set<TransferListener> found = context.getRegistry().findByType(TransferListener.class);
        return found.isEmpty()
                ? TransferListener.NONE
                : found.size() == 1 ? found.iterator().next() : new Listeners(found);
    }

    @Override
    public void started(Transfer transfer, long size) {
        all.forEach(each -> each.started(transfer, size));
    }

    @Override
    public void resumed(Transfer transfer, long offset, long saved) {
        all.forEach(each -> each.resumed(transfer, offset, saved));
    }

    @Override
    public void restarted(Transfer transfer, String why) {
        all.forEach(each -> each.restarted(transfer, why));
    }

    @Override
    public void progressed(Transfer transfer, long offset) {
        all.forEach(each -> each.progressed(transfer, offset));
    }

    @Override
    public void interrupted(Transfer transfer, long offset, String why, Duration wait) {
        all.forEach(each -> each.interrupted(transfer, offset, why, wait));
    }

    @Override
    public void unproven(Transfer transfer, String what) {
        all.forEach(each -> each.unproven(transfer, what));
    }

    @Override
    public void completed(Transfer transfer, TransferResult result) {
        all.forEach(each -> each.completed(transfer, result));
    }

    @Override
    public void failed(Transfer transfer, TransferException failure) {
        all.forEach(each -> each.failed(transfer, failure));
    }
}
