package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.Vsftpd;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

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

    @Test
    void directoryWithFilesInItIsNotEntered() throws Exception {
        on(Vsftpd.start());
        put("outbound/a", "a", OLD);
        put("outbound/b", "b", OLD);
        deliver(in("outbound", "noop=true&autoCreate=false"), exchange -> got.add(text(exchange)));
        until("both", () -> got.size() == 2);
        assertThat(proxy.commands()).noneMatch(each -> each.startsWith("CWD"));
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
