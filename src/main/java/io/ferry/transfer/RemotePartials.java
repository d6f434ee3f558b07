package io.ferry.transfer;

import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.transfer.Attempts.Again;
import io.ferry.transfer.RemoteTarget.Aside;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The partials that lie in the directories which uploads write to: those of other installations, which may be continued once
 * they stand still, and stale ones of one's own, which are removed, as is what a killed process has set aside and replaced.
 *
 * <p>Law: belongs to one upload and its thread. Nothing is ever deleted but files whose names carry an id of this
 * installation.
 */
final class RemotePartials {

    /** Smaller files are sent sooner than somebody else's partial is found. */
    static final long WORTH_TAKING_OVER = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(RemotePartials.class);
    private static final Duration BETWEEN_SWEEPS = Duration.ofDays(1);
    private static final Duration LONGEST_STEP = Duration.ofSeconds(1);

    private final RemoteTarget target;
    private final LocalSource source;
    private final Installation installation;
    private final Attempts attempts;
    private final TransferOptions options;
    private boolean unlisted;

    RemotePartials(
            RemoteTarget target,
            LocalSource source,
            Installation installation,
            Attempts attempts,
            TransferOptions options) {
        this.target = target;
        this.source = source;
        this.installation = installation;
        this.attempts = attempts;
        this.options = options;
    }

    /**
     * Takes over a partial of the same version that another installation left, once its size has stood still for the stall
     * time: renames it to one's own name.
     *
     * @return whether something lies under one's own name now
     */
    boolean takeOver(FtpSession session, String own) throws IOException {
        boolean worthIt = source.size() >= WORTH_TAKING_OVER
                && target.partialTellsVersion()
                && options.resume() == TransferOptions.Resume.AUTO;
        if (!worthIt) {
            return false;
        }
        String tail = RemoteTarget.partialTail(installation.id(), target.partialSuffix());
        String head = target.partialHead(source.fingerprint(), tail.length()) + ".";
        int length = head.length() + tail.length() - 1;
        List<String> others = list(
                session,
                name -> name.length() == length
                        && name.startsWith(head)
                        && name.endsWith(target.partialSuffix())
                        && !name.endsWith(tail));
        for (String other : others) {
            if (standsStill(session, target.partialHome() + other) && isMine(session, other, own)) {
                return true;
            }
        }
        return false;
    }

    private List<String> list(FtpSession session, java.util.function.Predicate<String> wanted) throws IOException {
        if (unlisted) {
            return List.of();
        }
        try {
            return session.names(RemoteTarget.parentOf(target.partialHome() + "x"), wanted);
        } catch (FtpException e) {
            unlisted = e.kind() == FtpException.Kind.REFUSED;
            if (e.replyCode() == 0 || (session.isBroken() && !unlisted)) {
                throw e;
            }
            if (session.isBroken()) {
                // It was announced first: the session is not used again, and the directory not asked for.
                throw new Again("no listing of " + target.partialHome(), e);
            }
            LOG.debug("{}: no listing of {}: {}", session.partner(), target.partialHome(), e.getMessage());
            return List.of();
        }
    }

    private boolean standsStill(FtpSession session, String path) throws IOException {
        Optional<Long> size = session.size(path);
        long begin = System.nanoTime();
        Duration stall = session.partner().timeouts().stall();
        long step = Math.min(stall.dividedBy(5).toMillis(), LONGEST_STEP.toMillis());
        while (size.filter(bytes -> bytes >= WORTH_TAKING_OVER).isPresent()) {
            if (System.nanoTime() - begin >= stall.toNanos()) {
                return true;
            }
            attempts.checkStop();
            sleep(Math.max(1, step));
            Optional<Long> now = session.size(path);
            if (!now.equals(size)) {
                LOG.info("{}: {} is being written by another installation and is left alone", session.partner(), path);
                return false;
            }
        }
        return false;
    }

