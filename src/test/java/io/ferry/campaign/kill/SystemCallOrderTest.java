package io.ferry.campaign.kill;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.campaign.kill.Strace.Call;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Await;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.Leaks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a power failure would find is decided by the order of system calls: it is read from a trace of a real Ferry that pulls
 * one file.
 */
class SystemCallOrderTest {

    private static final String NAME = "traced.bin";

    @TempDir
    Path folder;

    private Leaks before;

    @BeforeEach
    void needStrace() {
        Strace.requireAvailable();
        before = Leaks.snapshot();
    }

    @AfterEach
    void nothingIsLeft() {
        Leaks.assertNoneSince(before);
    }

    /** Pulls one file and returns the calls until after the source's deletion. */
    private List<Call> trace(String options) throws Exception {
        Path trace = folder.resolve("trace");
        Path home = Files.createDirectories(folder.resolve("ferry"));
        try (ApacheFtp server = ApacheFtp.start();
                FaultProxy proxy = FaultProxy.before(server);
                Victim ferry = new Victim()) {
            Site site = new Site(home, server, proxy);
            site.addRemote(NAME, 300_000);
            Files.delete(site.inbox);
            site.configure(true, false, "delete=true&" + options);
            ferry.start(home, "", Strace.into(trace));
            ferry.await("the source's deletion", () -> !Files.exists(site.outbound.resolve(NAME)));
            proxy.clearCommands();
            ferry.await("another poll", () -> proxy.commands().size() > 3);
            ferry.kill();
            assertThat(Journal.read(home)).hasSize(1);
        }
        Await.until("the end of the trace", Victim.LIMIT, () -> isOver(trace));
        return Strace.read(trace);
    }

    /** Whether the traced process is dead and its trace is whole. */
    static boolean isOver(Path trace) {
        try {
            List<String> lines = Files.readAllLines(trace);
            return !lines.isEmpty() && lines.get(lines.size() - 1).contains("+++ killed by SIGKILL +++");
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * The work file is on the disk before it has a name, the record that the route gets it before the route has it, the name in
     * the inbox before the record of the delivery, and that record before the source is deleted.
     */
    @Test
    void eachStepIsOnTheDiskBeforeTheNextOneBegins() throws Exception {
        List<Call> calls = trace("durable=true");
        Call published = Strace.firstAfter(0, calls, "rename of the work file", SystemCallOrderTest::isPublishing);
        Call stored =
                Strace.firstAfter(published.end(), calls, "rename into the inbox", SystemCallOrderTest::isStoring);
        Call deleted = Strace.firstAfter(stored.end(), calls, "DELE", call -> call.sends("DELE "));

        assertThat(calls)
                .as("the partial is synced before it is renamed")
                .anyMatch(call -> call.isSync() && call.on(NAME + ".ferry-part") && call.end() < published.begin());
        Call entry = Strace.firstAfter(
                published.end(),
                calls,
                "fsync of the work file's directory",
                call -> call.isSync() && call.arguments().contains("/.ferry/pull/"));
        assertThat(entry.end()).isLessThan(stored.begin());
        assertThat(calls)
                .as("the record says that the route gets the file, before it does")
                .anyMatch(call -> call.isSync()
                        && call.on("/deliveries")
                        && call.begin() > published.end()
                        && call.end() < stored.begin());
        Call inbox = Strace.firstAfter(
                stored.end(), calls, "fsync of the inbox", call -> call.isSync() && call.on("/inbox"));
        Call record = Strace.firstAfter(
                inbox.end(), calls, "fsync of the record", call -> call.isSync() && call.on("/deliveries"));
        assertThat(record.end()).isLessThan(deleted.begin());
    }

    /**
     * A directory is found after a power failure only if the one above it has been synced since it was made: the work directory
     * in the inbox, which makes the inbox, and one beside it, where the endpoint {@code file:inbox} makes it.
     */
    @ParameterizedTest
    @ValueSource(strings = {"", "&workDirectory=work"})
    void newDirectoriesAreOnTheDiskBeforeTheSourceIsDeleted(String option) throws Exception {
        List<Call> calls = trace("durable=true" + option);
        Path home = folder.resolve("ferry");
        Call deleted = Strace.firstAfter(0, calls, "DELE", call -> call.sends("DELE "));
        List<Call> made = calls.stream()
                .filter(call -> call.makesDirectory() && call.begin() < deleted.begin())
                .filter(call -> directoryOf(home, call).startsWith(home))
                .toList();
        assertThat(made)
                .as("the trace sees the inbox")
                .anyMatch(call -> directoryOf(home, call).equals(home.resolve("inbox")));
        for (Call each : made) {
            String above = directoryOf(home, each).getParent().toString();
            Call synced = Strace.firstAfter(
                    each.end(),
                    calls,
                    "fsync of the directory above " + each,
                    call -> call.isSync() && call.arguments().contains("<" + above + ">"));
            assertThat(synced.end()).as("%s", each).isLessThan(deleted.begin());
        }
    }

    /** What such a call makes; a relative path is relative to Ferry's folder. */
    private static Path directoryOf(Path home, Call mkdir) {
        String quoted = mkdir.arguments();
        int begin = quoted.indexOf('"');
        return home.resolve(quoted.substring(begin + 1, quoted.indexOf('"', begin + 1)))
                .normalize();
    }

    @Test
    void durableFalseSyncsNothing() throws Exception {
        List<Call> calls = trace("durable=false");
        assertThat(calls).as("the trace sees the renames").anyMatch(SystemCallOrderTest::isStoring);
        // The journal is the test's own.
        assertThat(calls).filteredOn(Call::isSync).allMatch(call -> call.on("/journal"));
    }

    private static boolean isStoring(Call call) {
        return call.isRename() && call.arguments().endsWith("inbox/" + NAME + "\"");
    }

    private static boolean isPublishing(Call call) {
        return call.isRename()
                && call.arguments().contains(NAME + ".ferry-part\"")
                && call.arguments().endsWith("/" + NAME + "\"");
    }
}
