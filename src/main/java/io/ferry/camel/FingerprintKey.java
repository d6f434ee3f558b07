package io.ferry.camel;

import io.ferry.stream.FileDigest;
import io.ferry.transfer.Fingerprint;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.support.ExpressionAdapter;
import org.jspecify.annotations.Nullable;

/**
 * The default idempotent key: route, {@code user@host:port}, absolute path, size, and exact modification time, so that a file
 * that comes again in another version is new. Where a listing's times are coarse the server is asked, and the answer is kept
 * once the file has not been changed for an hour: a later change shows in the listing.
 *
 * <p>Law: belongs to one endpoint; safe from any thread. What it keeps is bounded by the files that the last two polls saw.
 */
final class FingerprintKey extends ExpressionAdapter {

    private static final Duration SETTLED = Duration.ofHours(1);
    private static final int ID_BYTES = 16;

    /** Bars may be in a path too: it begins after the first thing that looks like a partner, and ends before two numbers. */
    private static final Pattern KEY =
            Pattern.compile(".*?\\|[^|]*@[^|]*:\\d+\\|(.*)\\|-?\\d+\\|-?\\d+", Pattern.DOTALL);

    private final FerryOperations operations;
    private final String partner;
    private final int longest;
    private final @Nullable Supplier<List<String>> recorded;
    private @Nullable Set<String> recordedPaths;
    private volatile String routeId = "";
    private volatile Map<String, Known> before = new ConcurrentHashMap<>();
    private volatile Map<String, Known> now = new ConcurrentHashMap<>();
    private volatile boolean mayHaveGone;

    /** What came to its end since the last poll began, and in the poll before: no look at the records may know of it. */
    private volatile Set<String> ended = ConcurrentHashMap.newKeySet();

    private volatile Set<String> endedBefore = Set.of();

    private record Known(long listedSize, long listedTime, String key) {
        boolean isListedAs(FerryFile file) {
            return listedSize == file.getFileLength() && listedTime == file.getLastModified();
        }
    }

    /**
     * Keys of one partner's files.
     *
     * @param recorded the keys that there are, or null where nobody can tell
     * @param longest how many characters the repository holds; a longer key begins with its digest instead
     */
    FingerprintKey(FerryOperations operations, String partner, @Nullable Supplier<List<String>> recorded, int longest) {
        this.recorded = recorded;
        this.longest = longest;
        this.operations = operations;
        this.partner = partner;
    }

    /** The route whose deliveries the keys tell from those of others. */
    void route(String id) {
        this.routeId = id;
    }

    /**
     * A poll begins.
     *
     * @param all whether it asks for each file's key that it finds: then what neither it nor the last such poll has seen is forgotten
     * @param mayHaveGone whether a file whose key is asked for was not listed as it is by the last poll: what is kept of it is not
     *     to be believed, since it may have been away
     */
    synchronized void beginPoll(boolean all, boolean mayHaveGone) {
        this.mayHaveGone = mayHaveGone;
        if (all) {
            before = now;
            now = new ConcurrentHashMap<>();
        }
        recordedPaths = null;
        endedBefore = ended;
        ended = ConcurrentHashMap.newKeySet();
    }

    /** Whether the key of a file will be the same for as long as the server lists it the same. */
    boolean isSettled(FerryFile file) {
        if (file.hasExactTime()) {
            return file.getLastModified() > 0;
        }
        // What is kept may be of an earlier version.
        Known known = now.get(file.listedPath());
        return known != null && known.isListedAs(file);
    }

    @Override
    public Object evaluate(Exchange exchange) {
        Object polled = exchange.getProperty(ExchangePropertyKey.FILE_EXCHANGE_FILE);
        if (!(polled instanceof FerryFile file)) {
            throw new IllegalArgumentException("The fingerprint key is for files polled by a ferry-ftp endpoint");
        }
        return of(file);
    }

    /** The key of a polled file. */
    String of(FerryFile file) {
        Fingerprint delivered = file.delivered();
        if (delivered != null) {
            ended.add(file.listedPath());
            return key(file.listedPath(), delivered.size(), delivered.modified());
        }
        Instant listed = Instant.ofEpochMilli(file.getLastModified());
        return file.hasExactTime() ? key(file.listedPath(), file.getFileLength(), listed) : asked(file, listed);
    }

    private String asked(FerryFile file, Instant listed) {
        String path = file.listedPath();
        Known known = now.getOrDefault(path, before.get(path));
        if (known != null && known.isListedAs(file) && !mayHaveGone) {
            now.put(path, known);
            return known.key();
        }
        now.remove(path);
        before.remove(path);
        if (!mayBeRecorded(path)) {
            // Whatever its time is to the second, its key is not in the repository.
            return key(path, file.getFileLength(), listed);
        }
        Optional<Fingerprint> exact = operations.fingerprint(path);
        if (exact.isEmpty()) {
            return key(path, file.getFileLength(), listed);
        }
        Instant modified = exact.get().modified();
        String key = key(path, exact.get().size(), modified);
        if (file.getLastModified() > 0
                && modified != null
                && modified.isBefore(Instant.now().minus(SETTLED))) {
            now.put(path, new Known(file.getFileLength(), listed.toEpochMilli(), key));
        }
        return key;
    }

    /** Whether a version of the file is recorded; the keys are gone through once a poll at most, and only if somebody asks. */
    private synchronized boolean mayBeRecorded(String path) {
        if (recorded == null || ended.contains(path) || endedBefore.contains(path)) {
            return true;
        }
        Set<String> paths = recordedPaths;
        if (paths == null) {
            paths = new HashSet<>();
            for (String key : recorded.get()) {
                paths.add(beginning(key));
            }
            recordedPaths = paths;
        }
        return paths.contains(String.join("|", routeId, partner, path));
    }

    /** What is left without the two numbers at the end. */
    private static String beginning(String key) {
        int second = key.lastIndexOf('|');
        int first = second < 0 ? -1 : key.lastIndexOf('|', second - 1);
        return first < 0 ? key : key.substring(0, first);
    }

    private String key(String path, long size, @Nullable Instant modified) {
        long seconds = modified == null ? 0 : modified.getEpochSecond();
        String key = String.join("|", routeId, partner, path, Long.toString(size), Long.toString(seconds));
        if (longest >= key.length()) {
            return key;
        }
        byte[] digest = FileDigest.named("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        return (HexFormat.of().formatHex(digest, 0, ID_BYTES) + "|" + key).substring(0, longest);
    }

    /** The path that a key of this class is about; empty for other keys, and for those that were cut. */
    static Optional<String> pathOf(String key) {
        Matcher parts = KEY.matcher(key);
        return parts.matches() ? Optional.of(parts.group(1)) : Optional.empty();
    }

    @Override
    public String toString() {
        return "fingerprint";
    }
}
