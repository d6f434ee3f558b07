package io.ferry.stock;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** F4: the server refuses a RETR. In stock no step that follows an exchange is then done. */
class F04FailedRetrieveTest extends SideBySide {

    private static final long SIZE = 100_000;

    private Path pullOnceRefused(Scheme scheme, String options) throws Exception {
        on(ApacheFtp.start());
        Path source = put("outbound/file", SIZE, 1);
        proxy.replaceReply("RETR", "550 Not now.");
        route(from(scheme, "outbound", "delete=true&maximumReconnectAttempts=1&" + options), "file:" + inbox);
        until("refused", () -> sent("RETR") > 0);
        return source;
    }

    @Test
    void stockStrandsThePreMovedFile() throws Exception {
        Path source = pullOnceRefused(Scheme.STOCK, "preMove=taken");
        awaitPolls(5);
        assertThat(source).doesNotExist();
        Content.assertIs(remote("outbound/taken/file"), SIZE, 1);
        assertThat(names(inbox)).isEmpty();
        assertThat(sent("RETR")).isEqualTo(1);
    }

    @Test
    void ferryPutsThePreMovedFileBackAndDeliversIt() throws Exception {
        Path source = pullOnceRefused(Scheme.FERRY, "preMove=taken");
        until("delivered", () -> Files.exists(inbox.resolve("file")));
        Content.assertIs(inbox.resolve("file"), SIZE, 1);
        until(
                "deleted",
                () -> !Files.exists(source) && names(remote("outbound/taken")).isEmpty());
    }

    @Test
    void stockForgetsAFileOfItsIdempotentRepository() throws Exception {
        Path source = pullOnceRefused(Scheme.STOCK, "idempotent=true");
        awaitPolls(5);
        assertThat(source).exists();
        assertThat(names(inbox)).isEmpty();
        assertThat(sent("RETR")).isEqualTo(1);
    }

    @Test
    void ferryTakesTheFileAtTheNextPoll() throws Exception {
        Path source = pullOnceRefused(Scheme.FERRY, "idempotent=true");
        until("deleted", () -> !Files.exists(source));
        Content.assertIs(inbox.resolve("file"), SIZE, 1);
    }

    private Path pullAlwaysRefused(Scheme scheme) throws Exception {
        on(ApacheFtp.start());
        Path source = put("outbound/bad", SIZE, 1);
        proxy.replaceReply("RETR", "550 Not now.").always();
        route(from(scheme, "outbound", "delete=true&moveFailed=.failed&maximumReconnectAttempts=1"), "file:" + inbox);
        return source;
    }

    @Test
    void stockNeverSetsAFileAsideThatCannotBeRead() throws Exception {
        Path source = pullAlwaysRefused(Scheme.STOCK);
        until("tried again and again", () -> sent("RETR") > 10);
        assertThat(source).exists();
        assertThat(remote("outbound/.failed")).doesNotExist();
    }

    @Test
    void ferrySetsAFileAsideThatCannotBeRead() throws Exception {
        Path source = pullAlwaysRefused(Scheme.FERRY);
        until("set aside", () -> Files.exists(remote("outbound/.failed/bad")));
        assertThat(source).doesNotExist();
        Content.assertIs(remote("outbound/.failed/bad"), SIZE, 1);
    }
}
