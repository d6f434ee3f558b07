/**
 * The FTP session: control connection, data connections, pool and leases, server features, listings, deadlines.
 *
 * <p>The only room that imports commons-net (its listing parsers). Reply codes are translated here, once: above this room
 * there are only results and {@link io.ferry.session.FtpException}.
 */
@NullMarked
package io.ferry.session;

import org.jspecify.annotations.NullMarked;
