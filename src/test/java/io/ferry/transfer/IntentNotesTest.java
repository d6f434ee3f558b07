package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.transfer.IntentNotes.Note;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IntentNotesTest {

    private static final Duration WEEK = Duration.ofDays(7);

    @TempDir
    Path directory;

    private static Note note(String path, Instant written) {
        return new Note("me@host:21", path, "abc", path + ".part", path + ".aside", written, "/no/such/file");
    }

    private List<String> files() throws Exception {
        try (var files = Files.list(directory)) {
            return files.map(each -> each.getFileName().toString()).toList();
        }
    }

    @Test
    void noteIsFoundByThoseWhoSendTheSameVersionToTheSamePath() throws Exception {
        Note note = note("inbox/é = file\n", Instant.now());
        new IntentNotes(directory).write(note, true);
        IntentNotes notes = new IntentNotes(directory);
        assertThat(notes.find("me@host:21", note.path(), "abc", WEEK)).isEqualTo(Optional.of(note));
        assertThat(notes.find("me@host:22", note.path(), "abc", WEEK)).isEmpty();
        assertThat(notes.find("me@host:21", "inbox/other", "abc", WEEK)).isEmpty();
        assertThat(notes.find("me@host:21", note.path(), "abd", WEEK)).isEmpty();
        assertThat(notes.speaksOf("me@host:21", note.partial(), WEEK)).isTrue();
        assertThat(notes.speaksOf("me@host:22", note.partial(), WEEK)).isFalse();
        assertThat(notes.speaksOf("me@host:21", "other", WEEK)).isFalse();
        assertThat(files()).hasSize(1);
        notes.remove("me@host:21", note.path(), "abc");
        notes.remove("me@host:21", note.path(), "abc");
        assertThat(notes.find("me@host:21", note.path(), "abc", WEEK)).isEmpty();
        assertThat(files()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " blank first",
                "\ttab",
                "\fform feed",
                "a\\nb",
                "ends in \\",
                "line\r\nends",
                "#",
                "!",
                "=",
                ":x",
                "\\u0041",
                "\u2028",
                "\uD83D\uDE00",
                " ",
                "key=value"
            })
    void noteKeepsAnyName(String name) throws Exception {
        Instant now = Instant.now();
        Note note = new Note("me@host:21", name, "abc", name + ".part", name, now, "/no/such/" + name);
        new IntentNotes(directory).write(note, false);
        assertThat(new IntentNotes(directory).find("me@host:21", name, "abc", WEEK))
                .isEqualTo(Optional.of(note));
    }

    /** The real path of a work directory may have bytes that are no letters here: its notes are found all the same. */
    @Test
    void noteIsFoundInADirectoryThatThisLocaleCannotSpell() throws Exception {
        Path link = directory.resolve("link");
        String make = "cd \"$1\" && mkdir \"$(printf 'gr\\366sse')\" && ln -s \"$(printf 'gr\\366sse')\" link";
        assertThat(new ProcessBuilder("sh", "-c", make, "sh", directory.toString())
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
        IntentNotes notes = new IntentNotes(link.toRealPath().resolve("outgoing"));
        Note note = note("inbox/file", Instant.now());
        notes.write(note, false);
        assertThat(notes.find("me@host:21", note.path(), "abc", WEEK)).isPresent();
    }

    @Test
    void noteExpires() throws Exception {
        IntentNotes notes = new IntentNotes(directory);
        Note old = note("inbox/old", Instant.now().minus(Duration.ofDays(8)));
        Note older = note("inbox/older", Instant.now().minus(Duration.ofDays(9)));
        notes.write(old, false);
        notes.write(older, false);
        assertThat(notes.find("me@host:21", old.path(), "abc", Duration.ZERO)).isPresent();
        assertThat(notes.speaksOf("me@host:21", old.partial(), Duration.ZERO)).isTrue();
        assertThat(notes.find("me@host:21", old.path(), "abc", Duration.ofDays(10)))
                .isPresent();
        assertThat(notes.find("me@host:21", old.path(), "abc", WEEK)).isEmpty();
        assertThat(files()).hasSize(1);
        assertThat(notes.speaksOf("me@host:21", older.partial(), WEEK)).isFalse();
        assertThat(files()).isEmpty();
    }

    @Test
    void noteOfAFileThatIsGoneIsForgotten() throws Exception {
        IntentNotes notes = new IntentNotes(directory.resolve("notes"));
        notes.removeOfGoneSources();
        Path there = Files.writeString(directory.resolve("there"), "content");
        for (Path source : List.of(there, directory.resolve("gone"), directory.resolve("unmounted/file"))) {
            notes.write(
                    new Note("me@host:21", source.toString(), "abc", "part", "aside", Instant.now(), source.toString()),
                    false);
        }
        notes.removeOfGoneSources();
        assertThat(notes.find("me@host:21", there.toString(), "abc", WEEK)).isPresent();
        assertThat(notes.find("me@host:21", directory.resolve("gone").toString(), "abc", WEEK))
                .isEmpty();
        assertThat(notes.find("me@host:21", directory.resolve("unmounted/file").toString(), "abc", WEEK))
                .isPresent();
    }

    /** An empty mount point lies under the path of a directory whose file system is not mounted. */
    @Test
    void noteOfAFileWhoseDirectoryWasNotMountedWasForgotten() throws Exception {
        IntentNotes notes = new IntentNotes(directory.resolve("notes"));
        Path drops = Files.createDirectory(directory.resolve("drops"));
        Path unmounted = directory.resolve("unmounted");
        Path source = Files.writeString(drops.resolve("drop"), "content");
        notes.write(new Note("me@host:21", "drop", "abc", "part", "aside", Instant.now(), source.toString()), false);
        Files.move(drops, unmounted);
        Files.createDirectory(drops);
        notes.removeOfGoneSources();
        assertThat(notes.find("me@host:21", "drop", "abc", WEEK)).isPresent();
        Files.delete(drops);
        Files.move(unmounted, drops);
        notes.removeOfGoneSources();
        assertThat(notes.find("me@host:21", "drop", "abc", WEEK)).isPresent();
        Files.delete(source);
        notes.removeOfGoneSources();
        assertThat(notes.find("me@host:21", "drop", "abc", WEEK)).isEmpty();
    }

    @Test
    void whatIsNoNoteIsLeftAlone() throws Exception {
        IntentNotes notes = new IntentNotes(directory);
        Note note = note("inbox/file", Instant.now());
        notes.write(note, true);
        Path file = directory.resolve(files().get(0));
        Files.writeString(file, "partner=me@host\\:21\n");
        assertThat(notes.find("me@host:21", note.path(), "abc", WEEK)).isEmpty();
        assertThat(notes.speaksOf("me@host:21", note.partial(), WEEK)).isFalse();
        assertThat(file).exists();
        notes.write(note, true);
        assertThat(notes.find("me@host:21", note.path(), "abc", WEEK)).contains(note);
    }

    @Test
    void withoutADirectoryThereAreNoNotes() throws Exception {
        IntentNotes none = new IntentNotes(null);
        none.write(note("inbox/file", Instant.now()), true);
        assertThat(none.find("me@host:21", "inbox/file", "abc", WEEK)).isEmpty();
        assertThat(none.speaksOf("me@host:21", "inbox/file.part", WEEK)).isFalse();
        none.remove("me@host:21", "inbox/file", "abc");
        assertThat(new IntentNotes(directory.resolve("missing")).speaksOf("me@host:21", "x", WEEK))
                .isFalse();
    }

    @Test
    void noteUnderTheNameOfAnotherIsNotTakenForIt() throws Exception {
        IntentNotes notes = new IntentNotes(directory);
        Note one = note("inbox/one", Instant.now());
        Note other = note("inbox/other", Instant.now());
        notes.write(one, false);
        Path file = directory.resolve(files().get(0));
        byte[] text = Files.readAllBytes(file);
        notes.remove("me@host:21", one.path(), "abc");
        notes.write(other, false);
        Files.write(directory.resolve(files().get(0)), text);
        assertThat(notes.find("me@host:21", other.path(), "abc", WEEK)).isEmpty();
    }

    @Test
    void draftThatAKilledProcessLeftIsNoNote() throws Exception {
        IntentNotes notes = new IntentNotes(directory);
        Note note = note("inbox/file", Instant.now());
        notes.write(note, false);
        Path file = directory.resolve(files().get(0));
        Path draft = Files.move(file, directory.resolve(file.getFileName() + ".new"));
        assertThat(notes.speaksOf("me@host:21", note.partial(), WEEK)).isFalse();
        assertThat(draft).exists();
        notes.write(note, true);
        assertThat(notes.speaksOf("me@host:21", note.partial(), WEEK)).isTrue();
        assertThat(draft).doesNotExist();
    }
}
