package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.commons.net.ftp.FTPFile;
import org.apache.commons.net.ftp.parser.UnixFTPEntryParser;

/** Lines of {@code ls -l} mean what the library takes them for, or are left to it. */
class UnixLinesProperties {

    private final UnixFTPEntryParser library = new UnixFTPEntryParser();
    private final UnixLines lines = new UnixLines(library);

    @Property(tries = 3000)
    void readsAsTheLibraryDoes(@ForAll("usual") String line) {
        FTPFile read = lines.read(line);
        FTPFile expected = library.parseFTPEntry(line);
        if (read != null) {
            assertThat(expected).as(line).isNotNull();
            assertSame(read, expected);
        }
    }

    @Property(tries = 3000)
    void lineWithoutOdditiesIsRead(@ForAll("plain") String line) {
        FTPFile read = lines.read(line);
        assertThat(read).as(line).isNotNull();
        assertSame(read, library.parseFTPEntry(line));
    }

    @Property(tries = 3000)
    void anythingElseIsLeftToTheLibraryOrReadAlike(@ForAll("usual") String line, @ForAll int at, @ForAll char c) {
        String spoilt = new StringBuilder(line)
                .replace(Math.floorMod(at, line.length()), Math.floorMod(at, line.length()) + 1, String.valueOf(c))
                .toString();
        FTPFile read = lines.read(spoilt);
        FTPFile expected = library.parseFTPEntry(spoilt);
        if (read != null) {
            assertThat(expected).as(spoilt).isNotNull();
            assertSame(read, expected);
        }
    }

    /** The library's pattern takes the last date for the file's. */
    @Example
    void nameThatLooksLikeTheEndOfALineIsAName() {
        String name = "a 5 Jan 01 10:00 b";
        FTPFile read = lines.read("-rw-r--r-- 1 ftp ftp 4096 Nov 26 2024 " + name);
        assertThat(read).isNotNull();
        assertThat(read.getName()).isEqualTo(name);
        assertThat(read.getSize()).isEqualTo(4096);
    }

    private static void assertSame(FTPFile read, FTPFile expected) {
        assertThat(read.getTimestampInstant())
                .isEqualTo(((java.util.Calendar) expected.getTimestamp().clone()).toInstant());
        // Before anything reads the times: reading fills in what the line does not show.
        for (int field :
                new int[] {java.util.Calendar.HOUR_OF_DAY, java.util.Calendar.MINUTE, java.util.Calendar.SECOND}) {
            assertThat(read.getTimestamp().isSet(field))
                    .isEqualTo(expected.getTimestamp().isSet(field));
        }
        assertThat(read.getTimestampInstant()).isEqualTo(expected.getTimestampInstant());
        assertThat(read.getTimestamp().getTimeZone())
                .isEqualTo(expected.getTimestamp().getTimeZone());
        assertThat(read.getName()).isEqualTo(expected.getName());
        assertThat(read.getSize()).isEqualTo(expected.getSize());
        assertThat(read.getType()).isEqualTo(expected.getType());
        assertThat(read.getUser()).isEqualTo(expected.getUser());
        assertThat(read.getGroup()).isEqualTo(expected.getGroup());
        assertThat(read.getHardLinkCount()).isEqualTo(expected.getHardLinkCount());
        assertThat(read.getRawListing()).isEqualTo(expected.getRawListing());
        for (int access = 0; access < 3; access++) {
            for (int permission = 0; permission < 3; permission++) {
                assertThat(read.hasPermission(access, permission))
                        .isEqualTo(expected.hasPermission(access, permission));
            }
        }
    }

    @Provide
    Arbitrary<String> usual() {
        Arbitrary<String> gaps = Arbitraries.of(" ", "  ", "     ");
        Arbitrary<String> words = Arbitraries.of("ftp", "1000", "Domain Users", "nobody", "a-b", "x.y", "");
        return line(
                gaps,
                Arbitraries.of("-rw-r--r--", "drwxr-xr-x", "lrwxrwxrwx", "-rwsr-xr-x", "-rw-r--r--+", "crw-rw-rw-"),
                words);
    }

    @Provide
    Arbitrary<String> plain() {
        return line(
                Arbitraries.of(" ", "   "),
                Arbitraries.of("-rw-r--r--", "drwxr-xr-x", "----------"),
                Arbitraries.of("ftp", "1000", "nobody", "a-b"));
    }

    private static Arbitrary<String> line(Arbitrary<String> gaps, Arbitrary<String> modes, Arbitrary<String> words) {
        Arbitrary<String> months =
                Arbitraries.of("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec");
        Arbitrary<String> clocks = Arbitraries.oneOf(
                Arbitraries.integers()
                        .between(0, 1439)
                        .map(i -> String.format(Locale.ROOT, "%02d:%02d", i / 60, i % 60)),
                Arbitraries.integers().between(1980, 2026).map(i -> " " + i));
        Arbitrary<String> names = Arbitraries.strings()
                .withChars("abc.- _é日~#%\"'\\")
                .ofMinLength(1)
                .ofMaxLength(12);
        return Combinators.combine(
                        gaps,
                        modes,
                        words,
                        words,
                        Arbitraries.longs().between(0, 1L << 50),
                        months,
                        Arbitraries.integers().between(1, 28),
                        Combinators.combine(clocks, names).as((clock, name) -> clock + " " + name))
                .as((gap, mode, user, group, size, month, day, rest) -> mode + gap + "1" + gap + user + gap + group
                        + gap + size + " " + month + String.format(Locale.ROOT, " %2d ", day) + rest);
    }
}
