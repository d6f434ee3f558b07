package io.ferry.camel;

import io.ferry.session.FtpSession;
import io.ferry.session.Listing;
import io.ferry.transfer.LocalTarget;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files and directories below a directory, on either side. Names that begin with a dot are left out, as by a consumer: among
 * them are Ferry's own partials. So are symbolic links, which are not followed.
 */
final class MirrorTree {

    private static final Logger LOG = LoggerFactory.getLogger(MirrorTree.class);

    /** No tree of files is deeper; one that leads back to itself is. */
    private static final int DEEPEST = 100;

    /**
     * A file or directory.
     *
     * @param size bytes of a file
     * @param modified the time as listed, or null where the listing has none
     */
    record Entry(boolean directory, long size, @Nullable Instant modified) {}

    private final SortedMap<String, Entry> entries = new TreeMap<>();
    private final Set<String> filled = new HashSet<>();

    /** What lies there, by its path below the directory, with slashes. */
    SortedMap<String, Entry> entries() {
        return entries;
    }

    /** Whether the directory of this path has been listed with something in it. An empty listing may also be one that was refused. */
    boolean isFilled(String directory) {
        return filled.contains(directory);
    }

    void add(String path, Entry entry) {
        entries.put(path, entry);
        filled.add(parent(path));
    }

    /** The path of the directory above, empty for the uppermost. */
    static String parent(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }

    /**
     * Reads a tree from a server.
     *
     * @param directory the uppermost directory
     * @throws IOException where a directory cannot be listed: half a tree is none
     */
    static MirrorTree remote(FtpSession session, String directory) throws IOException {
        MirrorTree tree = new MirrorTree();
        List<String> next = new ArrayList<>(List.of(""));
        for (int depth = 0; !next.isEmpty(); depth++) {
            if (depth > DEEPEST) {
                throw new IOException(session.partner() + ": " + directory + " is deeper than " + DEEPEST
                        + " directories, below " + next.get(0));
            }
            List<String> below = new ArrayList<>();
            for (String each : next) {
                tree.list(session, directory, each, below);
            }
            next = below;
        }
        return tree;
    }

    private void list(FtpSession session, String top, String directory, List<String> below) throws IOException {
        try (Listing listing = session.list(join(top, directory))) {
            for (FTPFile each = listing.next(); each != null; each = listing.next()) {
                String path = join(directory, each.getName());
                if (each.getName().startsWith(".") || !isSafe(session, path, each)) {
                    continue;
                }
                if (each.isDirectory()) {
                    below.add(path);
                }
                add(path, new Entry(each.isDirectory(), each.getSize(), each.getTimestampInstant()));
            }
        }
    }

    private static boolean isSafe(FtpSession session, String path, FTPFile entry) {
        try {
            LocalTarget.checkName(entry.getName());
        } catch (IllegalArgumentException e) {
            LOG.warn("{}: left out of the mirror: {}", session.partner(), e.getMessage());
            return false;
        }
        if (!entry.isFile() && !entry.isDirectory()) {
            LOG.warn("{}: left out of the mirror: {} is neither a file nor a directory", session.partner(), path);
            return false;
        }
        return true;
    }

    /** A path below another; either may be empty. */
    static String join(String above, String below) {
        return above.isEmpty() || below.isEmpty()
                ? above + below
                : above.endsWith("/") ? above + below : above + "/" + below;
    }

    /** Reads a local tree. One that is not there is empty. */
    static MirrorTree local(Path directory) throws IOException {
        MirrorTree tree = new MirrorTree();
        if (!Files.exists(directory)) {
            return tree;
        }
        Path top = directory.toRealPath();
        Files.walkFileTree(top, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path each, BasicFileAttributes attributes) {
                if (each.equals(top)) {
                    return FileVisitResult.CONTINUE;
                }
                if (isHidden(each)) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                tree.add(relative(top, each), new Entry(true, 0, null));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path each, BasicFileAttributes attributes) {
                if (isHidden(each)) {
                    return FileVisitResult.CONTINUE;
                }
                if (attributes.isRegularFile()) {
                    Instant modified = attributes.lastModifiedTime().toInstant();
                    tree.add(relative(top, each), new Entry(false, attributes.size(), modified));
                } else {
                    LOG.warn("Left out of the mirror: {} is neither a file nor a directory", each);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return tree;
    }

    private static boolean isHidden(Path each) {
        return String.valueOf(each.getFileName()).startsWith(".");
    }

    private static String relative(Path top, Path each) {
        List<String> names = new ArrayList<>();
        top.relativize(each).forEach(name -> names.add(name.toString()));
        return String.join("/", names);
    }
}
