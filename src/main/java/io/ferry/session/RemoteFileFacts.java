package io.ferry.session;

import java.time.Duration;
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
 * @param settled whether {@code modified} was at least one step of its resolution old when the server was asked, so that a
 *     later change of the content shows another time; judged by this machine's clock, so that a server whose clock is slow
 *     looks older than it is
 */
public record RemoteFileFacts(
        String name,
        boolean directory,
        long size,
        @Nullable Instant modified,
        @Nullable String unique,
        boolean settled) {

    /** The resolution of MDTM and of MLST's {@code modify} where no fraction is given (RFC 3659, section 2.3). */
    private static final Duration SECOND = Duration.ofSeconds(1);

    /** The coarsest clock tick that a file system stamps with where it shows fractions of a second. */
    private static final Duration TICK = Duration.ofMillis(100);

    /** What the server states now, with a time that is exact to the second. */
    public RemoteFileFacts(
            String name, boolean directory, long size, @Nullable Instant modified, @Nullable String unique) {
        this(name, directory, size, modified, unique, isSettled(modified, SECOND, Instant.now()));
    }

    /** The resolution of a time of MDTM or MLST: fractions of a second count where they are not zero. */
    static Duration resolution(@Nullable Instant modified) {
        return modified == null || modified.getNano() == 0 ? SECOND : TICK;
    }

    /** Whether a time is a step or more before the moment of asking; one that lies in the future is not. */
    static boolean isSettled(@Nullable Instant modified, Duration resolution, Instant asked) {
        return modified != null && !modified.plus(resolution).isAfter(asked);
    }
}
