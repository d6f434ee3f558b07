package io.ferry.camel;

import io.ferry.transfer.Fingerprint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.camel.spi.IdempotentRepository;
import org.jspecify.annotations.Nullable;

/**
 * What one consumer keeps in mind of its deliveries, in an {@link IdempotentRepository}: that the route was handed a file, and
 * that it succeeded while the commit at the source is not yet confirmed.
 *
 * <p>Law: belongs to one consumer; safe from any thread. Order: {@link #handed} before the route, {@link #delivered} once it has
 * succeeded and before the commit, {@link #close} after the commit. Where a fingerprint is no proof, only this process
 * remembers the delivery: another one delivers again, marked, rather than delete what it cannot know.
 */
final class Deliveries {

    /** What foreign repositories are sure to hold: the column of the JDBC one has 100 characters. */
    static final int LONGEST_KEY = 100;

    private final IdempotentRepository repository;
    private final Set<String> unproven = ConcurrentHashMap.newKeySet();
    /** What is open in a repository that cannot list its keys, or holds others' as well. */
    private @Nullable KeyLog open;

    private boolean opened;

    Deliveries(IdempotentRepository repository) {
        this.repository = repository;
    }

    /** Opens what lies in the consumer's directory. Another call does nothing. */
    synchronized void open(Path directory, String owner) throws IOException {
        if (opened) {
            return;
        }
        if (repository instanceof DeliveryRepository records) {
            records.openIn(directory, owner);
        }
        if (own() == null) {
            open = KeyLog.open(directory.resolve("open"), owner);
        }
        opened = true;
    }

    /** The repository, where it holds nothing but what consumers of this endpoint have put there. */
    private @Nullable DeliveryRepository own() {
        return repository instanceof DeliveryRepository records && !records.hasOwnPlace() ? records : null;
    }

    synchronized void release() throws IOException {
        DeliveryRepository own = own();
        if (opened && own != null) {
            own.release();
        }
        opened = false;
        if (open != null) {
            open.close();
            open = null;
        }
    }

    /** Whether the route has had this version, so that only the commit is left. */
    boolean isDelivered(Delivery delivery) {
        return unproven.contains(delivery.id()) || repository.contains(shortened(delivery.deliveredKey()));
    }

    /** Whether the route was handed this version and its end is not recorded. */
    boolean isHanded(Delivery delivery) {
        return repository.contains(shortened(delivery.handedKey()));
    }

    /**
     * The route is about to get the file.
     *
     * @return whether it may have had it before
     */
    boolean handed(Delivery delivery) {
        KeyLog log = openLog();
        // A repository in memory has forgotten it, one that is full may have.
        boolean isNoted = log != null && log.contains(delivery.handedKey());
        remember(delivery.handedKey());
        return !repository.add(shortened(delivery.handedKey())) || isNoted;
    }

    /** The route has succeeded. */
    void delivered(Delivery delivery, Fingerprint version) {
        if (version.isProof()) {
            remember(delivery.deliveredKey());
            repository.add(shortened(delivery.deliveredKey()));
        } else {
            unproven.add(delivery.id());
        }
    }

    /** The commit is confirmed, or the version is gone. */
    void close(Delivery delivery) {
        unproven.remove(delivery.id());
        close(delivery.handedKey());
        close(delivery.deliveredKey());
    }

    private void close(String key) {
        repository.remove(shortened(key));
        KeyLog log = openLog();
        if (log != null) {
            try {
                log.remove(key, false);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The id comes first and tells keys apart; the path is for people, and for {@link #takeUp}. */
    private String shortened(String key) {
        return repository instanceof DeliveryRepository ? key : key.substring(0, Math.min(key.length(), LONGEST_KEY));
    }

    /** Noted before the key is in the repository, so that no key there is unknown here. */
    private void remember(String key) {
        KeyLog log = openLog();
        if (log != null) {
            try {
                log.add(key, false);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private synchronized @Nullable KeyLog openLog() {
        return open;
    }

    /** Whether anything is open. */
    boolean isEmpty() {
        return keys().isEmpty();
    }

    private List<String> keys() {
        DeliveryRepository own = own();
        KeyLog log = openLog();
        return own != null ? own.keys() : log == null ? List.of() : log.keys();
    }

    /**
     * Closes what an earlier process has left open of files that are no longer there: they were committed, or have another
     * version now.
     *
     * @param current the delivery that a path would be now, or empty where there is no file
     * @param leave tells the paths whose records stay open
     */
    void takeUp(Function<String, Optional<Delivery>> current, Predicate<String> leave) {
        for (String key : keys()) {
            Optional<Delivery> left = Delivery.of(key);
            if (left.isPresent()
                    && !leave.test(left.get().path())
                    && !current.apply(left.get().path()).equals(left)) {
                close(left.get());
            }
        }
    }
}
