package io.ferry.camel;

import io.ferry.transfer.Rates;
import io.ferry.transfer.Throttle;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.CamelContext;
import org.jspecify.annotations.Nullable;

/**
 * What bounds the rate of an endpoint's, or a processor's, transfers: a throttle of its own, and one that it shares.
 *
 * <p>Law: safe from any thread.
 */
final class Throttles {

    private @Nullable Throttle own;
    private @Nullable Rates ownRates;

    /** The throttles that the options ask for. Its own stays the same as long as {@code maxRate} does. */
    synchronized List<Throttle> of(FerryOptions options, CamelContext context) {
        String rate = options.getMaxRate();
        String total = options.getMaxTotalRate();
        List<Throttle> all = new ArrayList<>();
        if (rate != null) {
            Rates rates = OptionValues.rates("maxRate", rate);
            Throttle mine = own != null && rates.equals(ownRates) ? own : new Throttle(rates);
            own = mine;
            ownRates = rates;
            all.add(mine);
        }
        if (total != null) {
            all.add(Pools.of(context).throttle(OptionValues.rates("maxTotalRate", total)));
        }
        return all;
    }
}
