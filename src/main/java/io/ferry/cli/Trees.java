package io.ferry.cli;

import io.ferry.session.FtpSession;
import io.ferry.session.Listing;
import io.ferry.session.RemoteFileFacts;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.commons.net.ftp.FTPFile;

/** Reads trees, here and on a server. Whatever cannot be read fails as a whole: what is missing must not look deleted. */
final class Trees {

    private static final int LONGEST_PATH = 4096;

    private Trees() {}

    /** The tree below a local directory; empty where there is none. */
    static Tree local(Path root, String partialSuffix) throws IOException {
        NavigableMap<String, Tree.Entry> entries = new TreeMap<>();
        Set<String> others = new TreeSet<>();
        Deque<String> left = new ArrayDeque<>(List.of(""));
        while (Files.exists(root) && !left.isEmpty()) {
            String directory = left.pop();
            try (DirectoryStream<Path> children = Files.newDirectoryStream(root.resolve(directory))) {
                for (Path child : children) {
                    String name = String.valueOf(child.getFileName());
                    if (Tree.isUnfinished(name, partialSuffix)) {
                        continue;
                    }
                    String path = below(directory, name);
                    BasicFileAttributes found =
                            Files.readAttributes(child, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                    if (found.isDirectory()) {
                        entries.put(path, Tree.Entry.DIRECTORY);
                        left.push(path);
                    } else if (found.isRegularFile()) {
                        entries.put(
                                path,
                                new Tree.Entry(
                                        false,
                                        found.size(),
                                        found.lastModifiedTime().toInstant()));
                    } else {
                        others.add(path);
                    }
                }
            }
        }
        return new Tree(entries, others);
    }

    /**
     * The tree below a directory of a server.
     *
     * @param root the directory, which exists
     */
    static Tree remote(FtpSession session, RemoteUrl root, String partialSuffix) throws IOException {
        NavigableMap<String, Tree.Entry> entries = new TreeMap<>();
        Set<String> others = new TreeSet<>();
        Deque<String> left = new ArrayDeque<>(List.of(""));
        while (!left.isEmpty()) {
            String directory = left.pop();
            for (FTPFile each : list(session, directory.isEmpty() ? root.path() : root.child(directory))) {
                if (Tree.isUnfinished(each.getName(), partialSuffix)) {
                    continue;
                }
                String path = below(directory, each.getName());
                boolean isOneName = !each.getName().contains("/");
                if (each.isDirectory() && isOneName) {
                    checkDepth(path);
                    entries.put(path, Tree.Entry.DIRECTORY);
                    left.push(path);
                } else if (each.isFile() && isOneName) {
                    entries.put(path, new Tree.Entry(false, each.getSize(), each.getTimestampInstant()));
                } else {
                    others.add(path);
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

    /**
     * The same tree with exact times for the files that only their times tell from those of the other: a listing may show minutes,
     * or days.
     */
    static Tree exact(Tree remote, Tree other, FtpSession session, RemoteUrl root) throws IOException {
        if (session.listsExactTimes()) {
            return remote;
        }
        NavigableMap<String, Tree.Entry> entries = new TreeMap<>(remote.entries());
        for (String path : remote.entries().navigableKeySet()) {
            Tree.Entry there = remote.get(path);
            Tree.Entry here = other.get(path);
            if (there != null && here != null && !there.directory() && there.size() == here.size()) {
                RemoteFileFacts facts = session.facts(root.child(path)).orElse(null);
                entries.put(
                        path,
                        facts == null
                                ? new Tree.Entry(false, -1, null)
                                : new Tree.Entry(false, facts.size(), facts.modified()));
            }
        }
        return new Tree(entries, remote.others());
    }

    private static String below(String directory, String name) {
        return directory.isEmpty() ? name : directory + "/" + name;
    }
}
