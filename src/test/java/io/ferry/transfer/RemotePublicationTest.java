package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.session.Lease;
import io.ferry.testkit.ScriptedServer;
import io.ferry.transfer.IntentNotes.Note;
import io.ferry.transfer.RemotePublication.Ending;
import io.ferry.transfer.RemoteTarget.WhenExists;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From a verified partial to a final name, step by step, with each step refused or its reply lost. */
class RemotePublicationTest extends UploadFixture {

    private static final String PARTIAL = "/.file.part";
    private static final byte[] OLD = {1};
    private static final byte[] NEW = {2, 2};

    private ScriptedServer scripted;
    private LocalSource source;
    private RemoteTarget target = RemoteTarget.replacing("/file");

    @BeforeEach
    void connect() throws IOException {
        scripted = on(ScriptedServer.start());
        source = drop(NEW.length, 1);
        scripted.put(PARTIAL, NEW);
    }

    private interface Step<T> {
        T with(FtpSession session) throws IOException;
    }

    /** On a session of its own where the last one broke. */
    private <T> T does(Step<T> step) throws IOException {
        try (Lease lease = pool.lease()) {
            return step.with(lease.session());
        }
    }

    private boolean holds(Step<Boolean> question) throws IOException {
        return does(question);
    }

    private RemotePublication publication() {
        Transfer transfer = new Transfer(Transfer.Direction.UPLOAD, "me@host", "/file");
        Attempts attempts = new Attempts(transfer, FAIL, recorder, () -> false);
        RemoteProof proof = new RemoteProof(source, FAIL, attempts, new Doubts(transfer, FAIL, recorder));
        return new RemotePublication(target, source, FAIL, proof, installation);
    }

    private Ending publish(RemotePublication publication) throws IOException {
        return does(session -> publication.publish(session, PARTIAL));
    }

    private Optional<Note> noted() throws IOException {
        RemotePublication another = publication();
        return does(another::noted);
    }

    private void whenExists(WhenExists whenExists, RemoteTarget.Mover mover) {
        target = new RemoteTarget("/file", null, ".part", whenExists, mover, false, null);
    }

    /** As servers do that never replace. */
    private void refuseToReplace() {
        scripted.on(
                "RNTO",
                (session, argument) ->
                        scripted.get(argument) == null ? session.standard("RNTO", argument) : "553 It exists.");
    }

    private void assertPublishedAlone() {
        assertThat(scripted.paths()).containsExactly("/file");
        assertThat(scripted.get("/file")).isEqualTo(NEW);
    }

    @Test
    void noteTellsWhatWasRenamedUntilItIsForgotten() throws Exception {
        RemotePublication publication = publication();
        assertThat(publish(publication)).isEqualTo(Ending.PUBLISHED);
        assertPublishedAlone();
        Note note = noted().orElseThrow();
        assertThat(note.partial()).isEqualTo(PARTIAL);
        assertThat(note.source()).isEqualTo(source.file().toAbsolutePath().toString());
        assertThat(holds(session -> publication().happened(session, note))).isTrue();
        LocalSource noted = source;
        source = drop(NEW.length + 1, 2);
        assertThat(noted()).as("another version").isEmpty();
        source = noted;
        target = RemoteTarget.appending("/file");
        assertThat(noted()).as("an append renames nothing").isEmpty();
        target = RemoteTarget.replacing("/file");
        publication.forget(pool.partner().name());
        assertThat(noted()).isEmpty();
    }

    @Test
    void contentOfAMessageIsNotNoted() throws Exception {
        LocalSource dropped = source;
        source = LocalSource.of(source.file(), "digest");
        assertThat(publish(publication())).isEqualTo(Ending.PUBLISHED);
        assertThat(noted()).isEmpty();
        assertThat(names(local.resolve("work"))).doesNotContain("outgoing");
        installation
                .notes()
                .write(
                        new Note(
                                pool.partner().name(),
                                "/file",
                                source.fingerprint().hash(),
                                PARTIAL,
                                "/aside",
                                Instant.now(),
                                dropped.file().toString()),
                        false);
        assertThat(noted()).as("another's note is not read").isEmpty();
        publication().forget(pool.partner().name());
        assertThat(names(local.resolve("work/outgoing"))).as("nor removed").hasSize(1);
    }

    /** Its silence would not mean that the partial is gone. */
    @Test
    void nothingIsNotedForAServerThatShowsNoFiles() throws Exception {
        scripted.on("SIZE", "550 Not for you.");
        scripted.on("LIST", "550 Not for you.");
        assertThat(publish(publication())).isEqualTo(Ending.PUBLISHED);
        assertThat(noted()).isEmpty();
    }

