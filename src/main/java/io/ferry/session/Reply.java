package io.ferry.session;

import java.util.List;
import java.util.regex.Pattern;

/**
 * One reply on the control connection (RFC 959, section 4.2).
 *
 * @param code the three-digit code
 * @param lines the text of each line, without the code of the first and last line, as the server sent it
 * @param secrets what must not be shown of it, since some servers repeat what they were told
 */
record Reply(int code, List<String> lines, List<String> secrets) {

    /** What a message shows of a reply, in characters: it is logged, and a server decides how long it is. */
    private static final int SHOWN = 1000;

    private static final Pattern UNFIT = Pattern.compile("[\\p{Cc}\\u2028-\\u202e\\u2066-\\u2069]");

    Reply {
        lines = List.copyOf(lines);
        secrets = List.copyOf(secrets);
    }

    Reply(int code, List<String> lines) {
        this(code, lines, List.of());
    }

    /** A text without these secrets. */
    static String hiding(List<String> secrets, String text) {
        String shown = text;
        for (String secret : secrets) {
            shown = shown.replace(secret, "********");
        }
        return shown;
    }

    /** 1yz: the server starts the action and will answer again. */
    boolean isPreliminary() {
        return code / 100 == 1;
    }

    /** 2yz: done. */
    boolean isCompletion() {
        return code / 100 == 2;
    }

    /** 3yz: accepted so far, the server waits for the next command. */
    boolean isIntermediate() {
        return code / 100 == 3;
    }

    /** 4yz or 5yz: no. */
    boolean isRefusal() {
        return code / 100 == 4 || code / 100 == 5;
    }

    /** The first line's text, for answers such as {@code 213 1234}. */
    String text() {
        return lines.isEmpty() ? "" : lines.get(0).strip();
    }

    /** All lines in one, fit to be shown: without secrets, a long reply is cut, and a question mark stands for each control character. */
    String shown() {
        StringBuilder text = new StringBuilder();
        for (String line : lines) {
            String hidden = hiding(secrets, line);
            text.append(text.isEmpty() ? "" : " / ").append(hidden, 0, Math.min(hidden.length(), SHOWN));
            if (text.length() >= SHOWN) {
                break;
            }
        }
        return shown(text.toString().strip());
    }

    /** A text of the server's, fit to be shown: nothing in it starts a line, turns the direction of writing or moves a cursor. */
    static String shown(String text) {
        String cut = text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
        return UNFIT.matcher(cut).replaceAll("?");
    }

    @Override
    public String toString() {
        return code + " " + shown();
    }
}
