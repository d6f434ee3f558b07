package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.transfer.Tree.Entry;
import io.ferry.transfer.TreePlan.Deletions;
import io.ferry.transfer.TreePlan.Step;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TreePlanTest {

    private static Tree tree(Set<String> others, Object... entries) {
        TreeMap<String, Entry> all = new TreeMap<>();
        for (int i = 0; i < entries.length; i += 2) {
            all.put((String) entries[i], (Entry) entries[i + 1]);
        }
        return new Tree(all, others);
    }

    private static Entry file(long size) {
        return Entry.file(size, null);
    }

    private static TreePlan plan(Tree source, Tree target, Deletions deletions) throws IOException {
        return TreePlan.of(source, target, deletions, (path, there, here) -> null);
    }

    private static List<String> paths(List<Step> steps) {
        return steps.stream().map(Step::path).toList();
    }

    @Test
    void onlyFilesOfOneSizeAreComparedAndThoseThatDifferAreCopied() throws Exception {
        Tree source = tree(Set.of(), "same", file(5), "size", file(5), "new", file(5), "other", file(5));
        Tree target = tree(Set.of(), "same", file(5), "size", file(6), "other", file(5));
        List<String> compared = new ArrayList<>();

        TreePlan plan = TreePlan.of(source, target, Deletions.ALL, (path, there, here) -> {
            compared.add(path);
            return path.equals("other") ? "it differs" : null;
        });

        assertThat(compared).containsExactly("other", "same");
        assertThat(plan.copies())
                .containsExactly(
                        new Step("new", false, "5 bytes, the target has none"),
                        new Step("other", false, "it differs"),
                        new Step("size", false, "5 bytes, the target has 6"));
        assertThat(plan.same()).isEqualTo(1);
        assertThat(plan.deletions()).isEmpty();
    }

    @Test
    void filesGoBeforeTheirDirectoriesAndOnlyWhereThatIsWanted() throws Exception {
        Tree target = tree(Set.of(), "d", Entry.DIRECTORY, "d/e", Entry.DIRECTORY, "d/e/f", file(1));

        assertThat(paths(plan(Tree.EMPTY, target, Deletions.ALL).deletions())).containsExactly("d/e/f", "d/e", "d");
        for (Deletions each : List.of(Deletions.NONE, Deletions.BESIDE_OTHERS)) {
            TreePlan plan = plan(Tree.EMPTY, target, each);
            assertThat(plan.deletions()).isEmpty();
            assertThat(plan.kept()).hasSize(3);
        }
    }

    @Test
    void besideOthersWhatAnEmptyListingLacksStays() throws Exception {
        Tree source = tree(Set.of(), "empty", Entry.DIRECTORY, "full", Entry.DIRECTORY, "full/a", file(1));
        Tree target = tree(Set.of(), "empty/x", file(1), "full/y", file(1), "full/z/w", file(1), "v", file(1));

        TreePlan plan = plan(source, target, Deletions.BESIDE_OTHERS);

        assertThat(paths(plan.deletions())).containsExactly("v", "full/z/w", "full/y");
        assertThat(plan.kept()).containsExactly(new Step("empty/x", false, "the source lists empty as empty"));
    }

    @Test
    void aDirectoryThatHoldsALinkStays() throws Exception {
        Tree target = tree(Set.of("d/link"), "d", Entry.DIRECTORY, "d/f", file(1));

        TreePlan plan = plan(Tree.EMPTY, target, Deletions.ALL);

        assertThat(paths(plan.deletions())).containsExactly("d/f");
        assertThat(paths(plan.conflicts())).containsExactly("d");
    }

    @Test
    void whatIsALinkAtTheSourceIsNotDeletedAtTheTarget() throws Exception {
        Tree source = tree(Set.of("link"), "file", file(1));
        Tree target = tree(Set.of(), "link", file(1), "link2", file(1), "file", file(1));

        for (Deletions each : List.of(Deletions.ALL, Deletions.BESIDE_OTHERS)) {
            assertThat(paths(plan(source, target, each).deletions())).containsExactly("link2");
        }
    }

    @Test
    void aFileNeverReplacesADirectoryNorTheOtherWayRound() throws Exception {
        Tree source = tree(Set.of(), "a", file(1), "b", Entry.DIRECTORY);
        Tree target = tree(Set.of(), "a", Entry.DIRECTORY, "b", file(1));

        TreePlan plan = plan(source, target, Deletions.ALL);

        assertThat(paths(plan.conflicts())).containsExactly("a", "b");
        assertThat(plan.copies()).isEmpty();
        assertThat(plan.directories()).isEmpty();
        assertThat(plan.deletions()).isEmpty();
    }

    @Test
    void directoriesAreMadeFromAbove() throws Exception {
        Tree source = tree(Set.of(), "d/e", Entry.DIRECTORY, "d", Entry.DIRECTORY);

        assertThat(plan(source, Tree.EMPTY, Deletions.NONE).directories()).containsExactly("d", "d/e");
    }

    @Test
    void aPathThatLeadsElsewhereIsInNoTree() {
        for (String each : List.of("", "..", "../a", "a/../b", "/a", "a/", "a//b", "./a")) {
            assertThatThrownBy(() -> tree(Set.of(), each, file(1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("does not lie below");
        }
    }
}
