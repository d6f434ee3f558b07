package io.ferry.bench;

import io.ferry.testkit.Proftpd;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.nio.file.Path;

/**
 * vsftpd without a limit and without a log, or ProFTPD where it has what vsftpd lacks. With TLS it takes data connections whether they resume the control connection's
 * session or not: stock camel-ftp, commons-net and ftplib never do.
 */
record Server(TestServer running, String host) implements AutoCloseable {

    static Server start(Path served, boolean tls) {
        return new Server(Vsftpd.start(unlimited(served, tls)), "127.0.0.1");
    }

    static Server proftpd(Path served) {
        return new Server(Proftpd.start(Proftpd.plain().root(served)), "127.0.0.1");
    }

    /** At the other end of a long line. */
    static Server start(Path served, boolean tls, Line line) {
        String address = line.address();
        Vsftpd.Options options = unlimited(served, tls).inNamespace(address, line.starter());
        return new Server(Vsftpd.start(options.certificateFor("dns:localhost,ip:127.0.0.1,ip:" + address)), address);
    }

    private static Vsftpd.Options unlimited(Path served, boolean tls) {
        Vsftpd.Options options = tls ? Vsftpd.secured().set("require_ssl_reuse", "NO") : Vsftpd.plain();
        return options.root(served)
                .set("log_ftp_protocol", "NO")
                .set("xferlog_enable", "NO")
                .set("debug_ssl", "NO")
                .set("max_per_ip", "0")
                .set("max_clients", "0");
    }

    int port() {
        return running.port();
    }

    String user() {
        return running.user();
    }

    String password() {
        return running.password();
    }

    /** Null for plain FTP. */
    Job.Trust trust() {
        TestServer.Tls tls = running.tls();
        return tls == null ? null : new Job.Trust(tls.caPem(), tls.truststore(), tls.truststorePassword());
    }

    @Override
    public void close() {
        running.close();
    }
}
