package io.ferry.session;

import io.ferry.testkit.TestServer;
import java.time.Duration;
import java.util.List;
import org.apache.commons.net.ftp.FTPClientConfig;

/** How a test reaches a server; each call changes and returns this object. Deadlines are long unless set. */
final class PartnerSetup {

    private static final Duration LONG = Duration.ofSeconds(20);

    private String host;
    private int port;
    private String user;
    private String password;
    private String account;
    private Tls tls;
    private Duration connect = LONG;
    private Duration reply = LONG;
    private Duration stall = LONG;
    private Duration lease = LONG;
    private boolean passive = true;
    private Partner.PortRange activePorts = Partner.PortRange.ANY;
    private String encoding;
    private List<String> siteCommands = List.of();
    private ListingFormat listing = ListingFormat.AUTO;
    private int maxSessions = 1;
    private String announced;
    private boolean skipPassiveAddress;
    private ProxyServer proxy;
    private boolean ascii;

    private PartnerSetup() {}

    static PartnerSetup of(TestServer server) {
        return at(server.port()).login(server.user(), server.password());
    }

    static PartnerSetup at(int port) {
        PartnerSetup setup = new PartnerSetup();
        setup.host = "127.0.0.1";
        setup.port = port;
        return setup.login("ferry", "sesame");
    }

    PartnerSetup host(String name) {
        host = name;
        return this;
    }

    PartnerSetup port(int number) {
        port = number;
        return this;
    }

    PartnerSetup login(String name, String secret) {
        user = name;
        password = secret;
        return this;
    }

    PartnerSetup account(String name) {
        account = name;
        return this;
    }

    PartnerSetup tls(Tls settings) {
        tls = settings;
        return this;
    }

    PartnerSetup connect(long millis) {
        connect = Duration.ofMillis(millis);
        return this;
    }

    PartnerSetup reply(long millis) {
        reply = Duration.ofMillis(millis);
        return this;
    }

    PartnerSetup stall(long millis) {
        stall = Duration.ofMillis(millis);
        return this;
    }

    PartnerSetup lease(long millis) {
        lease = Duration.ofMillis(millis);
        return this;
    }

    PartnerSetup active() {
        passive = false;
        return this;
    }

    PartnerSetup activePorts(int first, int last) {
        activePorts = new Partner.PortRange(first, last);
        return active();
    }

    PartnerSetup announced(String address) {
        announced = address;
        return active();
    }

    PartnerSetup skipPassiveAddress() {
        skipPassiveAddress = true;
        return this;
    }

    PartnerSetup through(ProxyServer server) {
        proxy = server;
        return this;
    }

    PartnerSetup ascii() {
        ascii = true;
        return this;
    }

    PartnerSetup encoding(String charset) {
        encoding = charset;
        return this;
    }

    PartnerSetup site(String... commands) {
        siteCommands = List.of(commands);
        return this;
    }

    /** LIST even where the server offers MLSD. */
    PartnerSetup withoutMachineListing() {
        listing = ListingFormat.of(new FTPClientConfig());
        return this;
    }

    PartnerSetup maxSessions(int count) {
        maxSessions = count;
        return this;
    }

    Partner get() {
        return new Partner(
                host,
                port,
                user,
                password,
                account,
                tls,
                new Timeouts(connect, reply, stall, lease),
                passive,
                activePorts,
                encoding,
                siteCommands,
                listing,
                maxSessions,
                new Detour(announced, skipPassiveAddress, proxy),
                ascii);
    }
}
