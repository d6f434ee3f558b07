package io.ferry.session;

import org.apache.commons.net.ftp.FTPClientConfig;
import org.jspecify.annotations.Nullable;

/**
 * How LIST output is read. MLSD (RFC 3659) needs no such settings and is preferred where the server offers it. Two formats with
 * the same settings are equal.
 *
 * @param settings the settings of commons-net's {@link FTPClientConfig}, or null to ask the server for its system (SYST)
 */
public record ListingFormat(@Nullable Settings settings) {

    /** MLSD where offered, otherwise LIST as SYST suggests. */
    public static final ListingFormat AUTO = new ListingFormat((Settings) null);

    /**
     * The settings that describe a listing, as in {@link FTPClientConfig}.
     *
     * @param system the server's system, such as UNIX
     * @param defaultDateFormat pattern of dates with a year
     * @param recentDateFormat pattern of dates without a year
     * @param language language of month names
     * @param shortMonthNames month names, separated by bars
     * @param timeZone the server's time zone
     * @param lenientFutureDates whether a recent date may lie a day ahead
     */
    record Settings(
            String system,
            @Nullable String defaultDateFormat,
            @Nullable String recentDateFormat,
            @Nullable String language,
            @Nullable String shortMonthNames,
            @Nullable String timeZone,
            boolean lenientFutureDates) {}

    /** The format that a configuration describes; MLSD is then not used. */
    public static ListingFormat of(FTPClientConfig config) {
        return new ListingFormat(new Settings(
                config.getServerSystemKey(),
                config.getDefaultDateFormatStr(),
                config.getRecentDateFormatStr(),
                config.getServerLanguageCode(),
                config.getShortMonthNames(),
                config.getServerTimeZoneId(),
                config.isLenientFutureDates()));
    }

    /** Whether MLSD and MLST are used where offered. */
    boolean machine() {
        return settings == null;
    }

    /** The configuration for commons-net's parsers, or null to ask the server. */
    @Nullable
    FTPClientConfig config() {
        if (settings == null) {
            return null;
        }
        FTPClientConfig config =
                new FTPClientConfig(settings.system(), settings.defaultDateFormat(), settings.recentDateFormat());
        config.setServerLanguageCode(settings.language());
        config.setShortMonthNames(settings.shortMonthNames());
        config.setServerTimeZoneId(settings.timeZone());
        config.setLenientFutureDates(settings.lenientFutureDates());
        return config;
    }
}
