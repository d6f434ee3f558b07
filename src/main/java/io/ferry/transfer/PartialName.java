package io.ferry.transfer;

import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.transfer.Attempts.Inconsistent;
import io.ferry.transfer.Installation.Claim;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.Queue;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an upload's partial is called at the server, and how it gets another name where the bytes under the old one cannot be built
 * on.
 *
 * <p>Law: belongs to one upload and its thread. The installation remembers the name for the next upload of the same version, and
 * knows under the first name who writes.
 */
final class PartialName {

    private static final Logger LOG = LoggerFactory.getLogger(PartialName.class);

    private final String partner;
    private final RemoteTarget target;
    private final LocalSource source;
    private final Installation installation;
    private final RemotePublication publication;
    private final RemotePartials partials;
    private final String first;
    /** Names that were given up without a session to delete them; a file may lie under each at the server. */
    private final Queue<String> givenUp = new ArrayDeque<>();

    private String now;

    PartialName(
            String partner,
            RemoteTarget target,
            LocalSource source,
            Installation installation,
            RemotePublication publication,
            RemotePartials partials) {
        this.partner = partner;
        this.target = target;
        this.source = source;
        this.installation = installation;
        this.publication = publication;
        this.partials = partials;
        this.first = target.partial(source.fingerprint(), installation.id());
        this.now = installation.renewed(partner, first);
    }

    /** The name. */
    String now() {
        return now;
    }

    /** Another upload has called it so, or there is none, and the final name takes its place. */
    void now(String name) {
        now = name;
    }

    /** The right to write it, for one attempt. */
    Claim claim() throws Inconsistent {
        return installation
                .claim(partner, first)
                .orElseThrow(() -> new Inconsistent("another upload to " + first + " is under way"));
    }

    /** It is published: the next upload begins under the first name. */
    void forgetOthers() {
        installation.renew(partner, first, first);
    }

    /** Begins a partial under a new name, so that the bytes of the old one are never built on. */
    void renew(FtpSession session) throws IOException {
        String old = now;
        publication.disown(partner);
        call(another());
        if (session.isBroken() && target.partialTellsVersion()) {
            // Under any other name it may be somebody else's by the next attempt.
            givenUp.add(old);
        } else {
            partials.remove(session, old);
        }
    }

    /**
     * Deletes what lies under the names that were given up. A refusal to write drops the session where the server had taken bytes by
     * then, as with 551 behind a TLS record that it could not read: the next attempt's session deletes them.
     */
    void removeGivenUp(FtpSession session) throws IOException {
        while (!givenUp.isEmpty() && !session.isBroken()) {
            // Asked for once: a server that ends the session over it is not to end them all.
            partials.remove(session, givenUp.remove());
        }
    }

    /**
     * Takes the partial out of the way of a STOR that nobody answered: a server that comes to it late, when the partial is complete
     * and proven, would empty the file that is about to be published.
     *
     * @param isThere whether there is one
     */
    void evade(FtpSession session, boolean isThere) throws IOException {
        String name = another();
        if (isThere) {
            publication.disown(partner);
            try {
                session.rename(now, name);
            } catch (FtpException e) {
                if (e.isTransient()) {
                    throw e;
                }
                LOG.debug("{}: the partial keeps its name: {}", session.partner(), e.getMessage());
                return;
            }
        }
        call(name);
    }

    private String another() {
        return target.partial(
                source.fingerprint(),
                HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt()),
                installation.id());
    }

    private void call(String name) {
        now = name;
        installation.renew(partner, first, name);
    }
}
