package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.transfer.Tree.Entry;
import io.ferry.transfer.TreePlan.Deletions;
import io.ferry.transfer.TreePlan.Step;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever two trees look like: what the plan does to the target, carried out on a map. */
class TreePlanProperties {

    /** What lies under a path; what would lie below a file is left out when the tree is made. */
    record Put(String path, int kind) {}

    @Provide
    Arbitrary<Tree> trees() {
        Arbitrary<String> name = Arbitraries.of("a", "b", "c");
        Arbitrary<String> path = name.list().ofMinSize(1).ofMaxSize(3).map(names -> String.join("/", names));
        Arbitrary<Put> put =
                Combinators.combine(path, Arbitraries.integers().between(0, 9)).as(Put::new);
        return put.list().ofMaxSize(12).map(TreePlanProperties::tree);
    }

    private static Tree tree(List<Put> all) {
        NavigableMap<String, Entry> entries = new TreeMap<>();
        Set<String> others = new TreeSet<>();
        for (Put each : all) {
            if (entries.containsKey(each.path()) || others.contains(each.path())) {
                continue;
            }
            List<String> above = above(each.path());
            boolean stands = above.stream()
                    .noneMatch(it -> others.contains(it)
                            || (entries.containsKey(it) && !entries.get(it).directory()));
            if (!stands) {
                continue;
            }
            above.forEach(it -> entries.put(it, Entry.DIRECTORY));
            switch (each.kind()) {
                case 0 -> others.add(each.path());
                case 1, 2, 3 -> entries.put(each.path(), Entry.DIRECTORY);
                default ->
                    entries.put(each.path(), Entry.file(each.kind() % 2, Instant.ofEpochSecond(each.kind() / 3)));
            }
        }
        return new Tree(entries, others);
    }

    private static List<String> above(String path) {
        List<String> above = new ArrayList<>();
        for (String each = Tree.parent(path); !each.isEmpty(); each = Tree.parent(each)) {
            above.add(each);
        }
        return above;
    }

    private static TreePlan plan(Tree source, Tree target, Deletions deletions) throws IOException {
        return TreePlan.of(source, target, deletions, (path, there, here) -> there.equals(here) ? null : "changed");
    }

    /** The target afterwards. Each step must be one that a file system takes. */
    private static Tree carriedOut(TreePlan plan, Tree source, Tree target) {
        NavigableMap<String, Entry> after = new TreeMap<>(target.entries());
        for (String each : plan.directories()) {
            assertThat(after).doesNotContainKey(each);
            after.put(each, Entry.DIRECTORY);
        }
        for (Step each : plan.copies()) {
            assertThat(after.getOrDefault(each.path(), Entry.file(0, null)).directory())
                    .isFalse();
            after.put(each.path(), source.entries().get(each.path()));
        }
        for (Step each : plan.deletions()) {
            assertThat(after.get(each.path())).isNotNull().returns(each.directory(), Entry::directory);
            after.remove(each.path());
            assertThat(after.tailMap(each.path() + "/").headMap(each.path() + "0"))
                    .isEmpty();
            assertThat(target.others()).noneMatch(other -> other.startsWith(each.path() + "/"));
        }
        return new Tree(after, target.others());
    }

    @Property
    void withoutAConflictTheTargetBecomesTheSourceAndIsLeftAloneThen(
            @ForAll("trees") Tree source, @ForAll("trees") Tree target) throws Exception {
        TreePlan plan = plan(source, target, Deletions.ALL);
        if (!plan.conflicts().isEmpty()) {
            return;
        }
        Tree after = carriedOut(plan, source, target);

        Set<String> own = new HashSet<>(after.entries().keySet());
        plan.kept().forEach(each -> own.remove(each.path()));
        assertThat(own).isEqualTo(source.entries().keySet());
        source.entries().forEach((path, entry) -> assertThat(after.entries()).containsEntry(path, entry));
        TreePlan again = plan(source, after, Deletions.ALL);
        assertThat(again.directories()).isEmpty();
        assertThat(again.copies()).isEmpty();
        assertThat(again.deletions()).isEmpty();
    }

    @Property
    void nothingIsDeletedUnasked(@ForAll("trees") Tree source, @ForAll("trees") Tree target) throws Exception {
        TreePlan plan = plan(source, target, Deletions.NONE);

        assertThat(plan.deletions()).isEmpty();
        assertThat(plan.kept()).allMatch(each -> source.get(each.path()) == null && target.get(each.path()) != null);
    }

    @Property
    void onlyWhatTheSourceLacksIsDeletedAndNothingUnderAnEmptyListing(
            @ForAll("trees") Tree source, @ForAll("trees") Tree target, @ForAll Deletions deletions) throws Exception {
        TreePlan plan = plan(source, target, deletions);

        for (Step each : plan.deletions()) {
            assertThat(source.get(each.path())).isNull();
            assertThat(source.others()).doesNotContain(each.path());
            assertThat(target.get(each.path())).isNotNull();
            if (deletions == Deletions.BESIDE_OTHERS) {
                String nearest = above(each.path()).stream()
                        .filter(it -> source.get(it) != null)
                        .findFirst()
                        .orElse("");
                assertThat(source.entries().keySet())
                        .anyMatch(it -> Tree.parent(it).equals(nearest));
            }
        }
    }

    @Property
    void eachPathOfTheSourceIsDecidedOnceAndNoOtherIsWritten(@ForAll("trees") Tree source, @ForAll("trees") Tree target)
            throws Exception {
        TreePlan plan = plan(source, target, Deletions.ALL);

        List<String> written = new ArrayList<>(plan.directories());
        plan.copies().forEach(each -> written.add(each.path()));
        assertThat(written).doesNotHaveDuplicates();
        assertThat(source.entries().keySet()).containsAll(written);
        assertThat(written).noneMatch(each -> target.isOther(each));
        long files = source.entries().values().stream()
                .filter(each -> !each.directory())
                .count();
        long conflicting = plan.conflicts().stream()
                .filter(each -> source.get(each.path()) != null && !each.directory())
                .count();
        assertThat(plan.copies().size() + plan.same() + conflicting).isEqualTo(files);
    }

    @Property
    void noPathOfATreeLeadsOutOfIt(@ForAll("words") List<String> names) {
        String path = String.join("/", names);
        boolean leads = path.isEmpty()
                || List.of(path.split("/", -1)).stream()
                        .anyMatch(each -> Set.of("", ".", "..").contains(each));
        boolean refused = false;
        try {
            new Tree(new TreeMap<>(java.util.Map.of(path, Entry.DIRECTORY)), Set.of());
        } catch (IllegalArgumentException e) {
            refused = true;
        }
        assertThat(refused).isEqualTo(leads);
    }

    @Provide
    Arbitrary<List<String>> words() {
        return Arbitraries.of("", ".", "..", "...", "a", "/", "a/..", " ")
                .list()
                .ofMaxSize(4);
    }
}
