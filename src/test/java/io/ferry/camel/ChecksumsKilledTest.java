package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ChildJvm;
import io.ferry.testkit.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A process is killed (SIGKILL) at each command around the files, their checksums and their manifests; another one takes over.
 * "Asked" is a command that the server never sees, "done" one whose reply nobody hears.
 */
class ChecksumsKilledTest extends ChecksumFixture {

    private final AtomicReference<ChildJvm> child = new AtomicReference<>();

    private ChildJvm start(String from, String to) {
        child.set(ChildJvm.of(RouteMain.class)
                .directory(local)
                .arguments(from, to)
                .start());
        return child.get();
    }

    private ChildJvm pushes(String options) throws IOException {
        return start("file:" + outbox() + "?initialDelay=0&delay=100&sortBy=file:name", uri("inbound", options));
    }

    /** A file that came twice is twice as long. */
    private ChildJvm pulls(String commit) {
        return start(
                uri("outbound", "initialDelay=0&delay=100&" + commit),
                "file:" + local.resolve("inbox") + "?fileExist=Append");
    }

    private Fault fault;

    private void killAt(String moment, String command, String part) {
        fault = moment.equals("asked") ? proxy.cutControlOn(command) : proxy.cutControlOnReplyTo(command);
        fault.containing(part).then(() -> child.get().kill9());
    }

    private void untilKilled(ChildJvm process) {
        until("it is killed", () -> !process.isAlive());
        assertThat(fault.fired()).as(process.output()).isEqualTo(1);
        process.close();
        proxy.clearFaults();
        proxy.dropControl();
    }

    @ParameterizedTest
    @CsvSource({
        "done,RNTO,inbound/a.csv",
        "asked,STOR,a.csv.sha256",
        "done,STOR,a.csv.sha256",
        "asked,RNTO,a.csv.sha256",
        "done,RNTO,a.csv.sha256",
        "asked,STOR,a.csv.done",
        "done,RNTO,a.csv.done"
    })
    void checksumAndDoneFileComeAfterARestart(String moment, String command, String part) throws Exception {
        server("vsftpd");
        drop("a.csv", "content");
        String options = "checksumFile=sha256&doneFileName=${file:name}.done";
        killAt(moment, command, part);
        untilKilled(pushes(options));
        assertThat(names(outbox())).contains("a.csv");
        try (ChildJvm next = pushes(options)) {
            untilCommitted("a.csv");
            assertThat(next.isAlive()).isTrue();
        }
        assertThat(remote("inbound")).containsExactly("a.csv", "a.csv.done", "a.csv.sha256");
        assertThat(content("inbound/a.csv.sha256")).isEqualTo(line("a.csv", "content"));
        assertThat(sent("STOR inbound/.a.csv."))
                .filteredOn(each -> each.matches("[0-9a-f]{16}\\..*"))
                .hasSize(1);
        List<String> appeared = appeared("inbound");
        assertThat(appeared.indexOf("a.csv.sha256")).isLessThan(appeared.indexOf("a.csv.done"));
        assertThat(appeared).last().isEqualTo("a.csv.done");
    }

    @ParameterizedTest
    @CsvSource({
        "done,RNTO,inbound/a",
        "asked,STOR,inbound/.b",
        "done,RNTO,inbound/c",
        "asked,STOR,day",
        "done,STOR,day",
        "asked,RNFR,day",
        "asked,RNTO,inbound/day",
        "done,RNTO,inbound/day",
        "asked,STOR,ready",
        "done,RNTO,inbound/ready"
    })
    void oneManifestComesAfterARestart(String moment, String command, String part) throws Exception {
        server("vsftpd");
        List<String> all = List.of("a", "b", "c");
        for (String each : all) {
            drop(each, "content of " + each);
        }
        // Another name each time: a second one would show.
        String options = "doneFileName=ready&manifest=day-${exchangeId}.manifest&concurrentUploads=2";
        killAt(moment, command, part);
        untilKilled(pushes(options));
        try (ChildJvm next = pushes(options)) {
            untilCommitted("a", "b", "c");
            assertThat(next.isAlive()).isTrue();
        }
        List<String> manifests = remote("inbound").stream()
                .filter(each -> each.endsWith(".manifest"))
                .toList();
        assertThat(manifests).hasSize(1);
        assertThat(content("inbound/" + manifests.get(0)).lines())
                .containsExactlyInAnyOrderElementsOf(all.stream()
                        .flatMap(each -> line(each, "content of " + each).lines())
                        .toList());
        assertThat(remote("inbound")).containsAll(all).contains("ready").hasSize(5);
        assertThat(appeared("inbound")).containsSubsequence(manifests.get(0), "ready");
        assertThat(tree(local.resolve("work/outgoing")))
                .allMatch(each -> each.matches("manifest-[0-9a-f]{16}(\\.lock)?|.*\\.note|message\\d+"));
    }

