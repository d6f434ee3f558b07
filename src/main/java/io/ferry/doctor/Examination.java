package io.ferry.doctor;

import io.ferry.session.Partner;
import io.ferry.session.Probe;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Examines a partner: how it is reached, what it can do, and, where that is allowed, how it writes.
 *
 * <p>Law: used once, by one thread. Without {@code write} no command is sent that changes anything at the server. What it has
 * opened is closed when {@link #run()} returns.
 */
public final class Examination {

    private final Partner partner;
    private final String directory;
    private final int sessions;
    private final @Nullable Writing writing;
    private final Findings findings;

    /**
     * An examination that has not begun.
     *
     * @param directory the directory to look at, relative to the login directory or absolute; empty for the login directory
     * @param sessions how many sessions are opened at once, at most, to see how many are allowed
     * @param throughput bytes that are sent and fetched for each block size; only with {@code write}
     * @param write whether files of its own are written, and removed again
     * @param listener hears of each check at once
     */
    public Examination(
            Partner partner, String directory, int sessions, int throughput, boolean write, Consumer<Check> listener) {
        this.partner = partner;
        this.directory = directory;
        this.sessions = sessions;
        this.findings = new Findings(listener);
        this.writing = write ? new Writing(partner, directory, throughput, findings) : null;
    }

    /**
     * What an examination has found.
     *
     * @param checks in the order in which they were made
     * @param options of the endpoint, that follow from them
     * @param reached whether it came to a login
     * @param cause why not, or null
     */
    public record Result(
            List<Check> checks,
            Map<String, String> options,
            boolean reached,
            @Nullable Exception cause) {
        /** Copies. */
        public Result {
            checks = List.copyOf(checks);
            options = Map.copyOf(options);
        }

        /** Whether a check failed. */
        public boolean isFailed() {
            return checks.stream().anyMatch(each -> each.status() == Check.Status.FAIL);
        }
    }

    /** Runs all checks that make sense after those before them. */
    public Result run() {
        boolean reached = false;
        try (Probe probe = new Probe(partner)) {
            Reaching reaching = new Reaching(partner, probe, findings);
            reached = reaching.run();
            if (reached) {
                Reading reading = new Reading(partner, probe, directory, sessions, reaching.greeting(), findings);
                if (reading.run()) {
                    write();
                }
            }
        } catch (IOException e) {
            // Only the goodbye: what matters has been found out before.
            findings.add(Check.note("goodbye", String.valueOf(e.getMessage())));
        }
        return new Result(findings.checks(), findings.options(), reached, reached ? null : findings.cause());
    }

    private void write() {
        if (writing == null) {
            findings.add(Check.note(
                    "writing",
                    "not tried without --write: REST down and up, rename over an existing file, clock, throughput"));
        } else {
            writing.run();
        }
    }
}
