package io.ferry.campaign;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.FakeFtp;
import io.ferry.testkit.Proftpd;
import io.ferry.testkit.PureFtpd;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** The servers of a campaign, each started when first used and shared by all runs; {@link #close()} ends them. */
final class CampaignServers implements AutoCloseable {
    private static final String FAKE = "fake";
    private static final Map<String, Kind> KINDS = new LinkedHashMap<>();

    static {
        KINDS.put("scripted", new Kind(() -> true, ScriptedServer::start));
        KINDS.put(FAKE, new Kind(() -> true, FakeFtp::start));
        KINDS.put("apache", new Kind(() -> true, ApacheFtp::start));
        KINDS.put(
                "vsftpd",
                new Kind(Vsftpd::available, () -> Vsftpd.start(Vsftpd.plain().maxPerIp(0))));
        KINDS.put("proftpd", new Kind(Proftpd::available, Proftpd::start));
        KINDS.put("pureftpd", new Kind(PureFtpd::available, PureFtpd::start));
    }

    private final Map<String, TestServer> started = new LinkedHashMap<>();

    private record Kind(BooleanSupplier available, Supplier<TestServer> start) {}

    /** The names of those that can run here. One that cannot is named on the standard error, and fails where CI=true. */
    static List<String> available() {
        List<String> names = new ArrayList<>();
        KINDS.forEach((name, kind) -> {
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
    static void done(TestServer server) {
        if (server instanceof FakeFtp) {
            server.close();
        }
    }

    /** A server for one run, to be handed back with {@link #done}. */
    TestServer take(String name) {
        return name.equals(FAKE) ? FakeFtp.start() : get(name);
    }

    @Override
    public synchronized void close() {
        Collection<TestServer> all = started.values();
        all.forEach(TestServer::close);
    }
}
