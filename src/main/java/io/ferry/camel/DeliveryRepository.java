package io.ferry.camel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.camel.api.management.ManagedAttribute;
import org.apache.camel.api.management.ManagedOperation;
import org.apache.camel.api.management.ManagedResource;
import org.apache.camel.spi.IdempotentRepository;
import org.apache.camel.support.service.ServiceSupport;
import org.jspecify.annotations.Nullable;

/**
 * The default {@link IdempotentRepository} of Ferry's consumers: a local file that is added to and synced, with all keys in
 * memory for a look-up in constant time. It never drops a key by itself, and a line that a crash has torn is left out.
 *
 * <p>A consumer opens it in its work directory at its first poll; as a bean of its own it is opened with {@link #setFile}. One
 * process at a time may have the file open. Safe from any thread. Methods throw {@link UncheckedIOException} where the disk
 * refuses; a key that could not be written counts as not added.
 */
@ManagedResource(description = "Deliveries that Ferry keeps in mind")
public final class DeliveryRepository extends ServiceSupport implements IdempotentRepository {

    private @Nullable Path file;
    private @Nullable KeyLog log;
    private boolean ownPlace;
    private int users;
    private volatile boolean durable = true;
    private final AtomicLong lost = new AtomicLong();

    /** The file; to be set before the repository is started, unless a consumer is to choose it. */
    public synchronized void setFile(String file) {
        this.file = Path.of(file);
        this.ownPlace = true;
    }

    @ManagedAttribute(description = "The file that holds the keys")
    public synchronized @Nullable String getFile() {
        return file == null ? null : file.toString();
    }

    /** Whether each key is synced to the disk when it is added; default true, and what the consumer's option says. */
    public void setDurable(boolean durable) {
        this.durable = durable;
    }

    @ManagedAttribute(description = "Whether each key is synced to the disk")
    public boolean isDurable() {
        return durable;
    }

    /** Whether it is a bean with a file of its own, which consumers of several routes may share. */
    synchronized boolean hasOwnPlace() {
        return ownPlace;
    }

    /** Opens the file in a consumer's directory, unless it is open or has a place of its own. Each call is paired with {@link #release}. */
    synchronized void openIn(Path directory, String owner) throws IOException {
        if (log == null) {
            Path place = file == null || !ownPlace ? directory.resolve("deliveries") : file;
            log = KeyLog.open(place, owner);
            lost.incrementAndGet();
            file = place;
        }
        users++;
    }

    private synchronized KeyLog log() {
        if (log == null) {
            throw new IllegalStateException("The delivery repository " + file + " is not open");
        }
        return log;
    }

    /** How often a key was lost, or may have been, that told of a file that it is not new. */
    long lost() {
        return lost.get();
    }

    /** All keys, oldest first. */
    @ManagedOperation(description = "All keys, oldest first")
    public List<String> keys() {
        return log().keys();
    }

    /**
     * Forgets what is recorded of a remote file, so that it is delivered again, as new, the next time it is polled.
     *
     * @param path the file's path as the consumer listed it
     * @return how many records were forgotten
     */
    @ManagedOperation(description = "Forgets the records of a remote path, so that the file is delivered again")
    public int forget(String path) {
        int forgotten = 0;
        for (String key : keys()) {
            boolean isOfPath = Delivery.of(key)
                    .map(Delivery::path)
                    .or(() -> FingerprintKey.pathOf(key))
                    .filter(path::equals)
                    .isPresent();
            if (isOfPath && remove(key)) {
                forgotten++;
            }
        }
        return forgotten;
    }

    @Override
    public boolean add(String key) {
        try {
            return log().add(key, durable);
        } catch (IOException e) {
            throw refused(e);
        }
    }

    @Override
    public boolean contains(String key) {
        return log().contains(key);
    }

    @Override
    public boolean remove(String key) {
        try {
            // A removal that a power failure takes back leaves a record of a file that is gone: the next start closes
            // it.
            boolean removed = log().remove(key, false);
            if (removed && Delivery.of(key).isEmpty()) {
                lost.incrementAndGet();
            }
            return removed;
        } catch (IOException e) {
            throw refused(e);
        }
    }

    @Override
    public boolean confirm(String key) {
        return contains(key);
    }

    @Override
    @ManagedOperation(description = "Forgets everything")
    public void clear() {
        try {
            log().clear();
        } catch (IOException e) {
            throw refused(e);
        } finally {
            // In memory they are gone even where the disk refuses.
            lost.incrementAndGet();
        }
    }

    private UncheckedIOException refused(IOException e) {
        return new UncheckedIOException("Local disk: the delivery record " + getFile() + " cannot be written: " + e, e);
    }

    /** A consumer has ended: the last one closes the file, and the next {@link #openIn} opens it again. */
    synchronized void release() throws IOException {
        users--;
        if (users <= 0 && !ownPlace) {
            end();
        }
    }

    private synchronized void end() throws IOException {
        users = 0;
        if (log != null) {
            log.close();
            log = null;
        }
    }

    @Override
    protected synchronized void doStart() throws IOException {
        if (ownPlace && file != null && log == null) {
            log = KeyLog.open(file, "with this repository");
            // Whatever has become of the file while nobody had it open.
            lost.incrementAndGet();
        }
    }

    @Override
    protected void doStop() throws IOException {
        end();
    }
}
