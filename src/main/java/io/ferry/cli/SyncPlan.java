package io.ferry.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;

/**
 * What makes one tree equal to another: a pure decision.
 *
 * @param directories to be made, those above others first
 * @param files to be transferred
 * @param deletions what the source does not have, files before their directories; empty unless deletions are wanted
 * @param conflicts paths that are left alone, each with the reason
 * @param passedOver what is neither file nor directory at the source, such as symbolic links
 * @param same how many files are the same already
 */
record SyncPlan(
        List<String> directories,
        List<String> files,
        List<String> deletions,
        List<String> conflicts,
        List<String> passedOver,
        int same) {

    SyncPlan {
        directories = List.copyOf(directories);
        files = List.copyOf(files);
        deletions = List.copyOf(deletions);
        conflicts = List.copyOf(conflicts);
        passedOver = List.copyOf(passedOver);
    }

    /**
     * Compares.
     *
     * @param isSame whether a file of the target, the first, stands for the version of the source, the second
     * @param delete whether what only the target has goes
     */
    static SyncPlan of(Tree source, Tree target, BiPredicate<Tree.Entry, Tree.Entry> isSame, boolean delete) {
        List<String> directories = new ArrayList<>();
        List<String> files = new ArrayList<>();
        List<String> conflicts = new ArrayList<>();
        int same = 0;
        for (Map.Entry<String, Tree.Entry> each : source.entries().entrySet()) {
            String path = each.getKey();
            Tree.Entry wanted = each.getValue();
            Tree.Entry there = target.get(path);
            if (target.isLeftAlone(path)) {
                conflicts.add(path + ": left alone, a symbolic link or special file is in its place");
            } else if (there != null && there.directory() != wanted.directory()) {
                conflicts.add(path + ": left alone, it is a "
                        + (wanted.directory()
                                ? "directory at the source and a file"
                                : "file at the source and a directory")
                        + " at the target");
            } else if (wanted.directory()) {
                if (there == null) {
                    directories.add(path);
                }
            } else if (there != null && isSame.test(there, wanted)) {
                same++;
            } else {
                files.add(path);
            }
        }
        List<String> deletions = delete ? deletions(source, target, conflicts) : List.of();
        return new SyncPlan(directories, files, deletions, conflicts, List.copyOf(source.others()), same);
    }

    /** In descending order a directory comes behind what is in it. */
    private static List<String> deletions(Tree source, Tree target, List<String> conflicts) {
        List<String> gone = new ArrayList<>();
        for (String path : target.entries().descendingKeySet()) {
            boolean hasOwn = target.others().stream().anyMatch(other -> other.startsWith(path + "/"));
            if (source.get(path) == null && !source.isLeftAlone(path)) {
                if (hasOwn) {
                    conflicts.add(path + ": not deleted, it holds a symbolic link or special file");
                } else {
                    gone.add(path);
                }
            }
        }
        return gone;
    }
}
