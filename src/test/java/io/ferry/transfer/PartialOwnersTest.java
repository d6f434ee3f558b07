package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.ChildJvm;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import io.ferry.transfer.RemoteTarget.WhenExists;
import io.ferry.transfer.TransferOptions.OnUnprovable;
import io.ferry.transfer.TransferResult.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose a partial on the server is, who may continue it, who removes it, and what is known of it after the process ended. */
class PartialOwnersTest extends UploadFixture {

    private static final Duration DAYS_8 = Duration.ofDays(8);

    private TestServer onNamed(String name) {
        return on(name.equals("apache") ? ApacheFtp.start() : Vsftpd.start());
    }

    private String partial(LocalSource source, String id) {
        return RemoteTarget.replacing("file").partial(source.fingerprint(), id);
    }

    @Test
    void idSurvivesAndIsShared() throws Exception {
        Path directory = local.resolve("other");
        String id;
        try (Installation first = Installation.of(directory);
                Installation second = Installation.of(directory)) {
            id = first.id();
            assertThat(second).isSameAs(first);
        }
        assertThat(id).matches("[0-9a-f]{8}");
        assertThat(directory.resolve("installation")).hasContent(id);
        try (Installation again = Installation.of(directory)) {
            assertThat(again.id()).isEqualTo(id);
        }
    }

    @Test
    void idThatACrashLeftHalfWrittenIsReplaced() throws Exception {
        Path directory = Files.createDirectories(local.resolve("other"));
        Files.writeString(directory.resolve("installation"), "01234567");
        try (Installation installation = Installation.of(directory)) {
            assertThat(directory.resolve("installation")).hasContent(installation.id());
        }
    }

    @Test
    void twoProcessesOnOneWorkDirectoryHaveTwoIds() throws Exception {
        Path directory = local.resolve("shared");
        try (ChildJvm child =
                ChildJvm.of(InstallationMain.class).arguments(directory).start()) {
            String theirs =
                    child.awaitLine("id ([0-9a-f]{8})", Duration.ofMinutes(1)).group(1);
            try (Installation mine = Installation.of(directory)) {
                assertThat(mine.id()).isNotEqualTo(theirs);
                assertThat(mine.ids()).containsExactlyInAnyOrder(mine.id(), theirs);
            }
            child.kill9();
            try (Installation next = Installation.of(directory)) {
                assertThat(next.id()).isEqualTo(theirs);
            }
        }
    }

    @Test
    void workDirectoryThatCannotBeMadeGivesAnIdForThisProcess() throws Exception {
        Path file = Files.createFile(local.resolve("occupied"));
        try (Installation installation = Installation.of(file.resolve("work"))) {
            assertThat(installation).isSameAs(Installation.ofProcess());
        }
    }

