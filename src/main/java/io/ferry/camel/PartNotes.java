package io.ferry.camel;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.spi.CamelEvent.ExchangeCompletedEvent;
import org.apache.camel.spi.EventNotifier;
import org.apache.camel.spi.ManagementStrategy;
import org.apache.camel.support.EventNotifierSupport;
import org.apache.camel.support.service.ServiceHelper;

/**
 * The notes of drops that a part of an exchange has sent ({@code multicast}, {@code recipientList}, {@code wireTap}): the part ends
 * before the drop is committed, and the note goes when the exchange that carried the drop has ended and the drop is gone.
 *
 * <p>Law: one in each context, safe from any thread. Holds a drop no longer than an exchange does.
 */
final class PartNotes extends EventNotifierSupport {

    private final Map<GenericFile<?>, Waiting> waiting = Collections.synchronizedMap(new WeakHashMap<>());

    private record Waiting(Path drop, List<Runnable> forget) {}

    private PartNotes() {
        setIgnoreCamelContextEvents(true);
        setIgnoreCamelContextInitEvents(true);
        setIgnoreRouteEvents(true);
        setIgnoreServiceEvents(true);
        setIgnoreStepEvents(true);
        setIgnoreExchangeCreatedEvent(true);
        setIgnoreExchangeFailedEvents(true);
        setIgnoreExchangeRedeliveryEvents(true);
        setIgnoreExchangeSentEvents(true);
    }

    /** The one of a context. */
    static PartNotes of(CamelContext context) {
        synchronized (context) {
            ManagementStrategy management = context.getManagementStrategy();
            for (EventNotifier each : management.getEventNotifiers()) {
                if (each instanceof PartNotes notes) {
                    return notes;
                }
            }
            PartNotes notes = new PartNotes();
            notes.setCamelContext(context);
            ServiceHelper.startService(notes);
            management.addEventNotifier(notes);
            return notes;
        }
    }

    /** Forgets a note once this drop is gone. */
    void await(GenericFile<?> polled, Path drop, Runnable forget) {
        synchronized (waiting) {
            waiting.computeIfAbsent(polled, p -> new Waiting(drop, new ArrayList<>()))
                    .forget()
                    .add(forget);
        }
        // The drop may have been committed just now.
        look(polled);
    }

    @Override
    public boolean isEnabled(CamelEvent event) {
        return event instanceof ExchangeCompletedEvent && !waiting.isEmpty();
    }

    @Override
    public void notify(CamelEvent event) {
        if (event instanceof ExchangeCompletedEvent completed) {
            Exchange exchange = completed.getExchange();
            GenericFile<?> polled = exchange.getProperty(ExchangePropertyKey.FILE_EXCHANGE_FILE, GenericFile.class);
            if (polled != null) {
                look(polled);
            }
        }
    }

    private void look(GenericFile<?> polled) {
        Waiting found = waiting.get(polled);
        if (found != null && !Files.exists(found.drop())) {
            waiting.remove(polled);
            found.forget().forEach(Runnable::run);
        }
    }
}
