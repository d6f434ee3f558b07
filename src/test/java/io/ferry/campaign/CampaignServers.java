package io.ferry.campaign;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.FakeFtp;
import io.ferry.testkit.Proftpd;
import io.ferry.testkit.PureFtpd;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** The servers of a campaign, each started when first used and used by many runs; {@link #close()} ends them. */
final class CampaignServers implements AutoCloseable {
    private static final String FAKE = "fake";
    private static final Map<String, Kind> KINDS = new LinkedHashMap<>();
    private static final Map<String, Kind> OVER_TLS = new LinkedHashMap<>();

    static {
        KINDS.put("scripted", new Kind(() -> true, ScriptedServer::start));
        KINDS.put(FAKE, new Kind(() -> true, FakeFtp::start));
        KINDS.put("apache", new Kind(() -> true, ApacheFtp::start));
        KINDS.put(
                "vsftpd",
                new Kind(Vsftpd::available, () -> Vsftpd.start(Vsftpd.plain().maxPerIp(0))));
        KINDS.put(
                "proftpd",
                new Kind(Proftpd::available, () -> Proftpd.start(Proftpd.plain().deflating())));
        KINDS.put("pureftpd", new Kind(PureFtpd::available, PureFtpd::start));
        OVER_TLS.put(
                "apache-tls",
                new Kind(() -> true, () -> ApacheFtp.start(ApacheFtp.secured().behindProxy())));
        OVER_TLS.put(
                "vsftpd-tls",
                new Kind(
                        Vsftpd::available,
                        () -> Vsftpd.start(Vsftpd.secured().behindProxy().maxPerIp(0))));
        OVER_TLS.put(
                "proftpd-tls",
                new Kind(
                        Proftpd::available,
                        () -> Proftpd.start(Proftpd.secured().behindProxy().deflating())));
        OVER_TLS.put(
                "pureftpd-tls",
                new Kind(
                        PureFtpd::available,
                        () -> PureFtpd.start(PureFtpd.secured().behindProxy())));
    }

    private final List<TestServer> all = new ArrayList<>();
    private final List<TestServer> free = new ArrayList<>();
    private final Map<String, TestServer> started = new LinkedHashMap<>();

    private record Kind(BooleanSupplier available, Supplier<TestServer> start) {}

    /**
     * The names of those that can run here, with TLS or without. One that cannot is named on the standard error, and fails where
     * CI=true.
     */
    static List<String> available(boolean tls) {
        List<String> names = new ArrayList<>();
        (tls ? OVER_TLS : KINDS).forEach((name, kind) -> {
            if (kind.available().getAsBoolean()) {
                names.add(name);
            } else if ("true".equals(System.getenv("CI"))) {
                throw new AssertionError(name + " cannot run here");
            } else {
                System.err.println("##### CAMPAIGN WITHOUT " + name + ": it cannot run here #####");
            }
        });
        return names;
    }

    private synchronized TestServer get(String name) {
        return started.computeIfAbsent(name, each -> KINDS.get(each).start().get());
    }

    /** The run is over. MockFtpServer never ends the session of a lost connection, so each run has one of its own. */
    synchronized void done(TestServer server) {
        if (server instanceof FakeFtp) {
            server.close();
        } else if (server.tls() != null) {
            free.add(server);
        }
    }

    /**
     * A server for one run, to be handed back with {@link #done}. Under TLS it is that run's alone, since there can be only one proxy
     * with the ports of a server.
     */
    TestServer take(String name) {
        if (name.equals(FAKE)) {
            return FakeFtp.start();
        }
        return OVER_TLS.containsKey(name) ? alone(name) : get(name);
    }

    private synchronized TestServer alone(String name) {
        for (TestServer each : free) {
            if (each.name().equals(name)) {
                free.remove(each);
                return each;
            }
        }
        TestServer server = OVER_TLS.get(name).start().get();
        all.add(server);
        return server;
    }

    @Override
    public synchronized void close() {
        started.values().forEach(TestServer::close);
        all.forEach(TestServer::close);
    }
}
