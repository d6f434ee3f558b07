package io.ferry.bench;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A table of figures that are no race between all contenders.
 *
 * @param rows as many cells each as there are columns; the first names the row
 * @param figures what goals are about, by name
 */
record Extra(String id, String title, List<String> columns, List<List<String>> rows, Map<String, Double> figures) {

    Extra(String id, String title, List<String> columns, List<List<String>> rows) {
        this(id, title, columns, rows, Map.of());
    }

    String markdown() {
        return markdown("--:");
    }

    /** @param alignment of all columns but the first */
    String markdown(String alignment) {
        String rule = columns.stream().map(each -> alignment).skip(1).collect(Collectors.joining("|", "|---|", "|\n"));
        String head = "**" + title + "**\n\n" + line(columns) + rule;
        return head + rows.stream().map(Extra::line).collect(Collectors.joining());
    }

    private static String line(List<String> cells) {
        return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
    }
}
