package io.ferry.camel;

import io.ferry.stream.ChecksumLines;
import io.ferry.transfer.Fingerprint;
import io.ferry.transfer.LocalTarget;
import io.ferry.transfer.RemoteText;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.camel.Route;
import org.jspecify.annotations.Nullable;

/**
 * A manifest and the files that it names, which are beside it.
 *
 * <p>Law: made by the poll thread; the files that are still on their way may be counted off by any.
 */
final class IncomingBatch {

    /** The most bytes of a manifest. */
    static final long MOST_BYTES = 4 << 20;

    /** The most files of a batch: each is an exchange in memory. */
    static final int MOST_FILES = 10_000;

    private final FerryFile manifest;
    private final RemoteText read;
    private final Map<String, ChecksumLines.Line> lines;
    private final Set<String> left = new HashSet<>();

    private IncomingBatch(FerryFile manifest, RemoteText read, Map<String, ChecksumLines.Line> lines) {
        this.manifest = manifest;
        this.read = read;
        this.lines = lines;
    }

    /**
     * The batch of a manifest.
     *
     * @param partialSuffix what the names of unfinished files end with
     * @throws IllegalArgumentException where it is none, or names what no file of a batch may be called
     */
    static IncomingBatch of(FerryFile manifest, RemoteText read, String partialSuffix, @Nullable Route route) {
        Map<String, ChecksumLines.Line> lines = new LinkedHashMap<>();
        for (ChecksumLines.Line line : ChecksumLines.parse(read.text())) {
            String name = line.name().startsWith("./") ? line.name().substring(2) : line.name();
            LocalTarget.checkName(name);
            WorkDirectory.checkName(name, route);
            if (name.startsWith(".") || name.endsWith(partialSuffix) || name.equals(manifest.getFileNameOnly())) {
                throw new IllegalArgumentException("\"" + name + "\" cannot be a file of a batch (hidden, unfinished,"
                        + " or the manifest itself)");
            }
            if (lines.put(name, line) != null) {
                throw new IllegalArgumentException("\"" + name + "\" stands there twice");
            }
            if (lines.size() > MOST_FILES) {
                throw new IllegalArgumentException("it names more than " + MOST_FILES + " files");
            }
        }
        return new IncomingBatch(manifest, read, Collections.unmodifiableMap(lines));
    }

    FerryFile manifest() {
        return manifest;
    }

    String path() {
        return manifest.listedPath();
    }

    /** The version of the manifest. */
    Fingerprint version() {
        return read.version();
    }

    /** What the manifest says of each file, in its order. */
    Map<String, ChecksumLines.Line> lines() {
        return lines;
    }

    /** These are about to be handed to the route. */
    synchronized void begin(Collection<String> names) {
        left.addAll(names);
    }

    /** One is committed, or set aside; whether it was the last. */
    synchronized boolean finished(String name) {
        return left.remove(name) && left.isEmpty();
    }

    /** The local copy of the manifest is not needed any more. */
    void discard() {
        read.discard();
    }
}
