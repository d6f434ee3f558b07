package io.ferry.camel;

import io.ferry.stream.Disk;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.FileEndpoint;
import org.apache.camel.component.file.remote.FtpConstants;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.spi.CamelEvent.ExchangeSendingEvent;
import org.apache.camel.spi.CamelEvent.ExchangeSentEvent;
import org.apache.camel.spi.ManagementStrategy;
import org.apache.camel.support.EventNotifierSupport;
import org.apache.camel.support.service.ServiceHelper;

/**
 * Makes what a {@code file:} endpoint has written for a delivery durable, file and directory entry, before the route goes on
 * and long before the source is committed. A failure to do so fails the route.
 */
final class DurableFiles extends EventNotifierSupport {

    /** Marks exchanges whose files are to be synced. */
    static final String PROPERTY = "CamelFerryDurable";

    DurableFiles() {
        setIgnoreCamelContextEvents(true);
        setIgnoreCamelContextInitEvents(true);
        setIgnoreRouteEvents(true);
        setIgnoreServiceEvents(true);
        setIgnoreStepEvents(true);
        setIgnoreExchangeCreatedEvent(true);
        setIgnoreExchangeCompletedEvent(true);
        setIgnoreExchangeFailedEvents(true);
        setIgnoreExchangeRedeliveryEvents(true);
    }

    /** Joins a context, once. */
    static void join(CamelContext context) throws Exception {
        synchronized (context) {
            ManagementStrategy management = context.getManagementStrategy();
            if (management.getEventNotifiers().stream().noneMatch(DurableFiles.class::isInstance)) {
                DurableFiles notifier = new DurableFiles();
                notifier.setCamelContext(context);
                ServiceHelper.startService(notifier);
                management.addEventNotifier(notifier);
            }
        }
    }

    /** A send is told about only where somebody has heard that it began. */
    @Override
    public boolean isEnabled(CamelEvent event) {
        return event instanceof ExchangeSentEvent || event instanceof ExchangeSendingEvent;
    }

    @Override
    public void notify(CamelEvent event) {
        if (event instanceof ExchangeSentEvent sent && sent.getEndpoint() instanceof FileEndpoint) {
            Exchange exchange = sent.getExchange();
            String produced = exchange.getMessage().getHeader(FtpConstants.FILE_NAME_PRODUCED, String.class);
            if (produced != null && exchange.getProperty(PROPERTY, false, Boolean.class) && !exchange.isFailed()) {
                try {
                    sync(Path.of(produced));
                } catch (IOException e) {
                    exchange.setException(new IOException("Local disk: " + produced + " could not be synced: " + e, e));
                }
            }
        }
    }

    private static void sync(Path file) throws IOException {
        if (Files.isRegularFile(file)) {
            try (FileChannel content = FileChannel.open(file, StandardOpenOption.READ)) {
                content.force(true);
            } catch (NoSuchFileException e) {
                // Its reader was quick; the directory is synced all the same.
            }
        }
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            Disk.sync(directory);
        }
    }
}