    @Test
    void notedPartialThatIsStillThereWasNotPublished() throws Exception {
        publish(publication());
        Note note = noted().orElseThrow();
        scripted.put(PARTIAL, NEW);
        assertThat(holds(session -> publication().happened(session, note)))
                .as("this process has heard the reply: the server has put the partial back")
                .isTrue();
        // Written anew, as by a process that has not heard it.
        installation.notes().write(note, false);
        assertThat(holds(session -> publication().happened(session, note))).isFalse();
        assertThat(noted()).isEmpty();
    }

    @Test
    void replacedFileOfAnInterruptedPublicationIsRemovedWithTheNextLook() throws Exception {
        publish(publication());
        Note note = noted().orElseThrow();
        scripted.put(note.aside(), OLD);
        assertThat(holds(session -> publication().happened(session, note))).isTrue();
        assertPublishedAlone();
    }

    /** Renames, or not, and drops the connection instead of a reply. */
    private void loseReplyToRename(boolean renamed) {
        AtomicInteger count = new AtomicInteger();
        scripted.on("RNTO", (session, argument) -> {
            if (scripted.get(argument) != null) {
                return "553 It exists.";
            }
            if (argument.equals("/file") && count.getAndIncrement() == 0) {
                if (renamed) {
                    session.standard("RNTO", argument);
                }
                session.drop();
                return null;
            }
            return session.standard("RNTO", argument);
        });
    }

    @Test
    void renameWhoseReplyWasLostHappenedWhereThePartialIsGone() throws Exception {
        loseReplyToRename(true);
        scripted.put("/file", OLD);
        RemotePublication publication = publication();
        assertThat(holds(session -> publication.happenedAlready(session, PARTIAL)))
                .isFalse();
        assertThatThrownBy(() -> publish(publication)).isInstanceOf(FtpException.class);
        assertThat(noted()).isPresent();
        assertThat(scripted.paths()).hasSize(2);
        assertThat(holds(session -> publication.happenedAlready(session, PARTIAL)))
                .isTrue();
        assertPublishedAlone();
    }

    @Test
    void renameWhoseReplyWasLostDidNotHappenWhereThePartialIsThere() throws Exception {
        loseReplyToRename(false);
        RemotePublication publication = publication();
        assertThatThrownBy(() -> publish(publication)).isInstanceOf(FtpException.class);
        assertThat(holds(session -> publication.happenedAlready(session, PARTIAL)))
                .isFalse();
        publish(publication);
        assertPublishedAlone();
    }

    @Test
    void renameWhoseReplyWasLostIsUnknownWhereTheServerShowsNothing() throws Exception {
        scripted.on("SIZE", "550 Not for you.");
        scripted.on("LIST", "550 Not for you.");
        loseReplyToRename(true);
        RemotePublication publication = publication();
        assertThatThrownBy(() -> publish(publication)).isInstanceOf(FtpException.class);
        assertThat(holds(session -> publication.happenedAlready(session, PARTIAL)))
                .isFalse();
    }

    @Test
    void refusedRenameDidNotHappenThoughThePartialVanishes() throws Exception {
        scripted.on("RNTO", "553 Not for you.");
        RemotePublication publication = publication();
        assertThatThrownBy(() -> publish(publication)).hasMessageContaining("553 Not for you.");
        assertThat(noted()).isEmpty();
        does(session -> {
            session.delete(PARTIAL);
            return true;
        });
        assertThat(holds(session -> publication.happenedAlready(session, PARTIAL)))
                .isFalse();
    }

    @Test
    void refusalToRenameAtAllIsAnEndingOfItsOwn() throws Exception {
        scripted.on("RNFR", "502 Not here.");
        RemotePublication publication = publication();
        assertThat(publish(publication)).isEqualTo(Ending.NOT_RENAMED);
        assertThat(publication.refusal()).isEqualTo("502 Not here.");
        assertThat(noted()).isEmpty();
        does(session -> {
            session.delete(PARTIAL);
            return true;
        });
        assertThat(holds(session -> publication.happenedAlready(session, PARTIAL)))
                .isFalse();
    }

    @Test
    void refusalToRenameIsBelievedOfAServerThatShowsNothing() throws Exception {
        scripted.on("RNFR", "550 Not for you.");
        scripted.on("SIZE", "550 Not for you.");
        scripted.on("LIST", "550 Not for you.");
        assertThat(publish(publication())).isEqualTo(Ending.NOT_RENAMED);
    }

