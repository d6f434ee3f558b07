package io.ferry.camel;

import io.ferry.session.FtpSession;
import io.ferry.session.Listing;
import io.ferry.transfer.Tree;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.apache.commons.net.ftp.FTPFile;

/** Reads the tree below a directory of a server. */
public final class RemoteTree {

    private static final int LONGEST_PATH = 4096;

    private RemoteTree() {}

    /**
     * Reads it, with the times as they are listed.
     *
     * @param root the directory, which exists; empty for the login directory
     * @param leftOut names that are no part of the tree, nor what lies below them
     * @throws IOException where a directory cannot be listed: half a tree is none
     */
    public static Tree read(FtpSession session, String root, Predicate<String> leftOut) throws IOException {
        NavigableMap<String, Tree.Entry> entries = new TreeMap<>();
        Set<String> others = new TreeSet<>();
        Deque<String> left = new ArrayDeque<>(List.of(""));
        while (!left.isEmpty()) {
            String directory = left.pop();
            for (FTPFile each : list(session, Tree.join(root, directory))) {
                String name = each.getName();
                if (leftOut.test(name)) {
                    continue;
                }
                String path = Tree.join(directory, name);
                if (!Tree.isOneName(name) || !(each.isFile() || each.isDirectory())) {
                    others.add(path);
                } else if (each.isFile()) {
                    entries.put(path, Tree.Entry.file(each.getSize(), each.getTimestampInstant()));
                } else {
                    checkDepth(path);
                    entries.put(path, Tree.Entry.DIRECTORY);
                    left.push(path);
                }
            }
        }
        return new Tree(entries, others);
    }

    /** A server that shows each directory inside itself would never come to an end. */
    private static void checkDepth(String path) throws IOException {
        if (path.length() > LONGEST_PATH) {
            throw new IOException("The directories there lie too deep in each other: a path below is longer than "
                    + LONGEST_PATH + " characters, beginning with " + path.substring(0, 100));
        }
    }

    private static List<FTPFile> list(FtpSession session, String directory) throws IOException {
        List<FTPFile> entries = new ArrayList<>();
        try (Listing listing = session.list(directory)) {
            for (FTPFile each = listing.next(); each != null; each = listing.next()) {
                entries.add(each);
            }
        }
        return entries;
    }
}
