package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Content;
import io.ferry.testkit.Fault;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.Vsftpd;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is said to the server for one file: each command costs a way to it and back. */
class UploadCommandsTest extends UploadFixture {

    private List<String> verbs() {
        return proxy.commands().stream()
                .map(command -> command.replaceFirst(" .*", ""))
                .toList();
    }

    /** After a first one, which opens the session and looks for stale partials. */
    private void warmUp() throws IOException {
        on(Vsftpd.start());
        Path first = TransferContract.aged(Content.write(local.resolve("first"), 1, 1));
        upload(LocalSource.of(first), RemoteTarget.replacing("first"), FAIL).run();
        proxy.clearCommands();
    }

    @Test
    void smallFileTakesFiveCommands() throws IOException {
        warmUp();
        TransferResult result = send(drop(4096, 2), FAIL);
        assertThat(verbs()).containsExactly("EPSV", "STOR", "SIZE", "RNFR", "RNTO");
        assertThat(result.verified()).startsWith("size 4096");
        Content.assertIs(server.root().resolve("file"), 4096, 2);
    }

    /** The next one's data connection is asked for while the size is, and used: as many commands, one way to the server less. */
    @Test
    void uploadThatIsFollowedAsksForTheNextPort() throws IOException {
        warmUp();
        Place followed = new Alone(true);
        upload(drop(4096, 2), RemoteTarget.replacing("file"), followed).run();
        upload(drop(4096, 3), RemoteTarget.replacing("other"), new Alone(false)).run();
        assertThat(verbs())
                .containsExactly("EPSV", "STOR", "SIZE", "EPSV", "RNFR", "RNTO", "STOR", "SIZE", "RNFR", "RNTO");
        Content.assertIs(server.root().resolve("file"), 4096, 2);
        Content.assertIs(server.root().resolve("other"), 4096, 3);
    }

    /** That all ports were in use for a moment is no answer to the next upload, and no reason to give EPSV up. */
    @Test
    void portThatWasRefusedForNowIsAskedForAgain() throws IOException {
        warmUp();
        upload(drop(4096, 2), RemoteTarget.replacing("file"), new Alone(true)).run();
        Fault busy = proxy.replaceReply("EPSV", "425 No port free now.");
        upload(drop(4096, 3), RemoteTarget.replacing("other"), new Alone(true)).run();
        assertThat(busy.fired()).isEqualTo(1);
        proxy.clearCommands();
        upload(drop(4096, 4), RemoteTarget.replacing("third"), new Alone(false)).run();
        assertThat(verbs()).containsExactly("EPSV", "STOR", "SIZE", "RNFR", "RNTO");
        Content.assertIs(server.root().resolve("third"), 4096, 4);
    }

    /** A try that fails costs an attempt: not where a reader has seen the bytes, nor where there is no other. */
    @Test
    void nothingIsAskedAheadWhereAnotherAttemptCouldDoHarm() throws IOException {
        warmUp();
        RemoteTarget appended =
                new RemoteTarget("first", null, ".ferry-part", RemoteTarget.WhenExists.APPEND, null, true, null, null);
        upload(drop(4096, 2), RemoteTarget.appending("first"), new Alone(true)).run();
        new Upload(
                        pool,
                        drop(4096, 3),
                        RemoteTarget.replacing("file"),
                        ONCE,
                        installation,
                        listener,
                        () -> false,
                        new Alone(true))
                .run();
        assertThat(verbs().subList(verbs().indexOf("APPE"), verbs().size()))
                .containsExactly("APPE", "SIZE", "EPSV", "STOR", "SIZE", "RNFR", "RNTO");
    }

    private Upload upload(LocalSource source, RemoteTarget target, Place place) {
        return new Upload(pool, source, target, FAIL, installation, listener, () -> false, place);
    }

    /** One whose partial is worth continuing is asked for. */
    @Test
    void fileLongerThanTheOverlapTakesSix() throws IOException {
        warmUp();
        send(drop(FAIL.overlap() + 1, 2), FAIL);
        assertThat(verbs()).containsExactly("SIZE", "EPSV", "STOR", "SIZE", "RNFR", "RNTO");
    }

    /** A partial that nobody has asked for is overwritten, also where it is longer than the file. */
    @Test
    void partialOfASmallFileIsOverwritten() throws IOException {
        warmUp();
        LocalSource source = drop(4096, 2);
        String partial = RemoteTarget.replacing("file").partial(source.fingerprint(), installation.id());
        remote(partial, Content.write(local.resolve("other"), 9000, 3), 9000, Duration.ofMinutes(1))
                .toFile()
                .setWritable(true, false);
        send(source, FAIL);
        Content.assertIs(server.root().resolve("file"), 4096, 2);
        assertThat(remoteNames()).containsExactly("file", "first");
    }

    /** Once an attempt has begun the server is asked again: the first one may be whole, and its reply lost. */
    @Test
    void secondAttemptAsksWhatIsThere() throws IOException {
        warmUp();
        proxy.cutDataAfter(1000, Direction.UP, Cut.RST);
        send(drop(4096, 2), FAIL);
        List<String> verbs = verbs();
        assertThat(verbs.subList(verbs.indexOf("STOR") + 1, verbs.lastIndexOf("STOR")))
                .contains("SIZE");
        Content.assertIs(server.root().resolve("file"), 4096, 2);
    }

    /** A STOR whose reply is lost has made a partial all the same, which is found: nothing stays, wherever the line is cut. */
    @Test
    void cutInTheRepliesLeavesNothingBehind() throws IOException {
        warmUp();
        boolean struck = true;
        for (int at = 1; struck; at += 7) {
            pool.endIdle();
            Fault cut = proxy.cutControlAfter(at, Direction.DOWN, Cut.FIN);
            Upload upload = upload(drop(4096, at), RemoteTarget.replacing("file"), FAIL);
            upload.run();
            upload.forget();
            struck = cut.fired() > 0;
            proxy.clearFaults();
            assertThat(remoteNames()).as("cut at byte " + at).containsExactly("file", "first");
            Content.assertIs(server.root().resolve("file"), 4096, at);
        }
    }
}
