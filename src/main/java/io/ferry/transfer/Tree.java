package io.ferry.transfer;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What lies below a directory, here or on a server.
 *
 * @param entries files and directories by their path below it, with slashes; none of the paths leads out of it
 * @param others paths of what is neither, such as symbolic links, and of what a server names as if it lay elsewhere
 */
public record Tree(NavigableMap<String, Entry> entries, Set<String> others) {

    /** One without anything in it. */
    public static final Tree EMPTY = new Tree(new TreeMap<>(), Set.of());

    /**
     * A file or directory.
     *
     * @param size bytes; of a directory -1
     * @param modified when it was last changed, or null where that is not known
     */
    public record Entry(
            boolean directory, long size, @Nullable Instant modified) {

        /** Any directory. */
        public static final Entry DIRECTORY = new Entry(true, -1, null);

        /** A file. */
        public static Entry file(long size, @Nullable Instant modified) {
            return new Entry(false, size, modified);
        }
    }

    /** @throws IllegalArgumentException where the path of an entry leads elsewhere */
    public Tree {
        for (String path : entries.keySet()) {
            for (String name : path.split("/", -1)) {
                if (!isOneName(name)) {
                    throw new IllegalArgumentException(path + " does not lie below its directory");
                }
            }
        }
        entries = Collections.unmodifiableNavigableMap(new TreeMap<>(entries));
        others = Collections.unmodifiableSet(new TreeSet<>(others));
    }

    /** Whether a name stays in its directory: no path, and no way up. */
    public static boolean isOneName(String name) {
        return !name.isEmpty() && !name.equals(".") && !name.equals("..") && name.indexOf('/') < 0;
    }

    /** A path below another; either may be empty. */
    public static String join(String above, String below) {
        return above.isEmpty() || below.isEmpty() || above.endsWith("/") ? above + below : above + "/" + below;
    }

    /** The path of the directory above, empty for the uppermost. */
    static String parent(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }

    @Nullable
    Entry get(String path) {
        return entries.get(path);
    }

    /** Whether the path, or a directory above it, is neither file nor directory here. */
    boolean isOther(String path) {
        for (String each = path; !each.isEmpty(); each = parent(each)) {
            if (others.contains(each)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a directory, or the uppermost under the empty path, has something in it. An empty listing may also be one that was refused. */
    boolean isFilled(String directory) {
        if (directory.isEmpty()) {
            return !entries.isEmpty();
        }
        String first = entries.ceilingKey(directory + "/");
        return first != null && first.startsWith(directory + "/");
    }

    /**
     * Reads a local tree; symbolic links are not followed.
     *
     * @param root the uppermost directory; one that is not there is empty
     * @param leftOut names that are no part of the tree, nor what lies below them
     * @throws IOException where anything cannot be read: half a tree is none
     */
    public static Tree local(Path root, Predicate<String> leftOut) throws IOException {
        NavigableMap<String, Entry> entries = new TreeMap<>();
        Set<String> others = new TreeSet<>();
        Deque<String> left = new ArrayDeque<>(List.of(""));
        while (Files.exists(root) && !left.isEmpty()) {
            String directory = left.pop();
            try (DirectoryStream<Path> children = Files.newDirectoryStream(root.resolve(directory))) {
                for (Path child : children) {
                    String name = String.valueOf(child.getFileName());
                    if (leftOut.test(name)) {
                        continue;
                    }
                    String path = join(directory, name);
                    BasicFileAttributes found =
                            Files.readAttributes(child, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                    if (found.isDirectory()) {
                        entries.put(path, Entry.DIRECTORY);
                        left.push(path);
                    } else if (found.isRegularFile()) {
                        entries.put(
                                path,
                                Entry.file(
                                        found.size(), found.lastModifiedTime().toInstant()));
                    } else {
                        others.add(path);
                    }
                }
            }
        }
        return new Tree(entries, others);
    }
}
