package io.ferry.camel;

import org.apache.camel.Exchange;
import org.apache.camel.Ordered;
import org.apache.camel.RollbackExchangeException;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.support.SynchronizationAdapter;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/**
 * What surrounds the stock completion of one delivery. Before it, an exchange that was only marked for rollback gets an
 * exception, since the stock completion takes it for a success and commits the source of what a transaction has undone. After it,
 * the path is free for the next poll, also where the stock completion broke off at a repository that failed.
 *
 * <p>Law: belongs to one delivery; each half runs once, on the thread that ends the exchange.
 */
final class DeliveryEnd {

    private final GenericFileEndpoint<FTPFile> endpoint;
    private final FerryFile file;
    private @Nullable Exception rollback;

    private DeliveryEnd(GenericFileEndpoint<FTPFile> endpoint, FerryFile file) {
        this.endpoint = endpoint;
        this.file = file;
    }

    /** Joins an exchange, before the stock completion does. */
    static void join(Exchange exchange, GenericFileEndpoint<FTPFile> endpoint, FerryFile file) {
        DeliveryEnd end = new DeliveryEnd(endpoint, file);
        exchange.getExchangeExtension().addOnCompletion(end.new Before());
        exchange.getExchangeExtension().addOnCompletion(end.new After());
    }

    private final class Before extends SynchronizationAdapter {

        @Override
        public int getOrder() {
            return Ordered.HIGHEST;
        }

        @Override
        public void onComplete(Exchange exchange) {
            if (exchange.isRollbackOnly()) {
                rollback = new RollbackExchangeException("The route marked the exchange for rollback", exchange);
                exchange.setException(rollback);
            }
        }
    }

    private final class After extends SynchronizationAdapter {

        @Override
        public int getOrder() {
            return Ordered.LOWEST;
        }

        @Override
        public void onDone(Exchange exchange) {
            if (rollback != null && rollback.equals(exchange.getException())) {
                // Whoever waits for the exchange sees it as the route left it.
                exchange.setException(null);
            }
            if (!file.isEnding()) {
                endpoint.getInProgressRepository().remove(file.listedPath());
            }
        }
    }
}