    private String inbox(String name) throws IOException {
        return Files.readString(local.resolve("inbox").resolve(name));
    }

    @ParameterizedTest
    @CsvSource({
        "delete=true,done,RETR,a.csv.sha256",
        "delete=true,asked,DELE,outbound/a.csv",
        "delete=true,done,DELE,outbound/a.csv",
        "delete=true,asked,DELE,a.csv.sha256",
        "delete=true,done,DELE,a.csv.sha256",
        "move=.done,asked,RNTO,.done/a.csv",
        "move=.done,done,RNTO,.done/a.csv",
        "move=.done,asked,RNFR,a.csv.sha256",
        "move=.done,done,RNTO,a.csv.sha256"
    })
    void neitherFileNorChecksumIsLeft(String commit, String moment, String command, String part) throws Exception {
        server("vsftpd");
        put("outbound/a.csv", "content", OLD);
        sidecar("a.csv", "content");
        killAt(moment, command, part);
        untilKilled(pulls(commit + "&checksumFile=sha256"));
        try (ChildJvm next = pulls(commit + "&checksumFile=sha256")) {
            until("nothing is left", () -> remote("outbound").isEmpty());
            assertThat(next.isAlive()).isTrue();
        }
        assertThat(inbox("a.csv")).isEqualTo("content");
        assertThat(tree(server.root().resolve("outbound")))
                .isEqualTo(commit.startsWith("move") ? List.of(".done/a.csv", ".done/a.csv.sha256") : List.of());
    }

    @ParameterizedTest
    @CsvSource({
        "delete=true,done,RETR,day.manifest",
        "delete=true,done,RETR,outbound/b",
        "delete=true,asked,DELE,outbound/a",
        "delete=true,done,DELE,outbound/a",
        "delete=true,asked,DELE,outbound/b",
        "delete=true,done,DELE,outbound/c",
        "delete=true,asked,DELE,day.manifest",
        "delete=true,done,DELE,day.manifest",
        "move=.done,done,RNTO,.done/b",
        "move=.done,asked,RNFR,day.manifest",
        "move=.done,done,RNTO,day.manifest"
    })
    void eachFileOfABatchIsHandedOnOnce(String commit, String moment, String command, String part) throws Exception {
        server("vsftpd");
        List<String> all = List.of("a", "b", "c");
        for (String each : all) {
            put("outbound/" + each, "content of " + each, OLD);
        }
        String manifest =
                all.stream().map(each -> line(each, "content of " + each)).collect(Collectors.joining());
        put("outbound/day.manifest", manifest, OLD);
        killAt(moment, command, part);
        untilKilled(pulls(commit + "&manifest=*.manifest"));
        try (ChildJvm next = pulls(commit + "&manifest=*.manifest")) {
            until("nothing is left", () -> remote("outbound").isEmpty());
            assertThat(next.isAlive()).isTrue();
        }
        for (String each : all) {
            assertThat(inbox(each)).isEqualTo("content of " + each);
        }
        assertThat(tree(server.root().resolve("outbound")))
                .isEqualTo(
                        commit.startsWith("move")
                                ? List.of(".done/a", ".done/b", ".done/c", ".done/day.manifest")
                                : List.of());
    }
}
