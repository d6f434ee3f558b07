package io.ferry.camel;

import io.ferry.transfer.Outage;
import io.ferry.transfer.TransferException;
import org.apache.camel.LoggingLevel;
import org.apache.camel.processor.errorhandler.DefaultErrorHandler;
import org.apache.camel.spi.CamelLogger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of a Camel error handler: an exchange that failed because of a partner is told as one line, without Camel's history and stack
 * trace (that is at DEBUG), and what repeats as {@link Outage} says. What failed for another reason is told as Camel does.
 *
 * <pre>{@code
 * errorHandler(defaultErrorHandler().logger(new PlainErrorLog()).logExhaustedMessageHistory(false));
 * }</pre>
 *
 * <p>Law: safe from any thread; may serve any number of routes.
 */
public class PlainErrorLog extends CamelLogger {

    private static final Logger LOG = LoggerFactory.getLogger(PlainErrorLog.class);

    private final Outage outage = new Outage();
    private final boolean tellsTransfers;

    /** Tells everything. */
    public PlainErrorLog() {
        this(true);
    }

    /**
     * For one who has a {@link io.ferry.transfer.TransferListener} that tells which transfers were given up.
     *
     * @param tellsTransfers whether those are told here as well
     */
    public PlainErrorLog(boolean tellsTransfers) {
        super(LoggerFactory.getLogger(DefaultErrorHandler.class), LoggingLevel.ERROR);
        this.tellsTransfers = tellsTransfers;
    }

    @Override
    public void log(String message, @Nullable Throwable exception) {
        log(message, exception, getLevel());
    }

    @Override
    public void log(String message, @Nullable Throwable exception, LoggingLevel level) {
        if (exception == null || !PlainExceptionHandler.isExplained(exception)) {
            super.log(message, exception, level);
            return;
        }
        TransferException transfer = transferOf(exception);
        if (transfer == null || tellsTransfers) {
            String line = PlainExceptionHandler.lineOf(message, exception);
            // The same trouble of many files is one.
            Throwable cause = transfer == null ? null : transfer.getCause();
            String failure = cause == null || cause.getMessage() == null ? line : cause.getMessage();
            outage.failed("", failure, line).ifPresent(text -> super.log(text, level));
        }
        LOG.debug("{}", message, exception);
    }

    private static @Nullable TransferException transferOf(Throwable exception) {
        for (Throwable each = exception; each != null; each = each.getCause()) {
            if (each instanceof TransferException transfer) {
                return transfer;
            }
        }
        return null;
    }
}
