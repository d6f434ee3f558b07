package io.ferry.session;

import java.util.List;

/**
 * One reply on the control connection (RFC 959, section 4.2).
 *
 * @param code the three-digit code
 * @param lines the text of each line, without the code of the first and last line
 */
record Reply(int code, List<String> lines) {

    Reply {
        lines = List.copyOf(lines);
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

    @Override
    public String toString() {
        return code + " " + String.join(" / ", lines).strip();
    }
}
