package io.ferry.session;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the server states about one file or directory.
 *
 * @param name the last segment of its path, as the server spells it
 * @param directory whether it is a directory
 * @param size bytes (SIZE in TYPE I, or MLST's fact), -1 where the server does not say
 * @param modified when it was last changed (MDTM, or MLST's fact), or null where the server does not say
 * @param unique MLST's {@code unique} fact, or null
 */
public record RemoteFileFacts(
        String name,
        boolean directory,
        long size,
        @Nullable Instant modified,
        @Nullable String unique) {}
