package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Vsftpd;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What small files cost on the control connection, the check at the end included, before the commit. */
class CommandsTest extends RouteFixture {

    private static final int FILES = 20;
    private static final List<String> OF_A_SESSION = List.of(
            "USER", "PASS", "FEAT", "OPTS", "TYPE", "SYST", "PWD", "CWD", "QUIT", "NOOP", "LIST", "MLSD", "PASV");

    private List<String> pull() throws Exception {
        for (int i = 0; i < FILES; i++) {
            put("outbound/file" + i, "content " + i, Duration.ofHours(2));
        }
        AtomicInteger got = new AtomicInteger();
        deliver(in("outbound", "noop=true").replace("&delay=50&", "&delay=60000&"), exchange -> got.incrementAndGet());
        until("all", () -> got.get() == FILES);
        return proxy.commands().stream()
                .filter(each -> !OF_A_SESSION.contains(each.split(" ", 2)[0]))
                .toList();
    }

    private static long count(List<String> commands, String verb) {
        return commands.stream()
                .filter(each -> each.equals(verb) || each.startsWith(verb + " "))
                .count();
    }

    @Test
    void sizeAndTimeTwiceAndTheTransfer() throws Exception {
        on(Vsftpd.start());
        List<String> commands = pull();
        assertThat(count(commands, "SIZE")).isEqualTo(2 * FILES);
        assertThat(count(commands, "MDTM")).isEqualTo(2 * FILES);
        assertThat(count(commands, "RETR")).isEqualTo(FILES);
        // One for each listing, too.
        assertThat(count(commands, "EPSV")).isBetween((long) FILES, FILES + 10L);
    }

    @Test
    void factsOnceAndTheTransferWhereMlsdHasListedThem() throws Exception {
        on(ApacheFtp.start());
        List<String> commands = pull();
        // The first file of each session shows that MLST says what MLSD has said.
        assertThat(count(commands, "MLST")).isBetween((long) FILES, FILES + 8L);
        assertThat(count(commands, "RETR")).isEqualTo(FILES);
        assertThat(count(commands, "SIZE") + count(commands, "MDTM")).isZero();
        assertThat(count(commands, "EPSV")).isBetween((long) FILES, FILES + 10L);
    }
}
