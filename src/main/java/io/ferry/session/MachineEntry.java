package io.ferry.session;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.GregorianCalendar;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/**
 * One line of MLSD or MLST (RFC 3659, section 7). A fact that makes no sense is left out; it does not hide the file.
 *
 * @param name the name, as the server spells it
 * @param facts the facts by their names in lower case
 */
record MachineEntry(String name, Map<String, String> facts) {

    private static final Pattern TIME = Pattern.compile("[12]\\d{13}(\\.\\d+)?");
    private static final Pattern SIZE = Pattern.compile("\\d{1,18}");
    private static final DateTimeFormatter SECONDS =
            DateTimeFormatter.ofPattern("uuuuMMddHHmmss", Locale.ROOT).withResolverStyle(ResolverStyle.STRICT);

    /** Reads a line; empty where it is none of MLSD's. */
    static Optional<MachineEntry> of(String line) {
        int space = line.indexOf(' ');
        if (space < 0 || space == line.length() - 1 || (space > 0 && line.charAt(space - 1) != ';')) {
            return Optional.empty();
        }
        Map<String, String> facts = new HashMap<>();
        for (String fact : line.substring(0, space).split(";", -1)) {
            int equals = fact.indexOf('=');
            if (equals > 0) {
                facts.put(fact.substring(0, equals).toLowerCase(Locale.ROOT), fact.substring(equals + 1));
            }
        }
        return Optional.of(new MachineEntry(line.substring(space + 1), facts));
    }

    /** A time as MDTM and the fact {@code modify} write it, in UTC; empty where it makes no sense. */
    static Optional<Instant> time(@Nullable String text) {
        if (text == null || !TIME.matcher(text).matches()) {
            return Optional.empty();
        }
        try {
            Instant seconds = LocalDateTime.of(
                            number(text, 0, 4),
                            number(text, 4, 6),
                            number(text, 6, 8),
                            number(text, 8, 10),
                            number(text, 10, 12),
                            number(text, 12, 14))
                    .toInstant(ZoneOffset.UTC);
            String fraction = text.length() > 15 ? text.substring(15) : "0";
            return Optional.of(seconds.plusNanos(Long.parseLong((fraction + "00000000").substring(0, 9))));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static int number(String text, int from, int to) {
        return Integer.parseInt(text, from, to, 10);
    }

    /** A time as MDTM and MFMT write it, to the second. */
    static String text(Instant time) {
        return SECONDS.format(time.atOffset(ZoneOffset.UTC));
    }

    private String type() {
        return facts.getOrDefault("type", "file").toLowerCase(Locale.ROOT);
    }

    /** Whether it stands for the listed directory itself, or the one above. */
    boolean isSelfOrParent() {
        return type().equals("cdir") || type().equals("pdir");
    }

    boolean isDirectory() {
        return type().equals("dir") || isSelfOrParent();
    }

    /** Bytes, or -1. */
    long size() {
        String size = facts.getOrDefault("size", "");
        return SIZE.matcher(size).matches() ? Long.parseLong(size) : -1;
    }

    @Nullable
    Instant modified() {
        return time(facts.get("modify")).orElse(null);
    }

    @Nullable
    String unique() {
        return facts.get("unique");
    }

    /**
     * What it says about a file or directory.
     *
     * @param of the last segment of its path
     * @param asked when the server was asked for it
     */
    RemoteFileFacts facts(String of, Instant asked) {
        Instant modified = modified();
        boolean settled = RemoteFileFacts.isSettled(modified, RemoteFileFacts.resolution(modified), asked);
        return new RemoteFileFacts(of, isDirectory(), size(), modified, unique(), settled);
    }

    /**
     * The entry in the words of commons-net, which the stock consumer speaks.
     *
     * @param asked when the server was asked for it
     */
    FTPFile toFtpFile(Instant asked) {
        FTPFile entry = new MachineFile(facts(name, asked));
        entry.setName(name);
        boolean isFile = type().equals("file");
        entry.setType(isDirectory() ? FTPFile.DIRECTORY_TYPE : isFile ? FTPFile.FILE_TYPE : FTPFile.UNKNOWN_TYPE);
        entry.setSize(size());
        Instant modified = modified();
        if (modified != null) {
            entry.setTimestamp(GregorianCalendar.from(modified.atZone(ZoneOffset.UTC)));
        }
        return entry;
    }
}
