package io.ferry.session;

import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Calendar;
import java.util.HashMap;
import java.util.Map;
import org.apache.commons.net.ftp.FTPFile;
import org.apache.commons.net.ftp.parser.UnixFTPEntryParser;
import org.jspecify.annotations.Nullable;

/**
 * Reads the lines of LIST that nearly all servers write, those of {@code ls -l}, from left to right and once; what is not plainly
 * one of these is for the library, whose pattern tries all ways to divide a line. What a date means is always the library's word,
 * remembered by its text.
 *
 * <p>Law: belongs to one parser of the library's; used under its lock.
 */
final class UnixLines {

    /** {@code -rw-r--r--}. */
    private static final int MODE = 10;

    private static final int MOST_DATES = 10_000;

    /** The year of a date without one depends on the day. */
    private static final Duration GOOD_FOR = Duration.ofMinutes(1);

    private final UnixFTPEntryParser library;
    private final Map<String, Moment> dates = new HashMap<>();
    private long since = System.nanoTime();
    private String line = "";
    private int at;
    private String user = "";
    private String group = "";

    /** What a date means. Whoever reads a calendar fills in what the line does not show, so that it stays unread. */
    private record Moment(Calendar unread, Instant instant) {}

    UnixLines(UnixFTPEntryParser library) {
        this.library = library;
    }

    /** The entry of a line, or null where the library should read it. */
    @Nullable
    FTPFile read(String text) {
        line = text;
        at = MODE;
        if (text.length() < MODE + 1 || (text.charAt(0) != '-' && text.charAt(0) != 'd') || !hasPlainMode()) {
            return null;
        }
        long links = spaces() ? number() : -1;
        String owner = spaces() ? word(user) : null;
        String owners = spaces() ? word(group) : null;
        long size = spaces() ? number() : -1;
        boolean isPlain = links >= 0 && links <= Integer.MAX_VALUE && owner != null && owners != null && size >= 0;
        Moment time = isPlain && spaces() ? time() : null;
        String name = time == null ? null : name();
        if (time == null || name == null || owner == null || owners == null) {
            return null;
        }
        user = owner;
        group = owners;
        FTPFile file = new ListedFile(time);
        file.setRawListing(text);
        file.setType(text.charAt(0) == 'd' ? FTPFile.DIRECTORY_TYPE : FTPFile.FILE_TYPE);
        file.setHardLinkCount((int) links);
        file.setUser(owner);
        file.setGroup(owners);
        file.setSize(size);
        file.setName(name);
        for (int i = 1; i < MODE; i++) {
            file.setPermission((i - 1) / 3, (i - 1) % 3, text.charAt(i) != '-');
        }
        return file;
    }

    private boolean hasPlainMode() {
        for (int i = 1; i < MODE; i++) {
            if (line.charAt(i) != '-' && line.charAt(i) != "xrw".charAt(i % 3)) {
                return false;
            }
        }
        return true;
    }

    private boolean spaces() {
        int begin = at;
        while (at < line.length() && line.charAt(at) == ' ') {
            at++;
        }
        return at > begin;
    }

    private void skipWord() {
        while (at < line.length() && line.charAt(at) > ' ' && line.charAt(at) < 0x7f) {
            at++;
        }
    }

    /** A word of ASCII, the same object as the one before where it is equal; null for none. */
    private @Nullable String word(String before) {
        int begin = at;
        skipWord();
        if (at == begin) {
            return null;
        }
        boolean same = before.length() == at - begin && line.startsWith(before, begin);
        return same ? before : line.substring(begin, at);
    }

    /** A number of up to 18 digits, or -1. */
    private long number() {
        int begin = at;
        long value = 0;
        while (at < line.length() && line.charAt(at) >= '0' && line.charAt(at) <= '9' && at - begin < 19) {
            value = 10 * value + (line.charAt(at) - '0');
            at++;
        }
        return at == begin || at - begin > 18 ? -1 : value;
    }

    /** {@code Nov 26 10:00} or {@code Nov 26  2025}; null for what is neither, or means nothing. */
    private @Nullable Moment time() {
        int begin = at;
        skipWord();
        boolean isMonth = at - begin == 3 && spaces();
        int day = at;
        boolean isDay = isMonth && number() > 0 && at - day <= 2;
        int dayEnd = at;
        if (!isDay || !spaces()) {
            return null;
        }
        int clock = at;
        skipWord();
        return isClock(clock, at) ? time(line.substring(begin, dayEnd) + " " + line.substring(clock, at)) : null;
    }

    private boolean isClock(int begin, int end) {
        boolean digits = true;
        for (int i = begin; i < end; i++) {
            boolean mayBeColon = i == begin + 2 && end - begin == 5;
            digits &= (line.charAt(i) >= '0' && line.charAt(i) <= '9') != (mayBeColon && line.charAt(i) == ':');
        }
        return digits && (end - begin == 4 || (end - begin == 5 && line.charAt(begin + 2) == ':'));
    }

    private @Nullable Moment time(String text) {
        if (dates.size() > MOST_DATES || System.nanoTime() - since > GOOD_FOR.toNanos()) {
            dates.clear();
            since = System.nanoTime();
        }
        Moment known = dates.get(text);
        if (known == null) {
            try {
                Calendar parsed = library.parseTimestamp(text);
                known = new Moment(parsed, ((Calendar) parsed.clone()).toInstant());
                dates.put(text, known);
            } catch (ParseException e) {
                return null;
            }
        }
        return known;
    }

    /** All behind one space; null for an empty name, or one that the library would read in another way. */
    private @Nullable String name() {
        if (at + 1 >= line.length() || line.charAt(at) != ' ') {
            return null;
        }
        for (int i = at + 1; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c < ' ' || c == '\u0085' || c == '\u2028' || c == '\u2029') {
                return null;
            }
        }
        return line.substring(at + 1);
    }

    /** An entry that makes its calendar when it is asked for: most are never asked. */
    private static final class ListedFile extends FTPFile {
        private static final long serialVersionUID = 1L;
        private final transient Moment time;

        ListedFile(Moment time) {
            this.time = time;
        }

        @Override
        public @Nullable Calendar getTimestamp() {
            if (super.getTimestamp() == null) {
                setTimestamp((Calendar) time.unread().clone());
            }
            return super.getTimestamp();
        }

        @Override
        public Instant getTimestampInstant() {
            Calendar made = super.getTimestamp();
            return made == null ? time.instant() : made.toInstant();
        }

        /** As the library's own class, with its calendar. */
        private Object writeReplace() {
            FTPFile plain = new FTPFile();
            plain.setRawListing(getRawListing());
            plain.setType(getType());
            plain.setHardLinkCount(getHardLinkCount());
            plain.setUser(getUser());
            plain.setGroup(getGroup());
            plain.setSize(getSize());
            plain.setName(getName());
            plain.setTimestamp(getTimestamp());
            for (int i = 0; i < MODE - 1; i++) {
                plain.setPermission(i / 3, i % 3, hasPermission(i / 3, i % 3));
            }
            return plain;
        }
    }
}
