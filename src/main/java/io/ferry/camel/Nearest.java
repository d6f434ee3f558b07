package io.ferry.camel;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Finds what somebody meant who has written something else. */
public final class Nearest {

    private static final int MOST = 3;

    private Nearest() {}

    /**
     * A question to add to an error.
     *
     * @param written what there is not
     * @param known what there is
     * @return such as {@code . Did you mean "delete"?}, with a space or dot before it; empty where nothing is near
     */
    public static String hint(String written, Collection<String> known) {
        List<String> near = of(written, known);
        return near.isEmpty() ? "" : ". Did you mean " + String.join(", or ", near) + "?";
    }

    /**
     * The nearest ones of what is known, at most three, the nearest first. Case, hyphens and underscores make no difference; a third
     * of the letters may be wrong, left out, added, or exchanged with the one beside it.
     */
    static List<String> of(String written, Collection<String> known) {
        String plain = plain(written);
        int most = Math.max(1, plain.length() / 3);
        record Candidate(String name, int distance) {}
        List<Candidate> near = new ArrayList<>();
        for (String each : known) {
            int distance = distance(plain, plain(each));
            if (distance <= most) {
                near.add(new Candidate(each, distance));
            }
        }
        near.sort(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name));
        int best = near.isEmpty() ? 0 : near.get(0).distance();
        return near.stream()
                .filter(each -> each.distance() <= best + 1)
                .limit(MOST)
                .map(Candidate::name)
                .toList();
    }

    private static String plain(String name) {
        return name.replace("-", "").replace("_", "").toLowerCase(Locale.ROOT);
    }

    /** The optimal string alignment distance: insertions, deletions, replacements and exchanges of neighbours. */
    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
