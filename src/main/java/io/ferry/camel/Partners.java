package io.ferry.camel;

import io.ferry.session.ListingFormat;
import io.ferry.session.Partner;
import io.ferry.session.Partner.PortRange;
import io.ferry.session.Timeouts;
import io.ferry.session.Tls;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.component.file.remote.FtpConfiguration;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.component.file.remote.FtpsEndpoint;
import org.apache.camel.support.PropertyBindingSupport;
import org.apache.commons.net.ftp.FTPClientConfig;
import org.jspecify.annotations.Nullable;

/** Reads the partner out of an endpoint, stock or Ferry's. */
final class Partners {

    private static final Duration LEASE = Duration.ofMinutes(5);

    private Partners() {}

    /**
     * The partner of an endpoint.
     *
     * @throws IllegalArgumentException for settings that no session can honour
     */
    static Partner of(FtpEndpoint<?> endpoint, FerryOptions options) {
        FtpConfiguration configuration = endpoint.getConfiguration();
        Map<String, Object> client = new HashMap<>();
        if (endpoint.getFtpClientParameters() != null) {
            client.putAll(endpoint.getFtpClientParameters());
        }
        CamelContext context = endpoint.getCamelContext();
        String user = configuration.getUsername();
        String password = configuration.getPassword();
        if (!(endpoint instanceof FtpsEndpoint)) {
            TlsSettings.refuseWithoutTls(options);
        }
        Tls tls = endpoint instanceof FtpsEndpoint secured ? TlsSettings.of(secured, options) : null;
        return new Partner(
                configuration.getHost(),
                configuration.getPort(),
                user == null ? "anonymous" : user,
                password == null ? "" : password,
                configuration.getAccount(),
                tls,
                timeouts(configuration, client, context, options.stall()),
                configuration.isPassiveMode(),
                activePorts(configuration.getActivePortRange()),
                (String) client.get("controlEncoding"),
                siteCommands(configuration.getSiteCommand()),
                listing(endpoint),
                options.getMaxSessions(),
                options.detour(),
                isAscii(endpoint));
    }

    /** The stock component's default is TYPE A, so that it says nothing of what the user wants there. */
    private static boolean isAscii(FtpEndpoint<?> endpoint) {
        boolean isOurs = endpoint instanceof FerryFtpEndpoint || endpoint instanceof FerryFtpsEndpoint;
        return isOurs && !endpoint.getConfiguration().isBinary();
    }

    private static Timeouts timeouts(
            FtpConfiguration configuration,
            Map<String, Object> client,
            CamelContext context,
            @Nullable Duration stall) {
        return new Timeouts(
                millis(
                        configuration.getConnectTimeout(),
                        client.get("connectTimeout"),
                        Timeouts.DEFAULT.connect(),
                        context),
                millis(configuration.getSoTimeout(), client.get("soTimeout"), Timeouts.DEFAULT.reply(), context),
                stall != null
                        ? stall
                        : millis(
                                configuration.getTimeout(),
                                client.get("dataTimeout"),
                                Timeouts.DEFAULT.stall(),
                                context),
                LEASE);
    }

    /** Zero and less mean "for ever" to the stock component; Ferry waits for its default instead. */
    private static Duration millis(int option, @Nullable Object parameter, Duration otherwise, CamelContext context) {
        long millis = parameter == null
                ? option
                : context.getTypeConverter().convertTo(Long.class, parameter).longValue();
        return millis > 0 ? Duration.ofMillis(millis) : otherwise;
    }

    private static PortRange activePorts(@Nullable String range) {
        if (range == null) {
            return PortRange.ANY;
        }
        String[] ends = range.split("-", -1);
        try {
            PortRange ports =
                    new PortRange(Integer.parseInt(ends[0].strip()), Integer.parseInt(ends[ends.length - 1].strip()));
            if (ends.length == 2 && ports.first() > 0 && ports.first() <= ports.last() && ports.last() <= 65535) {
                return ports;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("The option activePortRange takes min-max, not \"" + range + "\"", e);
        }
        throw new IllegalArgumentException("The option activePortRange takes min-max, not \"" + range + "\"");
    }

    private static List<String> siteCommands(@Nullable String commands) {
        return commands == null
                ? List.of()
                : commands.lines()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty())
                        .toList();
    }

    private static ListingFormat listing(FtpEndpoint<?> endpoint) {
        FTPClientConfig config = endpoint.getFtpClientConfig();
        Map<String, Object> parameters = endpoint.getFtpClientConfigParameters();
        if (config == null && parameters == null) {
            return ListingFormat.AUTO;
        }
        FTPClientConfig used = config == null ? new FTPClientConfig() : config;
        if (parameters != null) {
            PropertyBindingSupport.build()
                    .withMandatory(true)
                    .bind(endpoint.getCamelContext(), used, new HashMap<>(parameters));
        }
        // Someone who describes the listing's format wants LIST to be read that way.
        return ListingFormat.of(used);
    }
}
