package io.ferry.transfer;

import io.ferry.transfer.Tree.Entry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What makes one tree equal to another, one way: a decision, of which nothing is carried out here. No path leads out of either tree.
 *
 * @param directories what the target lacks, those above others first
 * @param copies files to be transferred
 * @param deletions what the source does not have, files before their directories; empty unless deletions are wanted
 * @param kept what only the target has and keeps
 * @param conflicts what is left alone because something else is in its place
 * @param same how many files are the same already
 */
public record TreePlan(
        List<String> directories,
        List<Step> copies,
        List<Step> deletions,
        List<Step> kept,
        List<Step> conflicts,
        int same) {

    /**
     * One path of a plan.
     *
     * @param path below both directories
     * @param directory whether it is a directory, at the target where only that has it
     * @param why for a person
     */
    public record Step(String path, boolean directory, String why) {}

    /** What of the target goes because the source does not have it. */
    public enum Deletions {
        /** Nothing. */
        NONE,
        /**
         * What lies where the source lists something else: a directory that may not be read, or a disk that is not mounted, looks
         * empty.
         */
        BESIDE_OTHERS,
        /** All of it. */
        ALL
    }

    /** Tells two files of the same path and size from each other. */
    public interface Comparison {
        /** Why the target's is not the source's, or null where it is. */
        @Nullable
        String difference(String path, Entry source, Entry target) throws IOException;
    }

    /** Holds copies of the lists. */
    public TreePlan {
        directories = List.copyOf(directories);
        copies = List.copyOf(copies);
        deletions = List.copyOf(deletions);
        kept = List.copyOf(kept);
        conflicts = List.copyOf(conflicts);
    }

    /**
     * Compares two trees.
     *
     * @throws IOException from the comparison
     */
    public static TreePlan of(Tree source, Tree target, Deletions wanted, Comparison comparison) throws IOException {
        List<String> directories = new ArrayList<>();
        List<Step> copies = new ArrayList<>();
        List<Step> deletions = new ArrayList<>();
        List<Step> kept = new ArrayList<>();
        List<Step> conflicts = new ArrayList<>();
        int same = 0;
        for (Map.Entry<String, Entry> each : source.entries().entrySet()) {
            String path = each.getKey();
            Entry entry = each.getValue();
            Entry there = target.get(path);
            String conflict = conflict(path, entry, there, target);
            if (conflict != null) {
                conflicts.add(new Step(path, entry.directory(), conflict));
            } else if (entry.directory()) {
                if (there == null) {
                    directories.add(path);
                }
            } else {
                String why = difference(path, entry, there, comparison);
                if (why == null) {
                    same++;
                } else {
                    copies.add(new Step(path, false, why));
                }
            }
        }
        // Backwards: what lies in a directory comes after it in the order of names.
        for (Map.Entry<String, Entry> each : target.entries().descendingMap().entrySet()) {
            String path = each.getKey();
            boolean directory = each.getValue().directory();
            if (source.get(path) != null) {
                continue;
            }
            String why = kept(source, path, wanted);
            if (why != null) {
                kept.add(new Step(path, directory, why));
            } else if (target.others().stream().anyMatch(other -> other.startsWith(path + "/"))) {
                conflicts.add(new Step(path, directory, "not deleted, it holds a symbolic link or special file"));
            } else {
                deletions.add(new Step(path, directory, "the source has none"));
            }
        }
        return new TreePlan(directories, copies, deletions, kept, conflicts, same);
    }

    private static @Nullable String conflict(String path, Entry source, @Nullable Entry target, Tree all) {
        if (all.isOther(path)) {
            return "left alone, a symbolic link or special file is in its place";
        }
        if (target == null || target.directory() == source.directory()) {
            return null;
        }
        return "left alone, it is a "
                + (source.directory() ? "directory at the source and a file" : "file at the source and a directory")
                + " at the target";
    }

    private static @Nullable String difference(String path, Entry source, @Nullable Entry target, Comparison comparison)
            throws IOException {
        if (target != null && target.size() == source.size()) {
            return comparison.difference(path, source, target);
        }
        return source.size() + " bytes, the target has " + (target == null ? "none" : target.size());
    }

    /** Why something that the source does not have stays, or null where it goes. */
    private static @Nullable String kept(Tree source, String path, Deletions wanted) {
        if (source.isOther(path)) {
            return "the source has something that is neither file nor directory";
        }
        if (wanted == Deletions.NONE) {
            return "the source has none, and nothing is to be deleted";
        }
        String above = Tree.parent(path);
        while (!above.isEmpty() && source.get(above) == null) {
            above = Tree.parent(above);
        }
        return wanted == Deletions.ALL || source.isFilled(above)
                ? null
                : "the source lists " + (above.isEmpty() ? "its directory" : above) + " as empty";
    }
}