    private static void sleep(long millis) throws InterruptedIOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("stopped before anything was sent");
        }
    }

    private boolean isMine(FtpSession session, String other, String own) throws IOException {
        try {
            session.rename(target.partialHome() + other, own);
            LOG.info(
                    "{}: {} of another installation has stood still for {} and is taken over",
                    session.partner(),
                    other,
                    session.partner().timeouts().stall());
            return true;
        } catch (FtpException e) {
            if (session.isBroken()) {
                throw e;
            }
            // Its owner, or a third one, was quicker; or the server does not rename.
            LOG.debug("{}: {} was not taken over: {}", session.partner(), other, e.getMessage());
            return false;
        }
    }

    /**
     * Asks for the time by the server's clock, where the directory of partials is due to be swept: once for each process, then
     * daily.
     *
     * @param written a file that has just been written
     * @return a time that is not later than now; empty where no sweep is due, or the server tells no times
     */
    Optional<Instant> dueAt(FtpSession session, String written) throws IOException {
        if (!isDue(session)) {
            return Optional.empty();
        }
        installation.remember(key(session));
        try {
            return session.modified(written);
        } catch (FtpException e) {
            if (session.isBroken()) {
                throw e;
            }
            return Optional.empty();
        }
    }

    /** Whether {@link #dueAt} would ask the server. */
    boolean isDue(FtpSession session) {
        return !options.partialExpiry().isZero()
                && target.partialTellsVersion()
                && !installation.remembers(key(session), BETWEEN_SWEEPS);
    }

    private String key(FtpSession session) {
        return "swept " + session.partner().name() + " " + target.partialHome() + " " + target.partialSuffix();
    }

    /**
     * Removes the stale partials of this installation; what fails is left for the next time, since the upload is done.
     *
     * @param serverNow a time by the server's clock that is not later than now
     */
    void sweep(FtpSession session, Instant serverNow) {
        try {
            removeStale(session, serverNow);
        } catch (IOException e) {
            LOG.info("{}: stale partials were not looked for: {}", session.partner(), e.getMessage());
        }
    }

    private void removeStale(FtpSession session, Instant serverNow) throws IOException {
        Set<String> ids = installation.ids();
        List<String> tails = ids.stream()
                .map(id -> RemoteTarget.partialTail(id, target.partialSuffix()))
                .toList();
        for (String name : list(
                session,
                each -> each.startsWith(".") && (tails.stream().anyMatch(each::endsWith) || isOldAside(each, ids)))) {
            String path = target.partialHome() + name;
            Optional<Aside> aside = RemoteTarget.aside(name);
            if (aside.isPresent() ? isReplaced(session, aside.get()) : isStale(session, path, serverNow)) {
                LOG.info(
                        "{}: removing {}, which nobody has needed for {}",
                        session.partner(),
                        path,
                        options.partialExpiry());
                remove(session, path);
            }
        }
    }

    /** A renamed file keeps its time, so that only its name tells for how long it has lain there. */
    private boolean isOldAside(String name, Set<String> ids) {
        return RemoteTarget.aside(name)
                .filter(each -> ids.contains(each.installation()))
                .filter(each -> each.since().plus(options.partialExpiry()).isBefore(Instant.now()))
                .isPresent();
    }

    /** Where nothing came in its place, it is the only copy. */
    private boolean isReplaced(FtpSession session, Aside aside) throws IOException {
        return session.facts(target.partialHome() + aside.name())
                .filter(facts -> !facts.directory())
                .isPresent();
    }

    /** Removes a partial of this upload; where that is refused it stays until it expires. */
    void remove(FtpSession session, String own) throws IOException {
        try {
            if (!session.isBroken()) {
                session.delete(own);
            }
        } catch (FtpException e) {
            if (session.isBroken()) {
                throw e;
            }
            LOG.debug("{}: {} stays: {}", session.partner(), own, e.getMessage());
        }
    }

    private boolean isStale(FtpSession session, String path, Instant serverNow) throws IOException {
        String partner = session.partner().name();
        return !installation.isClaimed(partner, path)
                && session.modified(path)
                        .filter(modified ->
                                modified.plus(options.partialExpiry()).isBefore(serverNow))
                        .isPresent()
                && !installation.notes().speaksOf(partner, path, options.partialExpiry());
    }
}
