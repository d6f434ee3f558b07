package io.ferry.stream;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of {@code sha256sum} and {@code md5sum}: a digest, two spaces, a name. A name with a backslash, a line feed or a carriage
 * return is escaped, and its line begins with a backslash then.
 */
public final class ChecksumLines {

    /** A digest, then a space, a space or an asterisk (binary), and a name; some programs write the digest alone. */
    private static final Pattern LINE = Pattern.compile("(\\\\?)([0-9a-fA-F]{32}|[0-9a-fA-F]{64})(?: [ *](.+)|\\s*)");

    private ChecksumLines() {}

    /**
     * One line.
     *
     * @param digest lower-case hexadecimal
     * @param name as the line spells it, empty where it has none
     */
    public record Line(String digest, String name) {

        /** The digest's algorithm. */
        public ChecksumAlgorithm algorithm() {
            return ChecksumAlgorithm.ofDigits(digest.length()).orElseThrow();
        }
    }

    /** A line, with the line feed at its end. */
    public static String line(String digest, String name) {
        String escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
        return (escaped.equals(name) ? "" : "\\") + digest + "  " + escaped + "\n";
    }

    /**
     * The lines of a text, without empty ones. Lines may end with CR LF.
     *
     * @throws IllegalArgumentException that names the first line which is none, or says that there is none at all
     */
    public static List<Line> parse(String text) {
        List<Line> lines = new ArrayList<>();
        int number = 0;
        for (String each : text.split("\n", -1)) {
            number++;
            String line = each.endsWith("\r") ? each.substring(0, each.length() - 1) : each;
            if (!line.isEmpty()) {
                lines.add(parse(line, number));
            }
        }
        if (lines.isEmpty()) {
            throw new IllegalArgumentException("it holds no checksum");
        }
        return lines;
    }

    private static Line parse(String line, int number) {
        Matcher parts = LINE.matcher(line);
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    "line " + number + " is not what sha256sum or md5sum write (a digest, two spaces, a name)");
        }
        String name = parts.group(3) == null ? "" : parts.group(3);
        return new Line(parts.group(2).toLowerCase(Locale.ROOT), parts.group(1).isEmpty() ? name : unescape(name));
    }

    private static String unescape(String text) {
        StringBuilder name = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length()) {
                i++;
                char escaped = text.charAt(i);
                name.append(escaped == 'n' ? '\n' : escaped == 'r' ? '\r' : escaped);
            } else {
                name.append(c);
            }
        }
        return name.toString();
    }
}
