package io.ferry;

import io.ferry.transfer.Transfer;
import io.ferry.transfer.TransferException;
import io.ferry.transfer.TransferListener;
import io.ferry.transfer.TransferResult;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.support.DefaultExchange;

/**
 * Shows transfers that are under way as exchanges in flight: Camel Main's {@code durationMaxIdleSeconds} would take a large
 * download for idleness, since its exchange reaches the route only when the file is whole.
 *
 * <p>Law: belongs to one context; an exchange of its own for each transfer, in no route, so that no stop waits for it.
 */
final class Activity implements TransferListener {

    private final CamelContext context;
    private final Map<Transfer, Exchange> underWay = Collections.synchronizedMap(new IdentityHashMap<>());

    Activity(CamelContext context) {
        this.context = context;
    }

    @Override
    public void started(Transfer transfer, long size) {
        Exchange exchange = new DefaultExchange(context);
        if (underWay.putIfAbsent(transfer, exchange) == null) {
            context.getInflightRepository().add(exchange);
        }
    }

    @Override
    public void completed(Transfer transfer, TransferResult result) {
        end(transfer);
    }

    @Override
    public void failed(Transfer transfer, TransferException failure) {
        end(transfer);
    }

    private void end(Transfer transfer) {
        Exchange exchange = underWay.remove(transfer);
        if (exchange != null) {
            context.getInflightRepository().remove(exchange);
        }
    }
}
