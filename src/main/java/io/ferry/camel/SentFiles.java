package io.ferry.camel;

import io.ferry.stream.ChecksumLines;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The files that were sent and that no manifest names yet, and the manifests that are being published, written down so that they
 * outlive the process: a drop may be committed before the manifest of its batch is there.
 *
 * <p>Law: belongs to one producer, owns its file; safe from any thread. Order: {@link #begun} before a file is sent, {@link #sent}
 * once it is published and before its drop is committed; a file that neither speaks of is in an earlier manifest.
 */
final class SentFiles implements Closeable {

    private static final String BEGUN = "begun\n";
    private static final String SENT = "sent\n";
    private static final String CLOSED = "closed\n";

    private final boolean durable;
    private final KeyLog log;
    private final Set<String> begun = new HashSet<>();
    private final Map<String, String> sent = new LinkedHashMap<>();

    /**
     * A manifest whose content is settled.
     *
     * @param file the local file that holds it
     * @param path where it goes
     */
    record Closed(Path file, String path) {}

    SentFiles(Path file, boolean durable, String owner) throws IOException {
        this.durable = durable;
        this.log = KeyLog.open(file, owner);
        for (String key : log.keys()) {
            if (key.startsWith(BEGUN)) {
                begun.add(key.substring(BEGUN.length()));
            } else if (key.startsWith(SENT)) {
                String[] parts = key.split("\n", 3);
                sent.put(parts[2], parts[1]);
            }
        }
    }

    private static String sentKey(String digest, String name) {
        return SENT + digest + "\n" + name;
    }

    /** A file is about to be sent; whether it was begun before, and no manifest names it. */
    synchronized boolean begun(String name) throws IOException {
        boolean before = begun.contains(name) || sent.containsKey(name);
        if (!before) {
            log.add(BEGUN + name, durable);
            begun.add(name);
        }
        return before;
    }

    /** A file is published. */
    synchronized void sent(String name, String digest) throws IOException {
        String earlier = sent.get(name);
        if (!digest.equals(earlier)) {
            log.add(sentKey(digest, name), durable);
            sent.put(name, digest);
            if (earlier != null) {
                log.remove(sentKey(earlier, name), false);
            }
        }
        forgetBegun(name);
    }

    /** A file of which nothing is known any more. */
    synchronized void forgetBegun(String name) throws IOException {
        if (begun.remove(name)) {
            log.remove(BEGUN + name, false);
        }
    }

    /** The files that a manifest is to name, in the order in which they were sent. */
    synchronized List<ChecksumLines.Line> files(Predicate<String> names) {
        List<ChecksumLines.Line> files = new ArrayList<>();
        sent.forEach((name, digest) -> {
            if (names.test(name)) {
                files.add(new ChecksumLines.Line(digest, name));
            }
        });
        return files;
    }

    /** A manifest is on the disk: its files are its own from now on. */
    synchronized void close(Closed manifest, Collection<ChecksumLines.Line> files) throws IOException {
        log.add(CLOSED + manifest.file() + "\n" + manifest.path(), durable);
        settle(files);
    }

    /** These files are in a manifest. */
    synchronized void settle(Collection<ChecksumLines.Line> files) throws IOException {
        for (ChecksumLines.Line each : files) {
            if (sent.remove(each.name(), each.digest())) {
                log.remove(sentKey(each.digest(), each.name()), false);
            }
        }
    }

    /** The manifests that are not known to be published. */
    synchronized List<Closed> closed() {
        return log.keys().stream()
                .filter(key -> key.startsWith(CLOSED))
                .map(key -> key.split("\n", 3))
                .map(parts -> new Closed(Path.of(parts[1]), parts[2]))
                .toList();
    }

    /** A manifest is published. */
    synchronized void published(Closed manifest) throws IOException {
        log.remove(CLOSED + manifest.file() + "\n" + manifest.path(), durable);
    }

    @Override
    public void close() throws IOException {
        log.close();
    }
}
