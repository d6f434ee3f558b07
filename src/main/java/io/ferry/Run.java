package io.ferry;

import io.ferry.camel.PlainErrorLog;
import io.ferry.console.Screen;
import io.ferry.console.TransferConsole;
import io.ferry.demo.Demo;
import io.ferry.transfer.TransferListener;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.camel.CamelContext;
import org.apache.camel.main.Main;
import org.apache.camel.model.errorhandler.DefaultErrorHandlerDefinition;
import org.apache.camel.spi.PropertiesComponent;
import org.apache.camel.support.RouteWatcherReloadStrategy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The command {@code run}: Camel, configured by the working directory's {@code application.properties} and
 * {@code routes/*.yaml}, which override what is inside the jar, properties key by key and routes by id.
 *
 * <p>Law: whatever it starts has ended when {@link #run} returns, on every way out.
 */
final class Run {

    private static final Logger LOG = LoggerFactory.getLogger("ferry");

    /** First come, first served: a key of the working directory's file hides the same key further back. */
    private static final String PROPERTIES =
            "file:application.properties;optional=true,classpath:io/ferry/defaults.properties";

    private static final Path FOLDER = Path.of("routes");

    private static final String FIRST_STEPS = """
            Ferry finds neither application.properties nor a folder routes in %s.
            To connect a server, write application.properties here, for example:

            camel.routeTemplate[acme-in].templateId=pull
            camel.routeTemplate[acme-in].host=ftp.acme.example
            camel.routeTemplate[acme-in].username=me
            camel.routeTemplate[acme-in].password={{env:ACME_PASSWORD}}
            camel.routeTemplate[acme-in].remoteDirectory=outbound
            camel.routeTemplate[acme-in].localDirectory=data/inbox

            This moves every file of the server's folder outbound into data/inbox: a file is deleted on the server once it is
            safe here (.delete=false and .move=.done keep it there instead). For the other direction use templateId=push,
            from localDirectory to remoteDirectory. For FTP over TLS add .scheme=ferry-ftps.
            To see Ferry at work without a server, write ferry.demo.enabled=true instead.""";

    /**
     * Runs until the process is told to stop.
     *
     * @return the exit code
     */
    int run() {
        if (!Files.isRegularFile(Path.of("application.properties")) && !Files.isDirectory(FOLDER)) {
            System.err.println(FIRST_STEPS.formatted(Path.of("").toAbsolutePath()));
            return Ferry.USAGE;
        }
        try (Screen screen = Screen.open();
                TransferConsole console = new TransferConsole(screen);
                Demo demo = new Demo(Path.of("data"))) {
            return run(console, demo);
        }
    }

    private static int run(TransferConsole console, Demo demo) {
        Application application = new Application();
        application.setDefaultPropertyPlaceholderLocation(PROPERTIES);
        // A pattern over a folder that is not there is an error. Properties may set another pattern.
        application
                .configure()
                .withRoutesIncludePattern(
                        (Files.isDirectory(FOLDER) ? "file:routes/*.yaml," : "") + "classpath:routes/*.yaml");
        application.setRoutesCollector(new FolderFirst());
        application.bind("ferryConsole", TransferListener.class, console);
        application.addMainListener(demo);
        application.addMainListener(new Greeting(console, demo));
        try {
            application.run();
            return Math.max(0, application.getExitCode());
        } catch (Exception | LinkageError e) {
            StartFailure failure = new StartFailure(e);
            if (!failure.isExplained()) {
                LOG.error("Unexpected failure\n{}", failure.trace());
            }
            System.err.println(failure.message());
            return 1;
        } finally {
            // After a failed start Camel's own threads still live.
            application.stop();
        }
    }

    /** Camel Main with the two things that must be set before it reads the first property. */
    private static final class Application extends Main {

        Application() {
            setAppName("Ferry");
        }

        void bind(String name, Class<?> type, Object bean) {
            registry.bind(name, type, bean);
        }

        @Override
        protected void configurePropertiesService(CamelContext context) throws Exception {
            PropertiesComponent properties = context.getPropertiesComponent();
            properties.setEncoding("UTF-8");
            properties.addPropertiesFunction(new SecretFile());
            super.configurePropertiesService(context);
        }

        /** The properties are read now, and nothing has started. */
        @Override
        protected void configureLifecycle(CamelContext context) throws Exception {
            super.configureLifecycle(context);
            registry.bind("ferryActivity", TransferListener.class, new Activity(context));
            // The console tells which transfers were given up. Routes may have an error handler of their own.
            DefaultErrorHandlerDefinition errors = new DefaultErrorHandlerDefinition();
            errors.logger(new PlainErrorLog(false)).logExhaustedMessageHistory(false);
            context.getCamelContextExtension().setErrorHandlerFactory(errors);
            RouteWatcherReloadStrategy stock = context.hasService(RouteWatcherReloadStrategy.class);
            if (stock != null) {
                // Camel starts it all the same; it watches nothing then.
                stock.setScheduler(false);
                context.removeService(stock);
                context.addService(new CheckedReload(stock));
            }
        }
    }
}
