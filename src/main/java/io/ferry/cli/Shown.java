package io.ferry.cli;

import java.util.regex.Pattern;

/** What a terminal is shown of a text that a server has a say in. */
final class Shown {

    private static final Pattern UNFIT = Pattern.compile("[\\p{Cc}\\u2028-\\u202e\\u2066-\\u2069]");

    private Shown() {}

    /** The text with a question mark for whatever starts a line, moves a cursor or turns the direction of writing. */
    static String text(String text) {
        return UNFIT.matcher(text).replaceAll("?");
    }
}
