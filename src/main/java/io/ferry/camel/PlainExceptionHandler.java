package io.ferry.camel;

import io.ferry.session.FtpException;
import io.ferry.transfer.Outage;
import io.ferry.transfer.TransferException;
import java.io.IOException;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.spi.ExceptionHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs a failure as one line: Ferry's messages say what happened and what to do. The stack trace is at DEBUG. What repeats is told
 * as {@link Outage} says, so that a partner that is down does not fill the log.
 *
 * <p>Law: belongs to one consumer; safe from any thread.
 */
final class PlainExceptionHandler implements ExceptionHandler {

    private static final Logger LOG = LoggerFactory.getLogger(FerryConsumer.class);
    private static final String POLL = "poll";
    private static final String FILES = "files";

    private final Outage outage = new Outage();

    @Override
    public void handleException(Throwable exception) {
        handleException(null, null, exception);
    }

    @Override
    public void handleException(@Nullable String message, @Nullable Throwable exception) {
        handleException(message, null, exception);
    }

    @Override
    public void handleException(@Nullable String message, @Nullable Exchange exchange, @Nullable Throwable exception) {
        String line = lineOf(message, exception);
        if (exception != null && !isExplained(exception)) {
            LOG.warn("{}", line, exception);
            return;
        }
        // Without an exchange it is the poll that failed.
        outage.failed(exchange == null ? POLL : FILES, line, line).ifPresent(LOG::warn);
        LOG.debug("{}", line, exception);
    }

    /** A poll has succeeded. */
    void polled(String partner) {
        outage.over(POLL).ifPresent(text -> LOG.info("{}: {}", partner, text));
    }

    /** Anything else may be a mistake in a program, and its trace is wanted. */
    static boolean isExplained(Throwable exception) {
        return exception instanceof GenericFileOperationFailedException || exception instanceof IOException;
    }

    /** Camel's messages around ours only repeat it. */
    static String lineOf(@Nullable String message, @Nullable Throwable exception) {
        for (Throwable each = exception; each != null; each = each.getCause()) {
            boolean ours = each instanceof FtpException || each instanceof TransferException;
            if (ours && each.getMessage() != null) {
                return each.getMessage();
            }
        }
        String said = exception == null ? null : exception.getMessage();
        return said == null ? message + (exception == null ? "" : ": " + exception) : said;
    }
}