    @Test
    void partialNamesStayWithin255Bytes() throws Exception {
        LocalSource source = drop(1, 1);
        for (int length = 200; length <= 255; length++) {
            for (String variant : new String[] {"", "0123abcd"}) {
                String name = "d/" + "ü".repeat(length / 2);
                String partial = RemoteTarget.replacing(name).partial(source.fingerprint(), variant, "89abcdef");
                assertThat(RemoteTarget.nameOf(partial).getBytes(StandardCharsets.UTF_8))
                        .hasSizeLessThanOrEqualTo(255);
                assertThat(partial).startsWith("d/.").endsWith(".89abcdef.ferry-part");
            }
        }
        String one = RemoteTarget.replacing("x".repeat(254) + "1").partial(source.fingerprint(), "89abcdef");
        String two = RemoteTarget.replacing("x".repeat(254) + "2").partial(source.fingerprint(), "89abcdef");
        assertThat(one).isNotEqualTo(two);
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void partialOfAnotherInstallationThatStandsStillIsTakenOver(String name) throws Exception {
        onNamed(name);
        LocalSource source = drop(4 * MB, 2);
        remote(partial(source, "00000000"), source.file(), 3 * MB, Duration.ofHours(1));
        assertThat(send(source, FAIL).restartOffset()).isEqualTo(3 * MB);
        Content.assertIs(server.root().resolve("file"), 4 * MB, 2);
        assertThat(remoteNames()).containsExactly("file");
        assertThat(proxy.bytesUp()).isEqualTo(MB);
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void partialOfAnotherInstallationThatGrowsIsLeftAlone(String name) throws Exception {
        onNamed(name);
        LocalSource source = drop(4 * MB, 3);
        String theirs = partial(source, "00000000");
        Path growing = remote(theirs, source.file(), 2 * MB, Duration.ZERO);
        AtomicBoolean sent = new AtomicBoolean();
        Thread writer = new Thread(() -> {
            while (!sent.get()) {
                try {
                    Files.write(growing, new byte[1], StandardOpenOption.APPEND);
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
                java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
            }
        });
        writer.start();
        try {
            assertThat(send(source, FAIL).restartOffset()).isZero();
        } finally {
            sent.set(true);
            writer.join();
        }
        Content.assertIs(server.root().resolve("file"), 4 * MB, 3);
        assertThat(remoteNames()).containsExactlyInAnyOrder("file", theirs);
    }

    @Test
    void partialOfAnotherInstallationWithOtherBytesIsNotContinued() throws Exception {
        on(Vsftpd.start());
        LocalSource source = drop(4 * MB, 4);
        Path other = Content.write(local.resolve("other"), 3 * MB, 5);
        remote(partial(source, "00000000"), other, 3 * MB, Duration.ofHours(1));
        assertThat(send(source, FAIL).restartOffset()).isZero();
        Content.assertIs(server.root().resolve("file"), 4 * MB, 4);
    }

    @Test
    void refusedListingMeansThatThereIsNoOthersPartial() throws Exception {
        on(Vsftpd.start(Vsftpd.plain().set("cmds_denied", "LIST,NLST,MDTM")));
        send(drop(2 * MB, 6), FAIL);
        Content.assertIs(server.root().resolve("file"), 2 * MB, 6);
        assertThat(recorder.events).noneMatch(event -> event.startsWith("interrupted"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void onlyStalePartialsOfOnesOwnAreRemovedAndOnlyOnce(String name) throws Exception {
        onNamed(name);
        LocalSource source = drop(10, 7);
        String own = "." + installation.id() + ".ferry-part";
        remote(".stale.0123456789abcdef" + own, source.file(), 10, DAYS_8);
        remote(".young.0123456789abcdef" + own, source.file(), 10, Duration.ofDays(6));
        remote(".stale.0123456789abcdef.00000000.ferry-part", source.file(), 10, DAYS_8);
        remote(".stale.ferry-part", source.file(), 10, DAYS_8);
        remote("stale.0123456789abcdef" + own, source.file(), 10, DAYS_8);
        send(source, FAIL);
        assertThat(remoteNames())
                .containsExactlyInAnyOrder(
                        "file",
                        "stale.0123456789abcdef" + own,
                        ".stale.ferry-part",
                        ".young.0123456789abcdef" + own,
                        ".stale.0123456789abcdef.00000000.ferry-part");
        proxy.clearCommands();
        send(drop(20, 27), FAIL);
        assertThat(proxy.commands()).noneMatch(command -> command.matches("(LIST -a|MLSD|MDTM).*"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "MDTM"})
    void nothingIsRemovedWithoutAnExpiryOrWithoutTheServersClock(String what) throws Exception {
        on(Vsftpd.start(what.equals("0") ? Vsftpd.plain() : Vsftpd.plain().set("cmds_denied", what)));
        LocalSource source = drop(10, 8);
        String stale = ".stale.0123456789abcdef." + installation.id() + ".ferry-part";
        remote(stale, source.file(), 10, DAYS_8);
        send(source, what.equals("0") ? with(OnUnprovable.FAIL, Duration.ZERO) : FAIL);
        assertThat(remoteNames()).containsExactlyInAnyOrder("file", stale);
        assertThat(sent("DELE")).isEmpty();
    }

    @Test
    void stalePartialThatANoteSpeaksOfStays() throws Exception {
        on(Vsftpd.start());
        LocalSource source = drop(MB, 9);
        proxy.cutControlOn("RNTO");
        assertThatThrownBy(() -> send(source, ONCE)).isInstanceOf(TransferException.class);
        String noted = partial(source, installation.id());
        remote(noted, source.file(), MB, DAYS_8);
        Path other = TransferContract.aged(Content.write(local.resolve("other"), 10, 10));
        upload(LocalSource.of(other), RemoteTarget.replacing("other"), FAIL).run();
        assertThat(remoteNames()).containsExactlyInAnyOrder("other", noted);
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void partialsLieInAnotherDirectory(String name) throws Exception {
        onNamed(name);
        RemoteTarget target =
                new RemoteTarget("in/box/file", null, ".part", WhenExists.REPLACE, null, true, null, "tmp/parts");
        proxy.cutDataAfter(24 * MB, Direction.UP, Cut.FIN);
        upload(drop(30 * MB, 11), target, FAIL).run();
        Content.assertIs(server.root().resolve("in/box/file"), 30 * MB, 11);
        assertThat(names(server.root().resolve("in/box"))).containsExactly("file");
        assertThat(names(server.root().resolve("tmp/parts"))).isEmpty();
        assertThat(sent("STOR")).isNotEmpty().allMatch(command -> command.startsWith("STOR tmp/parts/.file."));
        assertThat(recorder.resumes()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"apache", "vsftpd"})
    void renameWhoseReplyWasLostIsKnownToTheNextUpload(String name) throws Exception {
        onNamed(name);
        LocalSource source = drop(MB, 12);
        proxy.cutControlOnReplyTo("RNTO");
        assertThatThrownBy(() -> send(source, ONCE)).isInstanceOf(TransferException.class);
        Files.delete(server.root().resolve("file"));
        TransferResult result = send(source, FAIL);
        assertThat(result.outcome()).isEqualTo(Outcome.ALREADY_COMPLETE);
        assertThat(result.verified()).contains("had come to its rename");
        assertThat(remoteNames()).isEmpty();
        assertThat(sent("STOR")).hasSize(1);
    }

    @Test
    void renameThatNeverArrivedIsDoneByTheNextUpload() throws Exception {
        on(Vsftpd.start());
        LocalSource source = drop(MB, 13);
        proxy.cutControlOn("RNTO");
        assertThatThrownBy(() -> send(source, ONCE)).isInstanceOf(TransferException.class);
        assertThat(send(source, FAIL).outcome()).isEqualTo(Outcome.TRANSFERRED);
        Content.assertIs(server.root().resolve("file"), MB, 13);
        assertThat(remoteNames()).containsExactly("file");
        assertThat(sent("STOR")).hasSize(1);
    }

    @Test
    void publishedVersionIsSentAgainOnceItsNoteIsForgottenOrExpired() throws Exception {
        on(Vsftpd.start());
        LocalSource source = drop(MB, 14);
        Upload first = upload(source, RemoteTarget.replacing("file"), FAIL);
        first.run();
        assertThat(send(source, FAIL).outcome()).isEqualTo(Outcome.ALREADY_COMPLETE);
        first.forget();
        assertThat(send(source, FAIL).outcome()).isEqualTo(Outcome.TRANSFERRED);
        TransferOptions soon = with(OnUnprovable.FAIL, Duration.ofNanos(1));
        assertThat(send(source, soon).outcome()).isEqualTo(Outcome.TRANSFERRED);
        assertThat(sent("STOR")).hasSize(3);
    }

    @Test
    void anotherVersionOrPathIsNotHeldBackByANote() throws Exception {
        on(Vsftpd.start());
        send(drop(MB, 15), FAIL);
        LocalSource source = LocalSource.of(Content.write(local.resolve("drop"), MB, 16));
        assertThat(send(source, FAIL).outcome()).isEqualTo(Outcome.TRANSFERRED);
        assertThat(upload(source, RemoteTarget.replacing("elsewhere"), FAIL)
                        .run()
                        .outcome())
                .isEqualTo(Outcome.TRANSFERRED);
        Content.assertIs(server.root().resolve("file"), MB, 16);
        Content.assertIs(server.root().resolve("elsewhere"), MB, 16);
    }

    /** The earlier file is set aside where RNTO does not replace; a process that dies then leaves it to the next one. */
    @Test
    void fileThatWasSetAsideIsRemovedByTheNextUpload() throws Exception {
        on(ApacheFtp.start());
        Content.write(server.root().resolve("file"), 10, 17);
        LocalSource source = drop(MB, 18);
        proxy.cutControlOnReplyTo("RNTO file").skip(1);
        assertThatThrownBy(() -> send(source, ONCE)).isInstanceOf(TransferException.class);
        assertThat(remoteNames()).hasSize(2);
        assertThat(send(source, FAIL).outcome()).isEqualTo(Outcome.ALREADY_COMPLETE);
        Content.assertIs(server.root().resolve("file"), MB, 18);
        assertThat(remoteNames()).containsExactly("file");
    }

    /** Content of a message has no note; what its upload set aside goes once it has expired, if it was replaced. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void fileThatTheContentOfAMessageReplacedStayedAside(boolean replaced) throws Exception {
        on(ApacheFtp.start());
        Content.write(server.root().resolve("file"), 10, 17);
        LocalSource source = LocalSource.of(Content.write(local.resolve("message"), MB, 18), "0123abcd");
        if (replaced) {
            proxy.cutControlOnReplyTo("RNTO file").skip(1);
        } else {
            proxy.cutControlOn("RNTO file").skip(1);
        }
        assertThatThrownBy(() -> send(source, ONCE)).isInstanceOf(TransferException.class);
        String aside = remoteNames().stream()
                .filter(name -> name.endsWith(".ferry-aside"))
                .findFirst()
                .orElseThrow();
        assertThat(aside).contains("." + installation.id() + ".");
        Path others = Files.write(server.root().resolve(aside.replace(installation.id(), "00000000")), new byte[] {1});
        // Of this upload, nothing has expired yet; what is sent after that only lists.
        sendOther(FAIL, "first");
        assertThat(remoteNames()).contains(aside);
        sendOther(with(OnUnprovable.FAIL, Duration.ofMillis(1)), "second");
        if (replaced) {
            assertThat(remoteNames()).doesNotContain(aside).contains("file");
            Content.assertIs(server.root().resolve("file"), MB, 18);
        } else {
            assertThat(remoteNames()).as("the only copy").contains(aside).doesNotContain("file");
        }
        assertThat(others).exists();
    }

    /** Another file, by the same installation in a later life: directories are swept once in each. */
    private void sendOther(TransferOptions options, String name) throws Exception {
        installation.close();
        installation = Installation.of(local.resolve("work"));
        Path other = TransferContract.aged(Content.write(local.resolve(name), 10, 10));
        upload(LocalSource.of(other), RemoteTarget.replacing(name), options).run();
    }

    @Test
    void changeWithinTheSameTickIsSeen() throws Exception {
        Path file = local.resolve("young");
        for (int i = 0; i < 50; i++) {
            Content.write(file, 10, i);
            LocalSource source = LocalSource.of(file);
            Content.write(file, 10, i + 1);
            assertThatThrownBy(() -> source.checkUnchanged("file")).isInstanceOf(TransferException.class);
        }
    }
}
