package io.ferry.camel;

import io.ferry.session.Partner;
import io.ferry.session.SessionPool;
import io.ferry.transfer.Rates;
import io.ferry.transfer.Throttle;
import java.io.Closeable;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.support.service.ServiceSupport;

/**
 * What the endpoints of one CamelContext share: a session pool for each partner, and a throttle for each total rate.
 *
 * <p>Law: a service of its context; safe from any thread. Whoever borrows a pool closes the {@link Use}; the last one out
 * closes the pool.
 */
final class Pools extends ServiceSupport {

    private final Map<Partner, Counted> pools = new HashMap<>();
    private final Map<Rates, Throttle> throttles = new HashMap<>();

    private static final class Counted {
        final SessionPool pool;
        int users;

        Counted(SessionPool pool) {
            this.pool = pool;
        }
    }

    /** The pools of a context. */
    static Pools of(CamelContext context) {
        synchronized (context) {
            Pools pools = context.hasService(Pools.class);
            if (pools == null) {
                pools = new Pools();
                try {
                    context.addService(pools, true, true);
                } catch (Exception e) {
                    throw new IllegalStateException("Ferry's session pools cannot be added to " + context.getName(), e);
                }
            }
            return pools;
        }
    }

    /** Borrows the pool of a partner. */
    synchronized Use use(Partner partner) {
        Counted counted = pools.computeIfAbsent(partner, p -> new Counted(new SessionPool(p)));
        counted.users++;
        return new Use(partner, counted.pool);
    }

    /** What the endpoints of the context with one total rate share. */
    synchronized Throttle throttle(Rates total) {
        return throttles.computeIfAbsent(total, Throttle::new);
    }

    private void leave(Partner partner) {
        SessionPool last = null;
        synchronized (this) {
            Counted counted = pools.get(partner);
            if (counted != null && --counted.users == 0) {
                pools.remove(partner);
                last = counted.pool;
            }
        }
        if (last != null) {
            last.close();
        }
    }

    @Override
    protected void doStop() {
        Map<Partner, Counted> left;
        synchronized (this) {
            left = new HashMap<>(pools);
            pools.clear();
        }
        left.values().forEach(each -> each.pool.close());
    }

    /** A borrowed pool. */
    final class Use implements Closeable {
        private final Partner partner;
        private final SessionPool pool;
        private boolean left;

        private Use(Partner partner, SessionPool pool) {
            this.partner = partner;
            this.pool = pool;
        }

        SessionPool pool() {
            return pool;
        }

        @Override
        public synchronized void close() {
            if (!left) {
                left = true;
                leave(partner);
            }
        }
    }
}
