package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.transfer.IntentNotes.Note;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A symbolic link in the place of a note, of the installation's id, or of a version's directory is never written through. */
class NoteLinksTest {

    @TempDir
    Path local;

    private final Note note =
            new Note("me@host:21", "inbox/file", "abc", "part", "aside", Instant.now(), "/no/such/file");
    private Path victim;
    private Path work;

    @BeforeEach
    void prepare() throws Exception {
        victim = Files.writeString(local.resolve("victim"), "untouched");
        work = Files.createDirectories(local.resolve("work"));
    }

    @Test
    void draftAndNoteThatAreLinksAreReplaced() throws Exception {
        IntentNotes notes = new IntentNotes(work);
        notes.write(note, false);
        Path file;
        try (var files = Files.list(work)) {
            file = files.findFirst().orElseThrow();
        }
        Files.delete(file);
        Files.createSymbolicLink(file, victim);
        Files.createSymbolicLink(file.resolveSibling(file.getFileName() + ".new"), victim);
        assertThat(notes.find("me@host:21", "inbox/file", "abc", Duration.ZERO)).isEmpty();
        notes.write(note, true);
        assertThat(victim).hasContent("untouched");
        assertThat(Files.isSymbolicLink(file)).isFalse();
        assertThat(notes.find("me@host:21", "inbox/file", "abc", Duration.ZERO)).contains(note);
    }

    @Test
    void directoryOfNotesThatIsALinkIsRefused() throws Exception {
        Path elsewhere = Files.createDirectories(local.resolve("elsewhere"));
        Path link = Files.createSymbolicLink(work.resolve("outgoing"), elsewhere);
        assertThatThrownBy(() -> new IntentNotes(link).write(note, false)).hasMessageContaining("symbolic link");
        assertThat(elsewhere).isEmptyDirectory();
    }

    @Test
    void idThatIsALinkIsNotUsedAndAWorkDirectoryThatIsALinkIs() throws Exception {
        Path named = Files.createSymbolicLink(local.resolve("named"), work);
        try (Installation installation = Installation.of(named)) {
            assertThat(installation).isNotSameAs(Installation.ofProcess());
        }
        Files.delete(work.resolve("installation"));
        Files.createSymbolicLink(work.resolve("installation"), victim);
        try (Installation installation = Installation.of(work)) {
            assertThat(installation).isSameAs(Installation.ofProcess());
        }
        assertThat(victim).hasContent("untouched");
    }

    @Test
    void directoryOfAVersionThatIsALinkIsRefused() throws Exception {
        Fingerprint version = new Fingerprint("me@host:21", "outbound/file", 5, Instant.EPOCH, null, true);
        LocalTarget target = LocalTarget.inWorkDirectory(work, "file", LocalTarget.DEFAULT_SUFFIX);
        Path home = target.published(version).getParent();
        Files.createSymbolicLink(home, Files.createDirectories(local.resolve("elsewhere")));
        assertThatThrownBy(() -> target.refuseLinks(version)).hasMessageContaining("symbolic link");
    }
}
