package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Vsftpd;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Before the first poll it is seen whether the directory is there. */
class FirstPollTest extends RouteFixture {

    private static final Duration OLD = Duration.ofHours(1);

    private final List<String> got = new CopyOnWriteArrayList<>();

    /** LIST of a file shows the file: that is no directory with one file in it. */
    @Test
    void fileWhereTheDirectoryShouldBeIsNamed() throws Exception {
        on(Vsftpd.start());
        put("outbound", "a file", OLD);
        deliver(in("outbound", "autoCreate=false"), exchange -> got.add(text(exchange)));
        until("refused", () -> !failures.isEmpty());
        assertThat(failures.get(0)).contains("there is no directory outbound");
        assertThat(got).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void directoryWithFilesInItIsNotEntered(int files) throws Exception {
        on(Vsftpd.start());
        for (int i = 0; i < files; i++) {
            put("outbound/" + i, "content", OLD);
        }
        deliver(in("outbound", "noop=true&autoCreate=false"), exchange -> got.add(text(exchange)));
        until("all", () -> got.size() == files);
        assertThat(proxy.commands()).noneMatch(each -> each.startsWith("CWD"));
        assertThat(listingsBefore("RETR")).isEqualTo(1);
    }

    /** One file alone of the directory's own name could be that file, so that it is entered; it is listed once all the same. */
    @Test
    void directoryThatHoldsOneFileOfItsOwnNameIsEnteredAndListedOnce() throws Exception {
        on(Vsftpd.start());
        put("outbound/outbound", "content", OLD);
        deliver(in("outbound", "noop=true&autoCreate=false"), exchange -> got.add(text(exchange)));
        until("the file", () -> got.size() == 1);
        assertThat(proxy.commands()).contains("CWD outbound");
        assertThat(listingsBefore("RETR")).isEqualTo(1);
    }

    private long listingsBefore(String verb) {
        return proxy.commands().stream()
                .takeWhile(each -> !each.startsWith(verb))
                .filter(each -> each.startsWith("LIST"))
                .count();
    }

    @Test
    void emptyDirectoryIsEntered() throws Exception {
        on(Vsftpd.start());
        directory("outbound");
        deliver(in("outbound", "noop=true&autoCreate=false"), exchange -> got.add(text(exchange)));
        awaitPolls(2);
        assertThat(proxy.commands()).contains("CWD outbound");
        assertThat(failures).isEmpty();
    }
}
