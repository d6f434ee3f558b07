package io.ferry.campaign.kill;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.campaign.kill.Strace.Call;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Await;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.Leaks;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The syncs behind what Ferry writes down for itself, in the order of system calls: notes of intent, the records of partials,
 * and a record of deliveries that is written anew. One Ferry pulls a file that is longer than the distance between two syncs
 * of a partial, with one cut, and pushes another; its record of deliveries is at the length at which the next delivery makes
 * it be written anew.
 */
class SyncOrderTest {

    private static final String PULLED = "pulled.bin";
    private static final String PUSHED = "pushed.bin";
    private static final String PARTIAL = PULLED + ".ferry-part";

    /** Here the line is cut, so that the partial is left and taken up. */
    private static final int CUT_AT = 2 << 20;

    /** A partial is synced every 64 MiB, here counted from the cut at the latest. */
    private static final int SIZE = CUT_AT + (66 << 20);

    /** A record is written anew when it has over 1,000 lines. */
    private static final int OLD_LINES = 1000;

    /** The bytes that a call adds to a file, and where. */
    private static final Pattern PLACE = Pattern.compile(", (\\d+), (\\d+)$");

    private static final Pattern VOUCHING = Pattern.compile("\\\\nsynced (\\d+)\\\\n");

    @TempDir
    static Path folder;

    private static List<Call> calls;

    @BeforeAll
    static void traceOnce() throws Exception {
        calls = trace("durable", true);
    }

    /** Pulls and pushes one file each in a folder of its own, and returns the calls until both are committed. */
    private static List<Call> trace(String name, boolean durable) throws Exception {
        Strace.requireAvailable();
        Leaks before = Leaks.snapshot();
        Path trace = folder.resolve(name + ".trace");
        Path home = Files.createDirectories(folder.resolve(name));
        try (ApacheFtp server = ApacheFtp.start();
                FaultProxy proxy = FaultProxy.before(server);
                Victim ferry = new Victim()) {
            Site site = new Site(home, server, proxy);
            Files.createDirectories(site.record().getParent());
            Files.write(site.record(), oldRecord());
            site.addRemote(PULLED, SIZE);
            site.addLocal(PUSHED, 100_000);
            site.configure(true, true, "delete=true", "camel.component.ferry-ftp.durable=" + durable);
            proxy.cutDataAfter(CUT_AT, Direction.DOWN, Cut.FIN).containing(PULLED);
            ferry.start(home, "", Strace.into(trace, "pwrite64,unlink,unlinkat"));
            ferry.await("both commits", () -> site.isDone() && hasNoNote(home));
            proxy.clearCommands();
            ferry.await("another poll", () -> proxy.commands().size() > 3);
            ferry.kill();
            assertThat(Journal.read(home)).hasSize(1);
        }
        Await.until("the end of the trace", Victim.LIMIT, () -> SystemCallOrderTest.isOver(trace));
        Leaks.assertNoneSince(before);
        return Strace.read(trace);
    }

    private static boolean hasNoNote(Path home) {
        return Site.files(home.resolve(".ferry/outgoing"), 1).isEmpty();
    }