    @Test
    void partialThatWasTakenIsNoRefusalToRename() {
        scripted.on("RNFR", (session, argument) -> {
            session.standard("DELE", argument);
            return "550 No such file.";
        });
        RemotePublication publication = publication();
        assertThatThrownBy(() -> publish(publication)).hasMessageContaining("550 No such file.");
    }

    @Test
    void serverThatIsBusyMayRenameLater() {
        scripted.on("RNFR", "450 Busy.");
        assertThatThrownBy(() -> publish(publication()))
                .isInstanceOfSatisfying(
                        FtpException.class, e -> assertThat(e.isTransient()).isTrue());
    }

    @ParameterizedTest
    @EnumSource(
            value = WhenExists.class,
            names = {"FAIL", "IGNORE", "REPLACE"})
    void onlyWhatIsToBeLeftAloneExcludes(WhenExists whenExists) throws Exception {
        whenExists(whenExists, null);
        assertThat(holds(session -> publication().isExcluded(session))).isFalse();
        scripted.put("/file", OLD);
        if (whenExists == WhenExists.FAIL) {
            assertThatThrownBy(() -> holds(session -> publication().isExcluded(session)))
                    .isInstanceOf(TransferException.class)
                    .hasMessageContaining("/file exists, and fileExist=Fail");
        } else {
            assertThat(holds(session -> publication().isExcluded(session))).isEqualTo(whenExists == WhenExists.IGNORE);
        }
    }

    @Test
    void fileThatAppearedIsLeftAlone() throws Exception {
        whenExists(WhenExists.IGNORE, null);
        scripted.put("/file", OLD);
        assertThat(publish(publication())).isEqualTo(Ending.LEFT_ALONE);
        assertThat(scripted.paths()).containsExactly("/file");
        assertThat(scripted.get("/file")).isEqualTo(OLD);
    }

    @ParameterizedTest
    @EnumSource(
            value = WhenExists.class,
            names = {"FAIL", "MOVE"})
    void fileThatAppearedIsNotReplacedWhereNothingMovesIt(WhenExists whenExists) {
        List<String> moved = new ArrayList<>();
        whenExists(whenExists, whenExists == WhenExists.FAIL ? (session, path) -> moved.add(path) : null);
        scripted.put("/file", OLD);
        assertThatThrownBy(() -> publish(publication()))
                .isInstanceOf(TransferException.class)
                .hasMessageEndingWith("the new file stays as " + PARTIAL);
        assertThat(moved).isEmpty();
        assertThat(scripted.get("/file")).isEqualTo(OLD);
        assertThat(scripted.get(PARTIAL)).isEqualTo(NEW);
    }

