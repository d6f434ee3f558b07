package io.ferry.camel;

import org.apache.camel.CamelContext;
import org.apache.camel.spi.ContextServicePlugin;

/**
 * Adds the {@link Linter} to each context that starts with Ferry on its class path; Camel finds it through
 * {@code META-INF/services}.
 */
public final class LinterPlugin implements ContextServicePlugin {

    @Override
    public void load(CamelContext context) {
        if (context.getLifecycleStrategies().stream().noneMatch(Linter.class::isInstance)) {
            context.addLifecycleStrategy(new Linter(context));
        }
    }

    @Override
    public void unload(CamelContext context) {
        context.getLifecycleStrategies().removeIf(Linter.class::isInstance);
    }
}
