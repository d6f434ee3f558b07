package io.ferry.session;

import java.time.Duration;

/**
 * The deadlines of a session. None of them can be switched off.
 *
 * @param connect for the TCP connection, the greeting and each TLS handshake (stock option {@code connectTimeout})
 * @param reply for one complete reply on the control connection (stock option {@code soTimeout})
 * @param stall the longest time without a byte on a data connection (stock option {@code timeout})
 * @param lease the longest wait for a free session of the pool
 */
public record Timeouts(Duration connect, Duration reply, Duration stall, Duration lease) {

    /** 10 s, 60 s, 30 s, 300 s. */
    public static final Timeouts DEFAULT = new Timeouts(
            Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofSeconds(30), Duration.ofSeconds(300));

    /** Checks that each is positive. */
    public Timeouts {
        for (Duration each : new Duration[] {connect, reply, stall, lease}) {
            if (each.isNegative() || each.isZero()) {
                throw new IllegalArgumentException("A time-out must be positive, not " + each);
            }
        }
    }
}
