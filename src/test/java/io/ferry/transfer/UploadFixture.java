package io.ferry.transfer;

import io.ferry.session.ListingFormat;
import io.ferry.session.Partner;
import io.ferry.session.SessionPool;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.Leaks;
import io.ferry.testkit.TestServer;
import io.ferry.transfer.TransferOptions.OnUnprovable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** An installation with a work directory of its own, uploading to a server that the test chooses, through a proxy. */
abstract class UploadFixture {

    static final int MB = 1 << 20;
    static final TransferOptions FAIL = TransferContract.OPTIONS;
    static final TransferOptions ONCE = TransferContract.ONCE;
    static final TransferOptions ACCEPT = with(OnUnprovable.ACCEPT, Duration.ofDays(7));

    @TempDir
    Path local;

    private Leaks leaks;
    TestServer server;
    FaultProxy proxy;
    SessionPool pool;
    Installation installation;
    final Recorder recorder = new Recorder();
    TransferListener listener = recorder;

    @BeforeEach
    void begin() {
        leaks = Leaks.snapshot();
        installation = Installation.of(local.resolve("work"));
    }

    @AfterEach
    void end() throws IOException {
        installation.close();
        if (server != null) {
            pool.close();
            proxy.close();
            server.close();
        }
        Leaks.assertNoneSince(leaks);
    }

    static TransferOptions with(OnUnprovable onUnprovable, Duration partialExpiry) {
        return new TransferOptions(
                FAIL.blockSize(),
                FAIL.overlap(),
                FAIL.resume(),
                FAIL.verify(),
                FAIL.attempts(),
                FAIL.reconnectDelay(),
                TransferOptions.AUTO,
                true,
                onUnprovable,
                partialExpiry);
    }

    <T extends TestServer> T on(T chosen) {
        server = chosen;
        proxy = FaultProxy.before(chosen);
        pool = new SessionPool(new Partner(
                "127.0.0.1",
                proxy.port(),
                server.user(),
                server.password(),
                null,
                null,
                TransferContract.TIMEOUTS,
                true,
                Partner.PortRange.ANY,
                null,
                List.of(),
                ListingFormat.AUTO,
                2));
        return chosen;
    }

    /** A file that someone dropped an hour ago. */
    LocalSource drop(long size, long seed) throws IOException {
        return LocalSource.of(TransferContract.aged(Content.write(local.resolve("drop"), size, seed)));
    }

    Upload upload(LocalSource source, RemoteTarget target, TransferOptions options) {
        return new Upload(pool, source, target, options, installation, listener, () -> false);
    }

    TransferResult send(LocalSource source, TransferOptions options) throws IOException {
        return upload(source, RemoteTarget.replacing("file"), options).run();
    }

    List<String> remoteNames() throws IOException {
        return names(server.root());
    }

    static List<String> names(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.map(each -> each.getFileName().toString()).sorted().toList();
        }
    }

    /** The first bytes of a file, under another name, as old as asked for. */
    Path remote(String name, Path from, int length, Duration age) throws IOException {
        Path file = Files.write(server.root().resolve(name), Arrays.copyOf(Files.readAllBytes(from), length));
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
        return file;
    }

    List<String> sent(String verb) {
        return proxy.commands().stream()
                .filter(command -> command.equals(verb) || command.startsWith(verb + " "))
                .toList();
    }

    List<String> unproven() {
        return recorder.events.stream()
                .filter(event -> event.startsWith("unproven"))
                .toList();
    }

    /** A place without others beside it, but perhaps with one that waits. */
    record Alone(boolean isFollowed) implements Place {
        @Override
        public boolean isNext() {
            return ALONE.isNext();
        }

        @Override
        public void awaitNext(BooleanSupplier stop) throws InterruptedIOException {
            ALONE.awaitNext(stop);
        }

        @Override
        public void atWork(boolean hasSession) {
            ALONE.atWork(hasSession);
        }

        @Override
        public boolean areOthersAtWork() {
            return ALONE.areOthersAtWork();
        }
    }
}
