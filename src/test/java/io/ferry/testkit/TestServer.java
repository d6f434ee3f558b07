package io.ferry.testkit;

import java.nio.file.Path;
import java.util.List;

/**
 * An FTP server that one test runs against. It owns its port, threads or processes, and its login directory unless
 * the test gave one; the test that started it closes it, after which nothing of it is left.
 */
public interface TestServer extends AutoCloseable {
    /** What a client needs to trust the server: the authority's certificate, as PEM and in a PKCS12 trust store. */
    record Tls(Path caPem, Path truststore, String truststorePassword) {}

    String name();

    String host();

    int port();

    String user();

    String password();

    /** The local directory that a client sees as "/" after login. */
    Path root();

    /** The text of the server's log so far; empty when the server keeps none. */
    String log();

    /** The command lines received since the start or the last {@link #clearCommands()}, in order; no passwords. */
    List<String> commands();

    void clearCommands();

    /** The trust material, or null when the server speaks no TLS. */
    Tls tls();

    /**
     * The data ports that a {@link FaultProxy} has to serve under the same numbers because it cannot read an encrypted
     * control connection; empty for most servers.
     */
    default List<Integer> mirroredPorts() {
        return List.of();
    }

    @Override
    void close();
}
