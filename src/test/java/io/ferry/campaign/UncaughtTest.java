package io.ferry.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whose an uncaught exception is. */
class UncaughtTest {
    private static final String MOCK = "org.mockftpserver.core.session.DefaultSession";
    private static final String MINA = "org.apache.mina.core.polling.AbstractPollingIoProcessor";
    private static final String KIT = "io.ferry.testkit.FakeFiles";

    private static Exception from(Throwable cause, String... classes) {
        Exception e = new IllegalStateException("Broken pipe", cause);
        e.setStackTrace(Stream.of(classes)
                .map(name -> new StackTraceElement(name, "run", null, 1))
                .toArray(StackTraceElement[]::new));
        return e;
    }

    private static int faults(Throwable e) {
        Uncaught uncaught = new Uncaught();
        uncaught.uncaughtException(Thread.currentThread(), e);
        return uncaught.faults().size();
    }

    @Test
    void serversOwnMayEnd() {
        assertThat(faults(from(null, "java.net.Socket", MOCK, "java.lang.Thread")))
                .isZero();
        assertThat(faults(from(from(null, "java.net.Socket", MINA), MINA, "java.lang.Thread")))
                .isZero();
        assertThat(faults(from(null, KIT, MOCK, "java.lang.Thread"))).isZero();
    }

    @Test
    void anyOtherIsAFault() {
        assertThat(faults(from(null, "java.net.Socket", "io.ferry.session.FtpSession", "java.lang.Thread")))
                .isOne();
        assertThat(faults(from(null, "org.apache.camel.support.ScheduledPollConsumer", "java.lang.Thread")))
                .isOne();
        assertThat(faults(from(null, "java.util.concurrent.ThreadPoolExecutor", "java.lang.Thread")))
                .isOne();
        assertThat(faults(from(null, "io.ferry.testkit.FaultProxy", "java.lang.Thread")))
                .isOne();
        assertThat(faults(from(null))).isOne();
    }

    /** The server's library being in the trace, too, is no excuse: nor is its being in a cause. */
    @Test
    void ferryOrCamelAnywhereInTheTracesIsAFault() {
        assertThat(faults(from(null, MOCK, "io.ferry.camel.FerryConsumer"))).isOne();
        assertThat(faults(from(from(null, MOCK), "io.ferry.transfer.Download"))).isOne();
        assertThat(faults(from(from(null, "io.ferry.transfer.Download"), MOCK))).isOne();
        Exception suppressing = from(null, MOCK);
        suppressing.addSuppressed(from(null, "io.ferry.stream.PartialFile"));
        assertThat(faults(suppressing)).isOne();
    }
}
