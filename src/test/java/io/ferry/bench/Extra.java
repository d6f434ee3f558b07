package io.ferry.bench;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A table of figures that are no race between all contenders.
 *
 * @param rows as many cells each as there are columns; the first names the row
 */
record Extra(String id, String title, List<String> columns, List<List<String>> rows) {

    String markdown() {
        String rule = columns.stream().map(each -> "--:").skip(1).collect(Collectors.joining("|", "|---|", "|\n"));
        String head = "**" + title + "**\n\n" + line(columns) + rule;
        return head + rows.stream().map(Extra::line).collect(Collectors.joining());
    }

    private static String line(List<String> cells) {
        return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
    }
}
