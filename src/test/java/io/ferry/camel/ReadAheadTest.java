package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.Vsftpd;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several files of a poll are transferred at the same time; the route gets them as if they were not. */
class ReadAheadTest extends RouteFixture {

    private static final Duration OLD = Duration.ofHours(1);

    private final List<String> got = new CopyOnWriteArrayList<>();

    private void collect(String from) throws Exception {
        deliver(from, exchange -> got.add(text(exchange)));
    }

    private void files(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            put("outbound/f%02d".formatted(i), "content " + i, OLD);
        }
    }

    private static List<String> contents(int count) {
        return IntStream.range(0, count).mapToObj(i -> "content " + i).toList();
    }

    private long transfers() {
        return proxy.commands().stream()
                .filter(each -> each.startsWith("RETR "))
                .count();
    }

    @Test
    void transfersOverlapAndTheRouteKeepsTheOrder() throws Exception {
        on(Vsftpd.start());
        files(10);
        proxy.stallDataAfter(1, Direction.DOWN).always();
        collect(in("outbound", "delete=true&sortBy=file:name&concurrentTransfers=4"));
        // The poll thread transfers the first file itself where it comes to it before a thread does: then there are
        // five.
        until(
                "four transfers at once",
                () -> transfers() >= 4 && IntStream.range(0, 4).allMatch(i -> hasOneByte("f0" + i + ".ferry-part")));
        assertThat(transfers()).isLessThanOrEqualTo(5);
        assertThat(got).isEmpty();
        proxy.clearFaults();
        until("all", () -> names(server.root().resolve("outbound")).isEmpty());
        assertThat(got).isEqualTo(contents(10));
        assertThat(failures).isEmpty();
        until("an empty work directory", () -> workFiles().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"preMove=.busy/${file:name}", "readLock=rename", "concurrentTransfers=1", "maxSessions=1"})
    void oneFileAfterTheOtherWhereItMustBe(String option) throws Exception {
        on(ApacheFtp.start());
        files(4);
        var stall = proxy.stallDataAfter(1, Direction.DOWN).containing("f00");
        collect(in("outbound", "delete=true&sortBy=file:name&" + option));
        until("the first transfer", () -> stall.fired() == 1);
        until("its first byte", () -> hasOneByte("f00.ferry-part"));
        proxy.clearFaults();
        until("all", () -> tree(server.root().resolve("outbound")).isEmpty());
        assertThat(proxy.commands().stream()
                        .map(each -> each.split(" ", 2)[0])
                        .filter(each -> each.equals("RETR") || each.equals("DELE")))
                .as("each is committed before the next one is transferred")
                .containsExactly("RETR", "DELE", "RETR", "DELE", "RETR", "DELE", "RETR", "DELE");
        assertThat(got).isEqualTo(contents(4));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void fewerSessionsThanAskedFor(int allowed) throws Exception {
        on(Vsftpd.start(Vsftpd.plain().maxPerIp(allowed)));
        files(20);
        collect(in("outbound", "delete=true&sortBy=file:name"));
        until("all", () -> names(server.root().resolve("outbound")).isEmpty());
        assertThat(got).isEqualTo(contents(20));
        assertThat(failures).isEmpty();
    }

    @Test
    void commitNeedNotWaitForALongTransfer() throws Exception {
        on(Vsftpd.start());
        files(3);
        var stall = proxy.stallDataAfter(1, Direction.DOWN).containing("f02");
        collect(in("outbound", "delete=true&sortBy=file:name&maxSessions=2"));
        until("two committed", () -> names(server.root().resolve("outbound")).equals(List.of("f02")));
        assertThat(got).isEqualTo(contents(2));
        until("the long one", () -> stall.fired() == 1 && hasOneByte("f02.ferry-part"));
        proxy.clearFaults();
        until("all", () -> names(server.root().resolve("outbound")).isEmpty());
    }

    private boolean hasOneByte(String partial) {
        return workFiles().stream()
                .filter(each -> each.endsWith("/" + partial))
                .anyMatch(each -> local.resolve("work").resolve(each).toFile().length() == 1);
    }

    @Test
    void failureHoldsNothingBack() throws Exception {
        on(Vsftpd.start());
        files(6);
        proxy.replaceReply("RETR", "550 Not this one.").containing("f01").always();
        collect(in("outbound", "delete=true&sortBy=file:name"));
        until("the others", () -> names(server.root().resolve("outbound")).equals(List.of("f01")));
        assertThat(got).containsExactly("content 0", "content 2", "content 3", "content 4", "content 5");
        assertThat(failures).isNotEmpty().allSatisfy(each -> assertThat(each).contains("550 Not this one."));
        proxy.clearFaults();
        until("the last", () -> got.contains("content 1"));
    }

    /** Both versions were there when they were transferred, and the second is not deleted on the first one's account. */
    @Test
    void versionThatCameWhileTheOneBeforeWaitedIsDeliveredToo() throws Exception {
        on(Vsftpd.start());
        put("outbound/a", "a1", OLD);
        put("outbound/b", "b1", OLD);
        deliver(in("outbound", "delete=true&sortBy=file:name&onCompletionExceptionHandler=#failures"), exchange -> {
            got.add(text(exchange));
            if (got.size() == 1) {
                until("b's transfer", () -> workFiles().stream().anyMatch(each -> each.endsWith("/b")));
                put("outbound/b", "b2 is longer", Duration.ofMinutes(30));
            }
        });
        until("all", () -> names(server.root().resolve("outbound")).isEmpty());
        assertThat(got).containsExactly("a1", "b1", "b2 is longer");
        assertThat(failures).hasSize(1).allSatisfy(each -> assertThat(each).contains("was replaced"));
    }

    @Test
    void stopLeavesWhatWasTransferredForTheNextStart() throws Exception {
        on(Vsftpd.start());
        files(6);
        proxy.stallDataAfter(1, Direction.DOWN).containing("f00").always();
        String from = in("outbound", "delete=true&sortBy=file:name&stallTimeout=2s");
        collect(from);
        until(
                "five wait",
                () -> workFiles().stream()
                                .filter(each -> each.matches(".*/f0[1-5]"))
                                .count()
                        == 5);
        context.getRouteController().stopRoute("test");
        assertThat(got).isEmpty();
        assertThat(names(server.root().resolve("outbound"))).hasSize(6);
        proxy.clearFaults();
        proxy.clearCommands();
        context.getRouteController().startRoute("test");
        until("all", () -> names(server.root().resolve("outbound")).isEmpty());
        assertThat(got).isEqualTo(contents(6));
        assertThat(transfers()).as("f0 alone is transferred again").isOne();
    }

    @Test
    void noMoreFilesThanThePollMayTake() throws Exception {
        on(ApacheFtp.start());
        files(5);
        collect(in("outbound", "noop=true&sortBy=file:name&maxMessagesPerPoll=2&eagerMaxMessagesPerPoll=false")
                .replace("&delay=50&", "&delay=60000&"));
        until("two", () -> got.size() == 2);
        assertThat(transfers()).isEqualTo(2);
    }

    /** A file of the body's own: what is ahead does not replace what the route has. */
    @Test
    void workFilesOfAPollDoNotMeet() throws Exception {
        on(ApacheFtp.start());
        for (int i = 0; i < 5; i++) {
            put("outbound/d" + i + "/same", "content " + i, OLD);
        }
        deliver(in("outbound", "delete=true&recursive=true&sortBy=file:path"), exchange -> {
            if (got.isEmpty()) {
                until(
                        "all lie ready",
                        () -> workFiles().stream()
                                        .filter(each -> each.endsWith("/same"))
                                        .count()
                                == 5);
            }
            got.add(Files.readString(
                    exchange.getIn().getBody(java.io.File.class).toPath()));
        });
        until("all", () -> got.size() == 5);
        assertThat(got).isEqualTo(contents(5));
    }
}
