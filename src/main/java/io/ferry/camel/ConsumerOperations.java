package io.ferry.camel;

import java.util.Map;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/**
 * The operations that the stock consumer itself calls. What it deletes is the done file, and it does so before the commit; here
 * it is put off until the commit has succeeded, so that a commit that fails can be made good at the next poll.
 */
final class ConsumerOperations extends FerryOperations {

    private final FerryOperations direct;
    private final ThreadLocal<String> doneFile = new ThreadLocal<>();
    private @Nullable ReadAhead ahead;
    private @Nullable ChecksumCheck checks;
    private Map<Exchange, Retrieval> batch = Map.of();

    ConsumerOperations(FerryOperations direct) {
        super(direct);
        this.direct = direct;
    }

    /** The same operations, with nothing put off. */
    FerryOperations direct() {
        return direct;
    }

    /** The transfers that have begun before their turn, or null for none. */
    void readAhead(@Nullable ReadAhead next) {
        this.ahead = next;
    }

    @Override
    Retrieval retrieved(String name, Exchange exchange) {
        Retrieval whole = batch.get(exchange);
        if (whole != null) {
            return whole;
        }
        Retrieval begun = ahead == null ? null : ahead.take(exchange);
        return begun == null ? super.retrieved(name, exchange) : begun;
    }

    /** Who compares what arrives with its checksum, or null for nobody. */
    void checkedBy(@Nullable ChecksumCheck check) {
        this.checks = check;
    }

    /** The transfers of a batch that has arrived as a whole, by their exchanges. */
    void batch(Map<Exchange, Retrieval> retrievals) {
        this.batch = retrievals;
    }

    @Override
    Retrieval retrieval(Exchange exchange) {
        Retrieval retrieval = super.retrieval(exchange);
        ChecksumCheck check = checks;
        if (check == null) {
            return retrieval;
        }
        FerryFile file = FerryFile.of(exchange);
        return retrieval.checkedBy(download -> check.check(file, download));
    }

    /** A file that was not retrieved is not for the route this time. */
    void leave(Exchange exchange) {
        if (ahead != null) {
            ahead.leave(exchange);
        }
    }

    @Override
    public boolean deleteFile(String name) {
        doneFile.set(name);
        return true;
    }

    /** The done file that is to be deleted once the commit or rollback that follows, on the same thread, has succeeded. */
    @Nullable
    String takeDoneFile() {
        String name = doneFile.get();
        doneFile.remove();
        return name;
    }
}
