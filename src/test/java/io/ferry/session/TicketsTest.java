package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ChildJvm;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** TLS 1.2 at a server whose tickets the JDK throws away, in a JVM that was not told to go by session ids. */
class TicketsTest extends SessionTestBase {

    /** Lists once, and prints what came of it. */
    static final class Lister {
        public static void main(String[] arguments) throws Exception {
            TestServer.Tls trust = new TestServer.Tls(Path.of(arguments[0]), Path.of(arguments[1]), arguments[2]);
            Tls tls = new Tls(false, TlsTest.trusting(trust).contexts(), true, List.of(arguments[6]), List.of(), "P");
            PartnerSetup partner = PartnerSetup.at(Integer.parseInt(arguments[3]))
                    .host("localhost")
                    .login(arguments[4], arguments[5])
                    .tls(tls);
            try (SessionPool pool = new SessionPool(partner.get());
                    Lease lease = pool.lease()) {
                System.out.println("listed " + namesOf(lease.session().list("")));
            } catch (FtpException e) {
                System.out.println(e.kind() + " " + e.getMessage());
            }
            System.out.println("end");
        }
    }

    private ChildJvm list(TestServer server, String protocol) {
        TestServer.Tls trust = server.tls();
        return keep(ChildJvm.of(Lister.class)
                .arguments(
                        trust.caPem(),
                        trust.truststore(),
                        trust.truststorePassword(),
                        server.port(),
                        server.user(),
                        server.password(),
                        protocol)
                .start());
    }

    @Test
    void theErrorNamesTheFlagThatHelps() {
        TestServer server = keep(Vsftpd.start(Vsftpd.secured()));
        ChildJvm child = list(server, "TLSv1.2");
        child.awaitLine("^end", Duration.ofSeconds(60));
        assertThat(child.output())
                .contains("TLS ")
                .contains("522 SSL connection failed: session reuse required")
                .contains("-Djdk.tls.client.enableSessionTicketExtension=false");
    }

    @Test
    void tls13NeedsNoFlag() {
        TestServer server = keep(Vsftpd.start(Vsftpd.secured()));
        ChildJvm child = list(server, "TLSv1.3");
        child.awaitLine("^end", Duration.ofSeconds(60));
        assertThat(child.output()).contains("listed []");
    }
}
