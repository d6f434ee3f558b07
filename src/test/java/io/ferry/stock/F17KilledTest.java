package io.ferry.stock;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.ChildJvm;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * F17: a process dies, and another one takes over. Stock keeps its records in its file repository, so that they survive as
 * Ferry's do by default.
 */
class F17KilledTest extends SideBySide {

    private static final List<String> THREE = List.of("a", "b", "c");

    private String endpoint(Scheme scheme, String stockOnly) {
        String records = scheme == Scheme.STOCK ? "&idempotentRepository=#records" + stockOnly : "";
        return from(scheme, "outbound", "delete=true&idempotent=true" + records);
    }

    private void threeFiles() throws Exception {
        on(ApacheFtp.start());
        for (String name : THREE) {
            put("outbound/" + name, "content of " + name);
        }
    }

    /** The first process is killed while its route has the first of three files. */
    private ChildJvm killedInTheRoute(Scheme scheme) throws Exception {
        threeFiles();
        String from = endpoint(scheme, "");
        try (ChildJvm first = OneRoute.holding(local, from, inbox)) {
            first.awaitLine("has a", LIMIT);
            first.kill9();
        }
        proxy.clearCommands();
        return OneRoute.passing(local, from, inbox);
    }

    @Test
    void stockDeliversNoneOfTheFilesThatItHadListed() throws Exception {
        try (ChildJvm second = killedInTheRoute(Scheme.STOCK)) {
            second.awaitLine("route started", LIMIT);
            awaitPolls(10);
            assertThat(second.output()).doesNotContain("has ");
        }
        assertThat(names(inbox)).isEmpty();
        assertThat(names(remote("outbound"))).isEqualTo(THREE);
    }

    @Test
    void ferryDeliversAllThree() throws Exception {
        try (ChildJvm second = killedInTheRoute(Scheme.FERRY)) {
            until("all deleted", () -> names(remote("outbound")).isEmpty());
            assertThat(second.output()).contains("has a", "has b", "has c");
        }
        assertThat(names(inbox)).isEqualTo(THREE);
    }

    /** The first process is killed when it asks the server to delete the file that its route has taken. */
    private ChildJvm killedBeforeTheDeletion(Scheme scheme) throws Exception {
        on(ApacheFtp.start());
        put("outbound/a", "content of a");
        String from = endpoint(scheme, "&idempotentEager=false");
        var deletion = proxy.cutControlOn("DELE").always();
        try (ChildJvm first = OneRoute.passing(local, from, inbox)) {
            first.awaitLine("has a", LIMIT);
            until("about to delete", () -> deletion.fired() > 0);
            first.kill9();
        }
        assertThat(remote("outbound/a")).exists();
        proxy.clearFaults();
        proxy.clearCommands();
        return OneRoute.passing(local, from, inbox);
    }

    @Test
    void stockNeverDeletesAFileThatItHasRecorded() throws Exception {
        try (ChildJvm second = killedBeforeTheDeletion(Scheme.STOCK)) {
            second.awaitLine("route started", LIMIT);
            awaitPolls(10);
            assertThat(second.output()).doesNotContain("has ");
        }
        assertThat(remote("outbound/a")).exists();
        assertThat(sent("DELE")).isZero();
    }

    @Test
    void ferryDeletesAFileThatItHasRecordedAndDoesNotDeliverItAgain() throws Exception {
        try (ChildJvm second = killedBeforeTheDeletion(Scheme.FERRY)) {
            until("deleted", () -> !Files.exists(remote("outbound/a")));
            assertThat(second.output()).doesNotContain("has ");
        }
        assertThat(inbox.resolve("a")).hasContent("content of a");
    }
}
