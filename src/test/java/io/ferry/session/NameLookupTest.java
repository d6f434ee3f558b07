package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** A name server that does not answer holds nobody up. */
class NameLookupTest extends SessionTestBase {

    private static InetAddress local(String host) throws UnknownHostException {
        return InetAddress.getByAddress(host, new byte[] {127, 0, 0, 1});
    }

    /** Answers once the test is over. */
    private NameLookup.Names silent() {
        CountDownLatch over = new CountDownLatch(1);
        keep(over::countDown);
        return host -> {
            boolean interrupted = false;
            while (true) {
                try {
                    over.await();
                    return local(host);
                } catch (InterruptedException e) {
                    // A resolver does not hear of interrupts either.
                    interrupted |= Thread.interrupted();
                }
            }
        };
    }

    @Test
    void addressThatIsFound() throws Exception {
        assertThat(NameLookup.within(FOR_EVER, "here", NameLookupTest::local).getHostAddress())
                .isEqualTo("127.0.0.1");
    }

    @Test
    void nameServerThatIsSilent() {
        NameLookup.Names silent = silent();
        assertTimeoutPreemptively(
                FOR_EVER,
                () -> assertThatThrownBy(() -> NameLookup.within(Duration.ofMillis(200), "host", silent))
                        .isInstanceOf(SocketTimeoutException.class)
                        .hasMessageContaining("name server did not answer for host within PT0.2S"));
    }

    @Test
    void nameThatIsNotKnown() {
        assertThatThrownBy(() -> NameLookup.within(FOR_EVER, "nowhere", host -> {
                    throw new UnknownHostException("says the resolver");
                }))
                .isInstanceOf(UnknownHostException.class)
                .hasMessage("unknown host nowhere");
    }

    @Test
    void interruptEndsTheWaitAndIsKept() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> NameLookup.within(FOR_EVER, "host", silent()))
                .isInstanceOf(InterruptedIOException.class);
        assertThat(Thread.interrupted()).isTrue();
    }
}
