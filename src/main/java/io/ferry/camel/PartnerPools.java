package io.ferry.camel;

import io.ferry.session.Partner;
import java.io.Closeable;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.component.file.remote.FtpEndpoint;

/**
 * The pools that one processor talks to.
 *
 * <p>Law: holds a use of each pool until closed; safe from any thread.
 */
final class PartnerPools implements Closeable {

    private final Map<Partner, Pools.Use> uses = new HashMap<>();

    /** The pool of an endpoint's partner, for one call: it outlives {@link #close()} until the call is done. */
    synchronized Pools.Use borrow(FtpEndpoint<?> endpoint, FerryOptions options) {
        Partner partner = Partners.of(endpoint, options);
        Pools pools = Pools.of(endpoint.getCamelContext());
        uses.computeIfAbsent(partner, pools::use);
        return pools.use(partner);
    }

    @Override
    public synchronized void close() {
        uses.values().forEach(Pools.Use::close);
        uses.clear();
    }
}
