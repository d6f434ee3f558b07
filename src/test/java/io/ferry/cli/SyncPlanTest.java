package io.ferry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SyncPlanTest {

    private static final Instant THEN = Instant.parse("2024-01-02T03:04:05Z");

    private static Tree tree(Set<String> others, Object... entries) {
        TreeMap<String, Tree.Entry> all = new TreeMap<>();
        for (int i = 0; i < entries.length; i += 2) {
            all.put((String) entries[i], (Tree.Entry) entries[i + 1]);
        }
        return new Tree(all, others);
    }

    private static Tree.Entry file(long size, Instant modified) {
        return new Tree.Entry(false, size, modified);
    }

    @Test
    void whatDiffersInSizeOrTimeIsTransferredDown() {
        Tree source = tree(
                Set.of(),
                "same",
                file(5, THEN),
                "size",
                file(5, THEN),
                "time",
                file(5, THEN),
                "older",
                file(5, THEN),
                "new",
                file(5, THEN),
                "unknown",
                file(5, null));
        Tree target = tree(
                Set.of(),
                "same",
                file(5, THEN.plusMillis(1900)),
                "size",
                file(6, THEN),
                "time",
                file(5, THEN.plusSeconds(2)),
                "older",
                file(5, THEN.minusSeconds(2)),
                "unknown",
                file(5, THEN));

        SyncPlan plan = SyncPlan.of(source, target, Tree.Entry::isCopyOf, true);

        assertThat(plan.files()).containsExactlyInAnyOrder("size", "time", "older", "new", "unknown");
        assertThat(plan.same()).isEqualTo(1);
        assertThat(plan.deletions()).isEmpty();
    }

    @Test
    void upwardsALaterTimeIsTheSameAndAnEarlierOneIsNot() {
        assertThat(file(5, THEN.plusSeconds(86_400)).isAfter(file(5, THEN))).isTrue();
        assertThat(file(5, THEN.minusSeconds(3)).isAfter(file(5, THEN))).isFalse();
        assertThat(file(6, THEN.plusSeconds(1)).isAfter(file(5, THEN))).isFalse();
        assertThat(file(5, null).isAfter(file(5, THEN))).isFalse();
    }

    @Test
    void filesGoBeforeTheirDirectoriesAndOnlyWhereThatIsWanted() {
        Tree target = tree(Set.of(), "d", Tree.Entry.DIRECTORY, "d/e", Tree.Entry.DIRECTORY, "d/e/f", file(1, THEN));

        assertThat(SyncPlan.of(tree(Set.of()), target, Tree.Entry::isCopyOf, true)
                        .deletions())
                .containsExactly("d/e/f", "d/e", "d");
        assertThat(SyncPlan.of(tree(Set.of()), target, Tree.Entry::isCopyOf, false)
                        .deletions())
                .isEmpty();
    }

    @Test
    void aDirectoryThatHoldsALinkStays() {
        Tree target = tree(Set.of("d/link"), "d", Tree.Entry.DIRECTORY, "d/f", file(1, THEN));

        SyncPlan plan = SyncPlan.of(tree(Set.of()), target, Tree.Entry::isCopyOf, true);

        assertThat(plan.deletions()).containsExactly("d/f");
        assertThat(plan.conflicts()).singleElement().asString().startsWith("d: not deleted");
    }

    @Test
    void whatIsALinkAtTheSourceIsNotDeletedAtTheTarget() {
        Tree source = tree(Set.of("link"));
        Tree target = tree(Set.of(), "link", file(1, THEN), "link2", file(1, THEN));

        assertThat(SyncPlan.of(source, target, Tree.Entry::isCopyOf, true).deletions())
                .containsExactly("link2");
    }

    @Test
    void aFileNeverReplacesADirectoryNorTheOtherWayRound() {
        Tree source = tree(Set.of(), "a", file(1, THEN), "b", Tree.Entry.DIRECTORY);
        Tree target = tree(Set.of(), "a", Tree.Entry.DIRECTORY, "b", file(1, THEN));

        SyncPlan plan = SyncPlan.of(source, target, Tree.Entry::isCopyOf, true);

        assertThat(plan.conflicts()).hasSize(2);
        assertThat(plan.files()).isEmpty();
        assertThat(plan.directories()).isEmpty();
        assertThat(plan.deletions()).isEmpty();
    }

    @Test
    void directoriesAreMadeFromAbove() {
        Tree source = tree(Set.of(), "d/e", Tree.Entry.DIRECTORY, "d", Tree.Entry.DIRECTORY);
        assertThat(SyncPlan.of(source, tree(Set.of()), Tree.Entry::isCopyOf, false)
                        .directories())
                .containsExactly("d", "d/e");
    }
}
