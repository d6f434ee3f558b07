package io.ferry.transfer;

import io.ferry.session.ListingFormat;
import io.ferry.session.Partner;
import io.ferry.session.SessionPool;
import io.ferry.session.Timeouts;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.Leaks;
import io.ferry.testkit.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A server that each test chooses, a proxy before it, a pool, and downloads into a work directory. */
abstract class DownloadFixture {

    static final int MB = 1 << 20;
    static final String SUFFIX = ".part";

    @TempDir
    Path local;

    TestServer server;
    FaultProxy proxy;
    SessionPool pool;
    final Recorder recorder = new Recorder();
    private Leaks leaks;

    @BeforeEach
    void begin() {
        leaks = Leaks.snapshot();
    }

    @AfterEach
    void end() {
        if (pool != null) {
            pool.close();
            proxy.close();
            server.close();
        }
        Leaks.assertNoneSince(leaks);
    }

    <T extends TestServer> T on(T chosen) {
        return on(chosen, TransferContract.TIMEOUTS);
    }

    <T extends TestServer> T on(T chosen, Timeouts timeouts) {
        return on(chosen, timeouts, 2);
    }

    <T extends TestServer> T on(T chosen, Timeouts timeouts, int maxSessions) {
        server = chosen;
        proxy = FaultProxy.before(chosen);
        pool = new SessionPool(new Partner(
                "127.0.0.1",
                proxy.port(),
                server.user(),
                server.password(),
                null,
                null,
                timeouts,
                true,
                Partner.PortRange.ANY,
                null,
                List.of(),
                ListingFormat.AUTO,
                maxSessions));
        return chosen;
    }

    static TransferOptions options(int attempts, TransferOptions.Verify verify, boolean durable) {
        return new TransferOptions(
                64 << 10,
                TransferContract.OVERLAP,
                TransferOptions.Resume.AUTO,
                verify,
                attempts,
                Duration.ofMillis(20),
                TransferOptions.AUTO,
                durable,
                TransferOptions.OnUnprovable.FAIL,
                Duration.ofDays(7));
    }

    Path work() {
        return local.resolve("work");
    }

    Download download(String path, TransferOptions options) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        return download(path, LocalTarget.inWorkDirectory(work(), name, SUFFIX), options);
    }

    Download download(String path, LocalTarget target, TransferOptions options) {
        return new Download(pool, path, target, options, recorder, () -> false);
    }

    List<String> sent(String verb) {
        return proxy.commands().stream()
                .filter(command -> command.equals(verb) || command.startsWith(verb + " "))
                .toList();
    }

    List<Path> files(String ending) throws IOException {
        if (!Files.exists(local)) {
            return List.of();
        }
        try (var files = Files.walk(local)) {
            return files.filter(
                            each -> Files.isRegularFile(each) && each.toString().endsWith(ending))
                    .toList();
        } catch (UncheckedIOException e) {
            // Something was removed meanwhile.
            return files(ending);
        }
    }

    /** The one file below the local directory whose name ends so. */
    Path only(String ending) throws IOException {
        List<Path> found = files(ending);
        if (found.size() != 1) {
            throw new AssertionError(found + " end with " + ending);
        }
        return found.get(0);
    }
}
