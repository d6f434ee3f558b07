package io.ferry.camel;

import io.ferry.camel.MirrorTree.Entry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What has to be done to make a target equal to a source, in this order: the copies, then the deletions, each file before its
 * directory.
 *
 * @param steps what is to be done
 * @param left what only the target has and keeps, with the reason
 */
record MirrorPlan(List<Step> steps, List<String> left) {

    enum Kind {
        COPY,
        DELETE,
        REMOVE_DIRECTORY
    }

    /**
     * One thing to do.
     *
     * @param path below the two directories
     * @param why for a person
     */
    record Step(Kind kind, String path, String why) {
        @Override
        public String toString() {
            String verb = switch (kind) {
                case COPY -> "copy ";
                case DELETE -> "delete ";
                case REMOVE_DIRECTORY -> "remove directory ";
            };
            return verb + path + " (" + why + ")";
        }
    }

    /** Tells two files of the same path and size from each other. */
    interface Comparison {
        /** Why the target's is not the source's, or null where it is. */
        @Nullable
        String difference(String path, Entry source, Entry target) throws IOException;
    }

    /**
     * Compares two trees.
     *
     * @param delete whether what only the target has is deleted
     * @throws IOException from the comparison, and where one side has a file and the other a directory of the same name
     */
    static MirrorPlan of(MirrorTree source, MirrorTree target, boolean delete, Comparison comparison)
            throws IOException {
        List<Step> copies = new ArrayList<>();
        for (Map.Entry<String, Entry> each : source.entries().entrySet()) {
            String path = each.getKey();
            String why = difference(path, each.getValue(), target.entries().get(path), comparison);
            if (why != null) {
                copies.add(new Step(Kind.COPY, path, why));
            }
        }
        List<Step> deletions = new ArrayList<>();
        List<String> left = new ArrayList<>();
        target.entries().forEach((path, entry) -> {
            if (source.entries().containsKey(path)) {
                return;
            }
            String kept = kept(source, path, delete);
            if (kept != null) {
                left.add(path + " (" + kept + ")");
            } else {
                // Backwards: what lies in a directory comes after it in the order of names.
                deletions.add(
                        0,
                        new Step(entry.directory() ? Kind.REMOVE_DIRECTORY : Kind.DELETE, path, "the source has none"));
            }
        });
        copies.addAll(deletions);
        return new MirrorPlan(List.copyOf(copies), List.copyOf(left));
    }

    private static @Nullable String difference(String path, Entry source, @Nullable Entry target, Comparison comparison)
            throws IOException {
        if (target != null && source.directory() != target.directory()) {
            throw new IOException("The mirror stops before it begins: " + path + " is a "
                    + (source.directory()
                            ? "directory at the source, and a file"
                            : "file at the source, and a directory")
                    + " at the target. Remove that one by hand");
        }
        if (source.directory()) {
            return null;
        }
        if (target == null) {
            return source.size() + " bytes, the target has none";
        }
        return source.size() == target.size()
                ? comparison.difference(path, source, target)
                : source.size() + " bytes, the target has " + target.size();
    }

    /**
     * Why something that the source does not have stays, or null where it goes. The nearest directory above it that the source has
     * was listed with something in it where it goes: a directory that may not be read, or a disk that is not mounted, looks empty.
     */
    private static @Nullable String kept(MirrorTree source, String path, boolean delete) {
        if (!delete) {
            return "the source has none; delete=true would delete it";
        }
        String above = MirrorTree.parent(path);
        while (!above.isEmpty() && !source.entries().containsKey(above)) {
            above = MirrorTree.parent(above);
        }
        return source.isFilled(above)
                ? null
                : "the source lists " + (above.isEmpty() ? "its directory" : above) + " as empty";
    }
}
