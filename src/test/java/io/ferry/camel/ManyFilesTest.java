package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ScriptedServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Test;

/** The option {@code stableFor} with thousands of files in one directory. */
class ManyFilesTest extends RouteFixture {

    private static final int FILES = 5_000;

    private final Set<String> delivered = ConcurrentHashMap.newKeySet();
    private final AtomicInteger deliveries = new AtomicInteger();

    /** How many files had been handed on when each listing began; the poll before it was over then. */
    private final List<Integer> atListing = new CopyOnWriteArrayList<>();

    private ScriptedServer manyFiles() {
        ScriptedServer scripted = on(ScriptedServer.start());
        for (int i = 0; i < FILES; i++) {
            scripted.put("/outbound/" + i, new byte[] {(byte) i});
        }
        for (String verb : List.of("LIST", "MLSD")) {
            scripted.on(verb, (session, argument) -> {
                atListing.add(deliveries.get());
                return session.standard(verb, argument);
            });
        }
        return scripted;
    }

    private Stability stability() {
        Stability stability = ((FerryConsumer) context.getRoute("test").getConsumer()).stability();
        assertThat(stability).isNotNull();
        return stability;
    }

    @Test
    void allAreHandedOnAtTheSecondPollAndThenForgotten() throws Exception {
        ScriptedServer scripted = manyFiles();
        List<Integer> kept = new ArrayList<>();
        deliver(in("outbound", "delete=true&download=false&durable=false&stableFor=1"), exchange -> {
            if (deliveries.getAndIncrement() == 0) {
                kept.add(stability().kept());
            }
            delivered.add(exchange.getIn().getHeader(Exchange.FILE_NAME, String.class));
        });
        until("three listings", () -> atListing.size() > 2);
        assertThat(atListing.subList(0, 3)).containsExactly(0, 0, FILES);
        assertThat(delivered).hasSize(FILES);
        assertThat(scripted.paths()).isEmpty();
        assertThat(kept).containsExactly(2 * FILES);
        awaitPolls(2);
        assertThat(stability().kept()).isZero();
        assertThat(failures).isEmpty();
    }

    /** Nothing is known of files that come and go, but for those of the last two polls. */
    @Test
    void filesThatGoAreForgotten() {
        Stability stability = Stability.of("1");
        for (int poll = 0; poll < 20; poll++) {
            stability.beginPoll(true);
            for (int i = 0; i < FILES; i++) {
                assertThat(stability.isStable("file " + i + " of poll " + poll, 1, 1))
                        .isFalse();
            }
            assertThat(stability.kept()).isLessThanOrEqualTo(2 * FILES);
        }
    }

    /** Polls that end early cannot tell which files are gone; each file is known once all the same. */
    @Test
    void filesThatStayAreKnownOnce() {
        Stability stability = Stability.of("1h");
        for (int poll = 0; poll < 20; poll++) {
            stability.beginPoll(false);
            for (int i = 0; i < FILES; i++) {
                assertThat(stability.isStable("file " + i, 1, 1)).isFalse();
            }
            assertThat(stability.kept()).isLessThanOrEqualTo(2 * FILES);
        }
    }
}