    @Test
    void existingFileIsMovedAwayBeforeTheRename() throws Exception {
        refuseToReplace();
        whenExists(WhenExists.MOVE, (session, path) -> session.rename(path, path + ".old"));
        scripted.put("/file", OLD);
        assertThat(publish(publication())).isEqualTo(Ending.PUBLISHED);
        assertThat(scripted.get("/file.old")).isEqualTo(OLD);
        assertThat(scripted.get("/file")).isEqualTo(NEW);
        scripted.put(PARTIAL, OLD);
        scripted.standard("RNTO");
        does(session -> {
            session.delete("/file");
            return true;
        });
        assertThat(publish(publication())).as("nothing to move").isEqualTo(Ending.PUBLISHED);
        assertThat(scripted.get("/file.old")).isEqualTo(OLD);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void existingFileIsSetAsideOnlyWhereItIsToBeReplaced(boolean replace) throws Exception {
        refuseToReplace();
        scripted.put("/file", OLD);
        if (replace) {
            assertThat(publish(publication())).isEqualTo(Ending.PUBLISHED);
            assertPublishedAlone();
        } else {
            whenExists(WhenExists.TRY_RENAME, null);
            assertThatThrownBy(() -> publish(publication())).hasMessageContaining("553 It exists.");
            assertThat(scripted.get("/file")).isEqualTo(OLD);
            assertThat(sent("RNFR")).hasSize(1);
        }
    }

    @Test
    void replacedFileThatCannotBeDeletedDoesNoHarm() throws Exception {
        refuseToReplace();
        scripted.put("/file", OLD);
        scripted.on("DELE", "550 Not for you.");
        assertThat(publish(publication())).isEqualTo(Ending.PUBLISHED);
        assertThat(scripted.get("/file")).isEqualTo(NEW);
        assertThat(scripted.paths()).hasSize(2);
    }

    /** Refuses the second rename of a replacement, and perhaps the third, which puts the earlier file back. */
    private void refuseReplacement(boolean alsoToPutBack, boolean drop) {
        scripted.put("/file", OLD);
        AtomicInteger count = new AtomicInteger();
        scripted.on("RNTO", (session, argument) -> switch (count.incrementAndGet()) {
            case 1 -> "553 It exists.";
            case 3 -> {
                if (drop) {
                    session.drop();
                    yield null;
                }
                yield "552 No room.";
            }
            case 4 -> alsoToPutBack ? "552 Still no room." : session.standard("RNTO", argument);
            default -> session.standard("RNTO", argument);
        });
    }

    @Test
    void earlierFileIsPutBackWhereTheNewOneIsRefused() throws Exception {
        refuseReplacement(false, false);
        RemotePublication publication = publication();
        assertThatThrownBy(() -> publish(publication))
                .hasMessageContaining("552 No room.")
                .hasNoSuppressedExceptions();
        assertThat(scripted.paths()).containsExactly(PARTIAL, "/file");
        assertThat(scripted.get("/file")).isEqualTo(OLD);
        scripted.standard("RNTO");
        proxy.clearCommands();
        assertThat(publish(publication)).isEqualTo(Ending.PUBLISHED);
        assertThat(proxy.commands()).as("nothing lies aside").noneMatch(command -> command.contains(".ferry-aside"));
        assertPublishedAlone();
    }

    @Test
    void earlierFileThatCannotBePutBackIsSaidAndKept() throws Exception {
        refuseReplacement(true, false);
        assertThatThrownBy(() -> publish(publication()))
                .hasMessageContaining("552 No room.")
                .satisfies(e -> assertThat(e.getSuppressed()[0]).hasMessageContaining("552 Still no room."));
        assertThat(scripted.paths())
                .hasSize(2)
                .contains(PARTIAL)
                .anyMatch(path -> path.endsWith(".ferry-aside") && path.startsWith("/.file."));
    }

    @Test
    void nothingIsPutBackOverAConnectionThatIsLost() {
        refuseReplacement(false, true);
        assertThatThrownBy(() -> publish(publication()))
                .isInstanceOfSatisfying(
                        FtpException.class, e -> assertThat(e.isTransient()).isTrue())
                .hasNoSuppressedExceptions();
    }

    @ParameterizedTest
    @ValueSource(strings = {"missing", "there", "not to be made", "beside", "at home"})
    void directoryIsMadeOnlyWhereItMayBeMissing(String directory) throws Exception {
        boolean missing = directory.equals("missing");
        boolean partialsElsewhere = !directory.equals("beside");
        target = new RemoteTarget(
                directory.equals("at home") ? "file" : "/inbox/file",
                null,
                ".part",
                WhenExists.TRY_RENAME,
                null,
                !directory.equals("not to be made"),
                null,
                partialsElsewhere ? "/" : null);
        List<String> made = new ArrayList<>();
        scripted.on("MKD", (session, argument) -> {
            made.add(argument);
            return session.standard("MKD", argument);
        });
        scripted.on("CWD", (session, argument) -> {
            boolean exists = argument.equals("/") || directory.equals("there") || made.contains(argument);
            return exists ? session.standard("CWD", argument) : "550 No such directory.";
        });
        scripted.on(
                "RNTO",
                (session, argument) -> made.isEmpty() ? "553 No such directory." : session.standard("RNTO", argument));
        if (missing) {
            assertThat(publish(publication())).isEqualTo(Ending.PUBLISHED);
            assertThat(made).containsExactly("/inbox");
            assertThat(scripted.paths()).containsExactly("/inbox/file");
        } else {
            assertThatThrownBy(() -> publish(publication())).hasMessageContaining("553 No such directory.");
            assertThat(made).isEmpty();
            assertThat(scripted.paths()).containsExactly(PARTIAL);
        }
    }

    @Test
    void noteThatCannotBeWrittenDoesNotStopThePublication() throws Exception {
        Files.writeString(local.resolve("work/outgoing"), "in the way");
        assertThat(publish(publication())).isEqualTo(Ending.PUBLISHED);
        assertPublishedAlone();
    }

    @Test
    void expiredNoteTellsNothing() throws Exception {
        publish(publication());
        Note note = noted().orElseThrow();
        installation
                .notes()
                .write(
                        new Note(
                                note.partner(),
                                note.path(),
                                note.version(),
                                note.partial(),
                                note.aside(),
                                Instant.now().minus(Duration.ofDays(8)),
                                note.source()),
                        false);
        assertThat(noted()).isEmpty();
    }
}
