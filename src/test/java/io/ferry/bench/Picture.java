package io.ferry.bench;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** A bar chart of the main cases as SVG: one panel each, rates, the longer the better. */
final class Picture {
    private static final List<String> MAIN = List.of(
            "large-down",
            "large-up",
            "large-down-tls",
            "large-up-tls",
            "small-down",
            "small-up",
            "line-40ms-1000m-0pct-small",
            "line-40ms-1000m-1pct-large");
    private static final int WIDTH = 860;
    private static final int NAMES = 190;
    private static final int BARS = 540;
    private static final int BAR = 18;
    private static final int HEAD = 34;

    private Picture() {}

    static String of(List<Results> all, String caption) {
        List<Results> shown = MAIN.stream()
                .flatMap(id -> all.stream().filter(each -> each.scene.id().equals(id)))
                .toList();
        int height = 56;
        for (Results each : shown) {
            height += HEAD + each.names().size() * BAR + 12;
        }
        StringBuilder svg = new StringBuilder();
        line(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
                        + " font-family=\"system-ui, sans-serif\" font-size=\"12\">",
                WIDTH,
                height,
                WIDTH,
                height);
        line(svg, "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>");
        line(svg, "<text x=\"14\" y=\"22\" font-size=\"15\" font-weight=\"600\">Ferry and other clients</text>");
        line(svg, "<text x=\"14\" y=\"40\" fill=\"#57606a\">%s; medians, longer is faster</text>", escaped(caption));
        int top = 56;
        for (Results each : shown) {
            top = panel(svg, each, top);
        }
        return svg.append("</svg>\n").toString();
    }

    private static int panel(StringBuilder svg, Results of, int top) {
        line(svg, "<text x=\"14\" y=\"%d\" font-weight=\"600\">%s</text>", top + 20, escaped(of.scene.title()));
        List<String> names = of.names().stream()
                .sorted(Comparator.comparingDouble(of::seconds))
                .toList();
        double best = Report.rate(of.scene, of.seconds(names.get(0)));
        int y = top + HEAD;
        for (String name : names) {
            double rate = Report.rate(of.scene, of.seconds(name));
            String label = of.isWarm(name) ? name + ", warm JVM" : name;
            line(
                    svg,
                    "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>"
                            + "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>"
                            + "<text x=\"%.1f\" y=\"%d\" fill=\"#24292f\">%s</text>",
                    NAMES,
                    y + 13,
                    escaped(label),
                    NAMES + 8,
                    y + 2,
                    Math.max(1, rate / best * BARS),
                    BAR - 4,
                    colour(name),
                    NAMES + 14 + rate / best * BARS,
                    y + 13,
                    Report.shownRate(rate) + (of.scene.single() ? " MiB/s" : " files/s"));
            y += BAR;
        }
        return y + 12;
    }

    private static String colour(String name) {
        if (name.startsWith(Contenders.FERRY)) {
            return "#0969da";
        }
        return Contenders.isLimit(name) ? "#d0d7de" : "#8c959f";
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static void line(StringBuilder svg, String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
