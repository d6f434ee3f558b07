package io.ferry.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What lies below a directory, here or on a server.
 *
 * @param entries files and directories by their path below it, with slashes
 * @param others what is neither, such as symbolic links, which are never followed, replaced or deleted
 */
record Tree(NavigableMap<String, Entry> entries, Set<String> others) {

    /** Times of one version may differ by so much: some file systems keep even seconds only. */
    private static final Duration STEP = Duration.ofSeconds(2);

    /**
     * A file or directory.
     *
     * @param size bytes; of a directory, or where it is not known, -1
     * @param modified when it was last changed, or null where that is not known
     */
    record Entry(boolean directory, long size, @Nullable Instant modified) {

        static final Entry DIRECTORY = new Entry(true, -1, null);

        /** Whether this copy was given the time of the other, and has its size. */
        boolean isCopyOf(Entry source) {
            return size == source.size
                    && modified != null
                    && source.modified != null
                    && Duration.between(modified, source.modified).abs().compareTo(STEP) < 0;
        }

        /** Whether this copy has the size of the other, and was made after its last change. */
        boolean isAfter(Entry source) {
            return size == source.size
                    && modified != null
                    && source.modified != null
                    && !modified.plus(STEP).isBefore(source.modified);
        }
    }

    Tree {
        entries = Collections.unmodifiableNavigableMap(new TreeMap<>(entries));
        others = Collections.unmodifiableSet(new TreeSet<>(others));
    }

    @Nullable
    Entry get(String path) {
        return entries.get(path);
    }

    /** Whether the path, or a directory above it, is something that is left alone. */
    boolean isLeftAlone(String path) {
        for (int end = path.length(); end > 0; end = path.lastIndexOf('/', end - 1)) {
            if (others.contains(path.substring(0, end))) {
                return true;
            }
        }
        return false;
    }

    /** Whether a name is one of Ferry's own for what is unfinished: no file for anybody. */
    static boolean isUnfinished(String name, String partialSuffix) {
        return name.endsWith(partialSuffix)
                || name.endsWith(partialSuffix + ".record")
                || name.endsWith(".ferry-aside")
                || name.equals(".ferry");
    }
}
