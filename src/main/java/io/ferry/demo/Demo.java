package io.ferry.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.MainListenerSupport;
import org.apache.camel.spi.PropertiesComponent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the demo's server before any route is built, where {@code ferry.demo.enabled=true}, and publishes
 * {@code ferry.demo.port} and {@code ferry.demo.password} for routes to use; either may be set beforehand.
 *
 * <p>Law: owns the server. {@link #close} ends it, also after a start that failed half way; closing again does nothing.
 */
public final class Demo extends MainListenerSupport implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Demo.class);

    private final Path data;
    private @Nullable DemoServer server;

    /**
     * A demo that is not started yet.
     *
     * @param data the directory that holds {@code demo-server}, {@code inbox} and {@code outbox}
     */
    public Demo(Path data) {
        this.data = data;
    }

    /** Whether the demo is on; known once the routes are being built. */
    public boolean isRunning() {
        return server != null;
    }

    @Override
    public void beforeConfigure(BaseMainSupport main) {
        PropertiesComponent properties = main.getCamelContext().getPropertiesComponent();
        if (!Boolean.parseBoolean(
                properties.resolveProperty("ferry.demo.enabled").orElse("false"))) {
            return;
        }
        // The server is an optional dependency: a project that embeds Ferry's library does not get it unasked.
        try {
            Class.forName("org.apache.ftpserver.FtpServer", false, getClass().getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(
                    "ferry.demo.enabled=true needs Apache FtpServer (org.apache.ftpserver:ftpserver-core) on the class path");
        }
        int port =
                Integer.parseInt(properties.resolveProperty("ferry.demo.port").orElse("0"));
        String password = properties.resolveProperty("ferry.demo.password").orElseGet(Demo::randomPassword);
        try {
            Samples samples = new Samples(data);
            boolean first = samples.make();
            DemoServer started = new DemoServer(samples.server(), port, password);
            server = started;
            properties.addOverrideProperty("ferry.demo.port", String.valueOf(started.port()));
            properties.addOverrideProperty("ferry.demo.password", password);
            LOG.info(
                    "demo: FTP server on 127.0.0.1:{}, files in {}. It cuts the line of the large file once each way.",
                    started.port(),
                    samples.server());
            if (!first) {
                LOG.info(
                        "demo: its sample files were made at an earlier start; delete {} to see them move again.",
                        data);
            }
        } catch (IOException e) {
            throw new IllegalStateException("The demo cannot start: " + e, e);
        }
    }

    // Known to other local users' processes as little as any password: the server writes to this user's disk.
    private static String randomPassword() {
        byte[] bytes = new byte[12];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
            server = null;
        }
    }
}
