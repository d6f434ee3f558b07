package io.ferry.stock;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** F21: a file comes every day under the same name and is moved to an archive; and a process dies with a file in preMove. */
class F21ArchiveTest extends SideBySide {

    private void archiveTwice(Scheme scheme) throws Exception {
        on(ApacheFtp.start());
        put("outbound/archive/report", "yesterday");
        put("outbound/report", "today");
        route(from(scheme, "outbound", "move=archive"), "file:" + inbox);
        until("delivered", () -> Files.exists(inbox.resolve("report")));
        until("committed", () -> sent("RNTO") > 0);
        until("the source is gone", () -> !Files.exists(remote("outbound/report")));
    }

    private List<String> archived() throws IOException {
        List<String> contents = new ArrayList<>();
        for (String name : names(remote("outbound/archive"))) {
            contents.add(Files.readString(remote("outbound/archive").resolve(name)));
        }
        return contents;
    }

    @Test
    void stockDeletesYesterdaysArchiveCopy() throws Exception {
        archiveTwice(Scheme.STOCK);
        assertThat(archived()).containsExactly("today");
    }

    @Test
    void ferryKeepsYesterdaysArchiveCopy() throws Exception {
        archiveTwice(Scheme.FERRY);
        assertThat(archived()).containsExactlyInAnyOrder("yesterday", "today");
    }

    /** Kills a process whose route has the file in its hands, and starts another one. */
    private ChildJvm killedWithAPreMovedFile(Scheme scheme) throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", "content");
        String from = from(scheme, "outbound", "delete=true&preMove=taken&localWorkDirectory=" + local.resolve("work"));
        try (ChildJvm first = OneRoute.holding(local, from, inbox)) {
            first.awaitLine("has file", LIMIT);
            first.kill9();
        }
        assertThat(remote("outbound/taken/file")).exists();
        proxy.clearCommands();
        return OneRoute.passing(local, from, inbox);
    }

    @Test
    void stockStrandsAPreMovedFileWhenTheProcessDies() throws Exception {
        try (ChildJvm second = killedWithAPreMovedFile(Scheme.STOCK)) {
            second.awaitLine("route started", LIMIT);
            awaitPolls(10);
        }
        assertThat(remote("outbound/taken/file")).exists();
        assertThat(names(inbox)).isEmpty();
    }

    @Test
    void ferryTakesAPreMovedFileUpAgain() throws Exception {
        try (ChildJvm second = killedWithAPreMovedFile(Scheme.FERRY)) {
            second.awaitLine("has file", LIMIT);
            until("delivered", () -> Files.exists(inbox.resolve("file")));
            Path taken = remote("outbound/taken/file");
            until("the source is gone", () -> !Files.exists(taken) && !Files.exists(remote("outbound/file")));
        }
        assertThat(inbox.resolve("file")).hasContent("content");
    }
}
