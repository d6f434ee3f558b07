package io.ferry.camel;

import io.ferry.session.Partner;
import io.ferry.transfer.Throttle;
import io.ferry.transfer.TransferOptions;
import java.io.Closeable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.apache.camel.Component;
import org.apache.camel.Endpoint;
import org.apache.camel.NoSuchEndpointException;
import org.apache.camel.PropertyBindingException;
import org.apache.camel.ResolveEndpointFailedException;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.impl.DefaultCamelContext;
import org.jspecify.annotations.Nullable;

/**
 * A partner, and how files are transferred with it, as the options of a {@code ferry-ftp} or {@code ferry-ftps} endpoint say, for
 * work outside of a route.
 *
 * <p>Law: owns a CamelContext that is never started, only to have the options read; {@link #close()} ends it. The partner must not
 * be used after that.
 */
public final class PartnerSettings implements Closeable {

    private static final Pattern UNKNOWN = Pattern.compile("Unknown parameters=\\[\\{([^=]+)=");

    private final CamelContext context;
    private final FtpEndpoint<?> endpoint;
    private final FerryOptions options;
    private final Partner partner;
    private final TransferOptions transferOptions;

    private PartnerSettings(CamelContext context, FtpEndpoint<?> endpoint, FerryOptions options) {
        this.context = context;
        this.endpoint = endpoint;
        this.options = options;
        this.partner = Partners.of(endpoint, options);
        TransferOptions stated =
                options.transferOptions(endpoint.getMaximumReconnectAttempts(), endpoint.getReconnectDelay());
        String rate = options.getMaxRate();
        this.transferOptions =
                rate == null ? stated : stated.throttledBy(List.of(new Throttle(OptionValues.rates("maxRate", rate))));
    }

    /**
     * Reads the settings.
     *
     * @param scheme {@code ferry-ftp} or {@code ferry-ftps}
     * @param authority host, or host:port, an IPv6 address in brackets
     * @param user the login name, or null for anonymous, or for that of the options
     * @param password the password, or null for none
     * @param options the endpoint's options by name; <code>{{env:NAME}}</code> in a value stands for an environment variable
     * @throws IllegalArgumentException for an option that there is not, or a value that it does not take
     */
    public static PartnerSettings of(
            String scheme,
            String authority,
            @Nullable String user,
            @Nullable String password,
            Map<String, String> options) {
        DefaultCamelContext context = new DefaultCamelContext(false);
        try {
            context.disableJMX();
            context.build();
            return of(context, scheme, authority, user, password, options);
        } catch (RuntimeException | Error e) {
            context.stop();
            throw e;
        }
    }

    private static PartnerSettings of(
            CamelContext context,
            String scheme,
            String authority,
            @Nullable String user,
            @Nullable String password,
            Map<String, String> options) {
        Map<String, Object> parameters = new HashMap<>();
        options.forEach((name, value) -> parameters.put(name, context.resolvePropertyPlaceholders(value)));
        Endpoint made = endpoint(context, scheme + "://" + authority, parameters);
        if (!(made instanceof FtpEndpoint<?> ftp)) {
            throw new IllegalArgumentException("There is no scheme " + scheme);
        }
        if (user != null) {
            ftp.getConfiguration().setUsername(user);
        }
        if (password != null) {
            // Never in a URI, which messages show.
            ftp.getConfiguration().setPassword(password);
        }
        FerryOptions ferry =
                ftp instanceof FerryFtpsEndpoint secured ? secured.getFerry() : ((FerryFtpEndpoint) ftp).getFerry();
        StockOptions.checkBound(ftp, ferry);
        return new PartnerSettings(context, ftp, ferry);
    }

    private static Endpoint endpoint(CamelContext context, String uri, Map<String, Object> parameters) {
        Component component = context.getComponent(uri.substring(0, uri.indexOf(':')));
        try {
            return component.createEndpoint(uri, parameters);
        } catch (NoSuchEndpointException e) {
            throw e.getCause() instanceof IllegalArgumentException unknown ? unknown : e;
        } catch (ResolveEndpointFailedException e) {
            Matcher unknown = UNKNOWN.matcher(String.valueOf(e.getMessage()));
            throw new IllegalArgumentException(
                    unknown.find() ? "There is no option " + unknown.group(1) : e.getMessage(), e);
        } catch (PropertyBindingException e) {
            // Its message holds the value, which may be a secret.
            throw new IllegalArgumentException(
                    "The option " + e.getPropertyName() + " cannot take the value given to it", e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** The partner. */
    public Partner partner() {
        return partner;
    }

    /** How files are transferred. */
    public TransferOptions transferOptions() {
        return transferOptions;
    }

    /** What the names of unfinished files end with. */
    public String partialSuffix() {
        return options.getPartialSuffix();
    }

    /** The server's directory for the partials of uploads, or null for the target's. */
    public @Nullable String partialDirectory() {
        return options.getPartialDirectory();
    }

    /** The local directory for what an upload writes down, or null where the options name none. */
    public @Nullable String workDirectory() {
        return options.getWorkDirectory();
    }

    /** The argument of SITE CHMOD for files that are sent, or null. */
    public @Nullable String chmod() {
        return endpoint.getConfiguration().getChmod();
    }

    /** What the options leave unprotected, one sentence each. */
    public List<String> weaknesses() {
        return TlsSettings.weaknesses(endpoint, options);
    }

    @Override
    public void close() {
        context.stop();
    }
}
