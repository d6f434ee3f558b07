package io.ferry.session;

import org.apache.commons.net.ftp.FTPClientConfig;
import org.jspecify.annotations.Nullable;

/**
 * How LIST output is read. MLSD (RFC 3659) needs no such settings and is preferred where the server offers it.
 *
 * @param config commons-net's configuration (system, date formats, time zone), or null to ask the server (SYST)
 * @param machine whether MLSD and MLST are used where offered
 */
public record ListingFormat(@Nullable FTPClientConfig config, boolean machine) {

    /** MLSD where offered, otherwise LIST as SYST suggests. */
    public static final ListingFormat AUTO = new ListingFormat(null, true);
}
