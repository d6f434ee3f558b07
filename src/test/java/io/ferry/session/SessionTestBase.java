package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.ferry.testkit.Leaks;
import io.ferry.testkit.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.function.Executable;

/** Closes, newest first, what a test opened, and then checks that nothing is left. */
abstract class SessionTestBase {

    /** Far above every deadline that a test sets: what takes longer hangs. */
    static final Duration FOR_EVER = Duration.ofSeconds(30);

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private Leaks leaks;

    @BeforeEach
    void takeSnapshot() {
        leaks = Leaks.snapshot();
    }

    @AfterEach
    void closeAll() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
        Leaks.assertNoneSince(leaks);
    }

    <T extends AutoCloseable> T keep(T closeable) {
        opened.push(closeable);
        return closeable;
    }

    SessionPool pool(PartnerSetup partner) {
        return keep(new SessionPool(partner.get()));
    }

    /** Leases the one session of a pool of its own. */
    FtpSession session(PartnerSetup partner) throws IOException {
        return keep(pool(partner).lease()).session();
    }

    FtpSession session(TestServer server) throws IOException {
        return session(PartnerSetup.of(server));
    }

    /** The failure that this ends with; a call that neither ends nor fails is a failed test. */
    static FtpException failure(Executable call) {
        Throwable thrown = assertTimeoutPreemptively(FOR_EVER, () -> catchThrowable(call::execute));
        assertThat(thrown).isInstanceOf(FtpException.class);
        return (FtpException) thrown;
    }

    static FtpException failure(FtpException.Kind kind, Executable call) {
        FtpException failure = failure(call);
        assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(kind);
        return failure;
    }

    /** Takes the lease back, and shows that the pool opens another session in the place of this one. */
    static void assertNotLentAgain(SessionPool pool, Lease lease) throws IOException {
        FtpSession broken = lease.session();
        lease.close();
        try (Lease next = pool.lease()) {
            assertThat(next.session()).isNotSameAs(broken);
        }
    }

    static byte[] readAll(DataConnection data) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] block = new byte[8192];
        for (int count = data.read(block); count >= 0; count = data.read(block)) {
            all.write(block, 0, count);
        }
        data.finish();
        return all.toByteArray();
    }

    static List<String> namesOf(Listing listing) throws IOException {
        try (listing) {
            List<String> names = new ArrayList<>();
            for (var entry = listing.next(); entry != null; entry = listing.next()) {
                names.add(entry.getName());
            }
            return names;
        }
    }

    static List<String> verbs(TestServer server) {
        return server.commands().stream()
                .map(command -> command.split(" ", 2)[0])
                .toList();
    }
}
