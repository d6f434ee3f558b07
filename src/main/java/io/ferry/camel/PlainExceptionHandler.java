package io.ferry.camel;

import io.ferry.session.FtpException;
import io.ferry.transfer.TransferException;
import java.io.IOException;
import java.time.Duration;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.spi.ExceptionHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs a failure as one line: Ferry's messages say what happened and what to do. The stack trace is at DEBUG. The same line is
 * not repeated within a minute, so that a partner that is down does not fill the log.
 *
 * <p>Law: belongs to one consumer; safe from any thread.
 */
final class PlainExceptionHandler implements ExceptionHandler {

    private static final Logger LOG = LoggerFactory.getLogger(FerryConsumer.class);
    private static final Duration QUIET = Duration.ofMinutes(1);

    private String last = "";
    private long since;

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
        } else if (isNew(line)) {
            LOG.warn("{}", line);
            LOG.debug("{}", line, exception);
        }
    }

    /** Anything else may be a mistake in a program, and its trace is wanted. */
    private static boolean isExplained(Throwable exception) {
        return exception instanceof GenericFileOperationFailedException || exception instanceof IOException;
    }

    /** Camel's messages around ours only repeat it. */
    private static String lineOf(@Nullable String message, @Nullable Throwable exception) {
        for (Throwable each = exception; each != null; each = each.getCause()) {
            boolean ours = each instanceof FtpException || each instanceof TransferException;
            if (ours && each.getMessage() != null) {
                return each.getMessage();
            }
        }
        String said = exception == null ? null : exception.getMessage();
        return said == null ? message + (exception == null ? "" : ": " + exception) : said;
    }

    private synchronized boolean isNew(String line) {
        long now = System.nanoTime();
        boolean repeated = line.equals(last) && now - since < QUIET.toNanos();
        if (!repeated) {
            last = line;
            since = now;
        }
        return !repeated;
    }
}