    /** Keys that came and went. */
    private static List<String> oldRecord() {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < OLD_LINES / 2; i++) {
            lines.add(line("+old " + i));
            lines.add(line("-old " + i));
        }
        return lines;
    }

    private static String line(String entry) {
        CRC32 crc = new CRC32();
        crc.update(entry.getBytes(StandardCharsets.UTF_8));
        return String.format(Locale.ROOT, "%08x%s", crc.getValue(), entry);
    }

    /** The note of intent is on the disk before the server is asked to rename, and goes only after the drop has. */
    @Test
    void theNoteOfIntentIsOnTheDiskBeforeTheRenameAndStaysUntilTheDropIsCommitted() {
        Call asked = Strace.firstAfter(0, calls, "RNFR", call -> call.sends("RNFR "));
        Call named = Strace.firstAfter(asked.end(), calls, "RNTO", call -> call.sends("RNTO "));
        Call noted = first(calls, "rename of the note", call -> renames(call, ".note.new", ".note"));
        assertSyncedAfterItsLastWrite(".note.new", noted);
        Call entry = Strace.firstAfter(
                noted.end(),
                calls,
                "fsync of the notes' directory",
                call -> call.isSync() && call.on("/.ferry/outgoing"));
        assertThat(entry.end()).as("RNFR comes after %s", entry).isLessThan(asked.begin());

        Call committed =
                first(calls, "rename of the drop", call -> renames(call, "outbox/" + PUSHED, "outbox/.sent/" + PUSHED));
        assertThat(committed.begin()).isGreaterThan(named.end());
        Call forgotten = first(
                calls,
                "removal of the note",
                call -> call.name().startsWith("unlink") && call.arguments().contains(".note\""));
        assertThat(forgotten.begin()).isGreaterThan(committed.end());
    }

    /**
     * What a partial's record vouches for is on the disk before the record says so: the record that is left at the cut, and the
     * one behind the back of the transfer 64 MiB later. The record itself is on the disk before it is relied on.
     */
    @Test
    void thePartialIsOnTheDiskBeforeItsRecordVouchesForIt() {
        List<Long> vouchedFor = new ArrayList<>();
        for (Call written : calls) {
            Matcher vouching = VOUCHING.matcher(written.arguments());
            if (!written.name().equals("write") || !written.on(PARTIAL + ".record.new") || !vouching.find()) {
                continue;
            }
            long offset = Long.parseLong(vouching.group(1));
            if (offset == 0) {
                continue;
            }
            vouchedFor.add(offset);
            int bytesThere = endOfTheWritesBelow(offset);
            assertThat(calls)
                    .as("the partial is synced up to byte %d before %s", offset, written)
                    .anyMatch(call -> call.isSync()
                            && call.on(PARTIAL)
                            && call.begin() > bytesThere
                            && call.end() < written.begin());
            Call renamed = Strace.firstAfter(
                    written.end(),
                    calls,
                    "rename of the record",
                    call -> renames(call, ".record.new", PARTIAL + ".record"));
            assertSyncedAfterItsLastWrite(PARTIAL + ".record.new", renamed);
            Call next = Strace.firstAfter(
                    renamed.end(),
                    calls,
                    "next use",
                    call -> call.on(PARTIAL + ".record.new") || renames(call, PARTIAL, PULLED));
            Call entry = Strace.firstAfter(
                    renamed.end(),
                    calls,
                    "fsync of the record's directory",
                    call -> call.isSync() && call.on(directoryOfTarget(renamed)));
            assertThat(entry.end()).as("%s comes after %s", next, entry).isLessThan(next.begin());
        }
        assertThat(vouchedFor)
                .as("offsets in records")
                .startsWith((long) CUT_AT)
                .anyMatch(offset -> offset >= 64 << 20);
    }

    /** Where the last of the calls ends that put bytes before this offset into the partial. */
    private static int endOfTheWritesBelow(long offset) {
        int end = 0;
        long bytes = 0;
        for (Call call : calls) {
            Matcher place = PLACE.matcher(call.arguments());
            if (call.name().equals("pwrite64") && call.on(PARTIAL) && place.find()) {
                long from = Long.parseLong(place.group(2));
                if (from < offset) {
                    bytes += Long.parseLong(place.group(1));
                    end = Math.max(end, call.end());
                }
            }
        }
        assertThat(bytes).as("the trace sees the bytes of the partial").isGreaterThanOrEqualTo(offset);
        return end;
    }

    /** The new record is on the disk before it takes the place of the old one, and its name before anything is added to it. */
    @Test
    void aRecordOfDeliveriesThatIsWrittenAnewIsOnTheDiskBeforeTheOldOneIsGone() {
        Call renamed = first(calls, "rename of the new record", SyncOrderTest::replacesTheRecord);
        assertSyncedAfterItsLastWrite("/deliveries.new", renamed);
        Call entry = Strace.firstAfter(
                renamed.end(),
                calls,
                "fsync of the record's directory",
                call -> call.isSync() && call.on("/.ferry/pull"));
        Call added = Strace.firstAfter(
                renamed.end(), calls, "next line", call -> call.name().equals("write") && call.on("/deliveries"));
        assertThat(entry.end()).isLessThan(added.begin());
    }

    /**
     * Of what is synced above, durable=false leaves the new record of deliveries alone: it takes the place of lines that may have
     * been synced when they were written, once in hundreds of files.
     */
    @Test
    void durableFalseSyncsNeitherNotesNorPartialsNorTheirRecords() throws Exception {
        List<Call> hasty = trace("hasty", false);
        assertThat(hasty)
                .as("the trace sees a note, and a record of a partial")
                .anyMatch(call -> renames(call, ".note.new", ".note"))
                .anyMatch(call -> renames(call, ".record.new", PARTIAL + ".record"));
        assertThat(hasty)
                .filteredOn(Call::isSync)
                .filteredOn(call -> !call.on("/deliveries.new"))
                .noneMatch(call -> call.arguments().contains("/.ferry/outgoing"))
                .noneMatch(call -> call.arguments().contains("/.ferry/pull/"))
                .noneMatch(call -> call.arguments().contains(PULLED));
    }

    private static boolean replacesTheRecord(Call call) {
        return renames(call, "/deliveries.new", "/deliveries");
    }

    private static boolean renames(Call call, String fromEnd, String toEnd) {
        return call.isRename()
                && call.arguments().contains(fromEnd + "\"")
                && call.arguments().endsWith(toEnd + "\"");
    }

    private static String directoryOfTarget(Call renamed) {
        String arguments = renamed.arguments();
        return arguments.substring(arguments.lastIndexOf(", \"") + 3, arguments.lastIndexOf('/'));
    }

    /** The file of this name is synced between the last write to it and its rename. */
    private static void assertSyncedAfterItsLastWrite(String name, Call renamed) {
        Call written = calls.stream()
                .filter(call -> call.name().equals("write") && call.on(name) && call.begin() < renamed.begin())
                .reduce((earlier, later) -> later)
                .orElseThrow(() -> new AssertionError("nothing is written to " + name));
        assertThat(calls)
                .as("%s is synced between %s and %s", name, written, renamed)
                .anyMatch(call ->
                        call.isSync() && call.on(name) && call.begin() > written.end() && call.end() < renamed.begin());
    }

    private static Call first(List<Call> trace, String what, Predicate<Call> wanted) {
        return Strace.firstAfter(0, trace, what, wanted);
    }
}
