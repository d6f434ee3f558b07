package io.ferry.camel;

import io.ferry.session.Partner;
import io.ferry.session.SessionPool;
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

    /** The pool of an endpoint's partner. */
    synchronized SessionPool of(FtpEndpoint<?> endpoint, int maxSessions) {
        Partner partner = Partners.of(endpoint, maxSessions);
        return uses.computeIfAbsent(
                        partner, p -> Pools.of(endpoint.getCamelContext()).use(p))
                .pool();
    }

    @Override
    public synchronized void close() {
        uses.values().forEach(Pools.Use::close);
        uses.clear();
    }
}
